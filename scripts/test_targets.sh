#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Tests of the outside implementation: its own, then the judge on it and on its bugs.
# Usage: scripts/test_targets.sh ASSAY. Exit code 77 (skipped) without its Python packages.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

if ! python_ready; then
  say "skipped: .venv lacks the packages of scripts/requirements.txt (scripts/setup.sh installs them)"
  exit 77
fi
mkdir -p build/data
"$python" scripts/real_minilm.py build/data/minilm_ffn.safetensors
"$python" -m unittest discover -s scripts/targets -p '*_test.py'
"$python" conformance/cli/numpy_target_test.py "$1" "$python"
