#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the suites with each defective kernel on the emulator: every defect is found, by a bit or by a
sanitizer, and docs/kernel_defects.md says by which. Without a defect nothing is found.

A defect that is marked as one that survives must do so: it shows that the rest is not found for nothing.
Usage: defects_test.py --judge ASSAY_DEFECTIVE --driver EMULATOR --kernels FOLDER [--write] [NAME...]
--write puts the table into the page instead of comparing them; names run those defects only.
"""

import argparse
import difflib
import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from apply_defects import Defect, defects

ROOT = Path(__file__).resolve().parents[3]
PAGE = ROOT / "docs/kernel_defects.md"
BEGIN, END = "<!-- written by cuda/kernels/defects/defects_test.py -->\n", "<!-- end -->\n"
SUITES = ("smoke", "adversarial")  # in this order, until one finds the defect


@dataclass
class Judge:
    program: Path
    driver: Path
    kernels: Path

    def check(self, suite, name):
        """The report on a suite with the kernels of a defect, and the emulator's findings."""
        with tempfile.TemporaryDirectory() as folder:
            findings = Path(folder, "findings.json")
            environment = {name: value for name, value in os.environ.items() if not name.startswith("ASSAY_")}
            environment |= {"ASSAY_CUDA_DRIVER": self.driver, "ASSAY_EMULATE_FINDINGS": findings,
                            "ASSAY_EMULATE_THREADS": "1", "ASSAY_DEFECTIVE_KERNELS": self.kernels / name}
            done = subprocess.run([self.program, "check", suite, "--target", "cuda:emulated:sm_110a", "-j1",
                                   "--json", "--quiet"], env=environment, capture_output=True, text=True, check=False)
            if not done.stdout or not findings.is_file():
                sys.exit(f"{name}: {suite} did not run: {done.stderr}")
            return json.loads(done.stdout), json.loads(findings.read_text())

    def first_found(self, name):
        """What finds the defect first, as a cell of the table; None where nothing does."""
        for suite in SUITES:
            report, findings = self.check(suite, name)
            failed = [case for case in report["cases"] if case["status"] in ("FAIL", "CRASH")]
            if failed:
                return describe(failed[0], findings)
            if findings:
                sys.exit(f"{name}: {suite} passed with findings: {findings}")
        return None


def describe(case, findings):
    if case["status"] == "FAIL":
        tensor = next(tensor for tensor in case["tensors"] if tensor["differing"])
        return (f"`{case['id']}`: {tensor['differing']} of {tensor['elements']} elements of {tensor['tensor']}, "
                f"first {tensor['first']['index']}")
    if not findings:
        return f"`{case['id']}`: {case['reason']}"
    finding = findings[0]
    return f"**{finding['kind']}** in `{finding['kernel']}`: `{finding['instruction']}` of {place(finding['at'])}"


def place(at):
    """The file and the text of the line: numbers would be out of date sooner."""
    path = Path(at["file"])
    return f"{path.name}, `{path.read_text().splitlines()[at['line'] - 1].strip()}`"


def row(defect, found):
    return f"| `{defect.name}` | {defect.what} | {found or 'nothing: ' + (defect.survives or '')} |\n"


def complain(defect, found):
    if not found and not defect.survives:
        return f"{defect.name} survives: {defect.what}"
    if found and defect.survives:
        return f"{defect.name} is marked as one that survives, but {found}"
    return None


def compare(table, is_written):
    page = PAGE.read_text()
    before, rest = page.split(BEGIN)
    old, after = rest.split(END)
    if is_written:
        PAGE.write_text(before + BEGIN + table + END + after)
    elif old != table:
        sys.stdout.writelines(difflib.unified_diff(old.splitlines(True), table.splitlines(True), str(PAGE), "found"))
        sys.exit(f"{PAGE.name} is out of date; the option --write updates it")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("judge", "driver", "kernels"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    judge = Judge(arguments.judge, arguments.driver, arguments.kernels)
    none = Defect("", "none", "no defect", "", [], "there is none")
    chosen = [defect for defect in [none, *defects()] if not arguments.names or defect.name in arguments.names]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        found = list(pool.map(lambda defect: judge.first_found(defect.name), chosen))
    rows = [row(defect, what) for defect, what in zip(chosen, found)]
    problems = list(filter(None, map(complain, chosen, found)))
    if arguments.names:
        sys.stdout.writelines(rows)
    if problems:
        sys.exit("\n".join(problems))
    if not arguments.names:
        compare("".join(["| defect | what is wrong | found by |\n", "|---|---|---|\n", *rows[1:]]), arguments.write)


if __name__ == "__main__":
    main()
