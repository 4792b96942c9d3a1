#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds every recipe of the command line against the numpy implementation, bit for bit.

Directed tensors (scripts/targets/recipe_inputs.py: ties of element and scale, underflow, zeros,
saturation, -0, subnormals, huge and tiny amax) and random ones, each with an amax of its own, go
through `assay quantize` and `assay dequantize` with each recipe. Exit code 1 at a difference.
"""

import argparse
import itertools
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent / "targets"))

import safetensors_file  # noqa: E402
from numpy_recipe import Quantized  # noqa: E402
from numpy_recipes import RECIPES  # noqa: E402
from recipe_inputs import TENSOR_SHAPE, directed_tensors, random_tensors  # noqa: E402

EXAMPLES = """examples:
  compare_recipes.py build/assay
  compare_recipes.py build/assay --blocks 100000 --recipe torchao --recipe mxfp4_even

exit codes: 0 all equal, 1 some differ, 2 the command line failed
"""


SCALE_SUFFIX = {
    "decode": "_tensor_scale_decode",
    "encode": "_tensor_scale_encode",
    "amax": "_amax",
}


class Failed(Exception):
    """The command line did not do its work."""


def names(count):
    return [f"t{i:06}" for i in range(count)]


def run(*command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if done.returncode:
        raise Failed(f"{' '.join(done.args)}: exit code {done.returncode}\n{done.stderr.strip()}")


def stacked(tensors, count, suffix=""):
    return np.stack([tensors[name + suffix][1] for name in names(count)])


def quantize(assay, folder, name, options, count):
    """The file that assay writes, as Quantized."""
    words = [f"--{key.replace('_', '-')}={value}" for key, value in options.items()]
    source, quantized = folder / "values.safetensors", folder / "quantized.safetensors"
    run(assay, "quantize", "--quiet", "--recipe", name, *words, source, "-o", quantized)
    tensors, _ = safetensors_file.read(quantized)
    kind = RECIPES[name].tensor_scale
    scale = kind and stacked(tensors, count, SCALE_SUFFIX[kind])
    return Quantized(stacked(tensors, count), stacked(tensors, count, "_scale"), scale)


def dequantize(assay, folder, sound):
    """Values of the sound tensors; assay refuses files with a scale that is NaN or infinite."""
    quantized, back = folder / "quantized.safetensors", folder / "back.safetensors"
    if not sound.all():
        tensors, metadata = safetensors_file.read(quantized)
        description = json.loads(metadata["assay_quantized"])
        for name in itertools.compress(names(len(sound)), ~sound):
            del description["tensors"][name]
            tensors = {key: value for key, value in tensors.items() if key[: len(name)] != name}
        metadata["assay_quantized"] = json.dumps(description)
        safetensors_file.write(quantized, tensors, metadata)
    run(assay, "dequantize", "--quiet", quantized, "-o", back)
    tensors, _ = safetensors_file.read(back)
    return np.stack([tensors[name][1] for name in itertools.compress(names(len(sound)), sound)])


def is_sound(quantized, recipe):
    """Per tensor, whether every scale is a number."""
    nan = 0x7F if recipe.scale == "E4M3" else 0xFF
    sound = (quantized.block_scale != nan).all(axis=(1, 2))
    if quantized.tensor_scale is not None:
        sound &= np.isfinite(quantized.tensor_scale)
        sound &= (quantized.tensor_scale > 0) | (recipe.tensor_scale == "amax")
    return sound


def bits(array):
    """Bit patterns; all NaNs of binary32 are one."""
    if array.dtype == np.uint8:
        return array
    return np.where(np.isnan(array), np.float32(np.nan), array).view(np.uint32)


def difference(part, ours, theirs, values):
    """Empty, or how often one part differs and the first place, with the block it comes from."""
    if ours is None:
        return ""
    wrong = np.argwhere(bits(ours) != bits(theirs))
    if not len(wrong):
        return ""
    first = tuple(int(i) for i in wrong[0])
    tensor = values[first[0]]
    text = (
        f"  {part}: {len(wrong)} of {ours.size} differ, first at {list(first)}:"
        f" assay {bits(theirs)[first]:#x}, numpy {bits(ours)[first]:#x};"
        f" amax {float(np.abs(tensor).max()).hex()}"
    )
    if len(first) == 3:
        begin = first[2] * TENSOR_SHAPE[1] // ours.shape[2] // 32 * 32
        text += f"\n    {' '.join(float(x).hex() for x in tensor[first[1], begin : begin + 32])}"
    return text


def runs_of(chosen):
    for name in chosen:
        yield name, {}
        for option in RECIPES[name].options:
            yield from ((name, {option: ulp}) for ulp in (-1, 1))


def compare(assay, values, chosen):
    """The number of recipes that differ."""
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        tensors = {name: ("F32", tensor) for name, tensor in zip(names(len(values)), values)}
        safetensors_file.write(folder / "values.safetensors", tensors)
        for name, options in runs_of(chosen):
            texts = list(compare_recipe(assay, folder, values, name, options))
            label = " ".join([name, *(f"{key}={value}" for key, value in options.items())])
            print("\n".join([f"{label}: {'DIFFERS' if texts else 'equal'}", *texts]), flush=True)
            failed += bool(texts)
    return failed


def compare_recipe(assay, folder, values, name, options):
    """A text for each part that differs."""
    expected = RECIPES[name].quantize(values, **options)
    found = quantize(assay, folder, name, options, len(values))
    parts = [*zip(Quantized._fields, expected, found, itertools.repeat(values))]
    sound = is_sound(expected, RECIPES[name])
    if (is_sound(found, RECIPES[name]) == sound).all():
        back = RECIPES[name].dequantize(expected)[sound]
        parts.append(("dequantized", back, dequantize(assay, folder, sound), values[sound]))
    return filter(None, itertools.starmap(difference, parts))


def parse_arguments():
    parser = argparse.ArgumentParser(
        description="Compares assay's recipes with numpy's, bit for bit.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("assay", metavar="ASSAY", type=Path, help="the command line program")
    parser.add_argument(
        "--blocks", type=int, default=1_000_000, help="random blocks of 16 (default 1000000)"
    )
    parser.add_argument("--recipe", action="append", choices=RECIPES, help="only this (repeatable)")
    parser.add_argument("--seed", type=int, default=1, help="of the random numbers (default 1)")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    directed = directed_tensors()
    tensors = -(-arguments.blocks * 16 // (TENSOR_SHAPE[0] * TENSOR_SHAPE[1]))
    random = random_tensors(np.random.default_rng(arguments.seed), tensors)
    values = np.concatenate([directed, random])
    print(f"{len(directed)} directed tensors, {len(random)} random ones of {TENSOR_SHAPE}")
    try:
        failed = compare(arguments.assay.resolve(), values, arguments.recipe or RECIPES)
    except (Failed, OSError, ValueError, KeyError) as error:
        print(f"compare_recipes.py: {error}", file=sys.stderr)
        return 2
    print(f"{failed} recipes differ" if failed else "every bit equal")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
