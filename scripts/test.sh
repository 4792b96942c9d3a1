#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds everything with warnings as errors and runs every test. Arguments go to ctest:
# scripts/test.sh -L unit
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

scripts/setup.sh
cmake --preset ci
cmake --build --preset ci
ctest --preset ci "$@"
