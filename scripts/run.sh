#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# From a fresh clone to a verdict: prepares the machine, builds assay, generates every suite into
# build/vectors, judges the reference, the independent numpy implementations and the CUDA backend on three
# emulated devices, and prints a table. Exit code 1 when a target fails a case. Reports stay in
# build/reports.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

suites=(smoke tensorrt_sample adversarial cuda_edges production_shape casts quantize cuda_quantize)
# The numpy program of a suite: the layer's, unless it stands here. None computes every library's casts.
declare -A numpy_of=([casts]="" [quantize]=numpy_quantize.py [cuda_quantize]=numpy_quantize.py)
devices=(sm_100a sm_103a sm_110a)
assay=build/release/assay
with_numpy=false
failed=false

# check SUITE NAME TARGET
check() {
  "$assay" check "build/vectors/$1" --target "$3" --timeout-ms 240000 \
    --report "build/reports/$1.$2.json" || failed=true
}

# Says why where this build has no CUDA backend. Whatever else is wrong is the checks' to find.
has_cuda() {
  local reason status=0
  reason=$("$assay" check smoke --target cuda:emulated --filter '*/ties_mul/*' -q 2>&1 >/dev/null) ||
    status=$?
  ((status != 4)) || say "run: no emulated GPUs: ${reason#assay: error: }"
  ((status != 4))
}

scripts/setup.sh
cmake --preset release
cmake --build --preset release --target assay assay_cuda_emulator
has_cuda || devices=()

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
  [[ $suite != casts ]] || continue  # no operator of the CUDA backend
  for device in "${devices[@]}"; do
    check "$suite" "$device" "cuda:emulated:$device"
  done
done

"$assay" run "build/vectors/tensorrt_sample/all_ones/exact#1.safetensors" \
  -o build/tensorrt_sample.safetensors
python3 scripts/summary.py build/reports build/tensorrt_sample.safetensors
! $failed
