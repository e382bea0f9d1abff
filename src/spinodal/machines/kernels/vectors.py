"""Vectors: sums of rows of 32 integers that stay in registers, for the loops of numba.

Where a loop of numba adds several rows to another, it first checks whether any two of them share memory, or it reads
and writes each sum again and again. For rows as short as these that takes longer than the sums. So LLVM is told the
vectors themselves, and makes of them what a processor has: two vectors of AVX-512, four of AVX2, eight of others.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import extending, njit, types, uint64
from numba.core import cgutils

from .quantized import LANES

intrinsic: Any = extending.intrinsic  # whose type has the first argument, which the compiler gives

_SUMS = ir.VectorType(ir.IntType(32), LANES)
_INDEX = ir.IntType(64)

WIDE = 16
"""Integers of 32 bits in a vector of AVX-512."""

TOGETHER = 5
"""Bits that look up a sum together in a table of two such vectors."""

WORD = 6 * TOGETHER
"""Bits of a word of 32 bits that are used."""

BYTES = 8
"""Bytes of a word that `bits_of` looks at together."""

_GATHER = uint64(0x0102040810204080)
"""By which a word is multiplied to have the lowest bit of each of its bytes in the highest byte."""

COLUMNS = 2
"""Columns whose tables of a word fit the 32 registers."""

_VECTOR = ir.VectorType(ir.IntType(32), WIDE)


def _index(number: int) -> Any:
    return ir.Constant(_INDEX, number)


class _Flat:
    """A flat array of integers, in LLVM's words."""

    def __init__(self, context: Any, builder: Any, kind: Any, value: Any):
        self.builder, self.bits = builder, kind.dtype.bitwidth
        self.begin = context.make_array(kind)(context, builder, value).data

    def word(self, at: Any) -> Any:
        """The 64 bits from a place on, the first integer lowest, as all processors of numba have them."""
        begin = self.builder.bitcast(self.builder.gep(self.begin, [at]), _INDEX.as_pointer())
        return self.builder.load(begin, align=self.bits // 8)

    def begin_of_row(self, at: Any) -> Any:
        """Where the row begins whose number, an unsigned integer, stands at a place."""
        number = self.builder.zext(self.builder.load(self.builder.gep(self.begin, [at])), _INDEX)
        return self.builder.mul(number, _index(LANES))

    def begins_of_rows(self, at: Any) -> list[Any]:
        """Those of as many rows as a word has numbers: one read in place of several, of which a cycle has two."""
        word, mask = self.word(at), _index(2**self.bits - 1)
        numbers = [
            self.builder.and_(self.builder.lshr(word, _index(i)), mask) for i in range(0, _INDEX.width, self.bits)
        ]
        return [self.builder.mul(number, _index(LANES)) for number in numbers]

    def row(self, at: Any) -> Any:
        """The row from a place on."""
        return self.vector(at, LANES)

    def vector(self, at: Any, size: int) -> Any:
        """So many integers from a place on."""
        return self.builder.load(self._pointer(at, size), align=self.bits // 8)

    def put(self, at: Any, x: Any) -> None:
        """Write a vector from a place on."""
        self.builder.store(x, self._pointer(at, x.type.count), align=self.bits // 8)

    def repeated(self, at: Any, size: int) -> Any:
        """A vector of the integer at a place."""
        number = self.builder.load(self.builder.gep(self.begin, [at]))
        none = ir.Constant(ir.VectorType(number.type, size), ir.Undefined)
        first = self.builder.insert_element(none, number, ir.IntType(32)(0))
        return self.builder.shuffle_vector(first, none, ir.Constant(ir.VectorType(ir.IntType(32), size), None))

    def _pointer(self, at: Any, size: int) -> Any:
        vector = ir.VectorType(ir.IntType(self.bits), size)
        return self.builder.bitcast(self.builder.gep(self.begin, [at]), vector.as_pointer())


def _written(write: Callable[[Any, list[_Flat], list[Any]], Any]) -> Any:
    """What numba asks of an intrinsic: `write` gets the builder, the arrays and the other values of a call."""

    def make(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        both = list(zip(signature.args, arguments))
        arrays = [_Flat(context, builder, kind, x) for kind, x in both if isinstance(kind, types.Array)]
        found = write(builder, arrays, [x for kind, x in both if not isinstance(kind, types.Array)])
        return context.get_dummy_value() if found is None else found

    return make


SUBSETS = sum((p >> b & 1) << WIDE * b + p for b in range(TOGETHER - 1) for p in range(WIDE))
"""Of each of four bits, in 16 bits: at which p < 16 bit b of p is 1."""


def _mask(builder: Any, subsets: Any, b: int) -> Any:
    """Which integers of a vector are sums of subsets that have a number, given `SUBSETS`."""
    own = builder.trunc(builder.lshr(subsets, _index(WIDE * b)), ir.IntType(WIDE))
    return builder.bitcast(own, ir.VectorType(ir.IntType(1), WIDE))


def _widened(builder: Any, row: Any) -> Any:
    return row if row.type == _SUMS else builder.sext(row, _SUMS)


@intrinsic
def read(typing: Any, x: Any, at: Any) -> Any:
    """Read the line of the cache at a place of a flat array, and forget what it says: in order, that is fast.

    The read is an atomic one, which LLVM doesn't leave out.
    """

    def write(builder: Any, arrays: list[_Flat], values: list[Any]) -> None:
        ([flat], [at]) = arrays, values
        builder.load_atomic(builder.gep(flat.begin, [at]), "monotonic", flat.bits // 8)

    return types.void(x, types.intp), _written(write)


@intrinsic
def prefetch(typing: Any, x: Any, at: Any) -> Any:
    """Ask for the line of the cache at a place of a flat array, which is needed later, and don't wait for it."""

    def write(builder: Any, arrays: list[_Flat], values: list[Any]) -> None:
        ([flat], [at]) = arrays, values
        line, how = builder.bitcast(builder.gep(flat.begin, [at]), ir.IntType(8).as_pointer()), ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [line.type, how, how, how])
        ask = builder.module.declare_intrinsic("llvm.prefetch", [line.type], kind)
        builder.call(ask, [line, how(0), how(2), how(1)])  # to read, into the second cache, of data

    return types.void(x, types.intp), _written(write)


@intrinsic
def put(typing: Any, out: Any, at: Any, x: Any, i: Any) -> Any:
    """out[at : at + LANES] = x[i : i + LANES]; flat, int32 or int16, `out` no narrower than x."""

    def write(builder: Any, arrays: list[_Flat], values: list[Any]) -> None:
        (target, rows), (at, i) = arrays, values
        target.put(at, rows.row(i) if target.bits == rows.bits else _widened(builder, rows.row(i)))

    return types.void(out, types.intp, x, types.intp), _written(write)


@intrinsic
def word(typing: Any, x: Any, at: Any) -> Any:
    """The eight bytes of a flat array from a place on, the first one lowest."""

    def write(builder: Any, arrays: list[_Flat], values: list[Any]) -> Any:
        ([flat], [at]) = arrays, values
        return flat.word(at)

    return types.uint64(x, types.intp), _written(write)


@intrinsic(prefer_literal=True)
def put_table(typing: Any, out: Any, at: Any, size: Any, x: Any, first: Any, last: Any) -> Any:
    """out[at + p LANES :] = Σ of the rows first + b of x over the bits b of p that are 1, for p < 2^size; flat.

    `size` is a literal; x has `last` rows, and zeros after them. In Gray's order, in which one bit changes at a time,
    each sum is the last one and a row more or less.
    """
    bits = size.literal_value

    def write(builder: Any, arrays: list[_Flat], values: list[Any]) -> None:
        (target, flat), (at, _, first, last) = arrays, values
        none, rows = ir.Constant(_SUMS, None), []
        for b in range(bits):
            number = builder.add(first, _index(b))
            there = builder.icmp_signed("<", number, last)
            begin = builder.select(there, builder.mul(number, _index(LANES)), _index(0))
            rows.append(builder.select(there, _widened(builder, flat.row(begin)), none))
        place, total = 0, none
        target.put(at, total)
        for turn in range(1, 2**bits):
            b = (turn & -turn).bit_length() - 1
            place ^= 1 << b
            total = (builder.add if place >> b & 1 else builder.sub)(total, rows[b])
            target.put(builder.add(at, _index(place * LANES)), total)

    return types.void(out, types.intp, size, x, types.intp, types.intp), _written(write)


@intrinsic
def add_rows(typing: Any, out: Any, at: Any, x: Any, numbers: Any, first: Any, last: Any) -> Any:
    """out[at : at + LANES] += Σ of the rows i of x, i in numbers[first:last]; flat: `out` int32, x int32 or int16.

    `numbers` are unsigned. Two rows are added in the bits of x, where their sum must fit, and then to the sums.
    """

    def write(builder: Any, arrays: list[_Flat], values: list[Any]) -> None:
        (target, rows, numbers), (at, first, last) = arrays, values
        together = _INDEX.width // numbers.bits
        sums: Any = cgutils.alloca_once_value(builder, target.row(at))

        def add(row: Any) -> None:
            builder.store(builder.add(builder.load(sums), _widened(builder, row)), sums)

        end = builder.sub(last, builder.urem(builder.sub(last, first), _index(together)))
        with cgutils.for_range_slice(builder, first, end, _index(together), _INDEX) as (s, _):
            found = [rows.row(i) for i in numbers.begins_of_rows(s)]
            for pair in zip(found[::2], found[1::2]):
                add(builder.add(*pair))
        with cgutils.for_range_slice(builder, end, last, _index(1), _INDEX) as (s, _):
            add(rows.row(numbers.begin_of_row(s)))
        target.put(at, builder.load(sums))

    return types.void(out, types.intp, x, numbers, types.intp, types.intp), _written(write)


@intrinsic
def transpose(typing: Any, out: Any, at: Any, width: Any, x: Any, begin: Any, step: Any) -> Any:
    """out[at + i width + j] = x[begin + j step + i] for i, j < WIDE; flat, int32."""

    def write(builder: Any, arrays: list[_Flat], values: list[Any]) -> None:
        (target, columns), (at, width, begin, step) = arrays, values
        own = [columns.vector(builder.add(begin, builder.mul(step, _index(j))), WIDE) for j in range(WIDE)]
        half = WIDE // 2
        riffles = [[first + i // 2 + i % 2 * WIDE for i in range(WIDE)] for first in (0, half)]
        for _ in range(WIDE.bit_length() - 1):  # each riffle of all integers brings the lowest bit of a place up front
            own = [
                builder.shuffle_vector(own[i], own[i + half], ir.Constant(_VECTOR, places))
                for i in range(half)
                for places in riffles
            ]
        for i, row in enumerate(own):
            target.put(builder.add(at, builder.mul(width, _index(i))), row)

    return types.void(out, types.intp, types.intp, x, types.intp, types.intp), _written(write)


@intrinsic
def add_permuted(
    typing: Any, out: Any, at: Any, step: Any, words: Any, first: Any, count: Any, x: Any, begin: Any, subsets: Any
) -> Any:
    """out[at + c step + i] += Σ of x[begin + b LANES + c] over the bits b of words[first + i] that are 1; flat.

    For c < COLUMNS, i < count, a multiple of WIDE, and b < WORD; `out` and x int32, `words` uint32. Needs AVX-512:
    a processor without it stops. `subsets` is `SUBSETS`: LLVM makes something slower of numbers that it knows.
    """

    def write(builder: Any, arrays: list[_Flat], values: list[Any]) -> None:
        (target, words, rows), (at, step, first, count, begin, subsets) = arrays, values
        starts = [builder.add(at, builder.mul(step, _index(c))) for c in range(COLUMNS)]
        masks = [_mask(builder, subsets, b) for b in range(TOGETHER - 1)]

        def table(b: int, c: int) -> tuple[Any, Any]:
            """The sums of the subsets of some rows, the fifth of which is in those of the second vector."""
            places = [builder.add(begin, _index((b + i) * LANES + c)) for i in range(TOGETHER)]
            *some, last = (rows.repeated(place, WIDE) for place in places)
            total = ir.Constant(_VECTOR, None)
            for mask, row in zip(masks, some):
                total = builder.select(mask, builder.add(total, row), total)
            return total, builder.add(total, last)

        tables = {b: [table(b, c) for c in range(COLUMNS)] for b in range(0, WORD, TOGETHER)}
        kind = ir.FunctionType(_VECTOR, [_VECTOR] * 3)
        permute = cgutils.get_or_insert_function(builder.module, kind, "llvm.x86.avx512.vpermi2var.d.512")
        with cgutils.for_range_slice(builder, _index(0), count, _index(WIDE), _INDEX) as (i, _):
            bits, places = words.vector(builder.add(first, i), WIDE), [builder.add(start, i) for start in starts]
            sums = [target.vector(place, WIDE) for place in places]
            for b, own in tables.items():
                index = builder.lshr(bits, ir.Constant(_VECTOR, [b] * WIDE))  # of which the lowest five bits matter
                found = [builder.call(permute, [low, index, high]) for low, high in own]
                sums = [builder.add(*both) for both in zip(sums, found)]
            for place, total in zip(places, sums):
                target.put(place, total)

    number = types.intp
    return types.void(out, number, number, words, number, number, x, number, types.uint64), _written(write)


@njit(inline="always")
def bits_of(x, at):
    """The lowest bits of `BYTES` bytes of a flat array from a place on: bit b is that of byte b."""
    return word(x, at) * _GATHER >> uint64(56)


@njit(inline="always")
def spread(sums, n, out, m, start):
    """The sums of a strip, n rows of LANES, into the columns of `out` (n m) from `start` on; both flat, int32."""
    for i in range(n):
        if start + LANES <= m:
            put(out, i * m + start, sums, i * LANES)
        else:
            for j in range(m - start):
                out[i * m + start + j] = sums[i * LANES + j]
