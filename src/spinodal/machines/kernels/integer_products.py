"""Integer products: exact products of bytes, by the fastest route of a device among those that give the same integers.

As the integers are the same, a clock may choose. On a CPU torch's product of bytes is 2 (VNNI) to 5 (AMX) times as fast
as single precision; without AVX-512 VNNI it is a loop that takes 30 times as long. Tables of bits are faster than VNNI,
those in registers where a processor has two instructions a cycle for them.
Where few bits are 1, lists of them are faster than any product.
On a GPU bytes, bfloat16, single and double precision are tried. A product of numbers is exact while its factors have
their bits, and every sum has: in single precision sums below 2^24, in any order. So no setting of torch matters:
bfloat16, and what TF32 keeps of single precision, have bytes.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Union

import torch
from torch import Tensor
from torch.nn.functional import pad

from .quantized import BASE, LARGEST, MOST, Form, Quantized, Strips

if TYPE_CHECKING:
    from .bit_tables import LookedUp
    from .sparse_bits import Ones

Factor = Union[Tensor, "Ones", "LookedUp", Strips]
"""A matrix, bits in a form whose sums are fast, or integers in strips for them."""

Multiply = Callable[[Tensor, Tensor, int, Tensor | None], Tensor]
"""x w, (n, m) int32, into a tensor or new, where no |x w| of two entries is larger than the integer."""


def activation(value: Tensor) -> Tensor:
    """The bytes [128 b | b], (n, 2 k), of the bits b = s > 0 of binary values s (n, k)."""
    on = (value > 0).to(torch.uint8)
    return torch.cat([on * BASE, on], 1)


@dataclass(frozen=True)
class Route:
    """A way to x w, (n, m) int32: x (n, k) of unsigned bytes up to 128 or of signed ones, w (k, m) of signed ones.

    In the form WHOLE also x and w of numbers of `dtype`, one 0 and 1 and the other integers up to 127 * 128. `dtype` is
    that of w that it takes without a conversion, and `form` how bits meet both planes of a weight.
    """

    name: str
    multiply: Multiply
    form: Form
    dtype: torch.dtype

    def product(self, x: Tensor, w: Tensor, out: Tensor | None = None) -> Tensor:
        """x w, into `out` or new; k up to 130,000."""
        return self.multiply(_with_usual_strides(x), _with_usual_strides(w), BASE * BASE, out)

    def sums(self, value: Tensor, w: Quantized, activation: Callable[[Tensor], Tensor] = activation) -> Tensor:
        """s (128 high + low), (n, m) int32, of values s (n, k) of binary units, and perhaps a faster `activation`."""
        if self.form is Form.STACKED:
            bits = activation(value)
        elif w.low == 0:
            bits = value
        else:
            bits = value > 0
        factor = w.factor(self.form, self.dtype)
        return w.of_bits(self.form.join(self.multiply(_with_usual_strides(bits), factor, self.form.largest, None)))


@dataclass(frozen=True)
class Tables(Route):
    """Sums of bits by tables, and products of bytes by numbers. `look_up` has bits (n, k) in the form of the tables."""

    look_up: Callable[[Tensor], LookedUp]

    def sums(self, value: Tensor, w: Quantized, activation: Callable[[Tensor], Tensor] = activation) -> Tensor:
        are_bits = w.low == 0 and value.element_size() == 1
        return w.of_bits(self.look_up(value if are_bits else value > 0).sums(w.strips))


def _with_usual_strides(x: Tensor) -> Tensor:
    """The same matrix: torch's product (2.13.0) goes by the strides of one row or one column, where any will do."""
    return x if min(x.shape) > 1 else x.reshape(-1).reshape(x.shape)


def _into(out: Tensor | None, found: Tensor) -> Tensor:
    return found.to(torch.int32) if out is None else out.copy_(found)


def _unsigned_bytes(x: Tensor, w: Tensor, largest: int, out: Tensor | None) -> Tensor:
    """At most 128, because oneDNN's products of bytes without VNNI add pairs in 16 bits."""
    return torch._int_mm(x, w, out=x.new_empty(len(x), w.shape[1], dtype=torch.int32) if out is None else out)


def _signed_bytes(x: Tensor, w: Tensor, largest: int, out: Tensor | None) -> Tensor:
    """As torch has it on CUDA: more than 16 rows, and k and m multiples of 8; both with k side by side in memory.

    128 is no signed byte, but -128 is: of unsigned bytes the negative product is taken.
    """
    (n, k), m = x.shape, w.shape[1]
    own = x.view(torch.int8).neg() if x.dtype == torch.uint8 else x.to(torch.int8)
    own, turned = _filled_up(own, max(17 - n, 0), -k % 8), _filled_up(w.t(), -m % 8, -k % 8)
    found = torch._int_mm(own.contiguous(), turned.contiguous().t())[:n, :m]
    return _into(out, found.neg_() if x.dtype == torch.uint8 else found)


def _filled_up(x: Tensor, rows: int, columns: int) -> Tensor:
    """With so many more rows and columns of 0; where there are none to add, torch's `pad` would copy."""
    return pad(x, (0, columns, 0, rows)) if rows or columns else x


def _numbers(dtype: torch.dtype, exact: int, matmul: Callable[[Tensor, Tensor], Tensor] = torch.mm) -> Multiply:
    """By numbers of a dtype, so many at a time that no sum is larger than `exact`."""

    def multiply(x: Tensor, w: Tensor, largest: int, out: Tensor | None) -> Tensor:
        most = exact // largest
        sums = [matmul(a.to(dtype), b.to(dtype)) for a, b in zip(x.split(most, 1), w.split(most))]
        return _into(out, sums[0] if len(sums) == 1 else sum(s.to(torch.int32) for s in sums))  # type: ignore[arg-type]

    return multiply


def _in_cache(bits: Tensor) -> LookedUp:
    from .bit_tables import InCache  # here, as numba may not be there

    return InCache.of(bits)


def _in_registers(bits: Tensor) -> LookedUp:
    from .register_tables import InRegisters

    return InRegisters.of(bits)


def _widened(x: Tensor, w: Tensor) -> Tensor:
    return torch.mm(x, w, out_dtype=torch.float32)


BYTES = Route("bytes", _unsigned_bytes, Form.STACKED, torch.int8)
SINGLE = Route("single precision", _numbers(torch.float32, 2**24), Form.WHOLE, torch.float32)
TABLES = Tables("tables of bits", SINGLE.multiply, Form.WHOLE, torch.float32, _in_cache)
REGISTERS = Tables("tables in registers", SINGLE.multiply, Form.WHOLE, torch.float32, _in_registers)
SIGNED = Route("signed bytes", _signed_bytes, Form.BESIDE, torch.int8)
BFLOAT16 = Route("bfloat16", _numbers(torch.bfloat16, 2**24, _widened), Form.BESIDE, torch.bfloat16)
ROUNDED = Route("single precision of bytes", _numbers(torch.float32, 2**24), Form.BESIDE, torch.float32)
DOUBLE = Route("double precision", _numbers(torch.float64, 2**53), Form.WHOLE, torch.float64)

CPU = BYTES, TABLES, REGISTERS, SINGLE
"""The routes of a CPU; the last is right on every one."""

SLOW = 0.02
"""Seconds of a product that no route in use takes. Without AVX-512 VNNI torch (2.13.0) multiplies bytes one by one:
fifty such products would make every start wait for two seconds, and a minute where tests play another device.
"""

PROBE = 256, 512, 512
"""Rows, bits and columns of the product that is timed on a CPU: smaller ones say little of large ones."""

FEW = 8
"""Of so many bits one is left where lists of ones are timed."""

DEVICE = SIGNED, BFLOAT16, ROUNDED, DOUBLE
"""Those of other devices, where single precision may be rounded to the 11 bits of TF32."""


@cache
def fastest(device: torch.device) -> Route:
    """The fastest route of a device among those that give the right integers there."""
    *tried, last = CPU if device.type == "cpu" else DEVICE
    if not (right := [route for route in tried if is_right(route, device)]):
        return last
    return min([*right, last], key=lambda route: _seconds(route, device))


def sums(value: Tensor, w: Quantized, activation: Callable[[Tensor], Tensor] = activation) -> Tensor:
    """What values send through a weight, by a list of the ones or the fastest route; see `Route.sums`."""
    if (ones := few_ones(value, len(w.scale))) is not None:
        return w.of_bits(ones.sums(w.strips))
    return fastest(value.device).sums(value, w, activation)


def product(x: Factor, w: Factor, out: Tensor | None = None) -> Tensor:
    """x w, (n, m) int32, into `out` or new, of any pair of factors that belong together.

    Of matrices by the fastest route, see `Route`; of bits and integers in strips (k, m), Σ of those at which bits are
    1; of integers in strips (k, n) and bits (m, k), the transposed product.
    """
    if isinstance(x, Strips):
        assert not isinstance(w, Tensor | Strips)
        return _into(out, w.sums(x).t())
    if isinstance(w, Strips):
        assert not isinstance(x, Tensor)
        return x.sums(w, out)
    assert isinstance(x, Tensor)
    assert isinstance(w, Tensor)
    return fastest(x.device).product(x, w, out)


def few_ones(bits: Tensor, columns: int) -> Ones | None:
    """Where bits (n, k) are 1, if they are so few that a list of them is faster than any product with (k, columns)."""
    if bits.element_size() > 1 or not (costs := _costs_of_ones(bits.device)):
        return None
    from .sparse_bits import Ones

    listing, adding = costs
    return Ones.of(bits, columns / (listing + adding * columns))


@cache
def _costs_of_ones(device: torch.device) -> tuple[float, float] | None:
    """The time of listing a one, and of adding its row, for each column: in those of a bit in a product, for a column.

    None where there are no lists. Listing ones takes as long as a product with m columns where their share is
    m / (listing + adding m).
    """
    if device.type != "cpu":
        return None
    try:
        from .sparse_bits import Ones
    except ImportError:  # no numba here
        return None
    bits, w = _bits(*PROBE)
    some = bits * (torch.arange(bits.shape[1]) % FEW == 0).to(torch.int8)
    ones: Ones = Ones.of(some, 1.0)  # type: ignore[assignment]  # of bits all are few enough
    listing = _shortest(lambda: torch.from_numpy(Ones.of(some, 1.0).begins)[None])  # type: ignore[union-attr]
    adding = _shortest(lambda: ones.sums(w.strips))
    product = _seconds(fastest(device), device) * len(ones.places) / bits.numel()
    return PROBE[2] * listing / product, adding / product


def looked_up(bits: Tensor) -> LookedUp | None:
    """Bits (n, k), 0 and 1 in bytes, in the form of the fastest tables; None where others are faster than tables."""
    route = fastest(bits.device)
    return route.look_up(bits) if isinstance(route, Tables) else None


def number_dtype(device: torch.device) -> torch.dtype | None:
    """The dtype in which the fastest route takes numbers of 15 bits beside bits; None where it takes bytes alone."""
    route = fastest(device)
    return route.dtype if route.form is Form.WHOLE else None


def is_right(route: Route, device: torch.device) -> bool:
    """Whether a route gives the right integers: at the ends, where partial sums are largest, and of most terms."""
    x, w = _bytes(192, 800, 256)
    bits, planes = _bits(4, MOST, 4)
    try:
        return all(
            torch.equal(found.cpu(), (a.double() @ b.double()).to(torch.int32))
            for found, a, b in (
                (route.product(x.to(device), w.to(device)), x, w),
                (route.product(x.to(device), w.t().contiguous().t().to(device)), x, w),
                (route.sums(bits.to(device), planes.to(device)), bits, planes.integers),
            )
        )
    except (ImportError, AttributeError, RuntimeError, NotImplementedError, TypeError):  # it has no such product
        return False


def _bytes(n: int, k: int, m: int) -> tuple[Tensor, Tensor]:
    source = torch.Generator().manual_seed(0)
    x = torch.randint(0, 129, (n, k), generator=source).to(torch.uint8)
    w = torch.randint(-128, 128, (k, m), generator=source).to(torch.int8)
    x[:3], w[:, :3] = 128, torch.tensor([-128, 127, -127], dtype=torch.int8)
    return x, w


def _bits(n: int, k: int, m: int) -> tuple[Tensor, Quantized]:
    source = torch.Generator().manual_seed(0)
    bits = torch.randint(0, 2, (n, k), generator=source).to(torch.int8)
    integers = torch.randint(-LARGEST // 2, LARGEST // 2, (k, m), generator=source).to(torch.int16)
    bits[:3], integers[:, 0], integers[:, 1] = 1, LARGEST, -LARGEST
    return bits, Quantized(Strips.of(integers), torch.ones(m))


def _seconds(route: Route, device: torch.device) -> float:
    """The time of a product of bits and a weight."""
    bits, w = _bits(*PROBE) if device.type == "cpu" else _bits(512, 1024, 1024)
    bits, w = bits.to(device), w.to(device)
    return _shortest(lambda: route.sums(bits, w))


def _shortest(work: Callable[[], Tensor]) -> float:
    """The time of what returns a tensor: the shortest of five means, or of two where that is `SLOW`."""

    def mean(times: int) -> float:
        begin = time.perf_counter()
        for _ in range(times):
            found = work()
        found[0, 0].item()  # which waits for all
        return (time.perf_counter() - begin) / times

    first = min(mean(1), mean(1))  # once to warm up
    return first if first > SLOW else min(mean(4) for _ in range(5))
