#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The verbs cast, info formats and info recipes.

Oracles: codes that CUDA's headers, ml_dtypes, PyTorch and CUTLASS gave (docs/formats.md), OFP8 1.0 and MX 1.0.
Usage: cli_formats_test.py ASSAY [unittest arguments].
"""
import json
import os
import struct

from cli_case import assay, main, read_safetensors
from format_case import FormatTest, bf16, f32

PI_F32 = 0x40490FDB


class CastValues(FormatTest):
    def codes(self, to, value, *options):
        """{code: ["policy/rounding", ...]}."""
        values = self.ok_json("cast", "--to", to, *options, "--", value)["values"]
        return {r["code"]: [f"{c['policy']}/{c['rounding']}" for c in r["casts"]] for r in values[0]["results"]}

    def test_464_is_the_tie_that_saturates(self):
        report = self.ok_json("cast", "--to", "e4m3", "464", "0x43e80001")
        self.assertEqual((report["schema"], report["from"], report["to"]), ("assay.cast/1", "f32", "e4m3"))
        tie, above = report["values"]
        self.assertEqual((tie["source"], tie["value"], tie["rounded"]), ("0x43e80000", "464", False))
        self.assertEqual((tie["lower"], tie["upper"]), ({"code": "0x7e", "value": "448"}, None))
        self.assertEqual((tie["midpoint"], tie["tie"]), ("464", True))
        [result] = tie["results"]
        self.assertEqual((result["code"], result["value"], result["distance_ulp"]), ("0x7e", "448", "0.5"))
        self.assertEqual((result["saturated"], result["nan"]), (True, False))
        self.assertFalse(above["tie"])
        of = {r["code"]: {c["policy"] for c in r["casts"]} for r in above["results"]}
        self.assertEqual(set(of), {"0x7e", "0x7f"})
        self.assertLessEqual({"cuda_satfinite", "ocp_saturate", "onnx_saturate", "cutlass"}, of["0x7e"])
        self.assertLessEqual({"cuda_nosat", "ml_dtypes"}, of["0x7f"])

    def test_measured_codes(self):
        for to, value, policy, code in (
                ("e4m3", "-nan", "cuda_satfinite", "0x7f"), ("e4m3", "-nan", "ml_dtypes", "0xff"),
                ("e4m3", "-inf", "cuda_satfinite", "0xfe"), ("e4m3", "-inf", "cuda_nosat", "0xff"),
                ("e5m2", "61440", "cuda_satfinite", "0x7b"), ("e5m2", "61440", "cuda_nosat", "0x7c"),
                ("e5m2", "inf", "ml_dtypes", "0x7c"), ("e2m1", "nan", "cuda_satfinite", "0x07"),
                ("e2m1", "nan", "ml_dtypes", "0x08"), ("e2m1", "-nan", "cutlass", "0x0f"),
                ("e2m1", "-1", "cuda_satfinite", "0x0a"), ("e2m3", "-1", "cuda_satfinite", "0x28"),
                ("e3m2", "-1", "cuda_satfinite", "0x2c"), ("ue4m3", "-1", "cutlass", "0x38"),
                ("e8m0", "0", "ml_dtypes", "0xff"), ("e8m0", "1.2", "cutlass", "0x80"),
                ("e8m0", "1.5", "pytorch", "0x80"), ("e4m3", "-1e-30", "cuda_satfinite", "0x80")):
            with self.subTest(to=to, value=value, policy=policy):
                self.assertEqual(list(self.codes(to, value, "--policy", policy)), [code])

    def test_roundings_that_cuda_has(self):
        self.assertEqual(self.codes("e2m1", "5.9", "--policy", "cuda_satfinite", "--rounding", "rz"),
                         {"0x06": ["cuda_satfinite/rz"]})
        self.assertEqual(self.codes("e8m0", "3", "--policy", "cuda_satfinite", "--rounding", "rp"),
                         {"0x81": ["cuda_satfinite/rp"]})
        self.assertEqual(set(self.codes("e2m1", "2.6", "--rounding", "rz")), {"0x04"})

    def test_neighbours_and_distance_are_exact(self):
        [value] = self.ok_json("cast", "--to", "e2m1", "--policy", "cuda_satfinite", "--", "-0x1.4p1")["values"]
        self.assertEqual((value["lower"], value["upper"]),
                         ({"code": "0x0d", "value": "-3"}, {"code": "0x0c", "value": "-2"}))
        self.assertEqual((value["midpoint"], value["tie"]), ("-2.5", True))
        self.assertEqual((value["results"][0]["code"], value["results"][0]["distance_ulp"]), ("0x0c", "0.5"))
        [value] = self.ok_json("cast", "--to", "e2m1", "--policy", "cuda_satfinite", "1.5")["values"]
        self.assertEqual((value["lower"], value["midpoint"]), (value["upper"], None))
        self.assertEqual(value["results"][0]["distance_ulp"], "0")
        [value] = self.ok_json("cast", "--to", "e4m3", "--policy", "ml_dtypes", hex(PI_F32))["values"]
        self.assertEqual(value["value"], "0x1.921fb6p+1")
        self.assertEqual([value[k]["value"] for k in ("lower", "upper")], ["3", "3.25"])
        # (pi - 3.25) / 0.25 in units of 2^-22 (binary32's spacing at pi): 13176795 - 13631488 = -454693, / 2^20.
        self.assertEqual(float.fromhex(value["results"][0]["distance_ulp"]), 454693 / 2**20)

    def test_a_number_is_rounded_once_to_the_source(self):
        """Just above the tie of two binary16 values: rounding to binary64 first would fall on it."""
        half = "1.00048828125"
        for text, bits, rounded in ((half, "0x3c00", True), (half + "0" * 30 + "1", "0x3c01", True),
                                    ("1.0009765625", "0x3c01", False), ("65520", "0x7c00", True),
                                    ("65519.9" + "9" * 40, "0x7bff", True)):
            [value] = self.ok_json("cast", "--from", "f16", "--to", "e4m3", text)["values"]
            self.assertEqual((value["source"], value["rounded"]), (bits, rounded), text)
        above = "1.000000059604644775390625" + "0" * 40 + "1"
        for text, bits in ((above, "0x3f800001"), (above[:26], "0x3f800000")):
            [value] = self.ok_json("cast", "--to", "e4m3", text)["values"]
            self.assertEqual(value["source"], bits)

    def test_binary64_is_rounded_once_to_the_destination(self):
        self.assertEqual(list(self.codes("e4m3", "1.062500000001", "--from", "f64", "--policy", "cuda_satfinite")),
                         ["0x39"])
        self.assertEqual(list(self.codes("e4m3", "1.062500000001", "--from", "f32", "--policy", "cuda_satfinite")),
                         ["0x38"])

    def test_a_distance_that_no_number_holds_is_a_difference(self):
        [value] = self.ok_json("cast", "--from", "f64", "--to", "e4m3", "--policy", "cuda_satfinite", "1e300")["values"]
        self.assertEqual(value["results"][0]["distance_ulp"], "0x1.7e43c8800759cp+991 - 14")

    def test_text_names_neighbours_tie_and_policies(self):
        text = self.ok("cast", "--to", "e4m3", "0x43e80000")
        for line in ("0x43e80000 = 464", "lower     0x7e = 448", "upper     none", "midpoint  464, a tie",
                     "0.5 ulp, saturated  rn cuda_satfinite"):
            self.assertIn(line, text)
        self.assertIn("0x3f99999a = 0x1.333334p+0 (about 1.20000005), the f32 nearest to 1.2",
                      self.ok("cast", "--to", "e4m3", "1.2"))

    def test_decode(self):
        report = self.ok_json("cast", "--decode", "--to", "e4m3", "0x7e", "129", "0xff")
        self.assertEqual(report, {"schema": "assay.decode/1", "format": "e4m3", "codes": [
            {"code": "0x7e", "value": "448"}, {"code": "0x81", "value": "-0.001953125"},
            {"code": "0xff", "value": "NaN"}]})
        self.assertEqual(self.ok("cast", "--decode", "--to", "e8m0", "0x80"), "0x80 = 2\n")

    def test_boundaries(self):
        certificate = self.ok_json("cast", "--boundaries", "--to", "e2m1", "--policy", "cuda_satfinite")
        self.assertEqual((certificate["schema"], certificate["from"], certificate["to"], certificate["rounding"]),
                         ("assay.boundary/1", "f32", "e2m1", "rn"))
        # 0 up to the tie 0.25, which is even.
        self.assertEqual(certificate["runs"][0], {"first": "0x00000000", "last": "0x3e800000", "code": "0x00"})

    def test_errors(self):
        for words, arguments in (
                (["unknown policy", "ml_dtypes"], ("--to", "e4m3", "--policy", "ml_dtype", "1")),
                (["unknown format", "e4m3"], ("--to", "e4m", "1")),
                (["unknown rounding", "rn"], ("--to", "e4m3", "--rounding", "rne", "1")),
                (["cuda_satfinite", "rz"], ("--to", "e2m1", "--policy", "cuda_satfinite", "--rounding", "rp", "1")),
                (["pytorch", "e2m1"], ("--to", "e2m1", "--policy", "pytorch", "1")),
                (["sources"], ("--from", "e4m3", "--to", "e2m1", "1")),
                (["one", "number"], ("--to", "e4m3", "one")), (["number"], ("--to", "e4m3", "")),
                (["1.5x"], ("--to", "e4m3", "1.5x")), (["0x1ffffffff", "32"], ("--to", "e4m3", "0x1ffffffff")),
                (["0x100", "8"], ("--to", "e4m3", "--decode", "0x100")),
                (["-1"], ("--to", "e4m3", "--decode", "-1")), (["missing"], ("--to", "e4m3")),
                (["--policy"], ("--to", "e4m3", "--boundaries")), (["--to"], ("1",)),
                (["--decode"], ("--to", "e4m3", "--decode", "--boundaries")),
                (["--output"], ("--to", "e4m3", __file__))):
            with self.subTest(arguments=arguments):
                self.error(2, words, "cast", *arguments)


class CastFiles(FormatTest):
    def cast(self, *options):
        return self.ok_json("cast", *options, self.input, "-o", self.output)

    def test_codes_keep_names_and_shapes(self):
        self.write({"a": ["F32", [2, 2], f32(464, -1, 2**-10, -0.0)], "b": ["BF16", [1], bf16(-448)],
                    "c": ["F64", [], struct.pack("<d", 1.0625 + 1e-12)], "ids": ["I32", [1], b"\0" * 4]})
        report = self.cast("--to", "e4m3", "--policy", "cuda_satfinite")
        self.assertEqual(report["schema"], "assay.cast_file/1")
        tensors, _ = read_safetensors(self.output)
        self.assertEqual(tensors, {"a": ["F8_E4M3", [2, 2], bytes([0x7E, 0xB8, 0x00, 0x80])],
                                   "b": ["F8_E4M3", [1], b"\xfe"], "c": ["F8_E4M3", [], b"\x39"]})
        result = assay("cast", "--to", "e4m3", "--policy", "cuda_satfinite", self.input, "-o", self.output)
        self.assertIn("1 of 4 tensors are left out", result.stderr)

    def test_from_and_tensor_choose(self):
        self.write({"a": ["F32", [1], f32(1)], "b": ["F32", [1], f32(2)], "h": ["F16", [1], b"\0\x3c"]})
        self.cast("--from", "f16", "--to", "e5m2", "--policy", "cuda_satfinite")
        self.assertEqual(read_safetensors(self.output)[0], {"h": ["F8_E5M2", [1], b"\x3c"]})
        self.cast("--to", "e2m1", "--policy", "ocp_saturate", "--tensor", "b")
        self.assertEqual(read_safetensors(self.output)[0], {"b": ["U8", [1], b"\x04"]})

    def test_dtypes_of_codes(self):
        self.write({"x": ["F32", [1], f32(1.5)]})
        for to, policy, expected in (("e2m3", "cuda_satfinite", ["U8", [1], b"\x0c"]),
                                     ("ue4m3", "cutlass", ["U8", [1], b"\x3c"]),
                                     ("e8m0", "ml_dtypes", ["F8_E8M0", [1], b"\x80"]),
                                     ("f16", "cuda_nosat", ["F16", [1], b"\x00\x3e"]),
                                     ("bf16", "ml_dtypes", ["BF16", [1], b"\xc0\x3f"]),
                                     ("tf32", "cuda_nosat", ["F32", [1], f32(1.5)])):
            with self.subTest(to=to):
                self.cast("--to", to, "--policy", policy)
                self.assertEqual(read_safetensors(self.output)[0]["x"], expected)

    def test_errors_leave_the_output_alone(self):
        self.write({"x": ["F32", [1], f32(1)], "n": ["I32", [1], b"\0" * 4]})
        for code, words, arguments in (
                (2, ["--policy", "ml_dtypes"], ("--to", "e4m3", self.input)),
                (2, ["--tensor", "y"], ("--to", "e4m3", "--policy", "cutlass", "--tensor", "y", self.input)),
                (3, ["tensor", "n", "I32"], ("--to", "e4m3", "--policy", "cutlass", "--tensor", "n", self.input)),
                (3, ["no tensor", "F16"], ("--from", "f16", "--to", "e4m3", "--policy", "cutlass", self.input)),
                (3, ["none"], ("--to", "e4m3", "--policy", "cutlass", self.folder / "none")),
                (2, ["one file"], ("--to", "e4m3", "--policy", "cutlass", self.input, self.input))):
            with self.subTest(words=words):
                self.assert_kept(code, words, "cast", *arguments)


class Info(FormatTest):
    def test_formats(self):
        formats = {f["name"]: f for f in json.loads(self.ok("info", "formats", "--json"))}
        self.assertEqual(set(formats), {"e2m1", "e2m3", "e3m2", "e4m3", "e5m2", "ue4m3", "e8m0", "f16", "bf16", "tf32",
                                        "f32", "f64"})
        e5m2 = formats["e5m2"]
        for key, value in {"title": "float8_e5m2", "bits": 8, "exponent_bits": 5, "fraction_bits": 2, "bias": 15,
                           "signed": True, "has_zero": True, "infinity": {"code": "0x7c", "value": "inf"},
                           "nan": [["0x7d", "0x7f"], ["0xfd", "0xff"]],
                           "max": {"code": "0x7b", "value": "57344"}}.items():
            self.assertEqual(e5m2[key], value, key)
        self.assertEqual(e5m2["min_subnormal"], {"code": "0x01", "value": "1.52587890625e-05"})
        self.assertEqual(formats["e4m3"]["nan"], [["0x7f"], ["0xff"]])
        self.assertEqual(formats["e2m1"]["nan"], [])
        self.assertEqual(formats["e2m1"]["policies"]["cuda_satfinite"], ["rn", "rz"])
        e8m0 = formats["e8m0"]
        self.assertEqual((e8m0["signed"], e8m0["has_zero"], e8m0["nan"], e8m0["min_subnormal"]),
                         (False, False, [["0xff"]], None))

    def test_recipes(self):
        recipes = {r["name"]: r for r in json.loads(self.ok("info", "recipes", "--json"))}
        self.assertLessEqual({"modelopt", "transformer_engine", "trtllm_fast", "torchao", "llama_cpp", "mxfp4_rceil"},
                             set(recipes))
        self.assertEqual((recipes["modelopt"]["block_size"], recipes["modelopt"]["tensor_scale"]),
                         (16, "tensor_scale_decode"))
        for recipe in recipes.values():
            for field in ("element", "block_scale", "block_scale_formula", "element_formula", "dequantize_formula",
                          "source"):
                self.assertTrue(recipe[field], recipe["name"])
        self.assertIn("modelopt\n", self.ok("info", "recipes"))

    def test_info_names_them(self):
        info = self.ok_json("info")
        self.assertIn("e4m3", info["formats"])
        self.assertIn("modelopt", info["recipes"])
        self.assertIn("ml_dtypes", info["policies"])
        self.assertIn(info["simd"], ("portable", "avx2", "avx512"))
        self.assertIn("modelopt", self.ok("info"))

    def test_the_simd_path_is_checked(self):
        for path, code in (("portable", 0), ("avx1024", 2)):
            result = assay("info", "--json", env={**os.environ, "ASSAY_SIMD": path})
            self.assertEqual(result.returncode, code, result.stderr)
        self.assert_error(result, 2, "avx1024", "portable")

    def test_help_has_examples(self):
        for verb in (["cast"], ["quantize"], ["dequantize"], ["reencode"], ["info", "formats"], ["info", "recipes"]):
            self.assertIn("Examples:", self.ok(*verb, "--help"))


if __name__ == "__main__":
    main()
