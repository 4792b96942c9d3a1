#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs a Python program with the packages of scripts/requirements.txt.
# Usage: scripts/python.sh PROGRAM ARGUMENT... Exit code 77 (skipped) without the packages.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

if ! python_ready; then
  say "skipped: .venv lacks the packages of scripts/requirements.txt (scripts/setup.sh installs them)"
  exit 77
fi
exec "$python" "$@"
