# SPDX-License-Identifier: Apache-2.0
"""Oracle: exact_scalars.py, a search of all codes and Fractions."""

import unittest

import ml_dtypes
import numpy as np

import exact_scalars as exact
from numpy_formats import f32_to_e2m1, f32_to_e4m3, quantize_weights_modelopt
from test_support import bits, random_f32


class NumpyFormatsTest(unittest.TestCase):
    def setUp(self):
        self.rng = np.random.default_rng(1)
        self.enterContext(np.errstate(all="ignore"))  # infinities and NaN are wanted

    def test_conversions_agree_with_a_search_of_all_codes(self):
        x = random_f32(self.rng, 2000, 110, 140)
        edges = np.float32([0.0, -0.0, 1e-45, -1e-45, 3e38, -3e38, np.inf, -np.inf])
        x = np.concatenate([x, edges])
        for values, encode, oracle in (
            (exact.E4M3 + [480], f32_to_e4m3, exact.e4m3_code),
            (exact.E2M1 + [8], f32_to_e2m1, exact.e2m1_code),
        ):
            ties = np.array([float(a + b) / 2 for a, b in zip(values, values[1:])], np.float32)
            around = [ties, np.nextafter(ties, 0), np.nextafter(ties, np.float32(np.inf))]
            src = np.concatenate([x, *around, *np.negative(around)])
            finite = np.clip(src, -3e38, 3e38).astype(np.float32)
            self.assertEqual(encode(src).tolist(), [oracle(float(v)) for v in finite])

    def test_conversions_of_nan(self):
        nans = np.array([0x7FC00000, 0xFFC00000, 0x7F800001], np.uint32).view(np.float32)
        self.assertEqual(f32_to_e4m3(nans).tolist(), [0x7F] * 3)
        self.assertEqual(f32_to_e2m1(nans).tolist(), [0x7] * 3)

    def test_recipe_agrees_with_fractions(self):
        weights = self.rng.normal(size=(4, 6, 48)).astype(np.float32)
        weights *= random_f32(self.rng, weights.size, 117, 127).reshape(weights.shape)
        weights[0, 0, :16], weights[0, 1, :5], weights[1] = 0, -0.0, 0
        weights[2] *= np.float32(1e-40)  # the tensor scale is subnormal
        weights[3, 0, 0] = 3e38  # other blocks fall below the smallest block scale
        packed, scale, tensor_scale = quantize_weights_modelopt(weights)
        self.assertEqual(weights.shape[:2] + (24,), packed.shape)
        for expert, matrix in enumerate(weights.tolist()):
            codes, scales, s2 = exact.quantize_matrix(matrix)
            codes = np.array(codes, np.uint8)
            self.assertEqual(bits(packed[expert]), bits(codes[:, ::2] | codes[:, 1::2] << 4))
            self.assertEqual(bits(scale[expert]), scales)
            self.assertEqual(bits(tensor_scale[expert]), bits(s2))

    def test_recipe_at_ties_agrees_with_fractions(self):
        # Block maxima on ties of the block scale, elements on ties of E2M1, each within 2 ulps.
        s2 = np.float32(1.7) / np.float32(2688)
        weights = np.zeros((1, 100, 32), np.float32)
        for block in weights.reshape(-1, 16):
            tie = self.rng.integers(8, 16) + 0.5
            step = np.float32(f32_to_e4m3(np.float32([tie])).view(ml_dtypes.float8_e4m3fn)[0]) * s2
            block[:] = self.rng.choice([0.25, 0.75, 1.25, 1.75, 2.5, 3.5, 5], 16) * step
            block[0] = tie * 6 * s2
        weights.view(np.int32)[...] += self.rng.integers(-2, 3, weights.shape, np.int32)
        weights[0, 0, 0] = 1.7
        packed, scale, _ = quantize_weights_modelopt(weights)
        codes, scales, _ = exact.quantize_matrix(weights[0].tolist())
        codes = np.array(codes, np.uint8)
        self.assertEqual(bits(scale[0]), scales)
        self.assertEqual(bits(packed[0]), bits(codes[:, ::2] | codes[:, 1::2] << 4))


if __name__ == "__main__":
    unittest.main()
