#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The command line given what is wrong: exit codes, one-line errors, untouched files.

Usage: cli_errors_test.py ASSAY [unittest arguments].
"""
import json
import os
import struct
from pathlib import Path

from cli_case import CliTest as Base, assay, main, read_safetensors, write_safetensors


class BadTensors(Base):
    def test_an_expert_id_out_of_range_names_tensor_index_and_rule(self):
        self.run_spoiled(lambda t: self.set_element(t, "selected_experts_for_tokens", 2, "<i", 8),
                         "selected_experts_for_tokens[2] = 8", "[0, 8)")

    def test_a_negative_expert_id(self):
        self.run_spoiled(lambda t: self.set_element(t, "selected_experts_for_tokens", 0, "<i", -1),
                         "selected_experts_for_tokens[0] = -1")

    def test_nan_zero_and_negative_scales(self):
        for value, text in ((float("nan"), "nan"), (0.0, "0"), (-1.0, "-1")):
            for name in ("hidden_states_scale", "fc_up_weights_dbl_q_scale", "fc_down_activation_scale"):
                with self.subTest(name=name, value=text):
                    self.run_spoiled(lambda t, n=name, v=value: self.set_element(t, n, 0, "<f", v),
                                     f"{name}[0] = {text}")

    def test_a_nan_block_scale(self):
        self.run_spoiled(lambda t: self.set_element(t, "fc_gate_weights_scale", 3, "<B", 0x7F),
                         "fc_gate_weights_scale[3] = 0x7f", "NaN")

    def test_a_hidden_size_that_is_no_multiple_of_16(self):
        def narrow(tensors):
            tensors["hidden_states"] = ["F32", [1, 1, 24], b"\0" * 96]

        self.run_spoiled(narrow, "hidden_size", "24", "multiple of 16")

    def test_two_of_three_biases(self):
        def biases(tensors):
            tensors["fc_gate_bias"] = ["F32", [8, 32], b"\0" * 1024]
            tensors["fc_up_bias"] = ["F32", [8, 32], b"\0" * 1024]

        self.run_spoiled(biases, "fc_down_bias", "the three biases come together")

    def test_shapes_that_disagree_give_both_shapes(self):
        def flatten(tensors):
            tensors["fc_gate_weights"][1] = [8, 16, 32]

        self.run_spoiled(flatten, "fc_gate_weights", "[8, 16, 32]", "[8, 16, 16]")

    def test_a_wrong_dtype(self):
        def retype(tensors):
            tensors["scores_for_selected_experts"][0] = "I32"

        self.run_spoiled(retype, "scores_for_selected_experts", "I32", "F32")

    def test_a_missing_tensor(self):
        self.run_spoiled(lambda t: t.pop("fc_up_weights_scale"), "fc_up_weights_scale")

    def test_an_unknown_tensor(self):
        self.run_spoiled(lambda t: t.update(fc_gate_wieghts=["U8", [1], b"\0"]), "fc_gate_wieghts")


class BadFiles(Base):
    def run_bytes(self, data, *words):
        path = self.folder / "bad.safetensors"
        path.write_bytes(data)
        self.assert_error(assay("run", path, "-o", self.folder / "out.safetensors"), 3, "bad.safetensors", *words)
        self.assertFalse((self.folder / "out.safetensors").exists())

    def test_a_truncated_file(self):
        self.run_bytes(self.case.read_bytes()[:-1])

    def test_a_file_of_five_bytes(self):
        self.run_bytes(b"hello")

    def test_a_truncated_header(self):
        self.run_bytes(self.case.read_bytes()[:100])

    def test_a_header_length_of_2_to_the_63(self):
        self.run_bytes(struct.pack("<Q", 1 << 63) + b"{}", 1 << 63)

    def test_an_oversized_header(self):
        self.run_bytes(struct.pack("<Q", 100_000_001) + b"{" + b" " * 64, 100_000_001)

    def test_overlapping_offsets(self):
        header = json.dumps({"a": {"dtype": "U8", "shape": [4], "data_offsets": [0, 4]},
                             "b": {"dtype": "U8", "shape": [4], "data_offsets": [2, 6]}}).encode()
        self.run_bytes(struct.pack("<Q", len(header)) + header + b"\0" * 6, "overlap")

    def test_a_file_that_does_not_exist(self):
        result = assay("run", self.folder / "none.safetensors", "-o", self.folder / "o")
        self.assert_error(result, 3, "none.safetensors")

    def test_an_unwritable_output(self):
        self.assert_error(assay("run", self.case, "-o", self.folder / "no_folder" / "out.safetensors"), 2, "no_folder")

    def test_generate_into_a_file_instead_of_a_folder(self):
        (self.folder / "file").write_text("x")
        self.assert_error(assay("generate", "tensorrt_sample", "-o", self.folder / "file"), 2, "file")

    def test_a_case_that_differs_from_its_seal_is_invalid(self):
        data = bytearray(self.case.read_bytes())
        data[-1] ^= 1
        self.case.write_bytes(data)
        result = assay("check", self.folder, "-t", "reference", "-q")
        self.assert_error(result, 3, self.case_id, "SHA-256")


class BadArguments(Base):
    def write_suite(self, **changes):
        source = Path(json.loads(assay("info", "--json").stdout)["vectors"]) / "suites" / "smoke.json"
        suite = json.loads(source.read_text())
        suite["groups"][0].update(changes)
        path = self.folder / "suite.json"
        path.write_text(json.dumps(suite))
        return path

    def test_an_unknown_suite_field_is_named(self):
        self.assert_error(assay("list", self.write_suite(top_kk=2)), 3, "suite.json", "top_kk")

    def test_an_unknown_distribution_is_named(self):
        path = self.write_suite(weights={"distribution": "norml"})
        self.assert_error(assay("list", path), 3, "norml", "normal")

    def test_an_unknown_suite(self):
        self.assert_error(assay("list", "smokey"), 2, "smokey", "smoke")

    def test_an_empty_selection(self):
        for verb in (["list", "smoke"], ["generate", "smoke", "-o", self.folder / "x"],
                     ["check", "smoke", "-t", "reference"], ["check", self.folder, "-t", "reference"]):
            with self.subTest(verb=verb):
                self.assert_error(assay(*verb, "--filter", "nothing*"), 5, "nothing*")

    def test_an_unknown_verb_suggests_the_nearest(self):
        self.assert_error(assay("chck"), 2, "chck", "check")

    def test_no_verb_and_missing_options(self):
        self.assert_error(assay(), 2)
        self.assert_error(assay("check", "smoke"), 2, "--target")
        self.assert_error(assay("generate", "smoke", "--jobs", "x", "-o", "y"), 2, "--jobs")

    def test_an_unknown_target_names_the_known_ones(self):
        self.assert_error(assay("check", "smoke", "-t", "gpu"), 2, "reference", "exec:", "files:")

    def test_a_target_that_does_not_exist(self):
        self.assert_error(assay("check", "smoke", "-t", "exec:/no/such/program"), 4, "/no/such/program")

    def test_an_unknown_profile(self):
        self.assert_error(assay("run", self.case, "-o", self.folder / "o", "--profile", "x"), 3, "tensorrt_exact")

    def test_min_cases(self):
        result = assay("check", self.folder, "-t", "reference", "-q", "--min-cases", "9")
        self.assertEqual(result.returncode, 5)

    def test_counts_out_of_range(self):
        for option, value in (("--jobs", "-1"), ("--min-cases", "-1"), ("--errors", "-1"), ("--timeout-ms", "0")):
            with self.subTest(option=option):
                result = assay("check", "smoke", "-t", "reference", option, value)
                self.assert_error(result, 2, option)
                self.assertLess(len(result.stderr), 200)

    def test_min_cases_is_said_by_the_report_too(self):
        result = assay("check", self.folder, "-t", "reference", "-q", "--min-cases", "9", "--json")
        self.assertEqual(result.returncode, 5)
        self.assertEqual(json.loads(result.stdout)["exit_code"], 5)

    def test_a_name_of_300_characters(self):
        for verb in (["check", "x" * 300, "-t", "reference"], ["verify", "x" * 300], ["list", "x" * 300]):
            self.assert_error(assay(*verb), 2)

    def test_empty_output_paths(self):
        self.assert_error(assay("generate", "smoke", "-o", "", cwd=self.folder), 2, "--output")
        self.assert_error(assay("run", self.case, "-o", ""), 2, "--output")

    def test_run_does_not_overwrite_its_input(self):
        before = self.case.read_bytes()
        os.link(self.case, self.folder / "twin.safetensors")
        for output in (self.case, self.folder / "twin.safetensors"):
            self.assert_error(assay("run", self.case, "-o", output), 2, "input")
        self.assertEqual(self.case.read_bytes(), before)

    def test_a_report_that_cannot_be_written_is_noticed_before_the_run(self):
        for path in (self.folder, self.folder / "none" / "r.json", self.case / "r.json"):
            with self.subTest(path=path):
                result = assay("check", self.folder, "-t", self.script(f"touch {self.folder}/ran"), "--report", path)
                self.assert_error(result, 2, path)
        self.assertFalse((self.folder / "ran").exists())


class InvalidCases(Base):
    def check(self, change):
        path = self.spoil(change)
        return assay("check", path, "-t", self.script(f"touch {self.folder}/ran"), "-q", "--unsealed")

    def test_they_are_not_blamed_on_the_target(self):
        def unknown_stage(tensors):
            tensors["stage.foo"] = ["U8", [1], b"\0"]

        for change, word in ((lambda t: self.set_element(t, "selected_experts_for_tokens", 0, "<i", 99), "= 99"),
                             (lambda t: t.pop("output"), "output"), (unknown_stage, "stage.foo")):
            with self.subTest(word=word):
                self.assert_error(self.check(change), 3, "spoiled.safetensors", word)
        self.assertFalse((self.folder / "ran").exists())

    def test_one_keeps_the_verdicts_on_the_others(self):
        tensors, metadata = read_safetensors(self.case)
        tensors.pop("output")
        metadata["assay_case"] = metadata["assay_case"].replace(self.case_id, "zzz/last#1")
        write_safetensors(self.folder / "zzz.safetensors", tensors, metadata)
        report = self.folder / "r.json"
        result = assay("check", self.folder, "-t", "reference", "-q", "-j", "1", "--report", report)
        self.assert_error(result, 3, "zzz.safetensors", "output")
        self.assertIn("4 PASS", result.stdout)
        written = json.loads(report.read_text())
        self.assertEqual((written["exit_code"], written["summary"]["pass"]), (3, 4))
        self.assertIn("output", written["error"])


if __name__ == "__main__":
    main()
