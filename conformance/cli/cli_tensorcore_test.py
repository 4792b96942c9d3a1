#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The verbs tensorcore and info models.

Oracles: worked cases of MMA-Sim (arXiv 2511.10909), IEEE 754 by exact fractions, GPU rows where they are present.
Usage: cli_tensorcore_test.py ASSAY [unittest arguments].
"""
import json
import struct
import unittest
from fractions import Fraction
from pathlib import Path

from cli_case import main, read_safetensors
from format_case import FormatTest

ROWS = Path(__file__).resolve().parents[2] / "../shared/data/tensor_core_rows"


def words(*values):
    return struct.pack(f"<{len(values)}I", *values)


def f32_bits(value):
    return struct.unpack("<I", struct.pack("<f", value))[0]


class Dots(FormatTest):
    def dot(self, model, *arguments, code=0):
        return self.ok_json("tensorcore", "--model", model, *arguments, code=code)

    def test_worked_cases(self):
        lost = ("0x3c00,0x0c00,0xbc00", "0x3c00,0x0800,0x3c00")
        for model, a, b, c, expected in (
                ("sm_100/tcgen05.f16", *lost, "0", "0x33000000"), ("sm_80/mma.f16", *lost, "0", "0x00000000"),
                ("sm_100/mma.f16", "0x6400,0xe400", "0x3c00,0x3c00", "0x3f800001", "0x3f800000"),
                ("sm_100/tcgen05.bf16", "0x7f00,0x7f00", "0x3f80,0x3f80", "0", "0x7f800000"),
                ("sm_100/tcgen05.tf32", "0x3f801fff", "0x3f800000", "0", "0x3f800000"),
                ("sm_100/tcgen05.f16.f16", "0x3c00,0x1000,0x0c00", "0x3c00,0x3c00,0x0800", "0x0000", "0x3c01"),
                ("sm_90/wgmma.fp8", "0x7e,0x08,0xfe", "0x38,0x08,0x38", "0", "0x00000000")):
            with self.subTest(model=model, a=a):
                self.assertEqual(self.dot(model, a, b, c)["result"]["code"], expected)

    def test_fp8_formats_mix_and_shorter_dots_are_filled_up(self):
        report = self.dot("sm_100/tcgen05.fp8", "--b-format", "e5m2", "0x3f,0x01", "0x3f,0x7b", "0xc0400000")
        self.assertEqual(report["result"]["code"], "0x42e09000")
        self.assertEqual((report["a_format"], report["b_format"]), ("e4m3", "e5m2"))
        report = self.dot("sm_110/mma.fp8", "1,2,3", "1,1,1", "0.5")
        self.assertEqual(report["result"], {"code": "0x40d00000", "value": "6.5"})

    def test_operands_are_numbers_or_patterns_between_commas_or_spaces(self):
        for a in ("1,1.5", "0x3c00 0x3e00", "0x1p0, 0x1.8p0"):
            self.assertEqual(self.dot("sm_75/mma.f16", a, "2,2")["result"]["value"], "5")
        self.assertEqual(self.ok("tensorcore", "--model", "sm_75/mma.f16", "--", "-1,2", "3,1", "-1"),
                         "0xc0000000 = -2\n")

    def test_numbers_are_rounded_to_tf32_and_saturate_where_there_is_no_nan(self):
        tie = 1 + 2**-11  # between 1 and 1 + 2^-10: to even
        self.assertEqual(self.dot("sm_100/mma.tf32", f"{tie},{1 + 3 * 2**-11}", "1,1")["result"]["value"],
                         str(2 + 2**-9))
        narrow = ("sm_100/tcgen05.f8f6f4", "--a-format", "e2m1", "--b-format", "e3m2")
        self.assertEqual(self.dot(*narrow, "100,0.5", "1,1")["result"]["value"], "6.5")

    def test_block_scales(self):
        """Oracle: worked cases of MMA-Sim; 6 * 4 + 1 times 3."""
        nvfp4 = "sm_100/tcgen05.mxf4nvf4"
        report = self.dot(nvfp4, "--a-scales", "1.5", "--b-scales", "2", "6,1", "4,1")
        self.assertEqual((report["result"]["value"], report["scale_format"], report["block"]), ("75", "ue4m3", 16))
        scales = ("--a-scales", "0x3e,0x3f,0x45,0x29", "--b-scales", "0x3f,0x31,0x38,0x7e")
        elements = (",".join(["0x7"] * 64), ",".join(["0xf"] * 64))
        self.assertEqual(self.dot(nvfp4, *scales, *elements, "0x47c35000")["result"]["code"], "0x46b41d00")
        sixteens = ("--scale-format", "e8m0", "--block", "16", "--a-scales", "1,2,4,8")
        ones = ",".join(["1"] * 64)
        self.assertEqual(self.dot(nvfp4, *sixteens, ones, ones)["result"]["code"], "0x43700000")
        mxf8 = ("sm_110/tcgen05.mxf8f6f4", "--a-scales", "0x84", "--b-scales", "0x84")
        self.assertEqual(self.dot(*mxf8, "1,-1", "1,1", "0x35800000")["result"]["code"], "0x00000000")
        [step] = self.dot(nvfp4, "--explain", "6,-6", "6,6", "0x2d800000")["explanation"]["steps"]
        self.assertEqual([(term["k"], term["exponent"]) for term in step["terms"]],
                         [(0, 0), (16, -139), (32, -139), (48, -139), (None, -36)])
        text = self.ok("tensorcore", "--model", nvfp4, "--explain", "6", "6")
        self.assertIn("  k >= 0  36 ", text)

    def test_an_explanation_names_the_grid_and_what_was_lost(self):
        report = self.dot("sm_80/mma.f16", "--explain", "1,0x0c00,-1", "1,0x0a00,1")
        [step] = report["explanation"]["steps"]
        self.assertEqual((step["emax"], step["grid_exponent"], step["sum"]), (0, -24, 0))
        one, tiny, minus_one, c = step["terms"]
        self.assertEqual((one["k"], one["kept"], one["lost_bits"]), (0, 2**24, 0))
        self.assertEqual((tiny["exponent"], tiny["kept"], tiny["lost_bits"]), (-25, 0, 2))  # 1.5 * 2^-25
        self.assertEqual(float.fromhex(tiny["lost"]), 1.5 * 2**-25)
        self.assertEqual((minus_one["kept"], c["k"], c["value"]), (-(2**24), None, "0"))
        text = self.ok("tensorcore", "--model", "sm_80/mma.f16", "--explain", "1,0x0c00,-1", "1,0x0a00,1")
        self.assertIn("step 1: emax 0, grid 2^-24\n", text)
        self.assertIn("kept 0  lost 2 bits, 0x1.8p-25\n", text)
        self.assertTrue(text.endswith("\n0x00000000 = 0\n"), text)

    def test_the_explanation_of_an_expansion_has_both_mmas(self):
        ones = ",".join(["1"] * 32)
        explanation = self.dot("sm_100/mma.fp8", "--explain", ones, ones, "1")["explanation"]
        first, second = explanation["steps"]
        self.assertEqual((first["products"][:3], second["products"][:3]), ([0, 1, 4], [2, 3, 6]))
        self.assertEqual((first["result"]["value"], second["c"]["value"]), ("16", "16"))
        self.assertEqual(explanation["addition"], {"c": {"code": "0x3f800000", "value": "1"},
                                                   "sum": {"code": "0x42000000", "value": "32"}})

    def test_special_operands_are_explained(self):
        report = self.dot("sm_100/mma.f16", "--explain", "inf,1", "0,1")
        self.assertTrue(report["explanation"]["steps"][0]["special"])
        self.assertEqual(report["result"], {"code": "0x7fffffff", "value": "NaN"})

    def test_a_chain_rounds_after_each_product(self):
        a, b, c = (0.1, 3.7, -2048.5), (7.25, -0.3, 0.015), 1000.7
        to_f16 = lambda x: struct.unpack("<e", struct.pack("<e", x))[0]
        total = Fraction(struct.unpack("<f", struct.pack("<f", c))[0])
        for x, y in zip(a, b):
            exact = total + Fraction(to_f16(x)) * Fraction(to_f16(y))  # 53 bits hold it: float() is exact
            self.assertEqual(Fraction(float(exact)), exact)
            total = Fraction(struct.unpack("<f", struct.pack("<f", float(exact)))[0])
        report = self.dot("sm_100/mma.f16", "--policy", "fma", ",".join(map(str, a)), ",".join(map(str, b)), str(c))
        self.assertEqual(int(report["result"]["code"], 16), f32_bits(float(total)))

    def test_certified(self):
        certified = ("sm_100/mma.f16", "--policy", "certified")
        report = self.dot(*certified, "1,2,3", "4,5,6", "7")
        self.assertEqual((report["result"]["value"], report["certified"]), ("39", True))
        for why, operands in (("round", ("1,0x0c00,-1", "1,0x0800,1")), ("subnormal", ("0x0001", "1")),
                              ("-0", ("-0,-0,-0,-0", "1,1,1,1", "-0"))):
            report = self.dot(*certified, "--", *operands, code=1)
            self.assertFalse(report["certified"])
            self.assertIn(why, report["why"])
        self.assertIn("  certified\n", self.ok("tensorcore", "--model", *certified, "1", "1"))
        self.assertIn("  not certified: ", self.ok("tensorcore", "--model", *certified, "0x0001", "1", code=1))

    def test_errors(self):
        f16 = ("tensorcore", "--model", "sm_100/mma.f16")
        mxf4 = ("tensorcore", "--model", "sm_100/tcgen05.mxf4")
        for words_of, arguments in (
                (("sm_100/mma.f17", "sm_100/mma.f16"), ("tensorcore", "--model", "sm_100/mma.f17", "1", "1")),
                (("1 elements", "2"), (*f16, "1", "1,2")), (("A, B",), (*f16, "1")),
                (("A, B",), (*f16, "1", "1", "1", "1")), (("no element",), (*f16, ",", "1")),
                (("x:", "bit pattern"), (*f16, "x", "1")), (("more than the 16 bits",), (*f16, "0x12345", "1")),
                (("--policy cerified", "certified"), (*f16, "--policy", "cerified", "1", "1")),
                (("--a-format e4m3", "are f16"), (*f16, "--a-format", "e4m3", "1", "1")),
                (("--b-format f16", "e4m3 or e5m2"),
                 ("tensorcore", "--model", "sm_89/mma.fp8", "--b-format", "f16", "1", "1")),
                (("more than one instruction",),
                 (*f16, "--policy", "fma", ",".join(["1"] * 17), ",".join(["1"] * 17))),
                (("--explain",), (*f16, "--explain", "--policy", "fma", "1", "1")),
                (("--explain",), ("tensorcore", "--model", "sm_90/mma.m8n8k4.f16", "--explain", "1", "1")),
                (("has no block scales",), (*f16, "--a-scales", "1", "1", "1")),
                (("has no block scales",), (*f16, "--block", "16", "1", "1")),
                (("e8m0 of 32 elements",), (*mxf4, "--scale-format", "ue4m3", "1", "1")),
                (("--policy fma", "block scales"), (*mxf4, "--policy", "fma", "1", "1")),
                (("-1: e8m0 has no sign",), (*mxf4, "--a-scales=-1", "1", "1")),
                (("0.7", "power of two"), (*mxf4, "--a-scales", "0.7", "1", "1")),
                (("3 scales for 2 blocks",), (*mxf4, "--b-scales", "1,1,1", "1", "1")),
                (("--file",), (*f16, "1", "1", "-o", "out")), (("--file",), (*f16, "1", "1", "--zero-c")),
                (("--file",), (*f16, "--file", "x", "1", "1")), (("--model",), ("tensorcore", "1", "1"))):
            with self.subTest(arguments=arguments):
                self.error(2, words_of, *arguments)

    def test_help_has_examples_that_work(self):
        text = self.ok("tensorcore", "--help")
        examples = [line.split()[1:] for line in text.splitlines() if line.startswith("  assay ")]
        self.assertGreaterEqual(len(examples), 4)
        for example in examples:
            if "--file" not in example:
                self.ok(*example)


class Rows(FormatTest):
    """Rows of 4: the worked cases above, a sum that a chain rounds otherwise, and a certified one."""
    A = [1, 2**-12, -1, 0, 1024, -1024, 0, 0, 1, 2, 3, 4]
    B = [1, 2**-13, 1, 0, 1, 1, 0, 0, 1, 1, 1, 1]
    C = [0x00000000, 0x3F800001, 0x3F800000]
    D = [0x33000000, 0x3F800000, 0x41300000]

    def tensors(self, d=None, name="d_f32"):
        matrix = lambda values: ("U32", [3, 4], words(*map(f32_bits, values)))
        tensors = {"a": matrix(self.A), "b": matrix(self.B), "c": ("U32", [3], words(*self.C))}
        if d is not None:
            tensors[name] = ("U32", [3], words(*d))
        return tensors

    def judge(self, *arguments, code=0, model="sm_100/mma.f16"):
        return self.ok_json("tensorcore", "--model", model, "--file", self.input, *arguments, code=code)

    def test_rows_that_agree(self):
        self.write(self.tensors(self.D))
        report = self.judge()
        self.assertEqual((report["rows"], report["products"], report["judged"], report["mismatches"]), (3, 4, 3, 0))
        self.assertIsNone(report["first_mismatch"])
        text = self.ok("tensorcore", "--model", "sm_100/mma.f16", "--file", self.input)
        self.assertIn("3 rows of 4 products, sm_100/mma.f16\n  0 of 3 results differ from d_f32\n", text)

    def test_the_first_row_that_differs_is_named(self):
        self.write(self.tensors([self.D[0], self.D[1] + 1, self.D[2] + 1]))
        report = self.judge(code=1)
        self.assertEqual(report["mismatches"], 2)
        self.assertEqual(report["first_mismatch"],
                         {"row": 1, "expected": {"code": "0x3f800001", "value": "0x1.000002p+0"},
                          "actual": {"code": "0x3f800000", "value": "1"}})
        text = self.ok("tensorcore", "--model", "sm_100/mma.f16", "--file", self.input, code=1)
        self.assertIn("first: row 1\n    expected 0x3f800001", text)

    def test_ampere_loses_the_first_row(self):
        self.write(self.tensors(self.D))
        report = self.judge(model="sm_80/mma.f16", code=1)
        self.assertEqual((report["mismatches"], report["first_mismatch"]["row"]), (1, 0))

    def test_results_are_written(self):
        self.write(self.tensors())
        self.judge("-o", self.output)
        tensors, metadata = read_safetensors(self.output)
        self.assertEqual(tensors, {"d_f32": ["U32", [3], words(*self.D)]})
        self.assertEqual(metadata, {"model": "sm_100/mma.f16", "policy": "model"})
        self.judge("-o", self.output, model="sm_100/mma.f16.f16")
        self.assertEqual(read_safetensors(self.output)[0],
                         {"d_f16": ["U32", [3], words(0, 0x3F800000, 0x41300000)]})  # 2^-25 is a tie

    def test_certified_rows_alone_are_judged(self):
        self.write(self.tensors([0, 0, self.D[2]]))
        report = self.judge("--policy", "certified")
        self.assertEqual((report["judged"], report["not_certified"], report["mismatches"]), (1, 2, 0))
        text = self.ok("tensorcore", "--model", "sm_100/mma.f16", "--policy", "certified", "--file", self.input)
        self.assertIn("certified 1 of 3 rows", text)

    def test_rows_of_block_scaled_kinds(self):
        """1.5 * 2 * (6 * 4 + 1), and the worked case of a scale that is NaN in a block of zeros."""
        nvfp4 = ("tensorcore", "--model", "sm_110/tcgen05.mxf4nvf4", "--file", self.input)
        one, nan = [1.0] * 4, float("nan")
        row = lambda *values: [*values, *[0.0] * (64 - len(values))]
        tensor = lambda rows: ("U32", [2, len(rows[0])], words(*(f32_bits(x) for r in rows for x in r)))
        tensors = {"a": tensor([row(6, 1), row(1)]), "b": tensor([row(4, 1), row(1)]),
                   "a_scale": tensor([[1.5, 1, 1, 1], one]), "b_scale": tensor([[2.0, 1, 1, 1], [1, 1, 1, nan]]),
                   "c": ("U32", [2], words(0, 0)), "d_f32": ("U32", [2], words(f32_bits(75), 0x7FFFFFFF))}
        self.write(tensors)
        report = self.ok_json(*nvfp4)
        self.assertEqual((report["judged"], report["mismatches"]), (2, 0))
        self.error(3, ["holds a_scale and b_scale", "tcgen05.f8f6f4"], "tensorcore", "--model",
                   "sm_110/tcgen05.f8f6f4", "--a-format", "e2m1", "--file", self.input)
        tensors["b_scale"] = tensor([[-2.0, 1, 1, 1], one])
        self.write(tensors)
        self.error(3, ["b_scale[0, 0]", "no value of ue4m3"], *nvfp4)
        del tensors["b_scale"]
        self.write(tensors)
        self.error(3, ["b_scale: missing"], *nvfp4)
        del tensors["a_scale"]
        self.write(tensors)
        self.error(3, ["holds no a_scale and b_scale", "mxf4nvf4"], *nvfp4)

    def test_c_can_be_taken_as_zero(self):
        self.write(self.tensors([self.D[0], 0, f32_bits(10)]))
        self.judge("--zero-c")
        self.judge(code=1)

    def test_errors(self):
        verb = ("tensorcore", "--model", "sm_100/mma.f16", "--file")
        self.error(3, ["cannot read"], *verb, self.folder / "none")
        self.write(self.tensors())
        self.error(2, ["d_f32", "--output"], *verb, self.input)
        self.error(2, ["out/x"], *verb, self.input, "-o", self.folder / "out/x")
        self.error(3, ["a[0, 1]", "no value of e4m3"], "tensorcore", "--model", "sm_89/mma.fp8", "--file", self.input,
                   "-o", self.output)
        self.write(self.tensors([1 + f32_bits(1)] * 3, "d_f16"))
        self.error(3, ["d_f16[0]", "no value of f16"], "tensorcore", "--model", "sm_89/mma.f16.f16", "--file",
                   self.input)
        self.write({"a": ("F32", [1, 4], words(0, 0, 0, 0))})
        self.error(3, ["a: has dtype F32"], *verb, self.input)

    @unittest.skipUnless(ROWS.is_dir(), "no GPU rows")
    def test_gpu_rows(self):
        for name, model, options in (("b200_e5m2", "sm_100/mma.fp8", ("--a-format", "e5m2", "--b-format", "e5m2")),
                                     ("h100_e4m3", "sm_90/wgmma.fp8", ("--zero-c",)),
                                     ("a100_tf32", "sm_80/mma.tf32", ()), ("v100_fp16", "sm_70/mma.f16.f16", ())):
            report = self.ok_json("tensorcore", "--model", model, *options, "--file", ROWS / f"{name}.safetensors")
            self.assertEqual((report["judged"], report["mismatches"]), (1000, 0), name)


class Models(FormatTest):
    def test_every_parameter_says_how_it_is_known(self):
        models = {model["name"]: model for model in json.loads(self.ok("info", "models", "--json"))}
        self.assertEqual(models["sm_100/mma.f16"]["fraction_bits"], {"value": 25, "evidence": "hardware"})
        self.assertEqual(models["sm_75/mma.f16"]["products"], {"value": 8, "evidence": "simulator"})
        self.assertEqual(models["sm_110/mma.m8n8k4.f16"]["lowering"], "fma_chain")
        self.assertEqual(models["sm_100/tcgen05.mxf4nvf4"]["group"], {"value": 16, "evidence": "simulator"})
        parameters = ("products", "fraction_bits", "zero_exponent", "rounding")
        for name, model in models.items():
            self.assertTrue(model["source"], name)
            if model["target"] in ("sm_103", "sm_110") and model["lowering"] != "fma_chain":
                self.assertEqual({model[p]["evidence"] for p in parameters}, {"assumed"}, name)

    def test_the_text_has_a_line_for_each(self):
        lines = self.ok("info", "models").splitlines()
        self.assertEqual(len(lines), 1 + len(json.loads(self.ok("info", "models", "--json"))))
        [line] = [line for line in lines if line.startswith("sm_110/mma.fp8 ")]
        self.assertEqual(line.split()[1:6], ["two_f16_mmas", "16", "assumed", "25", "assumed"])


if __name__ == "__main__":
    main()
