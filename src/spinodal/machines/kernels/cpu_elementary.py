"""Elementary functions for numba: those of `elementary`, of one number, as code that loops take in and vectorize."""

from __future__ import annotations

import numpy as np
from numba import float32, float64, int32, int64, njit, uint32, uint64

from .series import COS, EXP2, EXP2_DOUBLE, LOG, LOG2, LOG2_E, LOG_DOUBLE, SIN, TANH, TANH_BELOW

SHIFT = uint64(52)
MANTISSA = uint64(2**52 - 1)
ONE = uint64(1023 << 52)
"""The bits of 1.0 in double precision."""

_U23 = float32(2.0**-23)


@njit(inline="always")
def philox(c0, c1, c2, c3, k0, k1):
    """Philox4x32-10 (Salmon et al. 2011): four words of a counter and a key."""
    for _ in range(10):
        p = uint64(uint64(0xD2511F53) * uint64(c0))
        q = uint64(uint64(0xCD9E8D57) * uint64(c2))
        c0, c1, c2, c3 = (
            uint32(uint32(q >> uint64(32)) ^ c1 ^ k0),
            uint32(q),
            uint32(uint32(p >> uint64(32)) ^ c3 ^ k1),
            uint32(p),
        )
        k0, k1 = uint32(k0 + uint32(0x9E3779B9)), uint32(k1 + uint32(0xBB67AE85))
    return c0, c1, c2, c3


@njit(inline="always")
def limit(x, top):
    """x from -top to top; NaN stays."""
    x = -top if x < -top else x
    return top if x > top else x


@njit(inline="always")
def exp(x):
    """e^x to 7e-7 relative for |x| < 10, 4e-6 up to the ends, ±87: 2^n times the series of 2^f, |f| <= 1/2.

    Adding 1.5 * 2^23 rounds to the integer n, which is left in the low bits.
    """
    t = limit(x, float32(87.0)) * float32(LOG2_E)
    rounded = t + float32(12582912.0)
    f = t - (rounded - float32(12582912.0))
    p = f * float32(EXP2[0]) + float32(EXP2[1])
    p = p * f + float32(EXP2[2])
    p = p * f + float32(EXP2[3])
    p = p * f + float32(EXP2[4])
    p = p * f + float32(EXP2[5])
    exponent = np.int32(np.float32(rounded).view(np.int32) - int32(0x4B400000 - 127)) << int32(23)
    return p * np.int32(exponent).view(np.float32)


@njit(inline="always")
def unit(word):
    """A number in (0, 1) from a random word: 23 bits, and a half."""
    return (float32(word >> uint32(9)) + float32(0.5)) * _U23


@njit(inline="always")
def log(u):
    """log u to 2e-7 for 0 < u < 1: an exponent, and twice the series of atanh for what is left, near 1."""
    bits = np.float32(u).view(np.int32)
    exponent = (bits - int32(0x3F3504F3)) >> int32(23)  # what is left is from sqrt(1/2) to sqrt(2)
    left = np.int32(bits - (exponent << int32(23))).view(np.float32)
    z = (left - float32(1.0)) / (left + float32(1.0))
    y = z * z
    series = y * float32(LOG[0]) + float32(LOG[1])
    series = series * y + float32(LOG[2])
    return float32(exponent) * float32(LOG2) + (z + z + z * y * series)


@njit(inline="always")
def cos_sin(u):
    """cos and sin of 2 pi u to 3e-7 for 0 < u < 1: series at most an eighth of a turn from a quarter."""
    rounded = float32(4.0) * u + float32(12582912.0)  # as in exp
    quarter = np.float32(rounded).view(np.int32) & int32(3)
    x = (u - (rounded - float32(12582912.0)) * float32(0.25)) * float32(6.2831853071795864769)
    y = x * x
    s = y * float32(SIN[0]) + float32(SIN[1])
    s = s * y + float32(SIN[2])
    s = x + x * y * s
    c = y * float32(COS[0]) + float32(COS[1])
    c = c * y + float32(COS[2])
    c = c * y + float32(1.0)
    cos = s if quarter & int32(1) else c
    sin = c if quarter & int32(1) else s
    cos = -cos if (quarter + int32(1)) & int32(2) else cos
    return cos, -sin if quarter & int32(2) else sin


@njit(inline="always")
def tanh(x):
    """tanh x to 3.5e-7, never beyond 1: a ratio of polynomials."""
    x = limit(x, float32(7.9))
    y = x * x
    p = y * float32(TANH[0]) + float32(TANH[1])
    p = p * y + float32(TANH[2])
    p = p * y + float32(TANH[3])
    p = p * y + float32(TANH[4])
    p = p * y + float32(TANH[5])
    q = y * float32(TANH_BELOW[0]) + float32(TANH_BELOW[1])
    q = q * y + float32(TANH_BELOW[2])
    q = q * y + float32(TANH_BELOW[3])
    return x * p / q


@njit(inline="always")
def exp_double(x):
    """e^x to 5e-11 relative for |x| < 700, as `exp`."""
    t = x * LOG2_E
    rounded = t + 6755399441055744.0
    f = t - (rounded - 6755399441055744.0)
    p = f * EXP2_DOUBLE[0] + EXP2_DOUBLE[1]
    p = p * f + EXP2_DOUBLE[2]
    p = p * f + EXP2_DOUBLE[3]
    p = p * f + EXP2_DOUBLE[4]
    p = p * f + EXP2_DOUBLE[5]
    p = p * f + EXP2_DOUBLE[6]
    p = p * f + EXP2_DOUBLE[7]
    exponent = np.uint64(np.float64(rounded).view(np.uint64) + uint64(1023)) << SHIFT
    return p * np.uint64(exponent).view(np.float64)


@njit(inline="always")
def log_double(u):
    """log u to 3e-16 of itself for a normal number u, as `log`."""
    bits = np.float64(u).view(np.int64)
    exponent = (bits - int64(0x3FE6A09E667F3BCD)) >> int64(52)
    left = np.int64(bits - (exponent << int64(52))).view(np.float64)
    z = (left - 1.0) / (left + 1.0)
    y = z * z
    p = y * LOG_DOUBLE[0] + LOG_DOUBLE[1]
    p = p * y + LOG_DOUBLE[2]
    p = p * y + LOG_DOUBLE[3]
    p = p * y + LOG_DOUBLE[4]
    p = p * y + LOG_DOUBLE[5]
    return float64(exponent) * LOG2 + ((z + z) + z * y * p)


@njit(inline="always")
def larger(a, b):
    """b where it is larger than a, else a."""
    return b if b > a else a


@njit(inline="always")
def folded(b, width):
    """The sum of the first numbers of a row: its second half is added to its first, until one is left. Overwrites b."""
    while width > 1:
        half = (width + 1) // 2
        for j in range(width - half):
            b[j] += b[half + j]
        width = half
    return b[0]


@njit(inline="always")
def count_ones(word):
    """How many bits of a word are 1, in the form that LLVM compiles to one instruction."""
    word = word - (word >> uint64(1) & uint64(0x5555555555555555))
    word = (word & uint64(0x3333333333333333)) + (word >> uint64(2) & uint64(0x3333333333333333))
    word = (word + (word >> uint64(4))) & uint64(0x0F0F0F0F0F0F0F0F)
    return uint32(word * uint64(0x0101010101010101) >> uint64(56))
