#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The verbs of the command line as a user meets them: results, reports, targets.

Usage: cli_test.py ASSAY [unittest arguments].
"""
import json
import os
import shutil
import signal
import struct
import subprocess
import time
from pathlib import Path

import cli_case
from cli_case import CliTest as Base, assay, main, read_safetensors, write_safetensors


class Verbs(Base):
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

    def test_diff_names_the_first_divergence_in_dataflow_order(self):
        tensors, metadata = read_safetensors(self.case)
        for name in ("stage.act", "stage.down", "output"):
            data = bytearray(tensors[name][2])
            data[0] ^= 1
            tensors[name][2] = bytes(data)
        spoiled = self.folder / "spoiled.safetensors"
        write_safetensors(spoiled, tensors, metadata)
        result = assay("diff", self.case, spoiled)
        self.assertEqual(result.returncode, 1)
        self.assertEqual(result.stdout.splitlines()[-1], "DIFFERENT: first at stage.act")

    def test_a_wrong_folder_of_vectors_is_named(self):
        result = assay("list", env={**os.environ, "ASSAY_VECTORS": "/no/such/vectors"})
        self.assertEqual(result.returncode, 2)
        self.assertIn("/no/such/vectors", result.stderr)

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
            [cli_case.ASSAY, "check", "smoke", "-t", self.script(f"touch {marker}; sleep 60"), "-q",
             "--report", report],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(300):
            if marker.exists():
                break
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(timeout=20), 130)
        self.assertTrue(json.loads(report.read_text())["interrupted"])

    def test_a_result_of_a_terabyte_fails_and_is_not_read(self):
        result = self.check(self.script('truncate -s 1T "$2" || truncate -s 15G "$2"'))
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertIn("at most", result.stdout)

    def test_a_file_that_is_no_program_is_no_crash(self):
        noise = self.folder / "noise"
        noise.write_bytes(b"\x7f no program")
        noise.chmod(0o755)
        result = self.check(f"exec:{noise}")
        self.assert_error(result, 4, "noise")

    def test_full_stdout_is_an_error_and_a_closed_one_is_not(self):
        for arguments in (["info"], ["list", "smoke", "--json"], ["--help"]):
            with open("/dev/full", "w") as full:
                result = subprocess.run([cli_case.ASSAY, *arguments], stdout=full, stderr=subprocess.PIPE, text=True)
            self.assertEqual(result.returncode, 2, arguments)
            self.assertIn("standard output", result.stderr)
        read_end, write_end = os.pipe()
        os.close(read_end)
        result = subprocess.run([cli_case.ASSAY, "list", "smoke"], stdout=write_end, stderr=subprocess.PIPE)
        os.close(write_end)
        self.assertEqual((result.returncode, result.stderr), (0, b""))

    def test_a_report_that_fails_late_leaves_the_table(self):
        result = self.check("reference", "--report", "/dev/full", "--junit", self.folder / "j.xml")
        self.assert_error(result, 2, "/dev/full")
        self.assertIn("PASS", result.stdout)
        self.assertTrue((self.folder / "j.xml").exists())

    def test_paths_that_are_no_utf8(self):
        odd = os.fsencode(self.folder) + b"/\xff.safetensors"
        shutil.copy(self.case, odd)
        run = [cli_case.ASSAY, "run", odd, "-o", odd + b".out", "--json"]
        check = [cli_case.ASSAY, "check", odd, "-t", "reference", "-q", "--json"]
        for command in (run, check):
            result = subprocess.run(command, capture_output=True)
            self.assertEqual(result.returncode, 0, result.stderr)
            json.loads(result.stdout)

    def test_verify_reports_missing_cases_of_a_whole_suite_only(self):
        self.assertEqual(assay("generate", "smoke", "-o", self.folder / "all").returncode, 0)
        self.assertEqual(assay("verify", self.folder / "all").returncode, 0)
        lost = next((self.folder / "all").rglob("*.safetensors"))
        lost.unlink()
        result = assay("verify", self.folder / "all", "--json")
        self.assertEqual(result.returncode, 3)
        self.assertEqual([c["state"] for c in json.loads(result.stdout)["cases"]].count("missing"), 1)
        self.assertEqual(assay("verify", self.folder / "all", "--filter", "smoke/*").returncode, 0)

    def test_diff_keeps_nans_out_of_distances(self):
        a, b = self.folder / "a.safetensors", self.folder / "b.safetensors"
        write_safetensors(a, {"x": ["F32", [2], struct.pack("<2f", 1, 1)]}, {})
        write_safetensors(b, {"x": ["F32", [2], struct.pack("<2f", float("nan"), 2)]}, {})
        text, result = assay("diff", a, b).stdout, json.loads(assay("diff", a, b, "--json").stdout)
        self.assertIn("1 NaN against a number", text)
        self.assertNotIn("4294967296", text)
        self.assertIsNone(result["tensors"][0]["max_ulp"])
        self.assertEqual(sum(result["tensors"][0]["ulp_histogram"].values()), 1)

    def test_the_repro_command_keeps_what_changes_a_case(self):
        result = self.check(self.script("exit 9"), "--unsealed", "--timeout-ms", "5000", "--data", "a b")
        self.assertIn("--data 'a b' --unsealed --timeout-ms 5000 --filter", result.stdout)

    def test_a_folder_does_not_hide_the_suite_of_its_name(self):
        (self.folder / "smoke").mkdir()
        self.assertEqual(assay("verify", "smoke", "-q", cwd=self.folder).returncode, 0)
        self.assert_error(assay("verify", "./smoke", "-q", cwd=self.folder), 5, "./smoke")


if __name__ == "__main__":
    main()
