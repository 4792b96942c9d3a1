// SPDX-License-Identifier: Apache-2.0
// What the memory sanitizers find in kernels, and that nothing reaches memory that is not the
// device's.
#include <random>

#include "cuda/emulator/test_kernel.hpp"

namespace assay::emulator {
namespace {

using Words = std::vector<std::uint32_t>;

// The findings of one warp (or `threads`) over arrays of so many words.
std::vector<Finding> findings(const std::string& body, std::size_t words = 32,
                              const std::string& globals = "", std::uint32_t threads = 32,
                              std::uint32_t blocks = 1) {
  TestKernel kernel(body, globals);
  Words in(words), out(words);
  kernel.run({blocks, 1, 1}, {threads, 1, 1}, in, out);
  return kernel.findings;
}

void expect_one(const std::vector<Finding>& found, FindingKind kind, std::uint32_t thread,
                const std::string& allocation) {
  ASSERT_EQ(found.size(), 1u) << (found.empty() ? "" : found.back().text());
  EXPECT_EQ(finding_kind_name(found[0].kind), finding_kind_name(kind)) << found[0].text();
  EXPECT_EQ(found[0].at.thread[0], thread) << found[0].text();
  EXPECT_NE(found[0].allocation.find(allocation), std::string::npos) << found[0].text();
}

TEST(Access, PastTheEndOfAnAllocation) {
  expect_one(findings("ld.global.u32 %r1, [%in];", 31), FindingKind::out_of_bounds, 31,
             "buffer (124 bytes), 0 bytes past its end");
  expect_one(findings("st.global.u32 [%out+16], 1;"), FindingKind::out_of_bounds, 28,
             "buffer (128 bytes), 0 bytes past its end");
  expect_one(findings("ld.global.u32 %r1, [%in+-8];"), FindingKind::out_of_bounds, 0,
             "buffer (128 bytes), 8 bytes before its start");
}

TEST(Access, TheLastBytesOfAWideAccessCount) {
  expect_one(findings("mul.wide.u32 %rd1, %i, 16; add.u64 %rd1, %in0, %rd1;"
                      "ld.global.v4.u32 {%r1, %r2, %r3, %r4}, [%rd1];",
                      126),
             FindingKind::out_of_bounds, 31, "buffer (504 bytes)");
}

TEST(Access, AStoreOutOfBoundsWritesNothing) {
  TestKernel kernel("st.global.u32 [%out+124], 7;");
  const std::uint64_t out = kernel.upload(Words(32, 5));
  const std::uint64_t next = kernel.upload(Words(32, 6));
  kernel.launch({1, 1, 1}, {32, 1, 1}, {out, out});
  ASSERT_EQ(kernel.findings.size(), 1u);
  Words back(32);
  ASSERT_TRUE(kernel.memory().read(next, back.data(), 128));
  EXPECT_EQ(back, Words(32, 6));
}

TEST(Access, NullAndWildPointers) {
  const auto null = findings("mov.u64 %rd1, 0; ld.global.u32 %r1, [%rd1];");
  expect_one(null, FindingKind::invalid_address, 0, "");
  EXPECT_NE(null[0].message.find("null"), std::string::npos);
  expect_one(findings("mov.u64 %rd1, 0x7fffffffffff0000; st.u32 [%rd1], 1;"),
             FindingKind::invalid_address, 0, "");
  expect_one(findings("mov.u64 %rd1, 0xfffffffffffffffc; ld.v2.u32 {%r1, %r2}, [%rd1];"),
             FindingKind::invalid_address, 0, "");
}

TEST(Access, Misaligned) {
  const auto found = findings("st.global.u32 [%out+2], 1;");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].kind, FindingKind::misaligned);
  EXPECT_EQ(*found[0].address % 4, 2u);
  expect_one(findings("ld.global.v4.u32 {%r1, %r2, %r3, %r4}, [%in];", 64), FindingKind::misaligned,
             1, "at byte 4");
  expect_one(findings(".shared .align 16 .b8 s[64]; ld.shared.u64 %rd1, [s+4];"),
             FindingKind::misaligned, 0, "shared variable s (64 bytes), at byte 4");
}

TEST(Access, UninitializedGlobalMemory) {
  TestKernel kernel("ld.global.u32 %r1, [%in]; st.global.u32 [%out], %r1;");
  const std::uint64_t in = kernel.memory().allocate(128, "fresh").value();
  const std::uint64_t out = kernel.upload(Words(32));
  const Words some(20);
  ASSERT_TRUE(kernel.memory().write(in, some.data(), 80));
  kernel.launch({1, 1, 1}, {32, 1, 1}, {in, out});
  expect_one(kernel.findings, FindingKind::uninitialized_read, 20, "fresh (128 bytes), at byte 80");
}

TEST(Access, UninitializedSharedAndLocalMemory) {
  const std::string shared =
      ".shared .align 4 .b8 s[128]; mov.u32 %r1, s; shl.b32 %r2, %i, 2;"
      "add.u32 %r1, %r1, %r2; setp.ne.u32 %p1, %i, 13;"
      "@%p1 st.shared.u32 [%r1], 1; ld.shared.u32 %r3, [%r1];";
  expect_one(findings(shared), FindingKind::uninitialized_read, 13, "s (128 bytes), at byte 52");
  const std::string local =
      ".local .align 4 .b8 l[16]; setp.ne.u32 %p1, %i, 13;"
      "@%p1 st.local.u32 [l+4], 1; ld.local.u32 %r3, [l+4]; add.u32 %r3, %r3, 1;";
  EXPECT_TRUE(findings(local).empty());  // nobody uses it
  expect_one(findings(local + "st.global.u32 [%out], %r3;"), FindingKind::uninitialized_read, 13,
             "");
}

TEST(Access, AnotherBlocksSharedMemoryIsNotInitialized) {
  EXPECT_EQ(findings(".shared .align 4 .b8 s[4]; mov.u32 %r1, %ctaid.x; setp.eq.u32 %p1, %r1, 0;"
                     "@%p1 st.shared.u32 [s], 1; ld.shared.u32 %r2, [s];",
                     64, "", 32, 2)
                .size(),
            1u);
}

TEST(Access, PaddingThatIsOnlyCopiedIsNoFinding) {
  const std::string body =
      ".shared .align 16 .b8 s[16]; st.shared.v2.u32 [s], {%i, %i};"
      "st.shared.u32 [s+8], %i; ld.shared.v4.u32 {%r1, %r2, %r3, %r4}, [s];"
      "{0} st.shared.v4.u32 [s], {%r1, %r2, %r3, %r4};";
  const auto with = [&](const std::string& use) {
    std::string text = body;
    text.replace(text.find("{0}"), 3, use);
    return findings(text, 32, "", 1);
  };
  EXPECT_TRUE(with("").empty());
  expect_one(with("add.u32 %r5, %r4, 1;"), FindingKind::uninitialized_read, 0, "at byte 12");
}

TEST(Access, UseAfterFree) {
  TestKernel kernel("ld.global.u32 %r1, [%in+4];");
  const std::uint64_t in = kernel.upload(Words(64));
  ASSERT_TRUE(kernel.memory().free(in));
  kernel.launch({1, 1, 1}, {32, 1, 1}, {in, in});
  expect_one(kernel.findings, FindingKind::use_after_free, 0,
             "buffer (256 bytes, freed), at byte 4");
}

TEST(Access, ConstantsAreReadOnly) {
  const std::string table = ".const .align 4 .u32 table[4] = {1, 2, 3, 4};";
  expect_one(findings("mov.u64 %rd1, table; st.global.u32 [%rd1], 1;", 32, table),
             FindingKind::read_only_write, 0, "variable table");
  expect_one(findings("mov.u64 %rd1, table; ld.const.u32 %r1, [%rd1+16];", 32, table),
             FindingKind::out_of_bounds, 0, "variable table of test.ptx (16 bytes), 0 bytes past");
}

TEST(Access, SharedLocalAndParameterBounds) {
  const std::string shared = ".shared .align 4 .b8 s[128]; mov.u32 %r1, s;";
  expect_one(findings(shared + "st.shared.u32 [%r1+128], 1;"), FindingKind::out_of_bounds, 0,
             "shared memory of the block (128 bytes), 0 bytes past its end");
  expect_one(findings("mov.u32 %r1, 0; st.shared.u32 [%r1], 1;"), FindingKind::out_of_bounds, 0,
             "begins at 1024");
  expect_one(findings("mov.u32 %r1, -4; st.shared.u32 [%r1], 1;"), FindingKind::out_of_bounds, 0,
             "shared memory");
  expect_one(findings(".local .align 4 .b8 l[16]; mov.u64 %rd1, l; st.local.u32 [%rd1+16], 1;"),
             FindingKind::out_of_bounds, 0, "local memory");
  expect_one(findings("mov.b64 %rd1, in; ld.param.u64 %rd2, [%rd1+16];"),
             FindingKind::out_of_bounds, 0, "parameters of the kernel (16 bytes)");
}

TEST(Access, WideAccessesAcrossTheEndOfSharedMemory) {
  const std::string s =
      ".shared .align 16 .b8 s[520]; mov.u32 %r5, s; shl.b32 %r6, %i, 4;"
      "add.u32 %r5, %r5, %r6;";
  expect_one(findings(s + "st.shared.v4.u32 [%r5+16], {%i, %i, %i, %i};"),
             FindingKind::out_of_bounds, 31, "shared variable s (520 bytes), at byte 512");
}

TEST(Access, DiscardLeavesNoValue) {
  TestKernel kernel("discard.global.L2 [%in0], 128; ld.global.u32 %r1, [%in];");
  const std::uint64_t in = kernel.upload(Words(32));
  kernel.launch({1, 1, 1}, {1, 1, 1}, {in, in});
  expect_one(kernel.findings, FindingKind::uninitialized_read, 0, "at byte 0");
}

// Addresses of all kinds: near the device's memory, near the host's, near every window's ends. The
// host's memory lies around: had any of these accesses reached it, the process would have crashed
// or the canaries changed.
TEST(Access, RandomAddressesNeverReachTheHost) {
  std::vector<std::uint64_t> canaries(4096, 0xC0FFEE);
  TestKernel kernel(
      "ld.global.u64 %rd1, [%in]; mul.wide.u32 %rd9, %i, 8;"
      "add.u64 %rd2, %in0, %rd9; ld.global.u64 %rd1, [%rd2];"
      "st.u64 [%rd1], %rd1;");
  kernel.options.max_findings = 1000000;
  std::mt19937_64 random(7);
  const std::uint64_t target = kernel.upload(Words(1024));
  const std::uint64_t bases[] = {0,
                                 kSharedWindow,
                                 kSharedWindow + kWindowBytes,
                                 kLocalWindow,
                                 kLocalWindow + kWindowBytes,
                                 kParamWindow,
                                 kGlobalBase,
                                 target,
                                 target + 4096,
                                 kGlobalBase + (std::uint64_t{1} << 32),
                                 ~std::uint64_t{0},
                                 reinterpret_cast<std::uint64_t>(canaries.data()),
                                 reinterpret_cast<std::uint64_t>(&random),
                                 reinterpret_cast<std::uint64_t>(kernel.memory().data(target))};
  int faults = 0;
  for (int round = 0; round < 20000; ++round) {
    const std::uint64_t base = bases[random() % std::size(bases)];
    const int bits = static_cast<int>(random() % 64);
    const std::uint64_t distance = random() >> bits;
    const std::uint64_t address = random() % 2 ? base + distance : base - distance;
    const std::uint64_t in = kernel.upload(std::vector<std::uint64_t>(32, address));
    kernel.launch({1, 1, 1}, {1 + static_cast<std::uint32_t>(random() % 32), 1, 1}, {in, in});
    const bool is_inside = address >= target && address <= target + 4096 - 8 && address % 8 == 0;
    const bool is_input = address >= in && address <= in + 256 - 8 && address % 8 == 0;
    if (!is_inside && !is_input) {  // parameters, too, are not to be written
      EXPECT_FALSE(kernel.findings.empty()) << std::hex << address;
    }
    faults += kernel.findings.empty() ? 0 : 1;
    ASSERT_TRUE(kernel.memory().free(in));
  }
  EXPECT_GT(faults, 15000);
  EXPECT_EQ(canaries, std::vector<std::uint64_t>(4096, 0xC0FFEE));
}

}  // namespace
}  // namespace assay::emulator
