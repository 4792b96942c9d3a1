# SPDX-License-Identifier: Apache-2.0
"""Broken versions of the layer, to put a judge on trial: `numpy_moe.py --bug NAME`.

Each imitates a mistake that real kernels make, in one overridden method, so `first_stage` names the
first stage whose bits it can change. The class's docstring is its line in `--list-bugs`.
"""

import numpy as np

from numpy_formats import e4m3_to_value
from numpy_layer import Layer


class Reciprocal(Layer):
    """static FP8 quantization multiplies by 1/scale instead of dividing"""

    first_stage = "hidden_q"

    def quantize_hidden(self, x, scale):
        return self.to_e4m3(x * (np.float32(1) / scale))

    quantize_mul = quantize_hidden


class ReciprocalInMulQ(Layer):
    """the activation's quantization multiplies by 1/scale instead of dividing"""

    first_stage = "mul_q"
    quantize_mul = Reciprocal.quantize_hidden


class TruncatingCast(Layer):
    """conversion to E4M3 truncates instead of rounding to nearest even"""

    first_stage = "hidden_q"

    def to_e4m3(self, x):
        codes = super().to_e4m3(x)
        return codes - (np.abs(e4m3_to_value(codes)) > np.abs(x))


class LostNegativeZero(Layer):
    """conversion to E4M3 turns -0 and negative underflow into +0"""

    first_stage = "hidden_q"

    def to_e4m3(self, x):
        codes = super().to_e4m3(x)
        return np.where(codes == 0x80, np.uint8(0), codes)


class UnroundedBlockScale(Layer):
    """block scales are 33/32 of the stored E4M3 values, as if never rounded to them"""

    first_stage = "gate_dot"

    def block_scale(self, codes):
        return super().block_scale(codes) * (33 / 32)


class GateUpSwapped(Layer):
    """gate and up projections are exchanged"""

    first_stage = "gate_dot"

    def tensor(self, case, projection, suffix):
        other = {"gate": "up", "up": "gate"}.get(projection, projection)
        return super().tensor(case, other, suffix)


class SwappedNibbles(Layer):
    """the high nibble of a weight byte is taken first"""

    first_stage = "gate_dot"

    def unpack(self, packed):
        return super().unpack(packed << np.uint8(4) | packed >> np.uint8(4))


class SequentialFloat32(Layer):
    """dot products are accumulated element by element in binary32"""

    first_stage = "gate_dot"

    def dot(self, accumulation, x, w, block_scale):
        blocks = w.reshape(*block_scale.shape, -1) * block_scale[..., None]
        columns = blocks.reshape(w.shape).T.astype(np.float32)
        acc = np.zeros((len(x), len(w)), np.float32)
        for x_k, w_k in zip(x.T.astype(np.float32), columns):
            acc += x_k[:, None] * w_k
        return acc


class SiluFloat32(Layer):
    """SiLU is evaluated in plain binary32 arithmetic"""

    first_stage = "act"

    def silu(self, x):
        return x / (np.float32(1) + np.exp(-x))


class CombineOrder(Layer):
    """the combine adds the slots in reverse order"""

    first_stage = "output"

    def slots(self, top_k):
        return reversed(range(top_k))


BUGS = {
    "reciprocal": Reciprocal,
    "truncating_cast": TruncatingCast,
    "lost_negative_zero": LostNegativeZero,
    "unrounded_block_scale": UnroundedBlockScale,
    "gate_up_swapped": GateUpSwapped,
    "swapped_nibbles": SwappedNibbles,
    "sequential_float32": SequentialFloat32,
    "silu_float32": SiluFloat32,
    "reciprocal_in_mul_q": ReciprocalInMulQ,
    "combine_order": CombineOrder,
}
