#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Judges each defective kernel on the emulator: every defect is found, by a bit or by a sanitizer, in the
case that docs/kernel_defects.md names, and without a defect nothing is found.

A defect that is marked as one that survives must pass every suite: it shows that the rest is not found
for nothing. Where that case does not find it, or there is no row, the suites are searched.
Usage: defects_test.py --judge ASSAY_DEFECTIVE --driver EMULATOR --kernels FOLDER [--write] [NAME...]
--write puts the table into the page instead of comparing them; names print the rows of those defects.
"""

import argparse
import difflib
import json
import os
import re
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
# In this order, until one finds the defect.
MOE_SUITES = ("smoke", "cuda_edges", "adversarial")
QUANTIZE_SUITES = ("cuda_quantize",)
HEAD = "| defect | what is wrong | found by |\n|---|---|---|\n"
NONE = Defect("", "none", "no defect", "", [], "there is none")


@dataclass
class Judge:
    program: Path
    driver: Path
    kernels: Path

    def check(self, name, suite, *options):
        """The cases of a suite with the kernels of a defect, and the emulator's findings."""
        with tempfile.TemporaryDirectory() as folder:
            findings = Path(folder, "findings.json")
            environment = {key: value for key, value in os.environ.items() if not key.startswith("ASSAY_")}
            environment |= {"ASSAY_CUDA_DRIVER": self.driver, "ASSAY_EMULATE_FINDINGS": findings,
                            "ASSAY_EMULATE_THREADS": "1", "ASSAY_DEFECTIVE_KERNELS": self.kernels / name}
            done = subprocess.run([self.program, "check", suite, "--target", "cuda:emulated:sm_110a", "-j1",
                                   "--json", "--quiet", *options],
                                  env=environment, capture_output=True, text=True, check=False)
            if not done.stdout or not findings.is_file():
                sys.exit(f"{name}: {suite} did not run: {done.stderr}")
            return json.loads(done.stdout)["cases"], json.loads(findings.read_text())

    def search(self, defect):
        """The case that finds the defect, in the first suite that does; None where none does."""
        for suite in suites_of(defect):
            cases, findings = self.check(defect.name, suite)
            failed = [case for case in cases if case["status"] in ("FAIL", "CRASH")]
            if failed:
                return max(failed, key=part_that_differs)["id"]
            if findings:
                sys.exit(f"{defect.name}: {suite} passed with findings: {findings}")
        return None

    def found(self, name, case_id):
        """What finds the defect in a case, as a cell of the table; None where nothing does."""
        cases, findings = self.check(name, case_id.split("/")[0], "--filter", case_id)
        if cases[0]["status"] == "FAIL":
            return f"`{case_id}`: {difference(cases[0])}"
        if cases[0]["status"] == "CRASH" and findings:
            return f"`{case_id}`: {text_of(findings[0])}"
        return None


def suites_of(defect):
    if defect is NONE:
        return MOE_SUITES + QUANTIZE_SUITES
    return MOE_SUITES if defect.family.startswith("moe_") else QUANTIZE_SUITES


def first_tensor(case):
    """None where the result was not compared, as where padding is not zero."""
    return next((tensor for tensor in case["tensors"] if tensor["differing"]), None)


def difference(case):
    tensor = first_tensor(case)
    if not tensor:
        return case["reason"]
    count = f"{tensor['differing']} of {tensor['elements']} elements of {tensor['tensor']}"
    return f"{count}, first {tensor['first']['index']}"


def part_that_differs(case):
    """Wrong bits show on a device, too: a case that ends with a finding is chosen where no other fails."""
    tensor = first_tensor(case)
    return tensor["differing"] / tensor["elements"] if tensor else 0


def text_of(finding):
    """With the text of the line: its number would be out of date sooner."""
    path = Path(finding["at"]["file"])
    line = path.read_text().splitlines()[finding["at"]["line"] - 1].strip()
    return f"**{finding['kind']}** in `{finding['kernel']}`, `{finding['instruction']}`, {path.name}: `{line}`"


def row(defect, found):
    text = found or "nothing: " + (defect.survives or "")
    return f"| `{defect.name}` | {defect.what} | {text.replace('|', chr(92) + '|')} |\n"


def table_of(page):
    return page.split(BEGIN)[1].split(END)[0]


def named_cases(table):
    return dict(re.findall(r"^\| `(\S+)` \|[^|]*\| `(\w+/\S+)`: ", table, re.MULTILINE))


def complain(defect, found):
    if not found and not defect.survives:
        return f"{defect.name} survives: {defect.what}"
    if found and defect.survives:
        return f"{defect.name} is marked as one that survives, but {found}"
    return None


def compare(table):
    old = table_of(PAGE.read_text())
    if old != table:
        sys.stdout.writelines(difflib.unified_diff(old.splitlines(True), table.splitlines(True), str(PAGE), "found"))
        sys.exit(f"{PAGE.name} is out of date; the option --write updates it")


def run(judge, chosen, known):
    def find(defect):
        if defect.name in known and (found := judge.found(defect.name, known[defect.name])):
            return found
        case_id = judge.search(defect)
        return case_id and judge.found(defect.name, case_id)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(find, chosen))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("judge", "driver", "kernels"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    page = PAGE.read_text()
    chosen = [defect for defect in [NONE, *defects()] if not arguments.names or defect.name in arguments.names]
    judge = Judge(arguments.judge, arguments.driver, arguments.kernels)
    found = run(judge, chosen, named_cases(table_of(page)))
    rows = [row(*pair) for pair in zip(chosen, found) if pair[0] is not NONE]
    if problems := list(filter(None, map(complain, chosen, found))):
        sys.exit("\n".join(problems))
    if arguments.names:
        sys.stdout.writelines(rows)
    elif arguments.write:
        PAGE.write_text(page.replace(BEGIN + table_of(page), BEGIN + HEAD + "".join(rows)))
    else:
        compare(HEAD + "".join(rows))


if __name__ == "__main__":
    main()
