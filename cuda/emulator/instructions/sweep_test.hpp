// SPDX-License-Identifier: Apache-2.0
// For tests: all 2^32 words (every 1021st chunk of them under a sanitizer) through a kernel, chunk
// by chunk on all cores.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include <tbb/enumerable_thread_specific.h>
#include <tbb/parallel_for.h>

#include "cuda/emulator/test_kernel.hpp"

namespace assay::emulator {

inline constexpr std::uint64_t kChunk = 1 << 20;  // inputs of a launch
inline constexpr std::uint64_t kChunks = (std::uint64_t{1} << 32) / kChunk;
// Every how manieth chunk is taken: all, unless a sanitizer makes that too slow or ASSAY_SWEEP_STEP
// says otherwise.
inline std::uint64_t sweep_step() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return 1021;
#else
  const char* const step = std::getenv("ASSAY_SWEEP_STEP");
  return step == nullptr ? 1 : std::strtoull(step, nullptr, 10);
#endif
}
inline constexpr std::uint32_t kRounds = 64, kSweepBlock = 256;

// A thread's work on `inputs` words a round: `instructions`, of %r10, %r11, ..., then what stores
// their results at [%rd1], of `bytes` bytes.
inline std::string sweep_body(const std::string& instructions, std::uint32_t inputs,
                              std::uint32_t bytes) {
  const std::uint32_t threads = kChunk / inputs / kRounds;
  std::string round;
  for (std::uint32_t i = 0; i < inputs; ++i)
    round += fmt::format("add.u32 %r{}, %r0, {};\n", 10 + i, i);
  return fmt::format(R"(
  ld.global.u32 %r0, [%in0];
  mad.lo.u32 %r0, %i, {0}, %r0;
  mul.wide.u32 %rd1, %i, {1};
  add.u64 %rd1, %out0, %rd1;
  mov.u32 %r1, 0;
round:
{2}
  add.u32 %r0, %r0, {3};
  add.u64 %rd1, %rd1, {4};
  add.u32 %r1, %r1, 1;
  setp.lt.u32 %p1, %r1, {5};
  @%p1 bra round;
)",
                     inputs, bytes, round + instructions, threads * inputs, threads * bytes,
                     kRounds);
}

// One worker's device.
class Sweeper {
 public:
  Sweeper(const std::string& instructions, std::uint32_t inputs, std::uint32_t bytes)
      : kernel_(sweep_body(instructions, inputs, bytes)),
        blocks_(kChunk / inputs / kRounds / kSweepBlock),
        out_(kChunk / inputs * bytes),
        source_(kernel_.upload(std::vector<std::uint32_t>(1))),
        target_(kernel_.upload(out_)) {}

  const std::vector<std::uint8_t>& run(std::uint32_t first) {
    EXPECT_TRUE(kernel_.memory().write(source_, &first, sizeof first));
    kernel_.launch({blocks_, 1, 1}, {kSweepBlock, 1, 1}, {source_, target_});
    EXPECT_TRUE(kernel_.findings.empty()) << kernel_.finding_texts();
    EXPECT_TRUE(kernel_.memory().read(target_, out_.data(), out_.size()));
    return out_;
  }

 private:
  TestKernel kernel_;
  std::uint32_t blocks_;
  std::vector<std::uint8_t> out_;
  std::uint64_t source_, target_;
};

// check(first word, results of the chunk), from several threads. Arguments as sweep_body's.
template <typename Check>
void sweep_words(const std::string& instructions, std::uint32_t inputs, std::uint32_t bytes,
                 const Check& check) {
  tbb::enumerable_thread_specific<std::unique_ptr<Sweeper>> sweepers;
  const std::uint64_t step = sweep_step();
  tbb::parallel_for(std::uint64_t{0}, (kChunks + step - 1) / step, [&](std::uint64_t chunk) {
    auto& sweeper = sweepers.local();
    if (!sweeper) sweeper = std::make_unique<Sweeper>(instructions, inputs, bytes);
    const auto first = static_cast<std::uint32_t>(chunk * step * kChunk);
    check(first, sweeper->run(first));
  });
}

}  // namespace assay::emulator
