#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints what scripts/run.sh found: a table of suites and targets, and the outputs of NVIDIA's sample.

Reads SUITE.TARGET.json reports (schema assay.report/1) and a result file; needs no packages.
Usage: summary.py REPORTS_FOLDER RESULT.safetensors
"""

import json
import struct
import sys
from pathlib import Path


def table(folder):
    """Header and rows: suite, cases, then the verdicts of each target."""
    reports = {tuple(path.name.split(".")[:2]): json.loads(path.read_text())
               for path in sorted(folder.glob("*.*.json"))}
    targets = sorted({target for _, target in reports}, reverse=True)
    yield ["suite", "cases", *targets]
    for suite in dict.fromkeys(suite for suite, _ in reports):
        of_suite = [reports.get((suite, target)) for target in targets]
        cases = max(len(report["cases"]) for report in of_suite if report)
        yield [suite, str(cases), *(verdicts(report) for report in of_suite)]


def verdicts(report):
    if report is None:
        return "-"
    statuses = [case["status"] for case in report["cases"]]
    return ", ".join(f"{statuses.count(status)} {status}" for status in dict.fromkeys(statuses))


def print_table(rows):
    widths = [max(map(len, column)) for column in zip(*rows)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())


def outputs(path):
    """The binary32 tensor `output` of a safetensors file."""
    data = path.read_bytes()
    start = 8 + struct.unpack_from("<Q", data)[0]
    begin, end = json.loads(data[8:start])["output"]["data_offsets"]
    return struct.unpack_from(f"<{(end - begin) // 4}f", data, start + begin)


def main():
    print_table(list(table(Path(sys.argv[1]))))
    values = outputs(Path(sys.argv[2]))
    print(f"\nNVIDIA's IMoELayer sample (all ones, top-4): {len(values)} outputs, "
          f"each {' or '.join(f'{value:.9g}' for value in sorted(set(values)))}")


if __name__ == "__main__":
    main()
