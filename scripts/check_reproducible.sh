#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Checks that vectors are the same bytes whatever generates them: the given program (g++ -O3; default
# build/release/assay) with two jobs against itself with one, and builds with g++ -O0 and clang++ -O2. Exit
# code 77, which ctest reports as skipped, where clang++ is not installed.
# Usage: scripts/check_reproducible.sh [ASSAY]
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

suites=(smoke tensorrt_sample adversarial cuda_edges casts quantize cuda_quantize)
work=build/reproducible
assay=$(realpath "${1:-build/release/assay}")

command -v clang++ >/dev/null || {
  echo "reproducible: skipped, clang++ is not installed (scripts/setup.sh --with-checks)"
  exit 77
}

# build NAME COMPILER FLAGS
build() {
  cmake -S . -B "$work/$1" -G Ninja -DCMAKE_CXX_COMPILER="$2" -DCMAKE_CXX_FLAGS="$3" \
    -DCMAKE_BUILD_TYPE=None -DASSAY_TESTS=OFF -DASSAY_BENCHMARKS=OFF -DASSAY_CUDA=OFF \
    -DASSAY_EMULATOR=OFF \
    >"$work/$1.log"
  cmake --build "$work/$1" --target assay >>"$work/$1.log" || { cat "$work/$1.log"; exit 1; }
}

# hashes PROGRAM JOBS: one line per generated file.
hashes() {
  local out="$work/vectors"
  rm -rf "$out"
  for suite in "${suites[@]}"; do
    "$1" generate "$suite" -o "$out" --jobs "$2" --quiet >/dev/null
  done
  (cd "$out" && find . -type f -print0 | sort -z | xargs -0 sha256sum)
}

# same PROGRAM JOBS
same() {
  hashes "$1" "$2" >"$work/actual"
  diff "$work/expected" "$work/actual" || die "$1 with $2 jobs: other bytes than $assay with 2"
}

mkdir -p "$work"
build gcc-O0 g++ -O0
# The one build of everything but tests by clang++, so its warnings count here.
build clang-O2 clang++ "-O2 -Werror"
hashes "$assay" 2 >"$work/expected"
[[ -s $work/expected ]] || die "no case was generated"
same "$assay" 1
same "$work/gcc-O0/assay" 2
same "$work/clang-O2/assay" 2
echo "reproducible: $(wc -l <"$work/expected") files are the same from every compiler and job count"
