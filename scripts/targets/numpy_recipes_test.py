# SPDX-License-Identifier: Apache-2.0
"""Known answers of the recipes, worked by hand from the sources that numpy_recipes.py names."""

import unittest

import numpy as np

from numpy_recipes import RECIPES, llama_ue4m3, rcp_approx_ftz

F32 = np.float32


def quantize(recipe, values, **options):
    """Codes a byte each, scale codes, tensor scale of one row, zeros up to a whole block of 32."""
    row = np.zeros((1, 1, 32), F32)
    row[0, 0, : len(values)] = values
    codes, scales, tensor_scale = RECIPES[recipe].quantize(row, **options)
    if RECIPES[recipe].element == "E2M1":
        codes = np.stack([codes & 15, codes >> 4], -1)
    scale = None if tensor_scale is None else float(tensor_scale[0])
    return codes.ravel()[: len(values)].tolist(), scales.ravel().tolist(), scale


class NumpyRecipes(unittest.TestCase):
    # amax 2688: every tensor scale is 1, and the block scale 448 takes 6 to amax.
    ROW = [2688, 2240, -112, 112.0001, -0.0, -1]

    def test_element_ties_go_to_even_and_negatives_keep_their_sign(self):
        for name in ("modelopt", "transformer_engine", "trtllm_fast", "compressed_tensors"):
            codes, scales, _ = quantize(name, self.ROW)
            self.assertEqual(codes[:4] + codes[5:], [7, 6, 8, 1, 8], name)
            self.assertEqual(scales[0], 0x7E, name)

    def test_casts_by_comparison_lose_the_sign_of_minus_zero(self):
        for name in ("modelopt", "modelopt_onnx_legacy", "vllm_emulation", "compressed_tensors"):
            self.assertEqual(quantize(name, self.ROW)[0][4], 0, name)
        for name in ("transformer_engine", "flashinfer_exact", "trtllm_fast", "torchao"):
            self.assertEqual(quantize(name, self.ROW)[0][4], 8, name)

    def test_tensor_scales_are_what_each_stack_stores(self):
        row = [5.0]
        self.assertEqual(quantize("modelopt", row)[2], float(F32(5) / F32(2688)))
        self.assertEqual(quantize("compressed_tensors", row)[2], float(F32(2688) / F32(5)))
        self.assertEqual(quantize("transformer_engine", row)[2], 5.0)
        self.assertIsNone(quantize("llama_cpp", row)[2])

    def test_block_scales_that_underflow_part_the_recipes(self):
        row = [0.0] * 16 + [6 * 2.0**-11]
        row[0] = 2688.0
        expected = {
            "modelopt": 0x01,  # clamped to 2^-9
            "modelopt_onnx_legacy": 0x00,
            "transformer_engine": 0x00,
            "torchao": 0x08,  # clamped to 2^-6
            "compressed_tensors": 0x20,  # 0 becomes 0.125
            "cudnn_docs": 0x01,  # rounded up
        }
        for name, code in expected.items():
            self.assertEqual(quantize(name, row)[1][1], code, name)

    def test_elements_of_a_zero_scale_saturate_or_vanish(self):
        row = [0.0] * 16 + [6 * 2.0**-11, -(2.0**-20), 0.0]
        row[0] = 2688.0
        self.assertEqual(quantize("transformer_engine", row)[0][16:], [7, 15, 0])
        self.assertEqual(quantize("trtllm_fast", row)[0][16:], [7, 15, 7])  # 0 * Inf is NaN
        self.assertEqual(quantize("vllm_emulation", row)[0][16:], [0, 0, 0])

    def test_llama_scales_round_half_up_and_saturate_from_248(self):
        scales = F32([1.0625, 1.03125, 247.9, 248, 300, 2**-10, 7.5 / 512, -1, 0])
        codes = [0x39, 0x38, 0x77, 0x7E, 0x7E, 0x01, 0x07, 0x00, 0x00]
        self.assertEqual(llama_ue4m3(scales).tolist(), codes)

    def test_llama_ties_take_the_lower_index(self):
        row = [6, 0.25, 0.75, 1.75, 3.5, 5, -0.75, -0.0]
        self.assertEqual(quantize("llama_cpp", row)[0], [7, 0, 1, 3, 5, 6, 9, 0])

    def test_four_over_six_takes_four_where_it_errs_less(self):
        # The encode scale is 1; 1536 becomes 6 under 0x78 = 256, or 4 under 0x7C = 384.
        expected = {
            (1536.0, 1024.0): ([7, 6], 0x78),  # 4, or 2.67
            (1536.0, 1152.0): ([6, 5], 0x7C),  # 4.5, or 3
            (1536.0, 0.0): ([7, 0], 0x78),  # both exact: six
        }
        for row, answer in expected.items():
            codes, scales, amax = quantize("four_over_six", row)
            self.assertEqual((codes, scales[0], amax), (*answer, 1536.0))

    def test_exponent_rules_of_mx_part_at_their_fractions(self):
        for prefix, emax in (("mxfp4", 2), ("mxfp8", 8)):
            for rule, more in (("floor", 0), ("ceil", 1), ("even", 1), ("rceil", 1)):
                found = [quantize(f"{prefix}_{rule}", [b])[1][0] for b in (1.0, 1.9375)]
                self.assertEqual(found, [127 - emax, 127 - emax + more], (prefix, rule))
        self.assertEqual(quantize("mxfp4_even", [1.75])[1], [126])
        self.assertEqual(quantize("mxfp8_even", [1.75])[1], [119])
        self.assertEqual(quantize("mxfp4_rceil", [1.5])[1], [125])
        self.assertEqual(quantize("mxfp8_rceil", [1.75])[1], [119])
        for rule in ("floor", "ceil", "even", "rceil"):
            self.assertEqual(quantize(f"mxfp8_{rule}", [0.0])[1], [0], rule)

    def test_the_approximate_reciprocal_flushes_and_moves(self):
        third = F32(1) / F32(3)
        self.assertEqual(rcp_approx_ftz(F32(3), 0), third)
        self.assertEqual(rcp_approx_ftz(F32(3), 1), np.nextafter(third, F32(1)))
        with np.errstate(divide="ignore"):
            self.assertEqual(rcp_approx_ftz(F32(2**-127), 1), np.inf)
        self.assertEqual(rcp_approx_ftz(F32(2**127), 1), 0)


if __name__ == "__main__":
    unittest.main()
