#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Holds recorded rows against the models: every line of FILE is the options of `assay tensorcore`. A row that no
# model foresaw is what the probe is for: exit code 1, and the other lines are still judged.
# Usage: ASSAY=.../assay compare_models.sh FILE...
set -uo pipefail
status=0
while read -r options; do
  # shellcheck disable=SC2086
  "${ASSAY:-assay}" tensorcore $options
  code=$?
  ((code <= status)) || status=$code
done < <(cat "$@")
exit "$status"
