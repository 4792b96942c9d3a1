// SPDX-License-Identifier: Apache-2.0
// What a defect's source says of itself in comments:
//   // LAUNCH: BLOCKS THREADS            how the kernel `defect` is launched
//   // FREED: a                          the buffer that the host frees before the launch
//   code;  // DEFECT: kind[, kind...]    findings of these kinds may name this line, and no others
//   may
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>

namespace assay::defects {

struct DefectSource {
  std::string name;
  unsigned blocks = 0, threads = 0;
  bool frees_a = false;
  std::map<int, std::set<std::string>> kinds;  // by line, from 1
};

// Throws std::runtime_error where the file cannot be read, is never launched or marks no line.
DefectSource read_defect_source(const std::filesystem::path& file);

}  // namespace assay::defects
