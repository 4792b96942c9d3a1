#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Counters of the MoE kernels at a real layer's shape, held against limits.

hidden_size 2048, intermediate_size 768, 8 experts, top_k 8 and 2; 1, 16 and 64 tokens, each on kernels of its own
(tiles of 8, 16 and 64 slots). Counters are of the PTX on the emulator, the same for every target; registers, shared
memory and loops are of the machine code of each.
Usage: counters_test.py BENCH DRIVER ASSAY IMAGE [unittest arguments].
"""
import sys
import unittest
from pathlib import Path

import kernel_counters as counters

sys.path.insert(0, str(counters.ROOT / "scripts"))

import roofline  # noqa: E402

BENCH, DRIVER, ASSAY, IMAGE = (Path(argument).resolve() for argument in sys.argv[1:5])
HIDDEN, INTERMEDIATE, EXPERTS, TOKENS = 2048, 768, 8, (1, 16, 64)
GATE_UP, DOWN = "moe_gate_up", "moe_down"
MATRICES = {GATE_UP: 2, DOWN: 1}

# Warp instructions of machine code for one mma, in the innermost loop that does the most of them for one octet of
# tokens, and for as many as a tile of that size has: 256 weights each.
MOST_INSTRUCTIONS = {(GATE_UP, 8): 14, (DOWN, 8): 16, (GATE_UP, 64): 8, (DOWN, 64): 9}


def stream_findings(stream, weight_bytes):
    """What is wrong with how weights are read."""
    findings = []
    traffic = stream["global_sectors"] * counters.SECTOR_BYTES
    if traffic > 1.03 * weight_bytes:
        findings.append(f"reads {traffic / weight_bytes:.3f} times the weights' bytes")
    if traffic < weight_bytes:
        findings.append("reads less than the weights: not what was to be measured")
    if stream["global_sectors_needed"] < 0.98 * stream["global_sectors"]:
        findings.append(f"needs {stream['global_sectors_needed']} of {stream['global_sectors']} sectors")
    return findings


def conflicts(kernel):
    return kernel["total"]["shared_wavefronts"] - kernel["total"]["shared_wavefronts_needed"]


class Run:
    """The layer with one top_k, on the emulator."""

    def __init__(self, top_k):
        options = {"--hidden": HIDDEN, "--intermediate": INTERMEDIATE, "--experts": EXPERTS, "--top-k": top_k}
        self.report, self.kernels = counters.emulate(BENCH, DRIVER, TOKENS, *(word for pair in options.items()
                                                                             for word in pair))

    def projections(self):
        """(case, which, kernel's name, kernel's counters, bytes of the weights that are to be read)."""
        for case in self.report["cases"]:
            for which, matrices in MATRICES.items():
                name = f"{which}_{case['tile_slots']}"
                weights = case["experts_hit"] * matrices * HIDDEN * INTERMEDIATE
                yield case, which, name, self.kernels[name], weights * counters.BYTES_A_WEIGHT


class Counters(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.runs = {top_k: Run(top_k) for top_k in (8, 2)}
        cls.code = counters.machine_code(ASSAY, IMAGE)

    def each_projection(self):
        return [projection for run in self.runs.values() for projection in run.projections()]

    def test_every_case_has_kernels_of_its_own(self):
        for run in self.runs.values():
            self.assertEqual([case["tile_slots"] for case in run.report["cases"]], [8, 16, 64])
            for name in (f"{which}_{slots}" for which in MATRICES for slots in (8, 16, 64)):
                self.assertEqual(run.kernels[name]["launches"], 1)

    # No expert has more slots than a tile here, so that each weight is to be read once.
    def test_weights_are_read_once_in_whole_sectors(self):
        for case, _, name, kernel, weight_bytes in self.each_projection():
            with self.subTest(kernel=name, case=case):
                self.assertEqual(stream_findings(counters.counters_within(kernel, "fetch_weights"), weight_bytes), [])

    def test_no_bank_conflicts(self):
        for case, _, name, kernel, _ in self.each_projection():
            with self.subTest(kernel=name, case=case):
                self.assertGreater(kernel["total"]["shared_wavefronts"], 0)
                self.assertEqual(conflicts(kernel), 0)

    def test_each_group_of_weights_is_multiplied_once_an_octet(self):
        for case, _, _, kernel, weight_bytes in self.each_projection():
            groups = weight_bytes / counters.BYTES_A_WEIGHT / counters.WEIGHTS_A_MMA
            self.assertGreaterEqual(counters.mma_count(kernel), groups, case)
            self.assertLessEqual(counters.mma_count(kernel), groups * case["tile_slots"] / 8, case)

    def test_two_blocks_find_room_on_every_device(self):
        for case, _, name, kernel, _ in self.each_projection():
            threads = kernel["threads"] // kernel["blocks"]
            for device in counters.DEVICES:
                code = self.code[device.target, name]
                room = counters.blocks_a_processor(device, code.registers, threads,
                                                   code.shared_bytes + case["dynamic_shared_bytes"][name])
                self.assertGreaterEqual(min(room.values()), 2, f"{device.name}: {room}")

    def test_instructions_of_the_main_loops(self):
        for (target, name), code in self.code.items():
            which, _, slots = name.rpartition("_")
            if (which, int(slots)) not in MOST_INSTRUCTIONS:
                continue
            least = min(loop.instructions / loop.mma() for loop in code.loops)
            self.assertLessEqual(least, MOST_INSTRUCTIONS[which, int(slots)], f"{target} {name}")

    def test_the_page_is_what_is_counted(self):
        self.assertEqual(roofline.PAGE.read_text(), roofline.page(self.code, self.runs),
                         "run scripts/roofline.py")


class Checks(unittest.TestCase):
    """They see what they are to see."""

    def test_streams(self):
        good = {"global_sectors": 100, "global_sectors_needed": 98}
        self.assertEqual(stream_findings(good, 3200), [])
        self.assertEqual(len(stream_findings(good, 3100)), 1)  # 1.032 times
        self.assertEqual(len(stream_findings(good, 3201)), 1)
        self.assertEqual(len(stream_findings({**good, "global_sectors_needed": 97}, 3200)), 1)

    def test_lines_of_a_function(self):
        kernel = {"total": {"bytes": 9}, "lines": []}
        first, last = counters.lines_of("fetch_weights", "cuda/kernels/projection.cuh")
        for line, inlined in ((first, None), (last + 1, None), (3, first + 1), (3, last + 1)):
            file = "cuda/kernels/projection.cuh" if inlined is None else "a.cuh"
            kernel["lines"].append({"place": f"/x/{file}:{line}", "bytes": 1})
            if inlined is not None:
                kernel["lines"][-1]["inlined_at"] = f"/x/cuda/kernels/projection.cuh:{inlined}"
        self.assertEqual(counters.counters_within(kernel, "fetch_weights"), {"bytes": 2})

    # By hand from the rules: 168 registers are 5376 a warp, 12 warps; 116 KiB of shared memory fit once.
    def test_room(self):
        thor, b200, _ = counters.DEVICES
        self.assertEqual(counters.blocks_a_processor(thor, 168, 128, 48 * 1024),
                         {"registers": 3, "shared memory": 4, "threads": 12, "blocks": 24})
        self.assertEqual(counters.blocks_a_processor(b200, 255, 128, 116 * 1024),
                         {"registers": 2, "shared memory": 1, "threads": 16, "blocks": 32})


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[5:]])
