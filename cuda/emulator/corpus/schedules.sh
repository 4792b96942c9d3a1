#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs the corpus under shuffled schedules: correct kernels have the oracle's results and no finding
# whatever the order of warps and lanes. usage: schedules.sh EMULATOR_CORPUS SEEDS
set -euo pipefail

program=$1 seeds=$2
failed=()
for ((seed = 1; seed <= seeds; ++seed)); do
  ASSAY_EMULATE_SCHEDULE=fuzz:$seed "$program" --gtest_filter='O3.*' --gtest_brief=1 ||
    failed+=("$seed")
done
((${#failed[@]} == 0)) || {
  echo "schedules: failed with ASSAY_EMULATE_SCHEDULE=fuzz:SEED for SEED of ${failed[*]}"
  exit 1
}
echo "schedules: $seeds seeds, no finding, no difference"
