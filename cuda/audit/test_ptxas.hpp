// SPDX-License-Identifier: Apache-2.0
// For tests: ptxas, where it is on PATH, as the outside oracle of what is legal and what machine
// code is made of.
#pragma once

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "vectors/io/test_support.hpp"

namespace assay::audit {

inline bool has_ptxas() {
  static const bool found = std::system("ptxas --version >/dev/null 2>&1") == 0;
  return found;
}

// A module with one kernel k(u64 o), which declares registers p0-7 (pred), c0-7 (b8), h0-39 (b16),
// r0-39 (b32), d0-39 (b64), q0-3 (b128), f0-39 (f32), g0-19 (f64).
inline std::string probe_module(const std::string& target, const std::string& body) {
  return fmt::format(
      ".version 9.0\n.target {}\n.address_size 64\n.visible .entry k(.param .u64 o)\n{{\n"
      ".reg .pred p<8>; .reg .b8 c<8>; .reg .b16 h<40>; .reg .b32 r<40>; .reg .b64 d<40>;\n"
      ".reg .b128 q<4>; .reg .f32 f<40>; .reg .f64 g<20>;\n{}\nret;\n}}\n",
      target, body);
}

// The cubin; nothing where ptxas refuses. `options`: " -fmad=false".
inline std::optional<std::vector<std::uint8_t>> assemble(const std::string& target,
                                                         const std::string& ptx,
                                                         const std::string& options = {}) {
  const TemporaryFolder folder = test_folder();
  const std::string source = folder / "k.ptx", cubin = folder / "k.cubin";
  std::ofstream(source) << ptx;
  const std::string command =
      fmt::format("ptxas -arch {}{} '{}' -o '{}' >/dev/null 2>&1", target, options, source, cubin);
  if (std::system(command.c_str()) != 0) return std::nullopt;
  std::ifstream file(cubin, std::ios::binary);
  return std::vector<std::uint8_t>(std::istreambuf_iterator<char>(file), {});
}

// Loads registers r0-7, f0-3, h0-3, d1-3, g1-2 and p0 from memory, so that probes have inputs.
inline constexpr const char* kProbeInputs =
    "ld.param.u64 d0,[o]; cvta.to.global.u64 d0,d0; ld.global.v2.u64 {d1,d2},[d0];\n"
    "ld.global.u64 d3,[d0+16]; ld.global.v4.u32 {r0,r1,r2,r3},[d0+32];\n"
    "ld.global.v4.u32 {r4,r5,r6,r7},[d0+48]; ld.global.v4.f32 {f0,f1,f2,f3},[d0+64];\n"
    "ld.global.v4.u16 {h0,h1,h2,h3},[d0+80]; ld.global.v2.f64 {g1,g2},[d0+96];\n"
    "setp.ne.u32 p0,r7,0;\n";

}  // namespace assay::audit
