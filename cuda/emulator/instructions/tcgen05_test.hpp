// SPDX-License-Identifier: Apache-2.0
// For tests of tcgen05: a kernel whose first warp allocates tensor memory, the address of which is
// in %r60 of all threads, and frees it at the end. Shared memory: `slot`, where the address goes.
// %p1 holds in the first warp, %p2 in thread 0.
#pragma once

#include <string>
#include <vector>

#include "cuda/emulator/test_kernel.hpp"

namespace assay::emulator {

using Words = std::vector<std::uint32_t>;

inline constexpr const char* kTensorGlobals =
    ".shared .align 4 .b32 slot;\n.shared .align 8 .b64 barrier;\n"
    ".shared .align 1024 .b8 stage[32768];\n";

// The body, where the tensor memory is allocated.
inline std::string with_tensor_memory(const std::string& body, std::uint32_t columns) {
  return fmt::format(R"(mov.u32 %r61, %tid.x;
    setp.lt.u32 %p1, %r61, 32;
    setp.eq.u32 %p2, %r61, 0;
    @!%p1 bra ALLOCATED;
    tcgen05.alloc.cta_group::1.sync.aligned.shared::cta.b32 [slot], {0};
    ALLOCATED:
    bar.sync 0;
    ld.shared.b32 %r60, [slot];
{1}
    bar.sync 0;
    @!%p1 bra FREED;
    tcgen05.dealloc.cta_group::1.sync.aligned.b32 %r60, {0};
    tcgen05.relinquish_alloc_permit.cta_group::1.sync.aligned;
    FREED:
)",
                     columns, body);
}

// "{%x4, %x5}"
inline std::string register_list(std::size_t first, std::size_t count, const char* name = "%x") {
  std::string text = "{";
  for (std::size_t i = 0; i < count; ++i)
    text += fmt::format("{}{}{}", i == 0 ? "" : ", ", name, first + i);
  return text + "}";
}

struct TensorOutcome {
  Words out;
  std::vector<Finding> findings;
  std::string texts;
};

inline TensorOutcome run_tensor(TestKernel& kernel, std::uint32_t threads, const Words& in,
                                std::size_t out_words) {
  TensorOutcome outcome;
  outcome.out.assign(out_words, 0);
  kernel.run({1, 1, 1}, {threads, 1, 1}, in, outcome.out);
  outcome.findings = kernel.findings;
  outcome.texts = kernel.finding_texts();
  return outcome;
}

inline TensorOutcome run_tensor(const std::string& body, std::uint32_t threads,
                                const Words& in = {}, std::size_t out_words = 1) {
  TestKernel kernel(body, kTensorGlobals);
  return run_tensor(kernel, threads, in, out_words);
}

// One finding, of the kind, with the part in its message.
inline void expect_finding(const TensorOutcome& outcome, FindingKind kind,
                           const std::string& part) {
  ASSERT_EQ(outcome.findings.size(), 1u) << part << "\n" << outcome.texts;
  EXPECT_EQ(outcome.findings[0].kind, kind) << outcome.texts;
  EXPECT_NE(outcome.findings[0].message.find(part), std::string::npos) << outcome.texts;
}

}  // namespace assay::emulator
