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
FORMATS = ("reference/result.hpp", "reference/ieee.hpp", "reference/multiversion.hpp", "reference/suggest.hpp",
           "reference/simd_path.hpp", "reference/simd_kernel.hpp", "reference/simd_test.hpp", "reference/streaming.hpp",
           "reference/format/")
# What may be known of the operator without its arithmetic: names, extents, contracts.
NAMES = ("reference/moe/stages.hpp", "reference/moe/shape.hpp", "reference/arithmetic/accumulation.hpp")
JUDGE = ("conformance/judge/", "conformance/report/", "conformance/suite/", "conformance/target/", "vectors/io/",
         *FORMATS, *NAMES)

# An outside oracle (MPFR, the C library) that tests may share: nothing of the reference is in it.
ORACLES = ("reference/arithmetic/silu_oracle.hpp",)

# Folder -> what its files may include. The longest folder that matches a file decides.
ALLOWED = {
    "reference/": FORMATS,
    "reference/arithmetic/": (*FORMATS, "reference/arithmetic/"),
    "reference/quantize/": (*FORMATS, "reference/arithmetic/", "reference/quantize/"),
    "reference/moe/": ("reference/",),
    "vectors/io/": ("vectors/io/", "reference/"),
    "vectors/": ("vectors/", "reference/"),
    "cuda/": ("cuda/", "vectors/io/", *FORMATS, *NAMES),
    "cuda/emulator/": ("cuda/", "vectors/io/", *FORMATS, "reference/arithmetic/"),
    "cuda/probe/": ("cuda/", "vectors/io/", *FORMATS, "reference/arithmetic/"),
    "conformance/": ("conformance/", "vectors/", "reference/"),
    "conformance/cli/": ("conformance/", "vectors/", "reference/", "cuda/"),
    "conformance/target/": ("conformance/", "vectors/", "reference/", "cuda/backend/", "cuda/kernels/", "cuda/audit/"),
    "conformance/judge/": JUDGE,
    "conformance/report/": JUDGE,
}
# Here the rule holds for what included files include, too; tests may build their cases as they like.
CLOSED = ("conformance/judge/", "conformance/report/", "cuda/")

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]')
SUFFIXES = {".hpp", ".h", ".cpp", ".cu", ".cuh", ".in"}


def rule_for(path):
    return max((folder for folder in ALLOWED if path.startswith(folder)), key=len)


def is_test(path):
    return re.search(r"_(test|bench)\.\w+$", path)


def allowed_for(source):
    if is_test(source):
        return ROOTS if source.startswith("conformance/") else (*ALLOWED[rule_for(source)], *ORACLES)
    return ALLOWED[rule_for(source)]


def includes(root, source):
    """(line number, included path) of the project's own headers, and of paths that dodge the rule."""
    for number, line in enumerate((root / source).read_text().splitlines(), 1):
        match = INCLUDE.match(line)
        if match and (match[1].startswith((*ROOTS, ".", "/")) or
                      (root / source).parent.joinpath(match[1]).is_file()):
            yield number, match[1]


def reach(root, source):
    """(line number, path, how it is reached) of all that `source` includes, directly or through others."""
    seen, queue = set(), [(number, path, path) for number, path in includes(root, source)]
    while queue:
        number, path, way = queue.pop()
        if path in seen:
            continue
        seen.add(path)
        yield number, path, way
        if source.startswith(CLOSED) and not is_test(source) and (root / path).is_file():
            queue += [(number, inner, f"{way} -> {inner}") for _, inner in includes(root, path)]


def findings(root):
    for top in ROOTS:
        for path in sorted((root / top).rglob("*")):
            if path.suffix not in SUFFIXES:
                continue
            source = path.relative_to(root).as_posix()
            for number, included, way in reach(root, source):
                if not included.startswith(ROOTS) or ".." in Path(included).parts:
                    yield f"{source}:{number}: includes {way}: write the path from the repository root"
                elif not included.startswith(allowed_for(source)):
                    allowed = ", ".join(allowed_for(source))
                    yield f"{source}:{number}: includes {way}: {rule_for(source)} may include only {allowed}"


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
    ("conformance/judge/d.cpp", "./reference/moe/run.hpp", False),
    ("conformance/judge/e_test.cpp", "reference/moe/run.hpp", True),
    ("vectors/io/through.hpp", "reference/moe/run.hpp", True),
    ("conformance/judge/f.cpp", "vectors/io/through17.hpp", False),
    ("vectors/io/b.cpp", "vectors/generate/generate.hpp", False),
    ("reference/arithmetic/a.cpp", "reference/moe/run.hpp", False),
    ("reference/format/a.cpp", "reference/arithmetic/silu.hpp", False),
    ("conformance/cli/b.cpp", "cuda/emulator/launch_file/session.hpp", True),
    ("conformance/target/a.cpp", "cuda/emulator/launch_file/session.hpp", False),
    ("conformance/target/b.cpp", "cuda/backend/moe_layer.hpp", True),
    ("conformance/report/b.cpp", "cuda/backend/moe_layer.hpp", False),
    ("cuda/kernels/c_test.cpp", "reference/arithmetic/silu_oracle.hpp", True),
    ("cuda/kernels/d.cpp", "reference/arithmetic/silu_oracle.hpp", False),
]


def self_test():
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for number, (source, included, _) in enumerate(SELF_TEST):
            path = root / source
            path.parent.mkdir(parents=True, exist_ok=True)
            stem = path.stem.replace("_test", f"{number}_test") if "_test" in path.stem else f"{path.stem}{number}"
            with path.with_stem(stem).open("w") as file:
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
