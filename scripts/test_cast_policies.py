#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The policies that name a Python library, against that library: `ml_dtypes` against ml_dtypes, `onnx_saturate`
and `onnx_nosaturate` against the reference evaluator of the onnx package (Cast and QuantizeLinear).

Inputs: every binary16 and bfloat16 pattern; every 61st binary32 pattern (2^26 and more, all exponents); all ends
of runs and ties of vectors/boundaries; in binary64 these with their neighbours, and random bits. Codes must be
equal, those of NaN too. Then all codes are decoded by both sides.
Usage: test_cast_policies.py ASSAY [--stride ODD]
"""

import argparse
import json
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

import ml_dtypes
import numpy as np
import onnx
import onnx.reference
from onnx import TensorProto, helper

ROOT = Path(__file__).resolve().parent.parent
OPSET = 25
CHUNK = 1 << 22

# Our name: numpy's type, onnx' type, safetensors' name, and of destinations the number of codes.
SOURCES = {
    "f32": (np.float32, TensorProto.FLOAT, "F32"),
    "f16": (np.float16, TensorProto.FLOAT16, "F16"),
    "bf16": (ml_dtypes.bfloat16, TensorProto.BFLOAT16, "BF16"),
    "f64": (np.float64, TensorProto.DOUBLE, "F64"),
}
DESTINATIONS = {
    "e2m1": (ml_dtypes.float4_e2m1fn, TensorProto.FLOAT4E2M1, "U8", 16),
    "e2m3": (ml_dtypes.float6_e2m3fn, None, "U8", 64),
    "e3m2": (ml_dtypes.float6_e3m2fn, None, "U8", 64),
    "e4m3": (ml_dtypes.float8_e4m3fn, TensorProto.FLOAT8E4M3FN, "F8_E4M3", 256),
    "e5m2": (ml_dtypes.float8_e5m2, TensorProto.FLOAT8E5M2, "F8_E5M2", 256),
    "e8m0": (ml_dtypes.float8_e8m0fnu, TensorProto.FLOAT8E8M0, "F8_E8M0", 256),
    "bf16": (ml_dtypes.bfloat16, None, "BF16", 1 << 16),
}
E8M0_ROUNDINGS = {"rp": "up", "rz": "down", "rn": "nearest"}


def unsigned(dtype):
    return np.dtype(f"u{np.dtype(dtype).itemsize}")


def boundary_patterns(source, to):
    """The ends of all runs and all ties of all policies from a source."""
    patterns = set()
    for path in sorted((ROOT / "vectors/boundaries" / source).glob(f"{to}.*.json")):
        document = json.loads(path.read_text())
        patterns.update(run[end] for run in document["runs"] for end in ("first", "last"))
        patterns.update(tie["source"] for tie in document["ties"])
    return np.array(sorted(int(pattern, 16) for pattern in patterns), unsigned(SOURCES[source][0]))


def binary64_patterns():
    """Neighbours in binary64 of what matters in binary32, and random bits near 1 and anywhere."""
    ends = np.concatenate([boundary_patterns("f32", to) for to in DESTINATIONS])
    with np.errstate(all="ignore"):
        ends = np.unique(ends).view(np.float32).astype(np.float64).view(np.uint64)
    steps = np.array([0, 1, 1 << 28, (1 << 28) + 1, 1 << 29], np.uint64)
    near = np.concatenate([ends[:, None] + steps, ends[:, None] - steps]).ravel()
    anywhere = np.random.default_rng(2026).integers(0, 1 << 64, 1 << 20, np.uint64)
    exponent = np.uint64(0x7FF << 52)
    near_one = (anywhere & ~exponent) | (np.uint64(1023 - 16 << 52) + ((anywhere & np.uint64(31)) << np.uint64(52)))
    return np.concatenate([near, anywhere, near_one])


def patterns_of(source, stride):
    if source in ("f16", "bf16"):
        return np.arange(1 << 16, dtype=np.uint16)
    if source == "f64":
        return binary64_patterns()
    ends = [boundary_patterns(source, to) for to in DESTINATIONS]
    return np.concatenate([np.arange(0, 1 << 32, stride, dtype=np.uint64).astype(np.uint32), *ends])


def write_values(path, dtype_name, patterns):
    header = {"values": {"dtype": dtype_name, "shape": [len(patterns)], "data_offsets": [0, patterns.nbytes]}}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        patterns.tofile(file)


def read_values(path, dtype_name, dtype):
    with path.open("rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        if header["values"]["dtype"] != dtype_name:
            sys.exit(f"{path.name}: dtype {header['values']['dtype']}, expected {dtype_name}")
        return np.fromfile(file, dtype)


def assay_cast(assay, cast, folder):
    source, to, policy, rounding = cast
    output = folder / "codes.safetensors"
    output.unlink(missing_ok=True)
    command = [assay, "cast", "--from", source, "--to", to, "--policy", policy, "--rounding", rounding,
               folder / f"{source}.safetensors", "-o", output]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return read_values(output, DESTINATIONS[to][2], unsigned(DESTINATIONS[to][0]))


def evaluator(node, inputs, output):
    """The reference evaluator of a model of one node; inputs and output by name and type."""
    graph = helper.make_graph([node], "cast", [helper.make_tensor_value_info(*value, None) for value in inputs],
                              [helper.make_tensor_value_info(*output, None)])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)])
    return onnx.reference.ReferenceEvaluator(model)


def onnx_cast(source, to, saturate, rounding):
    attributes = {"round_mode": E8M0_ROUNDINGS[rounding]} if to == "e8m0" else {}
    node = helper.make_node("Cast", ["x"], ["y"], to=DESTINATIONS[to][1], saturate=saturate, **attributes)
    session = evaluator(node, [("x", SOURCES[source][1])], ("y", DESTINATIONS[to][1]))
    return lambda values: session.run(None, {"x": values})[0]


def onnx_quantize(source, to, saturate):
    """QuantizeLinear with a scale of 1, which is the cast alone."""
    node = helper.make_node("QuantizeLinear", ["x", "scale"], ["y"], output_dtype=DESTINATIONS[to][1],
                            saturate=saturate)
    kind = SOURCES[source][1]
    session = evaluator(node, [("x", kind), ("scale", kind)], ("y", DESTINATIONS[to][1]))
    scale = np.array(1, SOURCES[source][0])
    return lambda values: session.run(None, {"x": values, "scale": scale})[0]


def libraries(cast):
    """(name, function from values to codes) of all that the policy promises to equal."""
    source, to, policy, rounding = cast
    if policy == "ml_dtypes":
        yield "ml_dtypes", lambda values: values.astype(DESTINATIONS[to][0])
        return
    saturate = int(policy == "onnx_saturate")
    yield "onnx Cast", onnx_cast(source, to, saturate, rounding)
    if to != "e8m0" and source != "f64":  # QuantizeLinear has neither
        yield "onnx QuantizeLinear", onnx_quantize(source, to, saturate)


def casts_from(source):
    for to in DESTINATIONS:
        if to != source:
            yield source, to, "ml_dtypes", "rn"
    for policy in ("onnx_saturate", "onnx_nosaturate"):
        for to in ("e2m1", "e4m3", "e5m2"):
            yield source, to, policy, "rn"
        for rounding in E8M0_ROUNDINGS:
            yield source, "e8m0", policy, rounding


def first_difference(function, patterns, dtype, ours):
    """(number of differences, text on the first)."""
    count, text = 0, ""
    for start in range(0, len(patterns), CHUNK):
        part = patterns[start:start + CHUNK]
        with np.errstate(all="ignore"):
            theirs = function(part.view(dtype))
        theirs = theirs.view(unsigned(theirs.dtype))
        differs = np.flatnonzero(theirs != ours[start:start + CHUNK])
        if len(differs) and not count:
            i = differs[0]
            text = f", first at {part[i]:#x}: {ours[start + i]:#x}, library {theirs[i]:#x}"
        count += len(differs)
    return count, text


def compare_casts(assay, folder, stride):
    differences = 0
    for source, (dtype, _, dtype_name) in SOURCES.items():
        patterns = patterns_of(source, stride)
        write_values(folder / f"{source}.safetensors", dtype_name, patterns)
        for cast in casts_from(source):
            ours = assay_cast(assay, cast, folder)
            if len(ours) != len(patterns):
                sys.exit(f"{' '.join(cast)}: {len(ours)} codes for {len(patterns)} values")
            for name, function in libraries(cast):
                count, text = first_difference(function, patterns, dtype, ours)
                print(f"{' '.join(cast)}, {name}: {len(patterns)} inputs, {count} differences{text}", flush=True)
                differences += count
    return differences


def value_of(text):
    return float.fromhex(text) if "0x" in text else float(text)


def decoded(assay, to, codes):
    """All values, in pieces that fit on a command line."""
    values = []
    for start in range(0, codes, 4096):
        part = [hex(code) for code in range(start, min(start + 4096, codes))]
        done = subprocess.run([assay, "cast", "--decode", "--to", to, "--json", *part], check=True,
                              stdout=subprocess.PIPE, text=True)
        values += [value_of(entry["value"]) for entry in json.loads(done.stdout)["codes"]]
    return np.array(values)


def compare_decoding(assay):
    differences = 0
    for to, (dtype, kind, _, codes) in DESTINATIONS.items():
        ours = decoded(assay, to, codes)
        given = np.arange(codes, dtype=unsigned(dtype)).view(dtype)
        with np.errstate(all="ignore"):
            theirs = {"ml_dtypes": given.astype(np.float64)}
        if kind:
            node = helper.make_node("Cast", ["x"], ["y"], to=TensorProto.DOUBLE)
            session = evaluator(node, [("x", kind)], ("y", TensorProto.DOUBLE))
            theirs["onnx Cast"], = session.run(None, {"x": given})
        for name, values in theirs.items():
            equal = (ours == values) & (np.signbit(ours) == np.signbit(values))
            count = np.count_nonzero(~(equal | (np.isnan(ours) & np.isnan(values))))
            print(f"{to}, {name}: {codes} codes, {count} differences")
            differences += count
    return differences


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("assay", type=Path)
    parser.add_argument("--stride", type=int, default=61, help="every how many-th binary32 pattern (default 61)")
    arguments = parser.parse_args()
    assay = arguments.assay.resolve()
    with tempfile.TemporaryDirectory() as folder:
        differences = compare_casts(assay, Path(folder), arguments.stride)
    differences += compare_decoding(assay)
    print(f"{differences} differences (ml_dtypes {ml_dtypes.__version__}, onnx {onnx.__version__})")
    sys.exit(bool(differences))


if __name__ == "__main__":
    main()
