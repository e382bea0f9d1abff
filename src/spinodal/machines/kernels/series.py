"""Series: the coefficients of the functions that all kernels compute alike, from the highest power to the lowest.

They are least-squares fits, reweighted for the smallest largest error, which is given with each. In double precision
they are as short as the use needs: a marginal of a thousand hidden units to 1e-7.
"""

from __future__ import annotations

EXP2 = (0.0013264727252776086, 0.009671512785860295, 0.05550733744471475, 0.2402224208311046, 0.6931469775976782, 1.0)
"""2^f for |f| <= 1/2, to 9e-8 relative; 1 at 0."""

EXP2_DOUBLE = (
    1.5196156592486843e-5,
    0.00015466756445325493,
    0.0013333935056458952,
    0.009618038131689583,
    0.055504103659890724,
    0.24022651066563397,
    0.6931471807045332,
    1.0,
)
"""2^f for |f| <= 1/2, to 5e-11 relative; 1 at 0."""

LOG = (0.29870938696876026, 0.3997757396569042, 0.6666677608586189)
"""(log u - 2 z) / z³ in z², for z = (u - 1) / (u + 1) and u from sqrt(1/2) to sqrt(2): log u to 1e-9 relative."""

LOG_DOUBLE = (
    0.16820701108919245,
    0.18123567812313882,
    0.22223374039107255,
    0.2857141709633326,
    0.4000000005247831,
    0.666666666665868,
)
"""The same, to 2e-16 relative."""

SIN = (-0.00019517298633429017, 0.00833217814362882, -0.16666654943662232)
"""(sin x - x) / x³ in x² for |x| <= π/4: sin x to 4e-9."""

COS = (-0.0013597822799209817, 0.04165629455592831, -0.49999894781021836)
"""(cos x - 1) / x² in x² for |x| <= π/4: cos x to 4e-8."""

TANH = (
    2.3617592939696754e-11,
    -1.472017767512806e-8,
    9.877228984681745e-6,
    2.9852317655825185e-3,
    0.12978460345344817,
    0.9999999230733011,
)
TANH_BELOW = (2.371438603171114e-4, 2.402482205121621e-2, 0.46311761874293245, 1.0)
"""tanh x = x TANH(x²) / TANH_BELOW(x²) for |x| <= 7.9, to 3.5e-7."""

LOG2 = 0.6931471805599453
LOG2_E = 1.4426950408889634
"""log 2, and its inverse."""

LARGEST = 54.0
"""The largest exponent that sums over hidden units take in full: with one of 32 more, eight factors stay finite."""
