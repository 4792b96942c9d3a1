// SPDX-License-Identifier: Apache-2.0
// Counters summed over launches, per kernel and per source line: what stands in for a profiler
// where there is no GPU. All are counts of what the PTX asks for, the same in every run; none is a
// time.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <map>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "cuda/emulator/execute/launch.hpp"

namespace assay::emulator {

inline constexpr std::size_t kOpClasses = static_cast<std::size_t>(OpClass::other) + 1;

// A line of the source, and the line that it was inlined at, if it was; without line information a
// line of PTX.
struct ProfiledLine {
  std::string file;  // empty: of PTX
  int line = 0;
  std::string inlined_at_file;  // empty: not inlined
  int inlined_at_line = 0;

  auto operator<=>(const ProfiledLine&) const = default;
  std::string text() const;        // both
  std::string place() const;       // "file.cu:12", "PTX line 40"
  std::string inlined_at() const;  // "file.cu:40", or empty
};

// Of a kernel or a line.
struct ProfiledCounts : PcCounters {
  std::array<std::uint64_t, kOpClasses> classes{};  // warp instructions, by OpClass

  void add(OpClass op_class, const PcCounters& counters);
};

struct KernelProfile {
  std::uint64_t launches = 0, blocks = 0, threads = 0;
  ProfiledCounts total;
  std::map<std::string, std::uint64_t> opcodes;  // warp instructions, by spelling
  std::map<ProfiledLine, ProfiledCounts> lines;
};

class Profile {
 public:
  // Of a launch under Options::profile that has ended.
  void add(const Launch& launch);
  bool empty() const { return kernels_.empty(); }
  std::string text() const;  // a table a kernel, then its most executed lines
  nlohmann::json json() const;

 private:
  std::map<std::string, KernelProfile> kernels_;
};

}  // namespace assay::emulator
