#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The judge and the reference against scripts/targets/numpy_moe.py, an implementation written from
docs/numerics.md alone: it must agree in every bit, each of its bugs must fail at the right first stage, and
its own weight quantizer must give the codes that the suites hold.

Usage: numpy_target_test.py ASSAY PYTHON [unittest arguments]; PYTHON has scripts/requirements.txt.
"""
import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from cli_case import read_safetensors

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / "scripts" / "targets" / "numpy_moe.py"
WEIGHTS = ROOT / "build" / "data" / "minilm_ffn.safetensors"
ASSAY = PYTHON = ""
STAGES = ["hidden_q", "gate_dot", "up_dot", "gate", "up", "act", "mul", "mul_q", "down_dot", "down", "output"]


def check(suite, *bug):
    """The JSON report of `assay check` with the numpy target, and its exit code."""
    target = f"exec:{PYTHON} {TARGET} {' '.join(bug)}"
    result = subprocess.run([ASSAY, "check", suite, "-t", target, "-q", "--json",
                             "--data", WEIGHTS.parent], capture_output=True, text=True)
    if not result.stdout:
        raise AssertionError(result.stderr)
    return json.loads(result.stdout), result.returncode


def first_stages(report):
    """{case id: first diverging stage} of the failing cases."""
    stages = {}
    for case in report["cases"]:
        differing = [t["tensor"].removeprefix("stage.") for t in case["tensors"] if t["differing"]]
        if differing:
            stages[case["id"]] = differing[0]
    return stages


class NumpyTarget(unittest.TestCase):
    def test_it_agrees_in_every_bit_of_every_stage(self):
        suites = ["smoke", "tensorrt_sample", "adversarial", "production_shape"]
        if WEIGHTS.exists():
            suites.append("real_minilm")
        for suite in suites:
            with self.subTest(suite=suite):
                report, code = check(suite)
                self.assertEqual(code, 0, report["summary"])
                for case in report["cases"]:
                    self.assertEqual(case["status"], "PASS", case["id"])
                    self.assertEqual(len(case["tensors"]), len(STAGES), case["id"])

    def test_each_bug_fails_smoke_and_first_at_its_own_stage(self):
        listed = subprocess.run([PYTHON, TARGET, "--list-bugs", "--json"], capture_output=True, text=True, check=True)
        bugs = json.loads(listed.stdout)
        self.assertGreaterEqual(len(bugs), 10)
        for bug in bugs:
            with self.subTest(bug=bug["name"]):
                report, code = check("smoke", "--bug", bug["name"])
                self.assertEqual(code, 1)
                stages, own = first_stages(report), bug["first_stage"]
                for case_id, stage in stages.items():
                    self.assertGreaterEqual(STAGES.index(stage), STAGES.index(own), case_id)
                self.assertIn(own, stages.values())

    def test_its_quantizer_gives_the_codes_that_the_suite_holds(self):
        """Recipe modelopt, written twice: 10.6 million real weights, codes and both scales."""
        if not WEIGHTS.exists():
            self.skipTest("build/data/minilm_ffn.safetensors is missing: scripts/real_minilm.py makes it")
        with tempfile.TemporaryDirectory() as folder:
            quantized = Path(folder) / "quantized.safetensors"
            subprocess.run([PYTHON, TARGET, "--quantize", WEIGHTS, quantized], check=True)
            subprocess.run([ASSAY, "generate", "real_minilm", "-o", folder, "--filter", "*exact_t1#1", "-q",
                            "--data", WEIGHTS.parent], check=True, stdout=subprocess.DEVNULL)
            (case,) = Path(folder).glob("real_minilm/*/*.safetensors")
            expected, actual = read_safetensors(case)[0], read_safetensors(quantized)[0]
            for name in ("gate", "up", "down"):
                for part in ("", "_scale", "_dbl_q_scale"):
                    self.assertEqual(actual[name + part], expected[f"fc_{name}_weights{part}"], name + part)


if __name__ == "__main__":
    ASSAY, PYTHON = sys.argv.pop(1), sys.argv.pop(1)
    unittest.main()
