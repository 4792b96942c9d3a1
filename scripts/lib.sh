# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Sourced by the other scripts: strict mode, the repository root as the working folder, messages,
# and what scripts/setup.sh has prepared. Messages go to stderr; stdout is for results.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# shellcheck disable=SC2034
python=.venv/bin/python

say() { printf '%s\n' "$*" >&2; }
die() {
  say "$(basename "$0"): $*"
  exit 1
}

# The stamp that says: .venv holds what this requirements file asks for.
requirements_stamp() { printf '.venv/%s.sha256' "$(basename "$1")"; }

requirements_installed() {
  [[ -x $python && -f $(requirements_stamp "$1") ]] &&
    sha256sum --status --check "$(requirements_stamp "$1")"
}

python_ready() { requirements_installed scripts/requirements.txt; }
