"""The routes of integer products that a processor can take: all but tables in registers, where it lacks AVX-512."""

from __future__ import annotations

from spinodal.machines.kernels import integer_products, register_tables

HAS_AVX512 = register_tables.is_here()
CPU = [route for route in integer_products.CPU if HAS_AVX512 or route is not integer_products.REGISTERS]
