#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The layer's kernels under the emulator's policies for mma.sync.

Suites have the same bits under `model` as under `certified`, without a finding. A layer made for it has
groups of 16 products whose sum needs more than 24 bits: `certified` reports them, `model` cuts the sum
off, the reference rounds it. Oracle: fractions.
Usage: cuda_policies_test.py ASSAY (ASSAY_CUDA_DRIVER names the emulator)
"""
import json
import os
import struct
import sys
import tempfile
import unittest
from fractions import Fraction
from pathlib import Path

import cli_case
from cli_case import assay, read_safetensors, write_safetensors

TARGET = "cuda:emulated:sm_110a"
E2M1 = [Fraction(value) / 2 for value in (0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12)]
UNIT = Fraction(1, 256)  # the last place of binary32 numbers in [2^15, 2^16)
LARGE = 15 * 448 * 6
# Row h of down has fifteen weights 6 and one with code h; mul_q is fifteen times 448, then 2^-9.
SUMS = [LARGE + code / 512 for code in E2M1]
# PTX ISA, "mma": any order, single precision at least. A sum of magnitudes below 2^24 units is safe.
DOUBTFUL = [h for h, sum_ in enumerate(SUMS) if abs(sum_ - LARGE) % UNIT != 0]


def nearest(sum_):
    return float(round(sum_ / UNIT) * UNIT)  # Python rounds a tie to even


def cut_off(sum_):
    return float(sum_ // UNIT * UNIT)


def f32(value):
    return struct.pack("<f", value)


def matrix(rows, scales):
    codes = bytes(row[i] | row[i + 1] << 4 for row in rows for i in range(0, 16, 2))
    return {"": ["U8", [1, 16, 8], codes], "_scale": ["F8_E4M3", [1, 16, 1], bytes(scales)],
            "_dbl_q_scale": ["F32", [1], f32(1)]}


def layer():
    """One token, one expert. Rows of gate and up: 2688 times 2688 saturates; silu(2) / 1024 gives 2^-9."""
    tensors = {"hidden_states": ["F8_E4M3", [1, 1, 16], bytes([0x38] + [0] * 15)],
               "hidden_states_scale": ["F32", [], f32(1)],
               "selected_experts_for_tokens": ["I32", [1, 1, 1], bytes(4)],
               "scores_for_selected_experts": ["F32", [1, 1, 1], f32(1)],
               "fc_down_activation_scale": ["F32", [], f32(1)]}
    first = [[code] + [0] * 15 for code in [7] * 15]
    matrices = {"gate": matrix([*first, [4] + [0] * 15], [0x7E] * 15 + [0x38]),
                "up": matrix([*first, [1] + [0] * 15], [0x7E] * 15 + [0x01]),
                "down": matrix([[7] * 15 + [code] for code in range(16)], [0x38] * 16)}
    return tensors | {f"fc_{name}_weights{suffix}": tensor for name, parts in matrices.items()
                      for suffix, tensor in parts.items()}


class CudaPolicies(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="assay-policies-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def check(self, cases, policy):
        """The judge's report, and the emulator's findings."""
        file = self.folder / "findings.json"
        environment = os.environ | {"ASSAY_EMULATE_MMA": policy, "ASSAY_EMULATE_FINDINGS": str(file)}
        result = assay("check", cases, "--target", TARGET, "--json", "--quiet", env=environment)
        self.assertTrue(result.stdout, result.stderr)
        return json.loads(result.stdout), json.loads(file.read_text())

    def constructed_case(self):
        path, tensors = self.folder / "case.safetensors", layer()
        write_safetensors(path, tensors, {})
        results = self.folder / "results.safetensors"
        done = assay("run", path, "-o", results, "--profile", "tensorrt_block_fma")
        self.assertEqual(done.returncode, 0, done.stderr)
        tensors["output"] = read_safetensors(results)[0]["output"]
        done = assay("generate", "smoke", "-o", self.folder, "--filter", "*normal/block_fma_t1#1")
        self.assertEqual(done.returncode, 0, done.stderr)
        _, metadata = read_safetensors(self.folder / "smoke/normal/block_fma_t1#1.safetensors")
        description = json.loads(metadata["assay_case"]) | {"id": "policies/wide/case#1"}
        write_safetensors(path, tensors, {"assay_case": json.dumps(description)})
        return path, tensors["output"][2]

    def test_suites_have_the_same_bits_under_the_model(self):
        for suite in ("smoke", "tensorrt_sample", "cuda_edges", "adversarial"):
            with self.subTest(suite):
                report, findings = self.check(suite, "model")
                statuses = [case["status"] for case in report["cases"]]
                self.assertLessEqual(set(statuses), {"PASS", "UNSUPPORTED"})
                self.assertGreater(statuses.count("PASS"), len(statuses) / 2)
                self.assertEqual(findings, [])

    def test_the_reference_rounds_a_wide_sum_to_nearest_even(self):
        _, output = self.constructed_case()
        self.assertEqual(list(struct.unpack("<16f", output)), [nearest(sum_) for sum_ in SUMS])

    def test_certified_reports_a_wide_sum_with_lane_and_operands(self):
        case, _ = self.constructed_case()
        report, findings = self.check(case, "certified")
        self.assertEqual(report["cases"][0]["status"], "CRASH")
        self.assertEqual([finding["kind"] for finding in findings], ["uncertified_mma"])
        finding = findings[0]
        self.assertEqual((finding["kernel"], Path(finding["at"]["file"]).name), ("moe_down_8", "projection.cuh"))
        # Row 1 is the first doubtful one; lane 4 has rows 1 and 9 of D (PTX ISA, "mma.m16n8k16").
        self.assertEqual((DOUBTFUL[0], finding["at"]["thread"]), (1, [4, 0, 0]))
        for part in ("D[1][0]", "lane 4", f"({len(DOUBTFUL)} of 128 outputs)",
                     "4600 " * 15 + "3800", "5f00 " * 15 + "1800"):  # binary16: 6 and 0.5, 448 and 2^-9
            self.assertIn(part, finding["message"])

    def test_the_model_cuts_a_wide_sum_off(self):
        case, _ = self.constructed_case()
        report, findings = self.check(case, "model")
        wrong = [h for h, sum_ in enumerate(SUMS) if cut_off(sum_) != nearest(sum_)]
        self.assertEqual(wrong, [3, 5, 9, 10])  # 1.5, 3, -0.5, -1
        self.assertTrue(set(wrong) < set(DOUBTFUL))
        (output,) = (tensor for tensor in report["cases"][0]["tensors"] if tensor["tensor"] == "output")
        self.assertEqual((output["differing"], output["max_ulp"]), (len(wrong), 1))
        first = output["first"]
        self.assertEqual((first["index"], first["actual"]), ([0, 0, wrong[0]], bits(cut_off(SUMS[wrong[0]]))))
        self.assertEqual(findings, [])


def bits(value):
    return f"0x{struct.unpack('<I', f32(value))[0]:08X}"


if __name__ == "__main__":
    cli_case.ASSAY = sys.argv.pop()
    unittest.main()
