#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Checks that vectors are the same bytes whatever generates them, those whose SHA-256 vectors/MANIFEST.json holds:
# the given program with one job, and a build with clang++ -O2. The tests sealed.*
# check the program of each preset: g++ -O3, and g++ -O1 with sanitizers. Exit code 77, which ctest reports as
# skipped, where clang++ is not installed.
# Usage: scripts/check_reproducible.sh ASSAY SUITE...
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

(($# > 1)) || die "usage: check_reproducible.sh ASSAY SUITE..."
assay=$(realpath "$1") suites=("${@:2}") build=build/reproducible

command -v clang++ >/dev/null || {
  echo "reproducible: skipped, clang++ is not installed (scripts/setup.sh --with-checks)"
  exit 77
}

# verify PROGRAM JOBS
verify() {
  local suite
  for suite in "${suites[@]}"; do
    "$1" verify "$suite" --jobs "$2" --quiet >/dev/null || die "$1 with $2 jobs: other bytes of suite $suite"
  done
}

mkdir -p "$build"
verify "$assay" 1
# The one build by clang++, of everything but tests and CUDA, so its warnings count here.
cmake -S . -B "$build" -G Ninja -DCMAKE_CXX_COMPILER=clang++ -DCMAKE_CXX_FLAGS="-O2 -Werror" -DCMAKE_BUILD_TYPE=None \
  -DASSAY_TESTS=OFF -DASSAY_BENCHMARKS=OFF -DASSAY_CUDA=OFF -DASSAY_EMULATOR=OFF >"$build/log"
cmake --build "$build" --target assay >>"$build/log" || { cat "$build/log"; exit 1; }
verify "$build/assay" 2
echo "reproducible: clang++ and one job make the bytes that the manifest records"
