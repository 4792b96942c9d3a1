#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes copies of kernel sources, each with one seeded defect.

FAMILY.toml beside this script holds the defects of cuda/kernels/FAMILY.cu, a table each:
  what      the mistake, in words
  file      the file of cuda/kernels that it is in; FAMILY.cu where absent
  from, to  what is replaced by what, one text or a list of texts. White space counts as one blank.
            Each `from` must be in the file exactly once: a kernel that changed needs its defects looked at.
  survives  why no suite and no sanitizer can tell, where that is so
Usage: apply_defects.py --list | OUTPUT   (OUTPUT/FAMILY.DEFECT/cuda/kernels/FILE)
"""

import argparse
import re
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
KERNELS = HERE.parent


@dataclass
class Defect:
    family: str
    name: str  # FAMILY.DEFECT
    what: str
    file: str
    edits: list
    survives: str | None


def as_list(texts):
    return [texts] if isinstance(texts, str) else texts


def read(family, name, entry):
    edits = list(zip(as_list(entry["from"]), as_list(entry["to"]), strict=True))
    return Defect(family, f"{family}.{name}", entry["what"], entry.get("file", f"{family}.cu"), edits,
                  entry.get("survives"))


def defects():
    return [read(table.stem, name, entry) for table in sorted(HERE.glob("*.toml"))
            for name, entry in tomllib.loads(table.read_text()).items()]


def replaced(defect, text):
    for old, new in defect.edits:
        found = list(re.finditer(r"\s+".join(map(re.escape, old.split())), text))
        if len(found) != 1:
            sys.exit(f"{defect.name}: {len(found)} times instead of once in {defect.file}: {old}")
        text = text[:found[0].start()] + new + text[found[0].end():]
    return text


def write(defect, output):
    """Leaves a copy alone that is as it should be, so that only what changed is compiled again."""
    text = replaced(defect, (KERNELS / defect.file).read_text())
    copy = output / defect.name / "cuda/kernels" / defect.file
    if not copy.is_file() or copy.read_text() != text:
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--list", action="store_true", help="print NAME FAMILY FILE of each")
    parser.add_argument("output", type=Path, nargs="?")
    arguments = parser.parse_args()
    for defect in defects():
        if arguments.list:
            print(defect.name, defect.family, defect.file)
        else:
            write(defect, arguments.output)


if __name__ == "__main__":
    main()
