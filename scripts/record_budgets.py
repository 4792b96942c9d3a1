#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Records what the kernels' machine code consists of in cuda/kernels/budgets/FAMILY.json.

Usage: record_budgets.py [--assay build/ci/assay] [FAMILY...]

Reads the fat binaries beside the program (kernels/FAMILY.fatbin). Run it after a change of kernels or
compiler and look at the difference: the test kernel_budget_test fails until the new counts are recorded.
What is required of a kernel ("require") is written by hand and kept.
"""
import argparse
import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUDGETS = ROOT / "cuda/kernels/budgets"
# Recorded where they occur. LDL and STL are recorded always: 0 of them is the point.
OPCODES = ("DADD DFMA DMUL DSETP F2F F2FP F2I FADD FADD2 FCHK FFMA FFMA2 FMUL FMUL2 FRND HADD2 HFMA2 HMMA HMUL2 I2F "
           "IMMA MUFU QMMA ATOM ATOMG ATOMS BAR CALL LDG LDGDEPBAR LDGSTS LDS LDSM REDG REDUX SHFL STG STS "
           "UBLKCP").split()
AS_PTX = "DADD DFMA DMUL F2FP FADD FFMA FMUL HMMA".split()


def limits(kernel):
    counts = {opcode: kernel["opcodes"][opcode] for opcode in OPCODES if opcode in kernel["opcodes"]}
    resources = {name: kernel[name] for name in ("instructions", "registers", "shared_bytes", "stack_bytes")}
    return {**counts, "LDL": kernel["opcodes"].get("LDL", 0), "STL": kernel["opcodes"].get("STL", 0), **resources}


def histograms(assay, image):
    result = subprocess.run([assay, "lint", "--sass", "--json", image], capture_output=True, text=True, check=False)
    if result.returncode not in (0, 1):
        sys.exit(f"record_budgets: {image}: {result.stderr.strip()}")
    return [part for part in json.loads(result.stdout)["parts"] if part["kind"] == "cubin"]


def budget(assay, image, old):
    parts = histograms(assay, image)
    targets = {f"sm_{part['capability']}": {kernel["name"]: limits(kernel) for kernel in part["kernels"]}
               for part in parts}
    return {"schema": "assay.sass_budget/1", "compiler": parts[0]["compiler"],
            "identical_ptx": old.get("identical_ptx", True), "as_ptx": old.get("as_ptx", AS_PTX),
            "require": old.get("require", {}), "targets": targets}


def text(document):
    """JSON with a line for each kernel."""
    def entries(table, indent, write):
        inside = ",\n".join(f"{' ' * indent}{json.dumps(key)}: {write(value)}" for key, value in table.items())
        return f"{{\n{inside}\n{' ' * (indent - 1)}}}" if table else "{}"

    def field(key):
        if key == "require":
            return entries(document[key], 2, json.dumps)
        if key == "targets":
            return entries(document[key], 2, lambda kernels: entries(kernels, 3, json.dumps))
        return json.dumps(document[key])

    return entries({key: key for key in document}, 1, field) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--assay", type=pathlib.Path, default=ROOT / "build/ci/assay")
    parser.add_argument("families", nargs="*", metavar="FAMILY")
    options = parser.parse_args()
    images = sorted((options.assay.parent / "kernels").glob("*.fatbin"))
    if not images:
        sys.exit(f"record_budgets: no fat binary in {options.assay.parent / 'kernels'}")
    BUDGETS.mkdir(exist_ok=True)
    for image in images:
        if options.families and image.stem not in options.families:
            continue
        path = BUDGETS / f"{image.stem}.json"
        old = json.loads(path.read_text()) if path.exists() else {}
        path.write_text(text(budget(options.assay, image, old)))
        print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
