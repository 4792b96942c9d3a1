#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks who includes whom: the arrows that keep the judge independent of what it judges.

The reference knows nobody; vectors are made from the reference; the CUDA code shares no arithmetic with
the reference, or one bug would pass on both sides; the judge gets expected bits from vectors only.
Usage: check_layering.py [ROOT] | --self-test
"""

import re
import sys
import tempfile
from pathlib import Path

ROOTS = ("reference/", "vectors/", "cuda/", "conformance/")
JUDGE = ("conformance/", "vectors/io/", "reference/result.hpp", "reference/moe/stages.hpp",
         "reference/format/")

# Folder -> what its files may include. The longest folder that matches a file decides.
ALLOWED = {
    "reference/": ("reference/",),
    "vectors/": ("vectors/", "reference/"),
    "cuda/": ("cuda/", "vectors/io/", "reference/format/"),
    "cuda/emulator/": ("cuda/", "vectors/io/", "reference/format/", "reference/arithmetic/"),
    "conformance/": ("conformance/", "vectors/", "reference/"),
    "conformance/judge/": JUDGE,
    "conformance/report/": JUDGE,
}

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]')
SUFFIXES = {".hpp", ".h", ".cpp", ".cu", ".cuh", ".in"}


def rule_for(path):
    return max((folder for folder in ALLOWED if path.startswith(folder)), key=len)


def problem(root, source, included):
    """Why `source` may not include `included`, or None."""
    if ".." in Path(included).parts or (root / source).parent.joinpath(included).is_file():
        return "write the path from the repository root"
    if not included.startswith(ROOTS):
        return None
    folder = rule_for(source)
    if included.startswith(ALLOWED[folder]):
        return None
    return f"{folder} may include only {', '.join(ALLOWED[folder])}"


def findings(root):
    for top in ROOTS:
        for path in sorted((root / top).rglob("*")):
            if path.suffix not in SUFFIXES:
                continue
            source = path.relative_to(root).as_posix()
            for number, line in enumerate(path.read_text().splitlines(), 1):
                match = INCLUDE.match(line)
                reason = match and problem(root, source, match[1])
                if reason:
                    yield f"{source}:{number}: includes {match[1]}: {reason}"


# Source file, what it includes, whether that is allowed.
SELF_TEST = [
    ("reference/moe/a.cpp", "reference/format/e4m3.hpp", True),
    ("reference/moe/a.cpp", "vector", True),
    ("reference/moe/b.cpp", "vectors/io/tensor.hpp", False),
    ("reference/moe/c.hpp", "conformance/judge/judge.hpp", False),
    ("vectors/generate/a.cpp", "reference/moe/run.hpp", True),
    ("vectors/generate/b.cpp", "cuda/backend/plan.hpp", False),
    ("cuda/kernels/a.cu", "reference/arithmetic/silu.hpp", False),
    ("cuda/kernels/b.cu", "reference/format/e4m3.hpp", True),
    ("cuda/emulator/a.cpp", "reference/arithmetic/tensor_core.hpp", True),
    ("cuda/emulator/b.cpp", "reference/moe/run.hpp", False),
    ("conformance/judge/a.cpp", "reference/moe/run.hpp", False),
    ("conformance/judge/b.cpp", "reference/moe/stages.hpp", True),
    ("conformance/judge/c.cpp", "vectors/generate/generate.hpp", False),
    ("conformance/report/a.cpp", "../../reference/moe/run.hpp", False),
    ("conformance/cli/a.cpp", "reference/moe/run.hpp", True),
]


def self_test():
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for number, (source, included, _) in enumerate(SELF_TEST):
            path = root / source
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.with_stem(f"{path.stem}{number}").open("w") as file:
                file.write(f"#pragma once\n#  include <{included}>\n")
        found = sorted(line.split(":")[0] for line in findings(root))
        expected = sorted(f"{source.rsplit('.', 1)[0]}{number}.{source.rsplit('.', 1)[1]}"
                          for number, (source, _, allowed) in enumerate(SELF_TEST) if not allowed)
    if found != expected:
        sys.exit(f"self-test: expected findings in {expected}, got {found}")


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent.parent).resolve()
    found = list(findings(root))
    print("\n".join(found) or "layering: every include follows the arrows")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
