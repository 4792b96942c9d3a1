// SPDX-License-Identifier: Apache-2.0
// libFuzzer target of execution: no PTX may crash the emulator, or read or write outside of its
// allocations. Build with clang, -DASSAY_FUZZ=ON -DASSAY_SANITIZE=address,undefined; seeds are PTX
// files: those of cuda/emulator/hostile/seeds, and the corpus.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "cuda/emulator/hostile/hostile_run.hpp"
#include "cuda/emulator/hostile/mutator.hpp"
#include "cuda/emulator/hostile/seeds.hpp"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned int seed) {
  using namespace assay::emulator;
  static const PtxMutator mutator(seed_texts());
  if (seed % 16 == 0) return LLVMFuzzerMutate(data, size, max_size);
  const std::string text = mutator.mutate({reinterpret_cast<const char*>(data), size}, seed);
  const std::size_t bytes = std::min(text.size(), max_size);
  std::memcpy(data, text.data(), bytes);
  return bytes;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto outcome = assay::emulator::run_hostile({reinterpret_cast<const char*>(data), size});
  if (outcome.breach.empty()) return 0;
  std::fprintf(stderr, "%s\n", outcome.breach.c_str());
  std::abort();
}
