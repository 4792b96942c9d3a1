# SPDX-License-Identifier: Apache-2.0
"""Results rounded once to binary32: fused multiply-add, dots, SiLU (docs/numerics.md 4 and 5).

numpy's own float32 +, *, / are already the single roundings of IEEE 754 and are used as they are.
What numpy lacks is built here from binary64, with the reason why no second rounding happens.
"""

import numpy as np

from numpy_formats import BLOCK_SIZE

# |x * w * s| <= 448 * 6 * 448 < 2^20.3 on a grid of 2^-19: 8192 terms stay below 2^53 units, so
# binary64 holds every partial sum exactly, in whatever order BLAS adds.
EXACT_CHUNK = 8192
UNIT_BITS = 19


def fma_f32(a, b, c):
    """fl(a * b + c) elementwise.

    The product of two binary32 numbers fits binary64. The sum is rounded to odd, which keeps what
    the final rounding to nearest needs (Boldo and Melquiond, IEEE Trans. Computers 57(4), 2008).
    """
    product = np.multiply(a, b, dtype=np.float64)
    c = np.asarray(c, np.float64)
    total = product + c
    virtual = total - product  # TwoSum (Knuth): error is what total lost, exactly
    error = (product - (total - virtual)) + (c - virtual)
    bits = total.view(np.int64)
    inexact_even = (error != 0) & np.isfinite(total) & (bits & 1 == 0)
    away = np.where((error > 0) == (total > 0), 1, -1)
    return (bits + inexact_even * away).view(np.float64).astype(np.float32)


def dot_exact(x, w, block_scale):
    """[n, N]: the real sum of x[n, k] * w[N, k] * block_scale[N, k/16], rounded once; K <= 2^23."""
    blocks = w.reshape(*block_scale.shape, BLOCK_SIZE)
    scaled = (blocks * block_scale[..., None]).reshape(w.shape)
    units = np.zeros((len(x), len(w)), np.int64)
    for k in range(0, x.shape[1], EXACT_CHUNK):
        part = x[:, k : k + EXACT_CHUNK] @ scaled[:, k : k + EXACT_CHUNK].T
        units += np.ldexp(part, UNIT_BITS).astype(np.int64)
    return np.ldexp(units.astype(np.float32), -UNIT_BITS)


def dot_block_fma(x, w, block_scale):
    """[n, N]: each block's dot rounded once, then acc = fl(d_b * s_b + acc) in block order."""
    acc = np.zeros((len(x), len(w)), np.float32)
    for b, scale in enumerate(block_scale.T):
        block = slice(b * BLOCK_SIZE, (b + 1) * BLOCK_SIZE)
        acc = fma_f32((x[:, block] @ w[:, block].T).astype(np.float32), scale, acc)
    return acc


DOT = {"exact": dot_exact, "block_fma": dot_block_fma}

# numpy's exp is good to a few binary64 ulps (2^-52); 2^-46 leaves room on any platform and sends
# about one element in a million to mpmath.
SILU_ERROR = 2.0**-46
# Below this, x^2/4 is smaller than the distance from x/2 to any other rounding boundary.
SILU_TINY = 2.0**-30


def silu_f32(x):
    """x / (1 + e^-x), correctly rounded; silu(-0) = silu(-Inf) = -0."""
    wide = x.astype(np.float64)
    value = np.where(np.isneginf(wide), -0.0, wide / (1 + np.exp(-wide)))
    # silu(x) = x/2 + x^2/4 - ...: just above x/2, which matters where half of a subnormal is a tie.
    tiny = (wide != 0) & (np.abs(wide) < SILU_TINY)
    value = np.where(tiny, np.nextafter(wide / 2, np.inf), value)
    result = value.astype(np.float32)
    first = (value * (1 - SILU_ERROR)).astype(np.float32)
    second = (value * (1 + SILU_ERROR)).astype(np.float32)
    hard = (first != second) & ~np.isnan(value) & ~tiny
    for bits in np.unique(x[hard].view(np.uint32)):
        where = hard & (x.view(np.uint32) == bits)
        at = tuple(np.argwhere(where)[0])
        result[where] = _nearer_to_silu(
            float(x[at]), *sorted((float(first[at]), float(second[at])))
        )
    return result


def _nearer_to_silu(x, below, above):
    """The nearer to silu(x) of two adjacent binary32 numbers. It is transcendental: no ties."""
    from mpmath import mp  # rare, and slow to import

    middle, precision = (below + above) / 2, 128
    while True:
        with mp.workprec(precision):
            value = mp.mpf(x) / (1 + mp.exp(-x))
            if abs(value - middle) > abs(value) * mp.mpf(2) ** (8 - precision):
                return above if value > middle else below
        precision *= 2
