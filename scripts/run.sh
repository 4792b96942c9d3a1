#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# From a fresh clone to a verdict: prepares the machine, builds assay, generates every suite into
# build/vectors, judges the reference and the independent numpy implementations, and prints a table.
# Exit code 1 when a target fails a case. Reports stay in build/reports.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

suites=(smoke tensorrt_sample adversarial production_shape casts quantize)
# The numpy program of a suite: the layer's, unless it stands here. None computes every library's casts.
declare -A numpy_of=([casts]="" [quantize]=numpy_quantize.py)
assay=build/release/assay
with_numpy=false
failed=false

# check SUITE NAME TARGET
check() {
  "$assay" check "build/vectors/$1" --target "$3" --timeout-ms 240000 \
    --report "build/reports/$1.$2.json" || failed=true
}

scripts/setup.sh
cmake --preset release
cmake --build --preset release --target assay

if python_ready; then
  "$python" scripts/real_minilm.py build/data/minilm_ffn.safetensors
  suites+=(real_minilm)
  with_numpy=true
else
  say "run: no Python packages (scripts/setup.sh), so suite real_minilm and target numpy are left out"
fi

rm -rf build/vectors build/reports
mkdir -p build/reports
for suite in "${suites[@]}"; do
  "$assay" generate "$suite" -o build/vectors
  check "$suite" reference reference
  program=${numpy_of[$suite]-numpy_moe.py}
  if $with_numpy && [[ -n $program ]]; then
    check "$suite" numpy "exec:$python scripts/targets/$program"
  fi
done

"$assay" run "build/vectors/tensorrt_sample/all_ones/exact#1.safetensors" \
  -o build/tensorrt_sample.safetensors
python3 scripts/summary.py build/reports build/tensorrt_sample.safetensors
! $failed
