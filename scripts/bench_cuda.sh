#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Times of the MoE layer on this machine's GPU, beside what its memory gives a kernel that only reads, and one
# that copies, in the same run (docs/cuda_backend.md). Arguments go to assay_moe_bench: --tokens 1,8 --json F.
# Exit code 4 where there is no GPU. Nobody has run it on a Blackwell or Thor GPU yet; on the emulator
# (ASSAY_CUDA_DRIVER) it runs, but its times are of no device.
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

scripts/setup.sh
cmake --preset release
cmake --build --preset release --target assay_moe_bench
exec build/release/assay_moe_bench "$@"
