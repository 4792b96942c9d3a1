#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Judges the kernels under shuffled schedules and each policy for asynchronous copies: the bits are
# the vectors' and the emulator finds nothing, whatever the order of blocks, warps, lanes and copies.
# usage: schedules.sh ASSAY SEEDS CASES [OPTION...]   (ASSAY_CUDA_DRIVER names the emulator)
set -euo pipefail

assay=$1 seeds=$2
shift 2
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
export ASSAY_EMULATE_FINDINGS=$folder/findings.json

# True where every case passes and the file of findings, which the driver writes, has none.
passes() {
  rm -f "$ASSAY_EMULATE_FINDINGS"
  "$assay" check "$@" --target cuda:emulated:sm_110a --quiet >"$folder/report.txt" &&
    [[ $(<"$ASSAY_EMULATE_FINDINGS") == "[]" ]]
}

for ((seed = 1; seed <= seeds; ++seed)); do
  for async in eager lazy "random:$seed"; do
    export ASSAY_EMULATE_SCHEDULE=fuzz:$seed ASSAY_EMULATE_ASYNC=$async
    passes "$@" || {
      cat "$folder/report.txt"
      echo "schedules: failed with ASSAY_EMULATE_SCHEDULE=fuzz:$seed ASSAY_EMULATE_ASYNC=$async"
      exit 1
    }
  done
done
echo "schedules: $seeds seeds, three policies for copies: no finding, no difference"
