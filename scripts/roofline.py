#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes docs/cuda_performance.md from machine code, emulated runs and published limits of devices.

Usage: roofline.py [BUILD]   (BUILD: build/ci; needs assay, assay_moe_bench, libassay_cuda_emulator.so and kernels/)
The test cuda_counters fails where the page is not what this would write.
"""
import random
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/cuda_performance.md"
sys.path.insert(0, str(ROOT / "cuda/bench"))

import kernel_counters as counters  # noqa: E402

# The layer of the roofline: Qwen3-30B-A3B.
HIDDEN, INTERMEDIATE, EXPERTS, TOP_K = 2048, 768, 128, 8
TOKENS = (1, 8, 16, 64, 512)
# The shape of the kernels: cuda/kernels/projection_shape.hpp, lane_order.hpp.
WARPS, TILE_ROWS, STEP_COLUMNS, CHUNK_STEPS = 4, 16, 64, 4
# Warp instructions a clock and multiprocessor: docs, section Devices. Operations of one HMMA: 16 * 8 * 16 * 2.
ISSUED, FMA_RATE, CONVERSION_RATE, MMA_OPERATIONS = 4, 4, 2, 4096
OTHERS = "others"  # moe_quantize_hidden, moe_route, moe_combine


@dataclass(frozen=True)
class Projection:
    name: str
    matrices: int
    rows: int
    columns: int

    def weight_bytes(self):  # of one expert
        return self.matrices * self.rows * self.columns * counters.BYTES_A_WEIGHT


PROJECTIONS = (Projection("moe_gate_up", 2, INTERMEDIATE, HIDDEN), Projection("moe_down", 1, HIDDEN, INTERMEDIATE))


def tile_slots_for(tokens):
    return 8 if tokens <= 8 else 16 if tokens <= 16 else 64


def active_octets(slots, tile_slots):
    """Octets that a tile's loops compute (Projection::run)."""
    active = 1
    while active < tile_slots // 8 and slots > active * 8:
        active += (active + 1) // 2
    return min(active, tile_slots // 8)


def steps_of(loop, matrices):
    """Steps of one pass of a loop: two HADD2 convert a group's scales for each matrix, a step has four groups."""
    return loop.opcodes["HADD2"] // (8 * matrices)


def octets_of(loop, matrices):
    return loop.mma() // (4 * matrices * steps_of(loop, matrices))


def main_loop(code, matrices, octets):
    """The loop for so many octets; where there are two, the unrolled one, which all but the last steps take."""
    loops = [loop for loop in code.loops if octets_of(loop, matrices) == octets]
    return max(loops, key=lambda loop: steps_of(loop, matrices))


def needed(matrices, octets):
    """Instructions of a step that the arithmetic and its operands need."""
    return {"HMMA": 4 * matrices * octets, "FFMA": 16 * matrices * octets, "F2FP": 4 * (5 * matrices + 2 * octets),
            "HADD2": 8 * matrices, "LDS": octets + 2 * matrices}


class Routing:
    """Every token's experts drawn without repetition, by a fixed seed."""

    def __init__(self, tokens):
        draw = random.Random(tokens)
        slots = [0] * EXPERTS
        for _ in range(tokens):
            for expert in draw.sample(range(EXPERTS), TOP_K):
                slots[expert] += 1
        self.tokens, self.tile_slots = tokens, tile_slots_for(tokens)
        self.experts_hit = sum(count > 0 for count in slots)
        self.tiles = [min(self.tile_slots, count - first) for count in slots
                      for first in range(0, count, self.tile_slots)]


def work(projection, routing, code):
    """Warp instructions of the main loops of one projection: all, those that are needed, and by opcode."""
    total = {"instructions": 0, "needed": 0, "HMMA": 0, "FFMA": 0, "F2FP": 0}
    steps, row_tiles = projection.columns // STEP_COLUMNS, projection.rows // TILE_ROWS
    for slots in routing.tiles:
        octets = active_octets(slots, routing.tile_slots)
        loop = main_loop(code, projection.matrices, octets)
        passes = steps // steps_of(loop, projection.matrices)
        total["instructions"] += row_tiles * (passes * loop.instructions + steps // CHUNK_STEPS * loop.around)
        total["needed"] += row_tiles * steps * sum(needed(projection.matrices, octets).values())
        for opcode in ("HMMA", "FFMA", "F2FP"):
            total[opcode] += row_tiles * passes * loop.opcodes[opcode]
    return total


def bytes_of(routing):
    """(least, {kernel: moved}): of a call weights hit, inputs and outputs once; what kernels read and write, once."""
    tokens, slots = routing.tokens, routing.tokens * TOP_K
    gate_up, down = (routing.experts_hit * projection.weight_bytes() for projection in PROJECTIONS)
    return gate_up + down + tokens * 8 * HIDDEN + slots * 8, {
        "moe_gate_up": gate_up + tokens * HIDDEN + slots * INTERMEDIATE,
        "moe_down": down + slots * (INTERMEDIATE + 4 * HIDDEN),
        OTHERS: tokens * 9 * HIDDEN + slots * (8 + 4 * HIDDEN)}


def bounds(device, routing, projection, amount):
    """Microseconds by each resource. A kernel of few blocks leaves multiprocessors idle."""
    blocks = len(routing.tiles) * projection.rows // (WARPS * TILE_ROWS)
    busy = min(device.processors, blocks)
    clocks_a_microsecond = busy * device.clock_ghz * 1e3
    return {"memory": bytes_of(routing)[1][projection.name] / device.memory_gb_s / 1e3,
            "issue": amount["instructions"] / ISSUED / clocks_a_microsecond,
            "conversions": amount["F2FP"] / CONVERSION_RATE / clocks_a_microsecond,
            "fma": amount["FFMA"] / FMA_RATE / clocks_a_microsecond,
            "tensor": amount["HMMA"] * MMA_OPERATIONS / device.tensor_tflops / 1e6 * device.processors / busy}


def kernels_of(device, routing, code):
    for projection in PROJECTIONS:
        name = f"{projection.name}_{routing.tile_slots}"
        amount = work(projection, routing, code[device.target, name])
        yield name, bounds(device, routing, projection, amount), amount


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(map(str, row)) + " |" for row in rows])


def counter_rows(runs):
    for top_k, run in runs.items():
        for case, which, name, kernel, weight_bytes in run.projections():
            stream = counters.counters_within(kernel, "fetch_weights")
            weights = weight_bytes / counters.BYTES_A_WEIGHT
            yield (f"`{name}`", case["tokens"], top_k,
                   f"{stream['global_sectors'] * counters.SECTOR_BYTES / weights:.4f}",
                   f"{100 * stream['global_sectors_needed'] / stream['global_sectors']:.1f} %",
                   f"{kernel['total']['global_sectors'] * counters.SECTOR_BYTES / weights:.4f}",
                   kernel["total"]["shared_wavefronts"] - kernel["total"]["shared_wavefronts_needed"],
                   f"{kernel['total']['warp_instructions'] / counters.mma_count(kernel):.1f}")


def occupancy_rows(code, runs):
    shared = {name: size for run in runs.values() for case in run.report["cases"]
              for name, size in case["dynamic_shared_bytes"].items()}
    for name in sorted(shared, key=lambda name: (int(name.rpartition("_")[2]), name)):
        cells = []
        for device in counters.DEVICES:
            kernel = code[device.target, name]
            room = counters.blocks_a_processor(device, kernel.registers, WARPS * 32, kernel.shared_bytes + shared[name])
            cells.append(f"{min(room.values())} ({min(room, key=room.get)})")
        kernel = code[counters.DEVICES[0].target, name]
        yield (f"`{name}`", kernel.registers, kernel.shared_bytes + shared[name], *cells)


def loop_rows(code):
    target = counters.DEVICES[0].target
    for projection in PROJECTIONS:
        kernel = code[target, f"{projection.name}_64"]
        for octets in (1, 2, 3, 5, 8):
            loop = main_loop(kernel, projection.matrices, octets)
            need, mma = needed(projection.matrices, octets), loop.mma()
            per_mma = [f"{loop.opcodes.get(opcode, 0) / mma:.2f}" for opcode in need]
            ideal = sum(need.values()) / need["HMMA"]
            yield (f"`{projection.name}`", octets, f"{loop.instructions / mma:.2f}", f"{ideal:.2f}", *per_mma,
                   f"{loop.instructions / mma / 256 * octets * 32:.2f}", loop.around)


def kernel_rows(device, code):
    for routing in map(Routing, TOKENS):
        for name, times, amount in kernels_of(device, routing, code):
            first = max(times, key=times.get)
            yield (routing.tokens, f"`{name}`", *(f"{time:.1f}" for time in times.values()), first,
                   f"{times[first] / times['memory']:.2f}", f"{100 * amount['needed'] / amount['instructions']:.0f} %")


def layer_rows(code):
    for routing in map(Routing, TOKENS):
        (least, moved), cells = bytes_of(routing), []
        for device in counters.DEVICES:
            ideal, others = (size / device.memory_gb_s / 1e3 for size in (least, moved[OTHERS]))
            total = others + sum(max(times.values()) for _, times, _ in kernels_of(device, routing, code))
            cells.append(f"{ideal:.1f}, × {total / ideal:.2f}")
        yield (routing.tokens, routing.experts_hit, f"{least / 1e6:.1f}",
               *(f"{size / 1e6:.2f}" for size in moved.values()), *cells)


def share_of_others(tokens):
    _, moved = bytes_of(Routing(tokens))
    return f"{100 * moved[OTHERS] / sum(moved.values()):.1f} %"


def device_rows():
    def row(title, read):
        return (title, *(read(device) for device in counters.DEVICES))

    return [row("stands for", lambda d: {"sm_110": "Jetson AGX Thor (T5000)"}.get(d.target, f"NVIDIA {d.name}")),
            row("memory, GB/s", lambda d: f"{d.memory_gb_s} {'¹' if d.name == 'Thor' else '²'}"),
            row("multiprocessors", lambda d: f"{d.processors} {'¹⁵³'['Thor B200 B300'.split().index(d.name)]}"),
            row("clock, GHz", lambda d: f"{d.clock_ghz} {'¹' if d.name == 'Thor' else '³'}"),
            row("f16 tensor, dense TFLOPS", lambda d: f"{d.tensor_tflops} {'¹' if d.name == 'Thor' else '²'}"),
            row("threads, blocks of a multiprocessor", lambda d: f"{d.threads}, {d.blocks} ⁴")]


def page(code, runs):
    """The page's text. `runs`: {top_k: what counters_test.Run is}."""
    template = (ROOT / "scripts/cuda_performance.md.in").read_text()
    rooflines = "\n\n".join(
        f"**{device.name}**, microseconds, computed\n\n" + table(
            ("tokens", "kernel", "memory", "issue", "conversions", "fma", "tensor", "first bound", "× memory",
             "needed of issue"), kernel_rows(device, code)) for device in counters.DEVICES)
    values = {
        "devices": table(("", *(device.name for device in counters.DEVICES)), device_rows()),
        "counters": table(("kernel", "tokens", "top_k", "bytes of weights a weight", "of its sectors needed",
                           "all bytes a weight", "bank conflicts", "PTX instructions an mma"), counter_rows(runs)),
        "occupancy": table(("kernel", "registers", "shared bytes", *(d.name for d in counters.DEVICES)),
                           occupancy_rows(code, runs)),
        "loops": table(("projection", "octets", "an mma", "needed", "HMMA", "FFMA", "F2FP", "HADD2", "LDS",
                        "lane operations a weight", "around a chunk"), loop_rows(code)),
        "layer": table(("tokens", "experts hit", "least MB", "`moe_gate_up` MB", "`moe_down` MB", "other three MB",
                        *(f"{device.name}: ideal µs, bounds" for device in counters.DEVICES)), layer_rows(code)),
        "rooflines": rooflines, "others_of_1": share_of_others(1), "others_of_512": share_of_others(512)}
    for name, value in values.items():
        template = template.replace(f"@{name}@", value)
    return template


def main():
    import counters_test  # its cases, on the arguments that it takes
    runs = {top_k: counters_test.Run(top_k) for top_k in (8, 2)}
    PAGE.write_text(page(counters.machine_code(counters_test.ASSAY, counters_test.IMAGE), runs))
    print(PAGE.relative_to(ROOT))


if __name__ == "__main__":
    build = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "build/ci")
    if not (build / "assay_moe_bench").exists():
        sys.exit(__doc__)
    sys.argv[1:] = [str(build / name) for name in ("assay_moe_bench", "libassay_cuda_emulator.so", "assay",
                                                   "kernels/moe_projection.fatbin")]
    main()
