#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Holds what assay_tensor_core_probe recorded in a folder against the models of the device. Exit code 1: a row
# differs, which is what the probe is for; all files are judged all the same.
# Usage: compare_models.sh ASSAY FOLDER
set -uo pipefail
assay=$1 status=0
for options in "$2"/*.options; do
  # shellcheck disable=SC2046
  "$assay" tensorcore $(<"$options")
  code=$?
  ((code <= status)) || status=$code
done
exit "$status"
