#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The MoE layer in numpy, written from docs/numerics.md and docs/vectors.md alone.

Reads a case file and writes a result file with every stage and the output. It shares no code with
the reference: where both agree, the page is complete.
"""

import argparse
import json
import os
import sys

# The products are small and cases run in parallel: BLAS threads would cost more than they save.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from numpy_bugs import BUGS
from numpy_case import Case, CaseError, read_tensors, write_tensors
from numpy_formats import quantize_weights_modelopt
from numpy_layer import CODE_STAGES, Layer

EXAMPLES = """examples:
  numpy_moe.py case.safetensors result.safetensors
  numpy_moe.py case.safetensors result.safetensors --bug swapped_nibbles
  numpy_moe.py --quantize weights.safetensors quantized.safetensors
  numpy_moe.py --list-bugs --json

exit codes: 0 done, 2 bad usage or bad file
"""


def run_case(src, dst, bug=None):
    layer = BUGS[bug]() if bug else Layer()
    write_tensors(dst, layer.run(Case(src)), CODE_STAGES)


def quantize_file(src, dst):
    """Each F32 tensor NAME [.., N, K] becomes NAME, NAME_scale and NAME_dbl_q_scale."""
    tensors, dtypes, _ = read_tensors(src)
    quantized = {}
    for name, weights in tensors.items():
        if dtypes[name] != "F32":
            raise CaseError(f"{name}: dtype {dtypes[name]}, must be F32")
        try:
            parts = quantize_weights_modelopt(weights)
        except ValueError as error:
            raise CaseError(f"{name}: {error}") from error
        quantized |= zip((name, f"{name}_scale", f"{name}_dbl_q_scale"), parts)
    write_tensors(dst, quantized, [f"{name}_scale" for name in tensors])


def list_bugs(as_json):
    bugs = [
        {"name": name, "first_stage": bug.first_stage, "description": bug.__doc__}
        for name, bug in BUGS.items()
    ]
    if as_json:
        print(json.dumps(bugs, indent=2))
        return
    for bug in bugs:
        print(f"{bug['name']:<22} {bug['first_stage']:<9} {bug['description']}")


def parse_arguments():
    parser = argparse.ArgumentParser(
        description="Computes a case with numpy: an independent second implementation.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("src", metavar="CASE", nargs="?", help="case file (.safetensors)")
    parser.add_argument("dst", metavar="RESULT", nargs="?", help="result file to write")
    parser.add_argument("--bug", metavar="NAME", choices=BUGS, help="compute with a known mistake")
    parser.add_argument(
        "--quantize",
        action="store_true",
        help="quantize the F32 tensors of CASE by recipe modelopt",
    )
    parser.add_argument(
        "--list-bugs", action="store_true", help="print name, first stage, description of each bug"
    )
    parser.add_argument("--json", action="store_true", help="with --list-bugs: print JSON")
    arguments = parser.parse_args()
    if not arguments.list_bugs and arguments.dst is None:
        parser.error("CASE and RESULT are required")
    return arguments


def main():
    arguments = parse_arguments()
    try:
        if arguments.list_bugs:
            list_bugs(arguments.json)
        elif arguments.quantize:
            quantize_file(arguments.src, arguments.dst)
        else:
            run_case(arguments.src, arguments.dst, arguments.bug)
    except (CaseError, OSError) as error:
        print(f"numpy_moe.py: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
