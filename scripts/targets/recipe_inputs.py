# SPDX-License-Identifier: Apache-2.0
"""Tensors [16, 256] that tell recipes apart: directed ones, and random ones with an amax each.

A directed tensor is a list of blocks of 32 for one amax; MX recipes take them whole, NVFP4 recipes
as two blocks of 16.
"""

import ml_dtypes
import numpy as np

F32 = np.float32
TENSOR_SHAPE = (16, 256)
BLOCKS_A_TENSOR = TENSOR_SHAPE[0] * TENSOR_SHAPE[1] // 32
E2M1_TIES = F32([0.25, 0.75, 1.25, 1.75, 2.5, 3.5, 5])
E4M3 = np.arange(0x7F, dtype=np.uint8).view(ml_dtypes.float8_e4m3fn).astype(F32)
SMALLEST, LARGEST = F32(2**-149), np.finfo(F32).max
# Under an amax of 42.5 four and six err alike: which is taken hangs on the order of the summation.
EQUAL_ERRORS = [
    [-8, -12, -3, -2, 14, 15, 3, 26, -8, -19, 28, 3, -8, 16, 3, -6],
    [-21, 18, 9, 13, 10, 1, 6, -1, 42, -25, -12, -5, -2, 15, -10, 10],
    [-21, -11, -1, -3, -10, 8, -3, 5, 3, -5, 20, 7, -2, -10, -3, -3],
    [17, 7, 2, -3, -11, -7, 8, 23, -5, -7, -4, 8, 14, 11, -11, 10],
]
# From the smallest subnormal to the largest number; around the amax whose encode scale overflows
# (2688 / 2^128), and where scales or their reciprocals leave the normal range.
AMAXES = F32(
    [2.0**k for k in range(-149, 128, 4)]
    + [2688 * 2.0**k for k in (-149, -140, -138, -137, *range(-130, -125), -10, 116)]
    + [2688 / 2.0**128 * f for f in (1 - 2**-23, 1 + 2**-22)]
    + [LARGEST, 5.3125, 7.38106728, 6.96875, 8.375, 1 + 2**-23, 2 - 2**-23, 0.1, 1e-30, 1e30]
)


def around(values):
    """Each value, the number below and the number above."""
    values = np.asarray(values, F32)
    return np.concatenate([values, np.nextafter(values, F32(0)), np.nextafter(values, LARGEST)])


def blocks_of(amaxes, rng):
    """A block of 32 for each: its amax, ties against the scale it asks for, zeros and signs."""
    b = np.abs(np.asarray(amaxes, F32))[:, None]
    ties = rng.choice(np.concatenate([E2M1_TIES, F32([0, 6, 1e-3, 1e-30])]), (len(b), 32))
    with np.errstate(all="ignore"):
        blocks = (ties * (b / F32(6))).astype(F32)
    jitter = rng.integers(-1, 2, blocks.shape).astype(np.int32)
    moved = (blocks.view(np.int32) + jitter).view(F32)
    blocks = np.where((blocks > 0) & np.isfinite(moved), moved, blocks)
    blocks = np.minimum(blocks, b)
    blocks[:, 0] = blocks[:, 31] = b[:, 0]
    return blocks * rng.choice(F32([-1, 1]), blocks.shape)


def tensors_of(amax, block_amaxes, rng):
    """Tensors whose blocks have these amaxes; the first block of each has the tensor's amax."""
    block_amaxes = np.minimum(np.asarray(block_amaxes, F32), amax)
    for start in range(0, len(block_amaxes), BLOCKS_A_TENSOR - 1):
        chunk = block_amaxes[start : start + BLOCKS_A_TENSOR - 1]
        padded = np.resize(chunk, BLOCKS_A_TENSOR - 1)
        yield blocks_of(np.concatenate([[amax], padded]), rng).reshape(TENSOR_SHAPE)


def zeros():
    yield np.zeros(TENSOR_SHAPE, F32)
    yield -np.zeros(TENSOR_SHAPE, F32)
    signed = np.zeros(TENSOR_SHAPE, F32)
    signed[:, 1::3] = F32(-0.0)
    yield signed
    for one in (1.0, -SMALLEST, LARGEST, -3e-36):  # a tensor with one number
        signed = signed.copy()
        signed[2, 5] = one
        yield signed


def equal_errors():
    values = np.resize(F32(EQUAL_ERRORS), TENSOR_SHAPE)
    values[-1, -1] = 42.5
    return values


def directed_tensors():
    rng = np.random.default_rng(0)
    tensors = [*zeros(), equal_errors()]
    # Ties of the block scale, where amax / 2688 is a power of two: E4M3's midpoints, and beside.
    scale_ties = around((E4M3[1:] + E4M3[:-1]) / 2)
    llama_ties = around(np.concatenate([E4M3, [440, 464, 1e3]]))
    for amax in F32([2688, 2688 * 2.0**-20, 2688 * 2.0**60]):
        tensors += tensors_of(amax, scale_ties / F32(448) * amax, rng)
    tensors += tensors_of(F32(6 * 464), llama_ties * F32(6), rng)
    # Underflow of the block scale: halves of the smallest E4M3 number, and far below.
    tiny = around([2.0**k * f for k in (-30, -13, -12, -11, -10, -9, -7, -6) for f in (1, 1.5)])
    for amax in F32([2688, 5.3125, 1e30]):
        tensors += tensors_of(amax, tiny / F32(448) * amax, rng)
    # The exponent rules of MX: where the fraction of a block's amax makes them part.
    fractions = around([1, 1.5, 1.75, 1.875, 1.9375, 1.96875, 1.25])
    exponents = [-149, -140, -130, *range(-127, -117), -1, 0, 1, 119, 126, 127]
    with np.errstate(over="ignore"):
        powers = np.outer(F32(2) ** F32(exponents), fractions).ravel()
    tensors += tensors_of(LARGEST, powers[np.isfinite(powers) & (powers > 0)], rng)
    tensors += tensors_of(F32(2**-110), powers[(powers < 2**-111) & (powers > 0)], rng)
    for amax in AMAXES:
        with np.errstate(under="ignore"):
            shares = amax * F32([1, 0.5, 0.3, 1 / 7, 2**-6, 2**-9, 2**-17, 2**-19, 0])
        tensors += tensors_of(amax, shares, rng)
    return np.stack(tensors)


def bf16(values):
    return values.astype(ml_dtypes.bfloat16).astype(F32)


def gaussian(rng, shape):
    return bf16(rng.standard_normal(shape, F32))


def wide_range(rng, shape):
    """Blocks of very different sizes, some of them too small for a scale."""
    sizes = np.exp(2.5 * rng.standard_normal((*shape[:-1], shape[-1] // 16), F32))
    values = bf16(rng.standard_normal(shape, F32) * np.repeat(sizes, 16, axis=-1))
    values[rng.random(shape) < 0.01] = 0
    return values


def on_ties(rng, shape):
    """bfloat16 blocks whose elements sit where two codes meet, as far as the grid allows."""
    sizes = np.repeat(bf16(1 + rng.random((*shape[:-1], shape[-1] // 16), F32)), 16, axis=-1)
    values = rng.choice(np.concatenate([E2M1_TIES, F32([6])]), shape) * sizes
    return bf16(values * rng.choice(F32([-1, 1]), shape))


def off_grid(rng, shape):
    """Binary32 ties of elements: midpoints times the scale that the block gets."""
    codes = rng.integers(0x08, 0x7F, (*shape[:-1], shape[-1] // 16))
    codes[:, 0, 0] = 0x7E
    tensor_scale = 1 + rng.random((shape[0], 1, 1), F32)
    values = rng.choice(np.concatenate([E2M1_TIES, -E2M1_TIES]), shape)
    values[..., ::16] = 6
    return values * np.repeat(E4M3[codes] * tensor_scale, 16, axis=-1)


def random_tensors(rng, count):
    """count tensors on the bfloat16 grid and a quarter as many off it, scaled by powers of two."""
    makers = [gaussian, gaussian, wide_range, on_ties]
    parts = [
        make(rng, (-(-(count - i) // len(makers)), *TENSOR_SHAPE)) for i, make in enumerate(makers)
    ]
    parts.append(off_grid(rng, (-(-count // 4), *TENSOR_SHAPE)))
    values = np.concatenate(parts)
    return values * np.exp2(rng.integers(-20, 21, (len(values), 1, 1)).astype(F32))
