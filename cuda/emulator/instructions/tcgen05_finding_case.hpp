// SPDX-License-Identifier: Apache-2.0
// For tests of the findings of tcgen05.mma: multiplications that are allowed, of zeros, and what
// becomes of them when a register is changed before.
#pragma once

#include "cuda/emulator/instructions/tcgen05_mma_case.hpp"

namespace assay::emulator {

inline MmaCase f16_case() {
  return {.kind = "f16", .scale_vector = ""};
}

inline MmaCase nvfp4_case() {
  MmaCase c{.kind = "mxf4nvf4", .scale_vector = ".scale_vec::4X"};
  c.a = c.b = Format::e2m1;
  c.k = 64;
  c.scales = 4;
  c.scale = Format::ue4m3;
  return c;
}

inline MmaCase scaled_case(const std::string& kind, const std::string& vector, std::size_t scales) {
  MmaCase c = nvfp4_case();
  c.kind = kind;
  c.scale_vector = vector;
  c.scales = scales;
  c.scale = Format::e8m0;
  if (kind == "mxf8f6f4") c.k = 32;
  return c;
}

inline TensorOutcome run(const MmaCase& c, const MmaText& text) {
  return MmaKernel(c, text).run(MmaMemory(c));
}

struct Change {
  MmaCase mma;
  std::string before;
  FindingKind kind;
  std::string part;
};

inline void expect_changes(const std::vector<Change>& changes) {
  for (const Change& change : changes) {
    MmaText text;
    text.before = change.before;
    expect_finding(run(change.mma, text), change.kind, change.part);
  }
}

inline std::string flip(const std::string& reg, std::uint64_t bits) {
  return reg.starts_with("%rd") ? fmt::format("xor.b64 {0}, {0}, {1:#x};", reg, bits)
                                : fmt::format("xor.b32 {0}, {0}, {1:#x};", reg, bits);
}

inline constexpr FindingKind kInvalid = FindingKind::invalid_tcgen05;
inline constexpr FindingKind kUnsupported = FindingKind::unsupported;

}  // namespace assay::emulator
