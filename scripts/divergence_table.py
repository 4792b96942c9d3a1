#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How often each NVFP4 recipe differs from modelopt: docs/divergence.md, computed anew.

Four tensors of 400,000 blocks, quantized by the numpy recipes (scripts/targets/numpy_recipes.py). A
cell is the share of block scale bytes and of element values (-0 equals +0) that differ, in percent.
Each is held against an earlier measurement of the same kind on other random numbers; exit code 1
where they are further apart than two such samples may be.
"""

import argparse
import sys
from pathlib import Path

import ml_dtypes
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent / "targets"))

from numpy_formats import pack_e2m1, f32_to_e2m1  # noqa: E402
from numpy_recipe import Quantized, e2m1_values, e4m3_values  # noqa: E402
from numpy_recipes import RECIPES  # noqa: E402

ROWS, COLUMNS = 6250, 1024
TIES = np.float32([0.25, 0.75, 1.25, 1.75, 2.5, 3.5, 5])
COLUMN_RECIPES = {
    "transformer_engine": ("transformer_engine", {}),
    "trtllm_fast, +1 ulp": ("trtllm_fast", {"reciprocal_ulp": 1}),
    "torchao": ("torchao", {}),
    "vllm_emulation": ("vllm_emulation", {}),
    "compressed_tensors": ("compressed_tensors", {}),
    "tensorrt_sample": ("tensorrt_sample", {}),
}


def bf16(values):
    return values.astype(ml_dtypes.bfloat16).astype(np.float32)


def with_amax(values, amax):
    """Clips to amax, which the first element takes: the rates depend on amax's own digits."""
    values = np.clip(values, np.float32(-amax), np.float32(amax)).reshape(1, ROWS, COLUMNS)
    values[0, 0, 0] = amax
    return values


def signs(rng, shape):
    return rng.choice(np.float32([-1, 1]), shape)


def gaussian(rng):
    return with_amax(bf16(1.37 * rng.standard_normal((ROWS, COLUMNS), np.float32)), 8.375)


def wide_range(rng):
    shape = (ROWS * COLUMNS // 16, 16)
    values = rng.standard_normal(shape) * np.exp(2.5 * rng.standard_normal((shape[0], 1)))
    values[rng.random(shape) < 0.01] = 0
    return with_amax(bf16(values * 1.2505e-5), 1.453125)


def requantized(rng):
    codes = rng.integers(0, 16, (1, ROWS, COLUMNS)).astype(np.uint8)
    codes[..., ::16] = 7
    scales = rng.integers(0x08, 0x7F, (1, ROWS, COLUMNS // 16)).astype(np.uint8)
    scales[0, 0, 0] = 0x7E
    exact = Quantized(pack_e2m1(codes), scales, np.float32([2**-9]))
    return RECIPES["modelopt"].dequantize(exact)


def tie_points(rng):
    shape = (ROWS * COLUMNS // 16, 16)
    scales = rng.integers(0x20, 0x7F, (shape[0], 1)).astype(np.uint8)
    scales[0] = 0x7E
    elements = rng.choice(TIES, shape) * signs(rng, shape)
    elements[rng.random(shape) < 0.01] = 0
    elements[:, 0] = 6
    tensor_scale = np.float32(7.381067276000977) / np.float32(2688)
    return (elements * (e4m3_values(scales) * tensor_scale)).reshape(1, ROWS, COLUMNS)


# Per column of the table: % of scale bytes, % of elements, as measured earlier to these digits.
DATA = {
    "gaussian bf16": (gaussian, "0/0 0.79/0.16 0/0 0/0 0/0 0/5.03"),
    "wide range": (wide_range, "20.5/20.3 20.2/20.5 59.9/44.0 20.5/10.3 20.5/10.5 20.5/32.8"),
    "requantized NVFP4": (requantized, "0/0 0/0 0/0 0/0 0/0 0/0"),
    "tie points": (tie_points, "0/10.0 0/13.4 0/14.8 0/14.8 0/0 0/3.4"),
}


def rates(base, other):
    """(% of scale bytes, its standard error), and of elements; blocks are independent."""
    scales = (base.block_scale != other.block_scale).ravel()
    elements = (e2m1_values(base.codes) != e2m1_values(other.codes)).reshape(-1, 16).mean(axis=1)
    return [(100 * x.mean(), 100 * x.std() / x.size**0.5) for x in (scales, elements)]


def allowance(error, text):
    """3 sigma of the difference of two samples, and the rounding of the earlier figure."""
    digits = len(text.partition(".")[2]) or 2
    return 3 * 2**0.5 * error + 0.5 * 10.0**-digits


def columns_of(values, earlier):
    """For each column the rates, the earlier ones, how far apart they may be, if they are not."""
    base = RECIPES["modelopt"].quantize(values)
    for (recipe, options), stated in zip(COLUMN_RECIPES.values(), earlier.split()):
        found = rates(base, RECIPES[recipe].quantize(values, **options))
        texts = stated.split("/")
        allowed = [allowance(error, text) for (_, error), text in zip(found, texts)]
        close = all(abs(x - float(t)) <= a for (x, _), t, a in zip(found, texts, allowed))
        yield (
            " / ".join(f"{rate:.2f}" for rate, _ in found),
            " / ".join(texts),
            " / ".join(f"{value:.2f}" for value in allowed),
            close,
        )


def parse_arguments():
    parser = argparse.ArgumentParser(
        description="Prints how often NVFP4 recipes differ from modelopt (docs/divergence.md)."
    )
    parser.add_argument("--seed", type=int, default=1, help="of the random numbers (default 1)")
    return parser.parse_args()


def main():
    seed = parse_arguments().seed
    outside = 0
    print("| data | " + " | ".join(COLUMN_RECIPES) + " |")
    print("|---|" + "---|" * len(COLUMN_RECIPES))
    for name, (generate, earlier) in DATA.items():
        columns = list(columns_of(generate(np.random.default_rng(seed)), earlier))
        for label, cells in zip((name, "*earlier*", "*allowed*"), zip(*columns)):
            print(f"| {label} | " + " | ".join(cells) + " |")
        for recipe, (found, stated, _, close) in zip(COLUMN_RECIPES, columns):
            if not close:
                outside += 1
                print(f"{name}, {recipe}: {found}, earlier {stated}", file=sys.stderr)
    if outside:
        print(f"divergence_table.py: {outside} cells differ by more than chance", file=sys.stderr)
    return 1 if outside else 0


if __name__ == "__main__":
    sys.exit(main())
