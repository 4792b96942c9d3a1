#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints what scripts/run.sh found: a table of suites and targets, what computed on the emulated GPUs, and
the outputs of NVIDIA's sample.

Reads SUITE.TARGET.json reports (schema assay.report/1) and a result file; needs no packages.
Usage: summary.py REPORTS_FOLDER RESULT.safetensors
"""

import json
import struct
import sys
from pathlib import Path

FIRST_COLUMNS = ["reference", "numpy"]
# Words of the verdicts that are no failure; a weak one is exact, too, but proves little.
WORDS = {"PASS": "exact", "WEAK": "weak", "UNSUPPORTED": "unsupported"}


def read_reports(folder):
    """{(suite, column): report}; the column of an outside program is its file's word, else the target."""
    reports = {}
    for path in sorted(folder.glob("*.*.json")):
        suite, word = path.name.split(".")[:2]
        report = json.loads(path.read_text())
        reports[suite, word if report["target"].startswith("exec:") else report["target"]] = report
    return reports


def columns_of(reports):
    found = {column for _, column in reports}
    return [column for column in FIRST_COLUMNS if column in found] + sorted(found - {*FIRST_COLUMNS})


def table(reports):
    """Header and rows: suite, cases, then the verdicts of each target."""
    columns = columns_of(reports)
    yield ["suite", "cases", *columns]
    for suite in dict.fromkeys(suite for suite, _ in reports):
        of_suite = [reports.get((suite, column)) for column in columns]
        cases = max(len(report["cases"]) for report in of_suite if report)
        yield [suite, str(cases), *(verdicts(report) for report in of_suite)]


def verdicts(report):
    if report is None:
        return "-"
    statuses = [case["status"] for case in report["cases"]]
    counts = {status: statuses.count(status) for status in sorted(set(statuses))}
    parts = [f"{count} {WORDS.get(status, status)}" for status, count in counts.items()]
    return ", ".join(parts + ["incomplete"] * bool(report["remark"])) or "nothing"


def print_table(rows):
    widths = [max(map(len, column)) for column in zip(*rows)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())


def print_verdict(reports):
    statuses = [case["status"] for report in reports.values() for case in report["cases"]]
    wrong = sum(status not in WORDS for status in statuses)
    ran = len(statuses) - statuses.count("UNSUPPORTED")
    partial = sum(bool(report["remark"]) for report in reports.values())
    if wrong or partial:
        print(f"\nNOT EXACT: {wrong} of {ran} results, {partial} incomplete runs")
    else:
        print(f"\nAll exact: {ran} results")


def print_evidence(reports):
    """A line for each CUDA target, from one of its reports: all of them are one build."""
    for column in columns_of(reports):
        rows = [report["evidence"] for (_, of), report in reports.items() if of == column and report["evidence"]]
        if not rows:
            continue
        findings = sum(int(row.get("emulator_findings", 0)) for row in rows)
        print(f"{column}: {rows[0]['device']}, PTX {rows[0]['ptx']}, kernels {rows[0]['kernel_images_sha256'][:16]}, "
              f"{findings} findings")


def outputs(path):
    """The binary32 tensor `output` of a safetensors file."""
    data = path.read_bytes()
    start = 8 + struct.unpack_from("<Q", data)[0]
    begin, end = json.loads(data[8:start])["output"]["data_offsets"]
    return struct.unpack_from(f"<{(end - begin) // 4}f", data, start + begin)


def main():
    values = outputs(Path(sys.argv[2]))
    print(f"NVIDIA's IMoELayer sample (all ones, top-4): {len(values)} outputs, "
          f"each {' or '.join(f'{value:.9g}' for value in sorted(set(values)))}\n")
    reports = read_reports(Path(sys.argv[1]))
    print_evidence(reports)
    print_table(list(table(reports)))
    print_verdict(reports)


if __name__ == "__main__":
    main()
