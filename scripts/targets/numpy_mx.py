# SPDX-License-Identifier: Apache-2.0
"""MXFP4 and MXFP8: blocks of 32 with an E8M0 scale, by the four rules for its exponent.

Sources: OCP MX 1.0 section 6.3 (floor); pytorch/ao prototype/mx_formats/mx_tensor.py at 050515e.
A rule takes b, the amax of the block, and the element format's largest exponent, fraction bits and
largest value; it gives the exponent, which is then clamped to E8M0. Elements are scaled exactly.
"""

import numpy as np

from numpy_formats import E2M1_MAX, E4M3_MAX, f32_to_e2m1, f32_to_e4m3, pack_e2m1
from numpy_recipe import F32, Quantized, Recipe, block_amax, times_block

ELEMENTS = {"E2M1": (2, 1, E2M1_MAX), "E4M3": (8, 3, E4M3_MAX)}


def floor(b, emax, fraction_bits, largest):
    del fraction_bits, largest
    return np.frexp(b)[1] - 1 - emax  # frexp's fraction lies in [1/2, 1)


def ceil(b, emax, fraction_bits, largest):
    del fraction_bits, largest
    fraction, exponent = np.frexp(b)
    return exponent - (fraction == 0.5) - emax


def even(b, emax, fraction_bits, largest):
    """Floor, once b is rounded, half up, to the fraction bits of the element."""
    del largest
    fraction, exponent = np.frexp(b)
    carries = fraction >= F32(1 - 2.0 ** -(fraction_bits + 2))
    return exponent - 1 + carries - emax


def rceil(b, emax, fraction_bits, largest):
    del emax, fraction_bits
    fraction, exponent = np.frexp(b / largest)
    return np.where(fraction == 0, -127, exponent - (fraction == 0.5))


def mx_recipe(rule, element):
    def quantize(values):
        x, b = block_amax(values, 32)
        exponent = np.clip(rule(b, *ELEMENTS[element]), -127, 127)
        exponent = np.where(b == 0, -127, exponent).astype(np.int32)
        with np.errstate(all="ignore"):
            q = np.ldexp(x, -exponent).reshape(values.shape)
        codes = pack_e2m1(f32_to_e2m1(q)) if element == "E2M1" else f32_to_e4m3(q)
        return Quantized(codes, (exponent[..., 0] + 127).astype(np.uint8), None)

    return Recipe(quantize, times_block, None, 32, element, "E8M0")


MX_RECIPES = {
    f"{prefix}_{rule.__name__}": mx_recipe(rule, element)
    for prefix, element in (("mxfp4", "E2M1"), ("mxfp8", "E4M3"))
    for rule in (floor, ceil, even, rceil)
}
