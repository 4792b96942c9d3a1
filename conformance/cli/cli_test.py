#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The command line as a user meets it: exit codes, one-line errors, untouched files.

Usage: cli_test.py ASSAY [unittest arguments]. Standard library only; case files are spoiled byte by byte.
"""
import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

ASSAY = ""


def assay(*arguments, **options):
    return subprocess.run([ASSAY, *map(str, arguments)], capture_output=True, text=True, **options)


def read_safetensors(path):
    """{name: [dtype, shape, bytes]}, metadata."""
    data = Path(path).read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    metadata = header.pop("__metadata__", {})
    body = data[8 + length :]
    return {
        name: [entry["dtype"], entry["shape"], body[slice(*entry["data_offsets"])]]
        for name, entry in header.items()
    }, metadata


def write_safetensors(path, tensors, metadata):
    header, body = {"__metadata__": metadata}, b""
    for name, (dtype, shape, data) in tensors.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(body), len(body) + len(data)]}
        body += data
    text = json.dumps(header).encode()
    Path(path).write_bytes(struct.pack("<Q", len(text)) + text + body)


class CliTest(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="assay-cli-"))
        self.addCleanup(shutil.rmtree, self.folder)
        result = assay("generate", "tensorrt_sample", "-o", self.folder, "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.case_id = json.loads(result.stdout)["cases"][0]["id"]
        self.case = self.folder / (self.case_id + ".safetensors")

    def assert_error(self, result, code, *words):
        """Exit code, and exactly one line on stderr that holds every word."""
        self.assertEqual(result.returncode, code, result.stderr + result.stdout)
        lines = result.stderr.strip().splitlines()
        self.assertEqual(len(lines), 1, result.stderr)
        self.assertTrue(lines[0].startswith("assay: error: "), lines[0])
        for word in words:
            self.assertIn(str(word), lines[0])

    def spoil(self, change):
        """A copy of the case with its tensors changed by `change(tensors)`."""
        tensors, metadata = read_safetensors(self.case)
        change(tensors)
        path = self.folder / "spoiled.safetensors"
        write_safetensors(path, tensors, metadata)
        return path

    def run_spoiled(self, change, *words):
        output = self.folder / "kept.safetensors"
        output.write_text("precious")
        result = assay("run", self.spoil(change), "-o", output)
        self.assert_error(result, 3, *words)
        self.assertEqual(output.read_text(), "precious")
        self.assertEqual(list(self.folder.glob("*.tmp*")), [])

    @staticmethod
    def set_element(tensors, name, index, code, value):
        dtype, shape, data = tensors[name]
        size = struct.calcsize(code)
        tensors[name] = [dtype, shape, data[: index * size] + struct.pack(code, value) + data[(index + 1) * size :]]


class BadTensors(CliTest):
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


class BadFiles(CliTest):
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


class BadArguments(CliTest):
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


class Verbs(CliTest):
    def script(self, text):
        path = self.folder / "target.sh"
        path.write_text("#!/bin/sh\n" + text + "\n")
        path.chmod(0o755)
        return f"exec:{path}"

    def check(self, target, *options):
        return assay("check", self.folder, "-t", target, "-q", *options)

    def test_every_verb_has_help_with_examples(self):
        for verb in ("generate", "check", "run", "diff", "list", "verify", "info"):
            result = assay(verb, "--help")
            self.assertEqual(result.returncode, 0)
            self.assertIn("Examples:", result.stdout)

    def test_check_passes_for_the_reference_and_writes_reports(self):
        report, junit = self.folder / "r.json", self.folder / "j.xml"
        result = self.check("reference", "--report", report, "--junit", junit)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("PASS", result.stdout)
        self.assertEqual(json.loads(report.read_text())["schema"], "assay.report/1")
        self.assertIn("<testsuite", junit.read_text())

    def test_a_wrong_result_names_stage_index_bits_and_command(self):
        """The case's own expected tensors with one bit of stage.act flipped, through files:."""
        tensors, metadata = read_safetensors(self.case)
        results = {n: t for n, t in tensors.items() if n == "output" or n.startswith("stage.")}
        data = bytearray(results["stage.act"][2])
        data[4 * 33] ^= 1
        results["stage.act"][2] = bytes(data)
        (self.folder / "dumps" / self.case_id).parent.mkdir(parents=True)
        write_safetensors(self.folder / "dumps" / (self.case_id + ".safetensors"), results, metadata)
        result = assay("check", self.case, "-t", f"files:{self.folder / 'dumps'}", "-q")
        self.assertEqual(result.returncode, 1)
        for word in ("FAIL", "stage.act", "[0, 0, 1, 1]", "0x42000000", "0x42000001", "assay check"):
            self.assertIn(word, result.stdout)

    def test_a_target_that_crashes_hangs_or_writes_garbage(self):
        for text, code, verdict in (("kill -SEGV $$", 7, "CRASH"), ("exit 3", 7, "CRASH"),
                                    ("sleep 60", 7, "TIMEOUT"), ("echo hi > $2", 1, "FAIL"),
                                    ("exit 0", 1, "MISSING")):
            with self.subTest(target=text):
                result = self.check(self.script(text), "--timeout-ms", "1000")
                self.assertEqual(result.returncode, code, result.stdout)
                self.assertIn(verdict, result.stdout)

    def test_a_target_never_sees_the_expected_bits(self):
        result = self.check(self.script("""grep -q -e '"output"' -e 'stage[.]' $1 && exit 77; exit 9"""))
        self.assertIn("CRASH", result.stdout)

    def test_run_and_diff_agree_with_the_case(self):
        output = self.folder / "out.safetensors"
        self.assertEqual(assay("run", self.case, "-o", output, "--stages").returncode, 0)
        results, _ = read_safetensors(output)
        expected, _ = read_safetensors(self.case)
        self.assertEqual(struct.unpack("<f", results["output"][2][:4])[0], 57344.0)
        for name, tensor in results.items():
            self.assertEqual(tensor, expected[name], name)
        self.assertEqual(assay("diff", output, output).returncode, 0)
        result = assay("diff", output, self.case, "--json")
        self.assertEqual(result.returncode, 1)
        self.assertFalse(json.loads(result.stdout)["equal"])

    def test_list_verify_and_info_print_json(self):
        for arguments in (["list"], ["list", "smoke"], ["verify", self.folder], ["info"]):
            result = assay(*arguments, "--json")
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertIn("schema", json.loads(result.stdout))

    def test_the_golden_file_is_what_the_suite_generates(self):
        golden = Path(json.loads(assay("info", "--json").stdout)["vectors"]) / "golden" / "tensorrt_sample.safetensors"
        self.assertEqual(golden.read_bytes(), self.case.read_bytes())

    def test_an_interrupt_leaves_a_partial_report_and_no_process(self):
        report = self.folder / "r.json"
        marker = self.folder / "started"
        process = subprocess.Popen(
            [ASSAY, "check", "smoke", "-t", self.script(f"touch {marker}; sleep 60"), "-q", "--report", report],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(300):
            if marker.exists():
                break
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(timeout=20), 130)
        self.assertTrue(json.loads(report.read_text())["interrupted"])


if __name__ == "__main__":
    ASSAY = os.path.abspath(sys.argv.pop(1))
    unittest.main()
