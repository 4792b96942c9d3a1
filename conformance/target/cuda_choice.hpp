// SPDX-License-Identifier: Apache-2.0
// What the spec of a CUDA target chooses: "cuda", "cuda:emulated", "cuda:emulated:sm_100a".
#pragma once

#include <string>
#include <vector>

#include "reference/result.hpp"

namespace assay {

struct CudaChoice {
  bool is_emulated = false;
  std::string device;  // one of emulated_devices(); empty: ASSAY_EMULATE_SM decides, else sm_110a

  std::string spec() const;
};

// The devices that the emulator can be (docs/emulator_driver.md): "sm_100a", ...
const std::vector<std::string>& emulated_devices();

// `argument` is what follows "cuda:" in the spec, or empty. Error (usage): anything else, with what
// it may be.
Result<CudaChoice> parse_cuda_choice(const std::string& argument);

}  // namespace assay
