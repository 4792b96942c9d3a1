// SPDX-License-Identifier: Apache-2.0
// For tests: a kernel written in PTX, run on the emulator in this process.
//
//   TestKernel kernel(R"(
//     ld.global.u32 %r1, [%in];
//     add.u32 %r1, %r1, 1;
//     st.global.u32 [%out], %r1;
//   )");
//   kernel.run({1}, {32}, in, out);   // %in and %out point at this thread's element
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "cuda/emulator/execute/launch.hpp"
#include "cuda/emulator/memory/global_memory.hpp"
#include "cuda/emulator/program/load.hpp"
#include "cuda/emulator/ptx/parse.hpp"
#include "cuda/emulator/sanitize/unspecified.hpp"

namespace assay::emulator {

// A whole module around a kernel's body. The kernel `test` takes two pointers; declared are
// registers %p0-%p15 (pred), %h0-%h15 (b16), %r0-%r63 (b32), %f0-%f31 (f32), %rd0-%rd31 (b64),
// %d0-%d15 (f64), %c0-%c7 (b8), %i (the thread's linear number in the grid), %in and %out (its
// 4-byte elements), %in0 and %out0 (the arrays).
inline std::string test_module(const std::string& body, const std::string& globals = "",
                               const std::string& target = "sm_110a",
                               const std::string& directives = "") {
  return fmt::format(R"(.version 9.0
.target {2}
.address_size 64
{1}
.visible .entry test(.param .u64 in, .param .u64 out) {3}
{{
  .reg .pred %p<16>;
  .reg .b8 %c<8>;
  .reg .b16 %h<16>;
  .reg .b32 %r<64>;
  .reg .f32 %f<32>;
  .reg .b64 %rd<32>;
  .reg .f64 %d<16>;
  .reg .b32 %i, %t1, %t2;
  .reg .b64 %in, %out, %in0, %out0, %step;
  ld.param.u64 %in0, [in];
  ld.param.u64 %out0, [out];
  mov.u32 %t1, %ctaid.x;
  mov.u32 %t2, %ntid.x;
  mov.u32 %i, %tid.x;
  mad.lo.u32 %i, %t1, %t2, %i;
  mul.wide.u32 %step, %i, 4;
  add.u64 %in, %in0, %step;
  add.u64 %out, %out0, %step;
{0}
  ret;
}}
)",
                     body, globals, target, directives);
}

class TestKernel {
 public:
  explicit TestKernel(const std::string& body, const std::string& globals = "",
                      const std::string& target = "sm_110a")
      : TestKernel(Whole{}, test_module(body, globals, target)) {}

  struct Whole {};
  TestKernel(Whole, const std::string& module) {
    auto memory = GlobalMemory::create(std::uint64_t{1} << 32);
    if (!memory) throw std::runtime_error(memory.error().message);
    memory_ = *std::move(memory);
    auto parsed = ptx::parse(module, "test.ptx");
    if (!parsed) throw std::runtime_error(parsed.error().message);
    auto program = load(*std::move(parsed), *memory_);
    if (!program) throw std::runtime_error(program.error().message);
    program_ = *std::move(program);
    options.threads = 1;
  }

  Options options;
  LaunchConfig config;            // grid, block and params are set by run
  std::vector<Finding> findings;  // of the last run
  std::uint64_t steps = 0;
  std::vector<PcCounters> counters;
  std::vector<UnspecifiedUse> unspecified;

  GlobalMemory& memory() { return *memory_; }
  const Program& program() const { return *program_; }

  // `out` comes back as the kernel left it; bytes that it did not write keep their value.
  template <typename In, typename Out>
  void run(Dim3 grid, Dim3 block, const std::vector<In>& in, std::vector<Out>& out) {
    const std::uint64_t source = upload(in), target = upload(out);
    launch(grid, block, {source, target});
    ASSERT_TRUE(memory_->read(target, out.data(), out.size() * sizeof(Out)));
    ASSERT_TRUE(memory_->free(source));
    ASSERT_TRUE(memory_->free(target));
  }

  template <typename T>
  std::uint64_t upload(const std::vector<T>& data) {
    const std::uint64_t bytes = std::max<std::uint64_t>(data.size() * sizeof(T), 1);
    const auto address = memory_->allocate(bytes, "buffer");
    EXPECT_TRUE(address) << address.error().message;
    EXPECT_TRUE(memory_->write(*address, data.data(), data.size() * sizeof(T)));
    return *address;
  }

  void launch(Dim3 grid, Dim3 block, const std::vector<std::uint64_t>& pointers,
              const char* name = "test") {
    const Function* const kernel = program_->find(name);
    ASSERT_NE(kernel, nullptr) << name;
    config.grid = grid;
    config.block = block;
    config.params.resize(kernel->param_bytes);
    std::memcpy(config.params.data(), pointers.data(),
                std::min<std::size_t>(config.params.size(), pointers.size() * 8));
    Launch run(*memory_, *program_, *kernel, options, config);
    const Status status = run_launch(run);
    ASSERT_TRUE(status) << status.error().message;
    findings = run.findings.sorted();
    steps = run.steps;
    counters = run.counters;
    unspecified = unspecified_uses(run);
  }

  std::string finding_texts() const {
    std::string text;
    for (const Finding& finding : findings)
      text += finding.text() + "\n";
    return text;
  }

 private:
  std::unique_ptr<GlobalMemory> memory_;
  std::unique_ptr<Program> program_;
};

// What the kernel makes of one input a thread, in one block: one output each.
template <typename Out, typename In>
std::vector<Out> run_ptx(const std::string& body, const std::vector<In>& in) {
  static_assert(sizeof(In) == 4 && sizeof(Out) == 4);
  TestKernel kernel(body);
  std::vector<Out> out(in.size());
  const auto count = static_cast<std::uint32_t>(in.size());
  const std::uint32_t block = std::min(count, 256u);
  EXPECT_EQ(count % block, 0u);
  kernel.run({count / block, 1, 1}, {block, 1, 1}, in, out);
  EXPECT_TRUE(kernel.findings.empty()) << kernel.finding_texts();
  return out;
}

}  // namespace assay::emulator
