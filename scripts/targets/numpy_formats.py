# SPDX-License-Identifier: Apache-2.0
"""E2M1 and E4M3 codes, and the `modelopt` weight recipe: docs/numerics.md sections 1 and 2.

Codes are uint8 arrays (bit patterns). Values are float64 arrays, which hold every product exactly.
Values and rounding come from ml_dtypes; saturation and NaN, where it differs from section 1, are
settled here.
"""

import ml_dtypes
import numpy as np

BLOCK_SIZE = 16
E4M3_MAX = np.float32(448)
E4M3_NAN = np.uint8(0x7F)
E2M1_MAX = np.float32(6)

_E4M3_VALUES = np.arange(256, dtype=np.uint8).view(ml_dtypes.float8_e4m3fn).astype(np.float64)
_E2M1_VALUES = np.arange(16, dtype=np.uint8).view(ml_dtypes.float4_e2m1fn).astype(np.float64)
_BYTES = np.arange(256, dtype=np.uint8)
# A complex128 is a pair of float64: one look-up decodes the two elements of a byte.
_E2M1_PAIRS = np.stack([_E2M1_VALUES[_BYTES & 15], _E2M1_VALUES[_BYTES >> 4]], -1).view(
    np.complex128
)[:, 0]


def e4m3_to_value(codes):
    """float64 values; 0x7F and 0xFF give NaN."""
    return _E4M3_VALUES[codes]


def f32_to_e4m3(x):
    """Ties to even; beyond 448 and infinities saturate, NaN of either sign gives 0x7F, -0 stays."""
    codes = np.clip(x, -E4M3_MAX, E4M3_MAX).astype(ml_dtypes.float8_e4m3fn).view(np.uint8)
    return np.where(np.isnan(x), E4M3_NAN, codes)


def f32_to_e2m1(x):
    """Ties to even; beyond 6 and infinities saturate, NaN gives +6, -0 stays. One code a byte."""
    clamped = np.where(np.isnan(x), E2M1_MAX, np.clip(x, -E2M1_MAX, E2M1_MAX))
    return clamped.astype(ml_dtypes.float4_e2m1fn).view(np.uint8) & np.uint8(0xF)


def unpack_e2m1(packed):
    """float64 values [..., K] of bytes [..., K/2], low nibble first."""
    return _E2M1_PAIRS[packed].view(np.float64)


def pack_e2m1(codes):
    """Bytes [..., K/2] of codes [..., K], low nibble first."""
    return codes[..., 0::2] | codes[..., 1::2] << np.uint8(4)


def quantize_weights_modelopt(w):
    """float32 w [..., N, K] to (bytes [..., N, K/2], block scale codes [..., N, K/16], s2 [...]).

    Leading dimensions are experts, each quantized by itself; s2 is tensor_scale_decode. Raises
    ValueError where K is not a multiple of 16 or a weight is not finite.
    """
    w = np.asarray(w, np.float32)
    if w.ndim < 2 or w.shape[-1] % BLOCK_SIZE:
        raise ValueError(
            f"shape {list(w.shape)}: at least two dimensions, the last a multiple of {BLOCK_SIZE}"
        )
    if not np.isfinite(w).all():
        raise ValueError(
            f"index {np.argwhere(~np.isfinite(w))[0].tolist()}: weights must be finite"
        )
    with np.errstate(all="ignore"):
        tensor_scale = _one_where_zero(np.abs(w).max(axis=(-2, -1), initial=0) / np.float32(2688))
        blocks = w.reshape(*w.shape[:-1], -1, BLOCK_SIZE)
        s2 = tensor_scale[..., None, None]
        ratio = _one_where_zero(np.abs(blocks).max(axis=-1) / (E2M1_MAX * s2))
        block_scale = f32_to_e4m3(np.clip(ratio, np.float32(2**-9), E4M3_MAX))
        q = blocks / (e4m3_to_value(block_scale).astype(np.float32) * s2)[..., None]
        codes = f32_to_e2m1(
            np.where(q == 0, np.float32(0), q)
        )  # the recipe takes the sign from q < 0: -0 is lost
    return pack_e2m1(codes.reshape(w.shape)), block_scale, tensor_scale


def _one_where_zero(x):
    return np.where(x == 0, np.float32(1), x)
