# SPDX-License-Identifier: Apache-2.0
"""What the MoE kernels ask of a device: counters of emulated runs, machine code, occupancy.

Shared by counters_test.py, which holds them against limits, and scripts/roofline.py, which writes the page.
"""
import json
import os
import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
SECTOR_BYTES = 32
BYTES_A_WEIGHT = 0.5625  # 4 bits, and an E4M3 scale for 16
WEIGHTS_A_MMA = 16 * 16  # of one mma.sync.m16n8k16, whatever the tokens


@dataclass(frozen=True)
class Device:
    """Published limits. Sources: docs/cuda_performance.md, section Devices."""
    name: str
    target: str  # of the machine code
    processors: int
    clock_ghz: float
    memory_gb_s: float
    tensor_tflops: float  # dense, f16 into f32
    threads: int  # of a multiprocessor
    blocks: int


DEVICES = (Device("Thor", "sm_110", 20, 1.575, 273, 259, 1536, 24),
           Device("B200", "sm_100", 148, 1.965, 8000, 2250, 2048, 32),
           Device("B300", "sm_103", 148, 1.920, 8000, 2250, 2048, 32))

# The same on all three (CUDA C++ Programming Guide, technical specifications per compute capability).
REGISTERS, SHARED_BYTES, WARPS_ALLOCATED, REGISTER_UNIT, SHARED_UNIT, RESERVED_SHARED = (
    65536, 228 * 1024, 4, 256, 128, 1024)


def blocks_a_processor(device, registers, threads, shared_bytes):
    """How many blocks find room, by each resource; the least of them counts.

    The rules of NVIDIA's cuda_occupancy.h: registers are given to a warp in units of 256, shared memory to a block in
    units of 128 bytes. `shared_bytes` holds the KiB that the system takes of each block.
    """
    warps = -(-threads // 32)
    warp_registers = -(-registers * 32 // REGISTER_UNIT) * REGISTER_UNIT
    warps_by_registers = REGISTERS // warp_registers // WARPS_ALLOCATED * WARPS_ALLOCATED
    shared = -(-shared_bytes // SHARED_UNIT) * SHARED_UNIT
    return {"registers": warps_by_registers // warps, "shared memory": SHARED_BYTES // shared,
            "threads": device.threads // (warps * 32), "blocks": device.blocks}


@dataclass(frozen=True)
class Loop:
    """An innermost loop of machine code with HMMA in it."""
    instructions: int
    opcodes: dict
    around: int  # instructions of the loop that encloses it, without those of all such loops and of steps left over

    def mma(self):
        return self.opcodes["HMMA"]


@dataclass(frozen=True)
class Code:
    """Machine code of one kernel for one target."""
    registers: int
    shared_bytes: int  # static, with the system's KiB
    loops: tuple  # of Loop


def machine_code(assay, image):
    """{(target, kernel): Code}."""
    report = json.loads(run([assay, "lint", "--sass", "--json", image]))
    return {(f"sm_{part['capability']}", kernel["name"]): code_of(kernel)
            for part in report["parts"] if part["kind"] == "cubin" for kernel in part["kernels"]}


def encloses(outer, inner):
    return (outer["first"] <= inner["first"] and outer is not inner and
            inner["first"] + inner["instructions"] <= outer["first"] + outer["instructions"])


def around(loop, loops):
    """Of the smallest loop around it: instructions that are in none of the innermost loops inside.

    Mma outside of those are of steps that an unrolled loop leaves over; they and what belongs to them do not count.
    """
    outer = min((other for other in loops if encloses(other, loop)), key=lambda other: other["instructions"],
                default=None)
    if outer is None:
        return 0
    inside = [inner for inner in loops if inner["innermost"] and encloses(outer, inner)]
    left_over = outer["opcodes"]["HMMA"] - sum(inner["opcodes"].get("HMMA", 0) for inner in inside)
    return (outer["instructions"] - sum(inner["instructions"] for inner in inside) -
            round(left_over * loop["instructions"] / loop["opcodes"]["HMMA"]))


def code_of(kernel):
    loops = tuple(Loop(loop["instructions"], loop["opcodes"], around(loop, kernel["loops"]))
                  for loop in kernel["loops"] if loop["innermost"] and "HMMA" in loop["opcodes"])
    return Code(kernel["registers"], max(kernel["shared_bytes"], RESERVED_SHARED), loops)


def run(command, environment=None):
    result = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False,
                            env={**os.environ, **(environment or {})})
    if result.returncode != 0:
        raise SystemExit(f"{Path(command[0]).name}: exit code {result.returncode}: {result.stderr.strip()}")
    return result.stdout


def emulate(bench, driver, tokens, *options):
    """One run of each number of tokens: the bench's report, {kernel: counters}."""
    with tempfile.TemporaryDirectory() as folder:
        report, profile = Path(folder) / "bench.json", Path(folder) / "profile.json"
        run([bench, "--driver", driver, "--once", "--tokens", ",".join(map(str, tokens)), "--json", report, *options],
            {"ASSAY_EMULATE_PROFILE": str(profile)})
        kernels = json.loads(profile.read_text())["kernels"]
        return json.loads(report.read_text()), {kernel["kernel"]: kernel for kernel in kernels}


def lines_of(function, source):
    """First and last line of a member function of a source of ours, from 1."""
    lines = (ROOT / source).read_text().splitlines()
    first = next(i for i, line in enumerate(lines) if re.search(rf"\b{function}\(.*[{{,]$", line))
    last = next(i for i in range(first, len(lines)) if lines[i] == "  }")
    return first + 1, last + 1


def counters_within(kernel, function, source="cuda/kernels/projection.cuh"):
    """Sums of the counters of all lines that are in a function, or inlined there."""
    first, last = lines_of(function, source)
    total = dict.fromkeys(kernel["total"], 0)
    for line in kernel["lines"]:
        for place in (line["place"], line.get("inlined_at", "")):
            file, _, number = place.rpartition(":")
            if file.endswith(source) and first <= int(number) <= last:
                total = {name: value + line[name] for name, value in total.items()}
                break
    return total


def mma_count(kernel):
    return sum(count for opcode, count in kernel["opcodes"].items() if opcode.startswith("mma.sync"))
