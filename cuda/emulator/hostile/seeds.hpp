// SPDX-License-Identifier: Apache-2.0
// The PTX files of hostile/seeds: small kernels that between them use every family of instructions.
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

namespace assay::emulator {

// By name: "memory", "warp".
inline std::map<std::string, std::string> seeds() {
  std::map<std::string, std::string> found;
  for (const auto& entry : std::filesystem::directory_iterator(ASSAY_HOSTILE_SEEDS)) {
    std::ifstream file(entry.path());
    found[entry.path().stem()] = {std::istreambuf_iterator<char>(file), {}};
  }
  return found;
}

inline std::vector<std::string> seed_texts() {
  std::vector<std::string> texts;
  for (const auto& [name, text] : seeds())
    texts.push_back(text);
  return texts;
}

}  // namespace assay::emulator
