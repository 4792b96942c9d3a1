#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Writes vectors/boundaries/ anew: the boundary certificates of all casts from binary32, binary16 and
# bfloat16 to formats of at most 8 bits, one file for all policies that share their rules.
# Usage: scripts/boundaries.sh ASSAY
(($# == 1)) && assay=$(realpath "$1")
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
[[ -x ${assay:-} ]] || die "usage: scripts/boundaries.sh ASSAY"

folder=vectors/boundaries
# Lines of destination, policy and rounding.
casts=$("$assay" info formats --json | python3 -c '
import json, sys
for format in json.load(sys.stdin):
    for policy, roundings in format["policies"].items() if format["bytes"] == 1 else ():
        for rounding in roundings:
            print(format["name"], policy, rounding)')

rm -rf "$folder"
mkdir -p "$folder"/{f32,f16,bf16}
while read -r to policy rounding; do
  for from in f32 f16 bf16; do
    certificate=$("$assay" cast --boundaries --from "$from" --to "$to" --policy "$policy" \
      --rounding "$rounding")
    first_policy=$(sed -n 's/^"policies": \["\([a-z0-9_]*\)".*/\1/p' <<<"$certificate")
    printf '%s\n' "$certificate" >"$folder/$from/$to.$first_policy.$rounding.json"
  done
done <<<"$casts"
say "$(find "$folder" -name '*.json' | wc -l) files in $folder"
