# SPDX-License-Identifier: Apache-2.0
"""What the quantization recipes in numpy share: results, block scales, ways back.

Matrices are binary32 [T, R, C]: T tensors, each with an amax of its own. In blocks they are
[T, R, C / block_size, block_size], and what belongs to a block or a tensor broadcasts.
"""

from dataclasses import dataclass
from typing import Callable, NamedTuple

import numpy as np

from numpy_formats import e4m3_to_value, unpack_e2m1

F32 = np.float32


class Quantized(NamedTuple):
    codes: np.ndarray  # uint8: packed E2M1 [T, R, C / 2] or E4M3 [T, R, C]
    block_scale: np.ndarray  # uint8 [T, R, C / block_size]
    tensor_scale: np.ndarray | None  # float32 [T], what the stack stores


@dataclass(frozen=True)
class Recipe:
    quantize: Callable  # (values [T, R, C], **options) -> Quantized
    value: Callable  # (element, block scale, tensor scale), values that broadcast -> value
    tensor_scale: str | None = None  # "decode", "encode" or "amax"
    block_size: int = 16
    element: str = "E2M1"
    scale: str = "E4M3"
    options: tuple = ()

    def dequantize(self, quantized):
        codes, block_scale, tensor_scale = quantized
        q = e2m1_values(codes) if self.element == "E2M1" else e4m3_values(codes)
        s = e4m3_values(block_scale) if self.scale == "E4M3" else e8m0_values(block_scale)
        g = None if tensor_scale is None else tensor_scale[:, None, None, None]
        blocks = q.reshape(*s.shape, self.block_size)
        with np.errstate(all="ignore"):
            return self.value(blocks, s[..., None], g).reshape(q.shape)


def e2m1_values(packed):
    return unpack_e2m1(packed).astype(F32)


def e4m3_values(codes):
    return e4m3_to_value(codes).astype(F32)


def e8m0_values(codes):
    return np.ldexp(F32(1), codes.astype(np.int32) - 127)


def block_amax(values, block_size):
    """(values in blocks, amax of each block)."""
    blocks = values.reshape(*values.shape[:2], -1, block_size)
    return blocks, np.abs(blocks).max(axis=-1, keepdims=True)


def times_block(q, s, _):
    return q * s
