#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Quantization recipes and ml_dtypes' casts as a target: a second implementation, in numpy.

Computes the operators quantize and dequantize by any recipe (numpy_recipes.py), quantize_fp8 and
dequantize_fp8, and cast under the policy ml_dtypes by that package itself. It shares no code with the
reference.
"""

import argparse
import json
import sys

import ml_dtypes
import numpy as np

import safetensors_file
from numpy_formats import e4m3_to_value, f32_to_e4m3
from numpy_recipe import Quantized
from numpy_recipes import RECIPES

EXAMPLES = """examples:
  numpy_quantize.py case.safetensors result.safetensors
  numpy_quantize.py --list

exit codes: 0 done, 2 bad usage or bad file, 77 the case asks for what is not implemented here
"""

# Destination: ml_dtypes' type, bits, dtype of the result.
CASTS = {
    "e2m1": (ml_dtypes.float4_e2m1fn, 4, "U8"),
    "e2m3": (ml_dtypes.float6_e2m3fn, 6, "U8"),
    "e3m2": (ml_dtypes.float6_e3m2fn, 6, "U8"),
    "e4m3": (ml_dtypes.float8_e4m3fn, 8, "F8_E4M3"),
    "e5m2": (ml_dtypes.float8_e5m2, 8, "F8_E5M2"),
    "e8m0": (ml_dtypes.float8_e8m0fnu, 8, "F8_E8M0"),
    "bf16": (ml_dtypes.bfloat16, 16, "BF16"),
}


class Unsupported(Exception):
    """The case is sound, but this target does not compute it."""


def quantize(attributes, tensors):
    recipe, options = _recipe(attributes)
    values = _input(tensors, "values", "F32")
    if values.ndim != 2 or not values.shape[1] or values.shape[1] % recipe.block_size:
        raise ValueError(f"values: shape {values.shape}: rows of {recipe.block_size}s are needed")
    if not np.isfinite(values).all():
        raise ValueError("values: NaN or infinite")
    quantized = recipe.quantize(values[None], **options)
    results = {
        "stage.block_scale": (_scale_dtype(recipe), quantized.block_scale[0]),
        "output": (_codes_dtype(recipe), quantized.codes[0]),
    }
    if recipe.tensor_scale:
        results["stage.tensor_scale"] = ("F32", quantized.tensor_scale[0])
    return results


def dequantize(attributes, tensors):
    recipe, _ = _recipe(attributes)
    codes = _input(tensors, "codes", _codes_dtype(recipe))
    block_scale = _input(tensors, "block_scale", _scale_dtype(recipe))
    tensor_scale = None
    if recipe.tensor_scale:
        tensor_scale = _input(tensors, "tensor_scale", "F32").reshape(1)
    values = recipe.dequantize(Quantized(codes[None], block_scale[None], tensor_scale))
    return {"output": ("F32", _one_nan(values[0]))}


def quantize_fp8(attributes, tensors):
    values, scale = _static_fp8(attributes, tensors, "values", "F32")
    with np.errstate(all="ignore"):
        codes = f32_to_e4m3(values / scale)
    return {"output": ("F8_E4M3", codes)}


def dequantize_fp8(attributes, tensors):
    codes, scale = _static_fp8(attributes, tensors, "codes", "F8_E4M3")
    with np.errstate(all="ignore"):
        values = e4m3_to_value(codes).astype(np.float32) * scale
    return {"output": ("F32", _one_nan(values))}


def cast(attributes, tensors):
    if attributes["policy"] != "ml_dtypes":
        raise Unsupported(f"policy {attributes['policy']}: only ml_dtypes")
    if attributes["to"] not in CASTS:
        raise Unsupported(f"cast to {attributes['to']}: ml_dtypes has no such type")
    number, bits, dtype = CASTS[attributes["to"]]
    values = _input(tensors, "values", attributes["from"].upper())
    with np.errstate(all="ignore"):
        codes = values.astype(number).view(np.uint16 if bits == 16 else np.uint8)
    codes = codes & codes.dtype.type(2**bits - 1)
    return {"output": (dtype, codes.view(safetensors_file.DTYPES[dtype]))}


OPERATORS = {
    "quantize": quantize,
    "dequantize": dequantize,
    "quantize_fp8": quantize_fp8,
    "dequantize_fp8": dequantize_fp8,
    "cast": cast,
}


def run_case(src, dst):
    tensors, metadata = safetensors_file.read(src)
    try:
        case = json.loads(metadata["assay_case"])
        operator, attributes = case["operator"], case.get("attributes", {})
        if operator not in OPERATORS:
            raise Unsupported(f"operator {operator}: only {', '.join(OPERATORS)}")
        results = OPERATORS[operator](attributes, tensors)
    except (KeyError, TypeError) as error:
        raise ValueError(f"{src}: missing or malformed ({error!r})") from error
    safetensors_file.write(dst, results)


def _recipe(attributes):
    name = attributes["recipe"]
    if name not in RECIPES:
        raise Unsupported(f"recipe {name}: unknown")
    recipe = RECIPES[name]
    options = {key: int(value) for key, value in attributes.items() if key != "recipe"}
    for key in options:
        if key not in recipe.options:
            raise Unsupported(f"recipe {name}: no option {key}")
    return recipe, options


def _static_fp8(attributes, tensors, name, dtype):
    """The matrix of the name, and the scale."""
    if attributes:
        raise Unsupported(f"attributes {', '.join(attributes)}: none are known")
    matrix, scale = _input(tensors, name, dtype), _input(tensors, "scale", "F32")
    if matrix.ndim != 2 or scale.ndim:
        raise ValueError(f"{name}: shape {matrix.shape}, scale: shape {scale.shape}")
    if not (np.isfinite(scale) and scale > 0):
        raise ValueError(f"scale: {scale} is not finite and greater than 0")
    return matrix, scale


def _input(tensors, name, dtype):
    stored, values = tensors[name]
    if stored != dtype:
        raise ValueError(f"{name}: dtype {stored}, must be {dtype}")
    return values


def _codes_dtype(recipe):
    return "U8" if recipe.element == "E2M1" else "F8_E4M3"


def _scale_dtype(recipe):
    return f"F8_{recipe.scale}"


def _one_nan(values):
    return np.where(np.isnan(values), np.float32(np.nan), values)


def parse_arguments():
    parser = argparse.ArgumentParser(
        description="Computes a case with numpy: an independent second implementation.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("src", metavar="CASE", nargs="?", help="case file (.safetensors)")
    parser.add_argument("dst", metavar="RESULT", nargs="?", help="result file to write")
    parser.add_argument("--list", action="store_true", help="print the names of the recipes")
    arguments = parser.parse_args()
    if not arguments.list and arguments.dst is None:
        parser.error("CASE and RESULT are required")
    return arguments


def main():
    arguments = parse_arguments()
    if arguments.list:
        print("\n".join(RECIPES))
        return 0
    try:
        run_case(arguments.src, arguments.dst)
    except Unsupported as reason:
        print(f"numpy_quantize.py: {reason}", file=sys.stderr)
        return 77
    except (OSError, ValueError) as error:
        print(f"numpy_quantize.py: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
