#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints the lanes of one Google Benchmark report as ratios to the limit lane of the same run.

Usage: bench_ratios.py REPORT.json. A lane's limit is NAME_limit, else the report's one general limit
(streaming_limit, copy, or eigen_binary64), at the same argument. Rates are medians of CPU-time rates.
"""
import json
import re
import sys

GENERAL_LIMITS = ("streaming_limit", "copy", "eigen_binary64")


def medians(report):
    """{(lane, argument): rate}."""
    rates = {}
    for run in report["benchmarks"]:
        if run.get("aggregate_name") != "median":
            continue
        lane, _, argument = run["run_name"].rpartition("/") if re.search(r"/\d+$", run["run_name"]) else (
            run["run_name"], "", "")
        lane = re.sub(r"^\w+<(\w+)>$|^(?:run|layer)/", lambda m: m.group(1) or "", lane)
        rates[lane, argument] = run.get("items_per_second") or run.get("MAC/s")
    return rates


def limit_of(lane, lanes):
    if lane + "_limit" in lanes:
        return lane + "_limit"
    return next((limit for limit in GENERAL_LIMITS if limit in lanes), None)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        rates = medians(json.load(file))
    lanes = {lane for lane, _ in rates}
    print(f"{'lane':<28}{'argument':>10}{'G/s':>9}{'ratio':>9}  limit lane")
    for (lane, argument), rate in rates.items():
        limit = limit_of(lane, lanes)
        ratio = f"{rate / rates[limit, argument]:.2f}" if (limit, argument) in rates else "-"
        print(f"{lane:<28}{argument:>10}{rate / 1e9:>9.3f}{ratio:>9}  {limit or '-'}")


if __name__ == "__main__":
    main()
