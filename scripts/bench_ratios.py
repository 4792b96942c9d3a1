#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints the lanes of one Google Benchmark report as ratios to the limit lane of the same run.

Usage: bench_ratios.py REPORT.json. A lane's limit is NAME_limit, else the report's one general limit
(streaming_limit, copy, eigen_binary64, fma_limit or warp_limit), at the same argument or without one. NAME may be
followed by a path (_avx512, _avx2, _portable). The last column is the ratio to NAME_cuda_header, a loop over NVIDIA's
host function, where there is one. Rates are medians of CPU-time rates.
"""
import json
import re
import sys

GENERAL_LIMITS = ("streaming_limit", "copy", "eigen_binary64", "fma_limit", "warp_limit")


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


def without_path(lane):
    return re.sub(r"_(avx512|avx2|portable)$", "", lane)


def limit_of(lane, lanes):
    if without_path(lane) + "_limit" in lanes:
        return without_path(lane) + "_limit"
    return next((limit for limit in GENERAL_LIMITS if limit in lanes), None)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        rates = medians(json.load(file))
    lanes = {lane for lane, _ in rates}
    print(f"{'lane':<30}{'argument':>10}{'G/s':>9}{'ratio':>9}  {'limit lane':<26}{'x header':>8}")
    for (lane, argument), rate in sorted(rates.items(), key=lambda item: (item[0][1].zfill(12), item[0][0])):
        limit = limit_of(lane, lanes)
        header = without_path(lane) + "_cuda_header"
        others = [(rates.get((key, argument), rates.get((key, ""))), digits)
                  for key, digits in ((limit, 2), (header, 1))]
        ratios = [f"{rate / other:.{digits}f}" if other else "-" for other, digits in others]
        print(f"{lane:<30}{argument:>10}{rate / 1e9:>9.3f}{ratios[0]:>9}  {limit or '-':<26}{ratios[1]:>8}")


if __name__ == "__main__":
    main()
