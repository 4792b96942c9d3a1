// SPDX-License-Identifier: Apache-2.0
// What assay emulate prints.
#pragma once

#include <cstddef>
#include <string>

#include "cuda/emulator/launch_file/session.hpp"

namespace assay::cli {

struct EmulateReport {
  const emulator::Session& session;
  const emulator::Options& options;
  std::string output{}, sha256{};  // of the file that was written; empty: none
  std::size_t tensors = 0;
};

void print_text(const EmulateReport& report);
void print_json(const EmulateReport& report);

}  // namespace assay::cli
