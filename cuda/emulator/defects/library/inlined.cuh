// SPDX-License-Identifier: Apache-2.0
// Functions that call one another, as libraries have them: a finding in them names the kernel's
// line.
#pragma once

__device__ __forceinline__ int element(const int* from, int i) {
  return from[i];
}
__device__ __forceinline__ int pair_sum(const int* from, int i) {
  return element(from, i) + element(from, i + 1);
}
