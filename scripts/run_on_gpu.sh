#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# For a machine with a Blackwell or Thor GPU: builds, judges the CUDA backend on the device with every suite
# that has operators of it (real_minilm where Python's packages are), records what the tensor cores make of
# rows that tell the models apart, measures, and packs one file to send back. Nobody has run it on such a GPU
# yet.
#
# Usage: run_on_gpu.sh [--emulated] [--binaries DIR] [--suites 'NAME ...'] [--output DIR]
#   --emulated   the emulator in the device's place: tries the script out, says nothing about a GPU
#   --binaries   programs that are built already (default: builds build/release)
#   --suites     default: all that the backend takes (not casts)
#   --output     folder of the report (default: build/gpu_report); DIR.tar.gz is made of it
# Exit codes: 0 all bits agree; 1 some do not, or a step failed (the report has it); 2 usage; 4 no device.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

target=cuda binaries="" output=build/gpu_report emulated=false failed=false
suites=()

usage() {
  say "run_on_gpu: $*; see the head of scripts/run_on_gpu.sh"
  exit 2
}

while (($# > 0)); do
  case $1 in
    --emulated) emulated=true ;;
    --binaries | --suites | --output)
      (($# > 1)) || usage "$1 needs a value"
      [[ $1 != --binaries ]] || binaries=$2
      [[ $1 != --suites ]] || read -ra suites <<<"$2"
      [[ $1 != --output ]] || output=$2
      shift
      ;;
    *) usage "unknown option $1" ;;
  esac
  shift
done

if [[ -z $binaries ]]; then
  scripts/setup.sh
  cmake --preset release
  cmake --build --preset release --target assay assay_cuda_emulator assay_moe_bench assay_tensor_core_probe
  binaries=build/release
fi
for program in assay assay_moe_bench assay_tensor_core_probe; do
  [[ -x $binaries/$program ]] || usage "no $program in $binaries (without --binaries this script builds it)"
done
if $emulated; then
  target=cuda:emulated
  ASSAY_CUDA_DRIVER=$(realpath "$binaries/libassay_cuda_emulator.so")
  export ASSAY_CUDA_DRIVER ASSAY_EMULATE_MMA=model
fi
if ((${#suites[@]} == 0)); then
  suites=(smoke tensorrt_sample adversarial cuda_edges quantize cuda_quantize production_shape)
  # shellcheck disable=SC2154
  if python_ready && "$python" scripts/real_minilm.py build/data/minilm_ffn.safetensors; then
    suites+=(real_minilm)
  else
    say "run_on_gpu: no Python packages (scripts/setup.sh), so suite real_minilm is left out"
  fi
fi
assay=$binaries/assay
rm -rf "$output" "$output.tar.gz"
mkdir -p "$output/suites" "$output/probe"

# step NAME COMMAND...: its output goes to a file of the report; a failure is noted, not the end.
step() {
  local name=$1 status=0
  shift
  say "run_on_gpu: $name"
  "$@" >"$output/$name.txt" 2>&1 || status=$?
  printf '%s %s\n' "$name" "$status" >>"$output/steps.txt"
  ((status == 0)) || failed=true
  return 0
}

machine() {
  date -u +%Y-%m-%dT%H:%M:%SZ
  uname -a
  cat /etc/os-release
  git rev-parse HEAD
  "$assay" info
  if command -v nvidia-smi >/dev/null; then nvidia-smi -q; else echo "no nvidia-smi"; fi
}

# A device runs these instructions for the first time: one that faults or hangs takes no other with it.
probe() {
  local name status=0
  for name in $("$binaries/assay_tensor_core_probe" --list); do
    timeout --kill-after=10 60 "$binaries/assay_tensor_core_probe" "$name" --output "$output/probe" || {
      echo "$name: exit code $?"
      status=1
    }
  done
  return "$status"
}

# A result that no model foresaw is what the probe is for: it fails nothing.
compare_with_models() {
  local code=0
  cuda/probe/compare_models.sh "$assay" "$output/probe" || code=$?
  ((code <= 1))
}

status=0
"$assay" check smoke --target "$target" -q >"$output/device.txt" 2>&1 || status=$?
if ((status == 4)); then
  cat "$output/device.txt" >&2
  exit 4
fi
step machine machine
for suite in "${suites[@]}"; do
  step "suite_$suite" "$assay" check "$suite" --target "$target" --report "$output/suites/$suite.json"
done
step probe probe
step probe_models compare_with_models
if $emulated; then
  step bench "$binaries/assay_moe_bench" --once --experts 4 --hidden 256 --intermediate 256 --top-k 2 --tokens 1,16
else
  step bench "$binaries/assay_moe_bench" --json "$output/bench.json"
fi

tar -czf "$output.tar.gz" -C "$(dirname "$output")" "$(basename "$output")"
cat "$output/steps.txt"
$emulated && say "run_on_gpu: this was the emulator; nothing here says anything about a GPU"
say "run_on_gpu: $output.tar.gz holds everything: send it back"
! $failed
