#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Checks the form of the sources: clang-format 14 (other versions format differently), licence lines,
# line length, and the syntax of shell and Python. Exit code 77, which ctest reports as skipped, where
# clang-format-14 is not installed.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

command -v clang-format-14 >/dev/null || {
  echo "style: skipped, clang-format-14 is not installed (scripts/setup.sh --with-checks)"
  exit 77
}

# Files of the repository, committed or not; those just deleted are still in git's index.
files() {
  git ls-files --cached --others --exclude-standard -- "$@" | while IFS= read -r file; do
    [[ ! -f $file ]] || printf '%s\n' "$file"
  done
}

failed=false
complain() {
  [[ -z $2 ]] && return
  printf 'style: %s:\n%s\n' "$1" "$2"
  failed=true
}

mapfile -t cpp < <(files '*.cpp' '*.hpp' '*.h' '*.cu' '*.cuh')
mapfile -t shell < <(files '*.sh' .ci/run)
mapfile -t python_files < <(files '*.py')
mapfile -t cmake < <(files '*.cmake' '*CMakeLists.txt')
sources=("${cpp[@]}" "${shell[@]}" "${python_files[@]}" "${cmake[@]}")

complain "not formatted (clang-format-14 -i)" \
  "$(clang-format-14 --dry-run --Werror "${cpp[@]}" 2>&1 |
    sed -n 's/:[0-9]*:[0-9]*: error: .*//p' | sort -u)"
complain "no licence line in the first two lines" \
  "$(for file in "${sources[@]}"; do
    head -n 2 "$file" | grep -q 'SPDX-License-Identifier: Apache-2.0' || echo "$file"
  done)"
# Data pasted from elsewhere in string literals may be long, but not much.
complain "longer than 120 columns" "$(LC_ALL=C.UTF-8 grep -nE '^.{121,}' "${sources[@]}" || true)"
complain "shell syntax" "$(for file in "${shell[@]}"; do bash -n "$file" 2>&1 || true; done)"
complain "Python syntax" "$(for file in "${python_files[@]}"; do
  python3 -c 'import ast, sys; ast.parse(open(sys.argv[1]).read(), sys.argv[1])' "$file" 2>&1 || true
done)"

$failed && exit 1
echo "style: ${#sources[@]} files are in form"
