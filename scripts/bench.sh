#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs the benchmarks, lanes interleaved in one process, and prints each lane as a ratio to its limit lane of the
# same run. Absolute times on shared machines mean little. Arguments filter programs:
# scripts/bench.sh cast silu
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

scripts/setup.sh
cmake --preset release
cmake --build --preset release
export OMP_WAIT_POLICY=passive
mkdir -p build/reports
for program in build/release/bench/*_bench; do
  name=$(basename "$program" _bench)
  if [[ $# -gt 0 && " $* " != *" $name "* ]]; then continue; fi
  "$program" --benchmark_enable_random_interleaving=true --benchmark_repetitions=5 \
    --benchmark_report_aggregates_only=true --benchmark_format=json \
    >"build/reports/$name.bench.json"
  python3 scripts/bench_ratios.py "build/reports/$name.bench.json"
done
