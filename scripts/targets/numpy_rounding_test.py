# SPDX-License-Identifier: Apache-2.0
"""Oracles: exact_scalars.py (Fractions, mpmath), and values that a comment derives."""

import unittest

import numpy as np

import exact_scalars as exact
from numpy_rounding import DOT, dot_block_fma, dot_exact, fma_f32, silu_f32
from test_support import bits, random_f32


class NumpyRoundingTest(unittest.TestCase):
    def setUp(self):
        self.rng = np.random.default_rng(1)
        self.enterContext(np.errstate(all="ignore"))  # infinities and NaN are wanted

    def test_fma_agrees_with_fractions(self):
        ranges = ((0, 254, 0, 254), (60, 70, 0, 20), (120, 130, 90, 160), (0, 80, 0, 3))
        for low, high, c_low, c_high in ranges:
            a, b = random_f32(self.rng, 3000, low, high), random_f32(self.rng, 3000, low, high)
            c = random_f32(self.rng, 3000, c_low, c_high)
            c[::3] = -(a[::3] * b[::3])  # cancellation
            a, b, c = (v[np.isfinite(c)] for v in (a, b, c))
            expected = [exact.fma_f32(*map(float, v)) for v in zip(a, b, c)]
            self.assertEqual(bits(fma_f32(a, b, c)), bits(expected))

    def test_fma_does_not_round_twice(self):
        # (1 + 2^-12)^2 lies halfway between two binary32 numbers; 2^-90 decides, and plain
        # binary64 loses it.
        a = np.float32([1 + 2**-12] * 2)
        c = np.float32([2.0**-90, -(2.0**-90)])
        expected = np.float32([1 + 2**-11 + 2**-23, 1 + 2**-11])
        self.assertEqual(bits(fma_f32(a, a, c)), bits(expected))
        self.assertEqual(bits(fma_f32(-a, a, -c)), bits(-expected))

    def test_fma_of_infinities_zeros_and_nan(self):
        inf, zero, one = np.float32(np.inf), np.float32(0), np.float32(1)
        self.assertTrue(np.isnan(fma_f32(inf, zero, one)))
        self.assertTrue(np.isnan(fma_f32(inf, one, -inf)))
        self.assertEqual(fma_f32(np.float32(3e38), np.float32(2), one), inf)
        self.assertEqual(fma_f32(-inf, one, one), -inf)
        self.assertEqual(bits([fma_f32(-zero, one, -zero)]), [0x80000000])
        self.assertEqual(bits([fma_f32(one, one, -one)]), [0])

    def test_silu_agrees_with_mpmath(self):
        hard = [2.0**-e * (1 + m * 2.0**-23) for e in range(20, 150) for m in (0, 1, 2, 3, 5)]
        far = np.linspace(-110, -80, 301).tolist()
        # The nearest to a rounding boundary (2^-51, relative) of all binary32 in [2^-23, 104] that
        # are no short sums of powers of two.
        nearest = np.array([0x35E24630, 0x38126C8E], np.uint32).view(np.float32)
        x = np.concatenate([np.float32(hard + far), nearest, random_f32(self.rng, 2000, 0, 134)])
        x = np.concatenate([x, -x])
        self.assertEqual(bits(silu_f32(x)), bits([exact.silu_f32(float(v)) for v in x]))

    def test_silu_of_special_values(self):
        actual = silu_f32(np.float32([0.0, -0.0, np.inf, -np.inf, np.nan, -3e38]))
        self.assertEqual(bits(actual)[:4], [0, 0x80000000, 0x7F800000, 0x80000000])
        self.assertTrue(np.isnan(actual[4]))
        self.assertEqual(bits(actual)[5], 0x80000000)

    def test_silu_of_an_odd_subnormal_rounds_half_of_it_up(self):
        # silu(x) = x/2 + x^2/4: the second term breaks the tie.
        x = np.arange(1, 1000, dtype=np.uint32).view(np.float32)
        actual = silu_f32(x)
        self.assertEqual(bits(actual), [(code + 1) // 2 for code in range(1, 1000)])

    def test_dot_exact_beyond_binary64(self):
        # 16367 terms of 448 * 6 * 448 and one of 448 * 16 sum to the middle of two binary32
        # numbers. A term of +-2^-19 decides, and binary64 cannot hold it.
        for sign in (1, -1):
            x, w = np.full((1, 16384), 448.0), np.full((1, 16384), 6.0)
            scale = np.full((1, 1024), 448.0)
            x[0, -16:], x[0, -16], w[0, -16], scale[0, -1] = 0, sign * 2.0**-9, 0.5, 2.0**-9
            x[0, 0], w[0, 0] = 16, 1
            real = 16367 * 448**2 * 6 + 448 * 16 + exact.Fraction(sign, 2**19)
            self.assertEqual(bits(dot_exact(x, w, scale)[0]), bits([exact.round_f32(real)]))

    def test_block_fma_rounds_the_dot_of_a_block(self):
        # 15 * 448 * 6 + 2^-10 needs 26 bits; what is left of it cancels the first block.
        x, w, scale = np.full((1, 32), 448.0), np.full((1, 32), 6.0), np.ones((1, 2))
        x[0, :16], x[0, 0], x[0, 16], w[0, 16] = -448, 0, 2.0**-9, 0.5
        self.assertEqual(dot_block_fma(x, w, scale), 0)
        self.assertEqual(dot_exact(x, w, scale), np.float32(2.0**-10))

    def test_dots_agree_with_fractions(self):
        x_codes = self.rng.choice(np.delete(np.arange(256), [0x7F, 0xFF]), (2, 512))
        w_codes = self.rng.integers(0, 16, (3, 512))
        scale_codes = self.rng.integers(0, 0x7F, (3, 32))
        x, w, scale = (
            np.vectorize(decode, otypes=[float])(codes)
            for decode, codes in (
                (exact.e4m3_value, x_codes),
                (exact.e2m1_value, w_codes),
                (exact.e4m3_value, scale_codes),
            )
        )
        for contract, dot in DOT.items():
            expected = [
                [exact.dot(contract, a, b, s) for b, s in zip(w_codes, scale_codes)]
                for a in x_codes
            ]
            self.assertEqual(bits(dot(x, w, scale)), bits(expected), contract)


if __name__ == "__main__":
    unittest.main()
