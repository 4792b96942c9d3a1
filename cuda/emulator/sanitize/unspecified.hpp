// SPDX-License-Identifier: Apache-2.0
// Instructions whose bits PTX leaves open (.approx, div.full, ...) and that a launch executed:
// hardware may give other bits. That is no defect, so it is a note and no finding.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "cuda/emulator/sanitize/code_place.hpp"

namespace assay::emulator {

class Launch;

// Makes the operations of which OpInfo::is_unspecified is set count their executions.
void count_unspecified(Program& program);

struct UnspecifiedUse {
  std::string instruction;  // "ex2.approx.f32"
  CodePlace at;
  std::uint64_t count = 0;  // warp instructions
};

// Of a launch that has ended, by PTX line.
std::vector<UnspecifiedUse> unspecified_uses(const Launch& launch);

// One sentence that names kernel, instructions and places; empty where there are none.
std::string unspecified_note(const std::string& kernel, const std::vector<UnspecifiedUse>& uses);
nlohmann::json to_json(const UnspecifiedUse& use);

}  // namespace assay::emulator
