#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The verbs quantize, dequantize and reencode.

Oracles: blocks worked out by hand from docs/numerics.md section 2, docs/recipes.md and MX 1.0 section 6.
Usage: cli_quantize_test.py ASSAY [unittest arguments].
"""
import json
import struct

from cli_case import assay, main, read_safetensors, write_safetensors
from format_case import FormatTest, bf16, f32

# Two blocks: amax 6 with a tie at 2.5 and -0, then zeros. amax / 2688 makes block scale 448 the first.
BLOCKS = f32(6, 2.5, -0.0, -5, *[0] * 12, *[0] * 16)


class Quantize(FormatTest):
    def quantize(self, recipe, *options):
        return self.ok_json("quantize", "--recipe", recipe, self.input, "-o", self.output, *options)

    def test_modelopt_by_hand(self):
        self.write({"w": ["F32", [1, 32], BLOCKS], "bias": ["F32", [4], f32(1, 2, 3, 4)]})
        report = self.quantize("modelopt")
        [tensor] = report["tensors"]
        self.assertEqual((report["schema"], report["recipe"]), ("assay.quantize/1", "modelopt"))
        self.assertEqual({k: tensor[k] for k in ("name", "shape", "elements", "zero_blocks", "saturated", "amax")},
                         {"name": "w", "shape": [1, 32], "elements": 32, "zero_blocks": 1, "saturated": 1, "amax": "6"})
        self.assertEqual((tensor["min_block_scale"], tensor["max_block_scale"]), ("1", "448"))
        tensors, metadata = read_safetensors(self.output)
        # 6 -> 7; 2.5 -> 4 (even); -0 -> 0 (ModelOpt loses its sign); -5 -> -4 (even) = 0xe.
        self.assertEqual(tensors["w"], ["U8", [1, 16], bytes([0x47, 0xE0] + [0] * 14)])
        self.assertEqual(tensors["w_scale"], ["F8_E4M3", [1, 2], bytes([0x7E, 0x38])])
        self.assertEqual(tensors["w_tensor_scale_decode"][:2], ["F32", []])
        self.assertEqual(tensors["w_tensor_scale_decode"][2], f32(6 / 2688))
        self.assertEqual(len(tensors), 3)
        self.assertEqual(json.loads(metadata["assay_quantized"]), {
            "schema": "assay.quantized/1", "recipe": "modelopt", "options": {}, "scale_layout": "linear",
            "nibble_order": "low_first", "tensors": {"w": {"shape": [1, 32], "dtype": "F32"}}})

    def test_the_table_and_the_note(self):
        self.write({"w": ["F32", [1, 32], BLOCKS], "bias": ["F32", [4], f32(1, 2, 3, 4)]})
        result = assay("quantize", "--recipe", "modelopt", self.input, "-o", self.output)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(result.stdout.splitlines()[1].split(), ["w", "[1,", "32]", "1", "1", "1", "..", "448", "6",
                                                                 "0.002232143"])
        self.assertEqual(len(result.stderr.splitlines()), 1)
        self.assertIn("1 of 2 tensors are left out", result.stderr)

    def test_the_largest_codes_are_counted_as_saturated(self):
        self.write({"w": ["F32", [1, 16], f32(6, -6, 6, 4, -4, *[1] * 11)]})
        self.assertEqual(self.quantize("modelopt")["tensors"][0]["saturated"], 3)

    def test_layouts(self):
        self.write({"w": ["F32", [1, 32], BLOCKS]})
        self.quantize("modelopt", "--scale-layout", "swizzled_128x4", "--nibble-order", "high_first")
        tensors, _ = read_safetensors(self.output)
        self.assertEqual(tensors["w"][2][:2], b"\x74\x0e")
        self.assertEqual(tensors["w_scale"], ["F8_E4M3", [128, 4], b"\x7e\x38" + b"\0" * 510])

    def test_mx_has_e8m0_scales(self):
        """amax 6 = 1.5 * 2^2; E2M1's largest exponent is 2, E4M3's 8: scales 2^0 and 2^-6."""
        self.write({"w": ["F32", [1, 32], BLOCKS]})
        self.quantize("mxfp4_floor")
        tensors, _ = read_safetensors(self.output)
        self.assertEqual(tensors["w_scale"], ["F8_E8M0", [1, 1], b"\x7f"])
        self.assertEqual(tensors["w"][2][:1], b"\x47")
        self.quantize("mxfp8_floor")
        tensors, _ = read_safetensors(self.output)
        self.assertEqual((tensors["w"][:2], tensors["w_scale"]), (["F8_E4M3", [1, 32]], ["F8_E8M0", [1, 1], b"\x79"]))
        self.assertEqual(tensors["w"][2][0], 0x7C)  # 6 * 2^6 = 384
        self.assertEqual(set(tensors), {"w", "w_scale"})

    def test_bf16_is_widened_and_stacks_share_a_tensor_scale(self):
        values = [448.0 * 6] + [0] * 15 + [1.5] + [0] * 15
        self.write({"w": ["BF16", [2, 1, 16], bf16(*values)]})
        self.quantize("modelopt")
        tensors, metadata = read_safetensors(self.output)
        self.assertEqual(tensors["w_tensor_scale_decode"], ["F32", [], f32(1)])
        self.assertEqual(tensors["w_scale"], ["F8_E4M3", [2, 1, 1], bytes([0x7E, 0x28])])  # 448, 0.25
        self.assertEqual(json.loads(metadata["assay_quantized"])["tensors"]["w"],
                         {"dtype": "BF16", "shape": [2, 1, 16]})

    def test_every_recipe_and_back(self):
        self.write({"w": ["F32", [2, 64], f32(*[(i * 37 % 101 - 50) / 8 for i in range(128)])]})
        back = self.folder / "back.safetensors"
        for recipe in json.loads(self.ok("info", "recipes", "--json")):
            with self.subTest(recipe=recipe["name"]):
                self.quantize(recipe["name"])
                self.assertEqual(self.ok_json("dequantize", self.output, "-o", back)["recipe"], recipe["name"])
                dtype, shape, data = read_safetensors(back)[0]["w"]
                self.assertEqual((dtype, shape), ("F32", [2, 64]))
                for got, want in zip(struct.unpack("<128f", data), [(i * 37 % 101 - 50) / 8 for i in range(128)]):
                    self.assertLess(abs(got - want), 1.7)

    def test_dequantize_by_hand_and_foreign_files(self):
        self.write({"w": ["F32", [1, 32], BLOCKS]})
        self.quantize("modelopt", "--scale-layout", "swizzled_8x4", "--nibble-order", "high_first")
        back, foreign = self.folder / "back.safetensors", self.folder / "foreign.safetensors"
        self.ok("dequantize", self.output, "-o", back)
        values = read_safetensors(back)[0]["w"]
        self.assertEqual(values[:2], ["F32", [1, 32]])
        step = struct.unpack("<f", f32(448 * struct.unpack("<f", f32(6 / 2688))[0]))[0]
        self.assertEqual(values[2], f32(6 * step, 2 * step, 0, -4 * step, *[0] * 28))
        tensors, metadata = read_safetensors(self.output)
        write_safetensors(foreign, tensors, {})
        options = ("--recipe", "modelopt", "--scale-layout", "swizzled_8x4", "--nibble-order", "high_first")
        self.error(2, ["--recipe"], "dequantize", foreign, "-o", back)
        self.ok("dequantize", foreign, "-o", back, *options)
        self.assertEqual(read_safetensors(back)[0]["w"], values)
        self.error(2, ["says itself"], "dequantize", self.output, "-o", back, *options)
        self.error(3, ["no tensor", "mxfp8_floor"], "dequantize", foreign, "-o", back, "--recipe", "mxfp8_floor")
        metadata["assay_quantized"] = metadata["assay_quantized"].replace("[1,32]", "[2,16]")
        write_safetensors(foreign, tensors, metadata)
        self.error(3, ["\"w\"", "[1, 32]", "[2, 16]"], "dequantize", foreign, "-o", back)

    def test_errors_leave_the_output_alone(self):
        self.write({"w": ["F32", [1, 32], BLOCKS], "nan": ["F32", [2, 16], f32(*[1] * 17, float("nan"), *[1] * 14)],
                    "odd": ["F32", [1, 24], b"\0" * 96], "bias": ["F32", [16], b"\0" * 64],
                    "ids": ["I32", [1, 16], b"\0" * 64]})
        short = self.folder / "short.safetensors"
        short.write_bytes(b"hello")
        named = ("--recipe", "modelopt", self.input, "--tensor")
        for code, words, arguments in (
                (2, ["unknown", "modelop", "modelopt"], ("--recipe", "modelop", self.input)),
                (2, ["swizzled_128x4"], ("--recipe", "modelopt", "--scale-layout", "swizzled", self.input)),
                (2, ["low_first"], ("--recipe", "modelopt", "--nibble-order", "low", self.input)),
                (2, ["--reciprocal-ulp"], ("--recipe", "trtllm_fast", "--reciprocal-ulp", "2", self.input)),
                (2, ["modelopt", "reciprocal"], ("--reciprocal-ulp", "1", *named, "w")),
                (2, ["--recipe"], (self.input,)), (2, ["wx", "w"], (*named, "wx")),
                (3, ["nan", "17"], (*named, "nan")), (3, ["odd", "24", "16"], (*named, "odd")),
                (3, ["bias", "rank"], (*named, "bias")), (3, ["ids", "I32"], (*named, "ids")),
                (3, ["short.safetensors"], ("--recipe", "modelopt", short)),
                (3, ["none"], ("--recipe", "modelopt", self.folder / "none"))):
            with self.subTest(words=words):
                self.assert_kept(code, words, "quantize", *arguments)
        for tensors, words in (({}, ["in.safetensors", "no tensor"]), ({"b": ["F32", [4], f32(1, 2, 3, 4)]}, ["rank"]),
                               ({"w": ["F32", [1, 16], b"\0" * 64], "w_scale": ["F32", [1, 16], b"\0" * 64]},
                                ["w_scale"])):
            self.write(tensors)
            self.assert_kept(3, words, "quantize", "--recipe", "modelopt", self.input)

    def test_output_paths(self):
        self.write({"w": ["F32", [1, 32], BLOCKS]})
        before = self.input.read_bytes()
        for output, word in ((self.input, "input"), ("", "--output"), (self.folder / "no" / "out", "no")):
            self.error(2, [word], "quantize", "--recipe", "modelopt", self.input, "-o", output)
        self.error(2, ["--output"], "quantize", "--recipe", "modelopt", self.input)
        self.assertEqual(self.input.read_bytes(), before)

    def test_an_empty_tensor(self):
        self.write({"w": ["F32", [0, 32], b""]})
        self.quantize("modelopt")
        self.assertEqual(read_safetensors(self.output)[0]["w"], ["U8", [0, 16], b""])

    def test_bad_scales_are_named_when_dequantizing(self):
        self.write({"w": ["F32", [1, 32], BLOCKS]})
        self.quantize("modelopt")
        tensors, metadata = read_safetensors(self.output)
        for change, words in (({"w_scale": ["F8_E4M3", [1, 2], b"\x38\x7f"]}, ["w", "1", "NaN"]),
                              ({"w_tensor_scale_decode": ["F32", [], f32(-1)]}, ["w", "-1"])):
            write_safetensors(self.input, {**tensors, **change}, metadata)
            self.error(3, words, "dequantize", self.input, "-o", self.folder / "back")


class Against(FormatTest):
    def test_equal_recipes(self):
        self.write({"w": ["F32", [1, 32], BLOCKS]})
        text = self.ok("quantize", "--recipe", "modelopt", "--against", "modelopt", self.input)
        self.assertEqual(text, "w: EQUAL, 2 block scales and 32 codes\n")
        self.assertFalse(self.output.exists())

    def test_the_zero_rules_differ(self):
        """A block of zeros: ModelOpt's scale is 1, torchao's its smallest, 2^-6."""
        self.write({"w": ["F32", [1, 32], f32(6, 1, *[0] * 30)]})
        report = self.ok_json("quantize", "--recipe", "modelopt", "--against", "torchao", self.input, code=1)
        against = report["tensors"][0]["against"]
        self.assertEqual((against["recipe"], against["equal"]), ("torchao", False))
        self.assertEqual((against["blocks"], against["differing_block_scales"]), (2, 1))
        text = self.ok("quantize", "--recipe", "modelopt", "--against", "torchao", self.input, code=1)
        for line in ("w: DIFFERENT", "block scales  1 of 2 (50 %)", "scale 0x38 = 1", "scale 0x08 = 0.015625"):
            self.assertIn(line, text)

    def test_the_first_element_is_shown(self):
        """amax 4 has the exponent 2 for both; of 6 = 1.5 * 2^2 ceil takes 3. Less E2M1's 2: 2^0 and 2^1."""
        self.write({"w": ["F32", [2, 32], f32(*[4] * 32, 0, 6, *[0] * 30)]})
        report = self.ok_json("quantize", "--recipe", "mxfp4_floor", "--against", "mxfp4_ceil", self.input, code=1)
        first = report["tensors"][0]["against"]["first"]
        self.assertEqual((first["block"], first["amax"]), (1, "6"))
        self.assertEqual([s["code"] for s in first["block_scales"]], ["0x7f", "0x80"])
        self.assertEqual(first["element"], {"index": 33, "bits": "0x40c00000", "value": "6", "codes": [
            {"code": "0x07", "value": "6"}, {"code": "0x05", "value": "3"}]})

    def test_the_reciprocal_of_either_side(self):
        self.write({"w": ["F32", [64, 16], f32(*[1 + i % 97 / 64 for i in range(1024)])]})
        run = ("quantize", "--recipe", "trtllm_fast", "--against", "trtllm_fast", self.input)
        self.ok(*run)
        self.ok(*run, "--reciprocal-ulp", "1", "--against-reciprocal-ulp", "1")
        self.error(2, ["modelopt"], "quantize", "--recipe", "modelopt", "--against", "trtllm_fast",
                   "--reciprocal-ulp", "1", self.input)

    def test_recipes_that_cannot_be_compared(self):
        self.write({"w": ["F32", [1, 32], BLOCKS]})
        self.error(2, ["modelopt", "16", "mxfp4_floor", "32"], "quantize", "--recipe", "modelopt", "--against",
                   "mxfp4_floor", self.input)
        self.error(2, ["torchoa", "torchao"], "quantize", "--recipe", "modelopt", "--against", "torchoa", self.input)


class Reencode(FormatTest):
    def test_there_and_back(self):
        """Two blocks of 32 with scales 2^0 and 2^-3: tensor_scale_decode 2^-8, block scales 2^8 and 2^5."""
        values = [6, -3] + [0.5] * 30 + [0.75, -0.0625] + [0] * 30
        self.write({"w": ["F32", [1, 64], f32(*values)]})
        mx, nv = self.folder / "mx.safetensors", self.folder / "nv.safetensors"
        self.ok("quantize", "--recipe", "mxfp4_floor", self.input, "-o", mx)
        self.assertEqual(read_safetensors(mx)[0]["w_scale"][2], b"\x7f\x7c")
        report = self.ok_json("reencode", "--to", "nvfp4", mx, "-o", nv)
        self.assertEqual((report["schema"], report["recipe"]), ("assay.reencode/1", "modelopt"))
        tensors, _ = read_safetensors(nv)
        self.assertEqual(tensors["w"], read_safetensors(mx)[0]["w"])
        self.assertEqual(tensors["w_scale"], ["F8_E4M3", [1, 4], bytes([0x78, 0x78, 0x60, 0x60])])
        self.assertEqual(tensors["w_tensor_scale_decode"][2], f32(2**-8))
        self.ok("reencode", "--to", "mxfp4", nv, "-o", self.output)
        self.assertEqual(self.output.read_bytes(), mx.read_bytes())
        for path in (mx, nv):
            self.ok("dequantize", path, "-o", self.folder / "back")
            self.assertEqual(read_safetensors(self.folder / "back")[0]["w"][2], f32(*values))

    def test_errors_leave_the_output_alone(self):
        self.write({"w": ["F32", [1, 64], f32(*[2.0**20] * 32, *[1.0] * 32)]})
        mx, nv = self.folder / "mx.safetensors", self.folder / "nv.safetensors"
        self.ok("quantize", "--recipe", "mxfp4_floor", self.input, "-o", mx)
        self.ok("quantize", "--recipe", "modelopt", self.input, "-o", nv)
        for code, words, arguments in (
                (3, ["w", "17"], ("--to", "nvfp4", mx)), (3, ["mxfp4_floor"], ("--to", "mxfp4", mx)),
                (3, ["modelopt"], ("--to", "nvfp4", nv)), (3, ["w"], ("--to", "mxfp4", nv)),
                (2, ["--to", "fp4"], ("--to", "fp4", mx)), (2, ["--recipe"], ("--to", "nvfp4", self.input))):
            with self.subTest(words=words):
                self.assert_kept(code, words, "reencode", *arguments)


if __name__ == "__main__":
    main()
