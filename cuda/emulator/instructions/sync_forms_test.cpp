// SPDX-License-Identifier: Apache-2.0
// Which spellings of warp operations, atomics, matrix instructions, asynchronous copies, mbarriers
// and fences are understood, for each target; that ptxas, where it is installed, accepts them, too;
// and which are refused.
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "cuda/emulator/test_kernel.hpp"

namespace assay::emulator {
namespace {

constexpr const char* kTargets[] = {"sm_100a", "sm_103a", "sm_110a"};

std::string entry(const std::string& instruction, std::size_t number) {
  return fmt::format(R"(.visible .entry form{}()
{{
  .reg .pred %p<8>;
  .reg .b16 %h<16>;
  .reg .b32 %r<40>;
  .reg .f32 %f<16>;
  .reg .b64 %d<16>;
  .reg .f64 %e<16>;
  .reg .b128 %q<4>;
  .shared .align 128 .b8 sm{}[1024];
  {};
  ret;
}}
)",
                     number, number, [&] {
                       std::string text = instruction;
                       for (std::size_t at = 0; (at = text.find("SM", at)) != std::string::npos;)
                         text.replace(at, 2, fmt::format("sm{}", number));
                       return text;
                     }());
}

std::string module(const std::vector<std::string>& instructions, const std::string& target) {
  std::string text = fmt::format(".version 9.0\n.target {}\n.address_size 64\n", target);
  for (std::size_t i = 0; i < instructions.size(); ++i)
    text += entry(instructions[i], i);
  return text;
}

// The decoder's error, or nothing.
std::string refusal(const std::string& instruction, const std::string& target) {
  try {
    const TestKernel kernel(TestKernel::Whole{}, module({instruction}, target));
    return "";
  } catch (const std::runtime_error& error) {
    return error.what();
  }
}

const std::vector<std::string>& forms() {
  static const std::vector<std::string> all = {
      // warp operations
      "shfl.sync.up.b32 %r0|%p0, %r1, %r2, %r3, %r4", "shfl.sync.bfly.b32 %r0, %r1, 1, 31, -1",
      "vote.sync.all.pred %p0, %p1, %r0", "vote.sync.any.pred %p0, !%p1, %r0",
      "vote.sync.uni.pred %p0, %p1, %r0", "vote.sync.ballot.b32 %r0, !%p1, %r1",
      "match.any.sync.b32 %r0, %r1, %r2", "match.any.sync.b64 %r0, %d0, %r2",
      "match.all.sync.b32 %r0|%p0, %r1, %r2", "match.all.sync.b64 %r0, %d0, %r2",
      "redux.sync.add.u32 %r0, %r1, %r2", "redux.sync.min.s32 %r0, %r1, %r2",
      "redux.sync.xor.b32 %r0, %r1, %r2", "activemask.b32 %r0", "elect.sync %r0|%p0, %r1",
      "elect.sync _|%p0, -1",
      // atomics
      "atom.global.add.u32 %r0, [%d0], %r1", "atom.add.s32 %r0, [%d0+4], 1",
      "atom.global.add.u64 %d1, [%d0], %d2", "atom.global.gpu.relaxed.add.f32 %f0, [%d0], %f1",
      "atom.shared.add.f64 %e0, [SM], %e1", "atom.acquire.sys.global.inc.u32 %r0, [%d0], %r1",
      "atom.release.cta.shared::cta.dec.u32 %r0, [SM+4], %r1",
      "atom.acq_rel.cluster.global.min.s64 %d1, [%d0], %d2",
      "atom.shared::cluster.max.u32 %r0, [SM], %r1", "atom.global.and.b64 %d1, [%d0], %d2",
      "atom.global.or.b32 %r0, [%d0], %r1", "atom.xor.b32 %r0, [%d0], %r1",
      "atom.exch.b32 _, [%d0], %r1", "atom.global.exch.b64 %d1, [%d0], %d2",
      "atom.global.cas.b16 %h0, [%d0], %h1, %h2", "atom.shared.cas.b32 %r0, [SM], %r1, %r2",
      "atom.global.cas.b64 %d1, [%d0], %d2, %d3", "atom.global.cas.b128 %q0, [%d0], %q1, %q2",
      "atom.shared.exch.b128 %q0, [SM], %q1", "atom.global.b128.exch %q0, [%d0], %q1",
      "atom.global.add.noftz.f16 %h0, [%d0], %h1", "atom.shared.add.noftz.bf16 %h0, [SM], %h1",
      "atom.shared.add.noftz.f16x2 %r0, [SM], %r1", "atom.add.noftz.bf16x2 %r0, [%d0], %r1",
      "atom.global.add.L2::cache_hint.u32 %r0, [%d0], %r1, %d1",
      "atom.global.v4.f32.add {%f0, %f1, %f2, %f3}, [%d0], {%f4, %f5, %f6, %f7}",
      "atom.global.v8.bf16.max.noftz {%h0, %h1, %h2, %h3, %h4, %h5, %h6, %h7}, [%d0], "
      "{%h8, %h9, %h10, %h11, %h12, %h13, %h14, %h15}",
      "atom.global.v2.bf16x2.min.noftz {%r0, %r1}, [%d0], {%r2, %r3}",
      "red.global.add.v2.f32 [%d0], {%f0, %f1}", "red.release.gpu.global.add.u32 [%d0], %r0",
      "red.shared.and.b32 [SM], 7", "red.max.u64 [%d0], %d1",
      // matrices in shared memory
      "ldmatrix.sync.aligned.m8n8.x1.shared.b16 {%r0}, [SM]",
      "ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%r0, %r1, %r2, %r3}, [%r4+16]",
      "ldmatrix.sync.aligned.m8n8.x2.b16 {%r0, %r1}, [%d0]",
      "ldmatrix.sync.aligned.m16n16.x2.trans.shared.b8 {%r0, %r1, %r2, %r3}, [SM]",
      "ldmatrix.sync.aligned.m16n16.x1.trans.shared.b8x16.b6x16_p32 {%r0, %r1}, [SM]",
      "ldmatrix.sync.aligned.m8n16.x1.shared.b8x16.b4x16_p64 {%r0}, [SM]",
      "ldmatrix.sync.aligned.m8n16.x4.shared.b8x16.b6x16_p32 {%r0, %r1, %r2, %r3}, [SM]",
      "stmatrix.sync.aligned.m8n8.x4.shared.b16 [SM], {%r0, %r1, %r2, %r3}",
      "stmatrix.sync.aligned.m8n8.x1.trans.shared.b16 [SM], {%r0}",
      "stmatrix.sync.aligned.m16n8.x2.trans.shared.b8 [SM], {%r0, %r1}",
      "movmatrix.sync.aligned.m8n8.trans.b16 %r0, %r1",
      // asynchronous copies
      "cp.async.ca.shared.global [SM], [%d0], 4",
      "cp.async.cg.shared::cta.global.L2::256B [SM+16], [%d0+16], 16, %r0",
      "cp.async.ca.shared.global [%r0], [%d0], 8, %p0",
      "cp.async.ca.shared.global.L2::cache_hint [SM], [%d0], 4, %r0, %d1", "cp.async.commit_group",
      "cp.async.wait_group 1", "cp.async.wait_all",
      "cp.async.mbarrier.arrive.noinc.shared.b64 [SM]", "cp.async.mbarrier.arrive.b64 [%d0]",
      "cp.async.bulk.shared::cta.global.mbarrier::complete_tx::bytes [SM+16], [%d0], 16, [SM]",
      "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes.L2::cache_hint "
      "[%r0], [%d0], %r1, [%r2], %d1",
      "cp.async.bulk.global.shared::cta.bulk_group [%d0], [SM], 16",
      "cp.async.bulk.global.shared::cta.bulk_group.L2::cache_hint.cp_mask [%d0], [SM], 16, %d1, "
      "%h0",
      "cp.async.bulk.prefetch.L2.global [%d0], 16", "cp.async.bulk.commit_group",
      "cp.async.bulk.wait_group.read 0", "cp.async.bulk.wait_group 3",
      "cp.reduce.async.bulk.global.shared::cta.bulk_group.add.f32 [%d0], [SM], 16",
      "cp.reduce.async.bulk.global.shared::cta.bulk_group.add.noftz.bf16 [%d0], [SM], 16",
      "cp.reduce.async.bulk.global.shared::cta.bulk_group.min.f16 [%d0], [SM], 16",
      "cp.reduce.async.bulk.global.shared::cta.bulk_group.xor.b64 [%d0], [SM], 16",
      // mbarriers
      "mbarrier.init.shared::cta.b64 [SM], %r0", "mbarrier.init.b64 [%d0], 3",
      "mbarrier.inval.shared.b64 [SM]", "mbarrier.arrive.shared.b64 %d0, [SM]",
      "mbarrier.arrive.shared.b64 _, [SM], %r0",
      "mbarrier.arrive.noComplete.release.cta.shared.b64 %d0, [SM], 3",
      "mbarrier.arrive.expect_tx.shared::cta.b64 %d0, [SM], %r0",
      "mbarrier.arrive.release.cta.shared::cluster.b64 _, [%r0], %r1",
      "mbarrier.arrive.expect_tx.relaxed.cluster.shared::cluster.b64 _, [%r0], %r1",
      "mbarrier.arrive_drop.shared.b64 %d0, [SM]",
      "mbarrier.arrive_drop.expect_tx.shared.b64 %d0, [SM], 3",
      "mbarrier.expect_tx.relaxed.cta.shared::cta.b64 [SM], %r0",
      "mbarrier.complete_tx.relaxed.cluster.shared::cluster.b64 [%r0], %r1",
      "mbarrier.test_wait.shared.b64 %p0, [SM], %d0",
      "mbarrier.test_wait.parity.shared.b64 %p0, [SM], %r0",
      "mbarrier.try_wait.parity.acquire.cta.shared::cta.b64 %p0, [SM], %r0, %r1",
      "mbarrier.try_wait.relaxed.cluster.shared::cta.b64 %p0, [SM], %d0",
      "mbarrier.pending_count.b64 %r0, %d0",
      // fences and barriers of a cluster
      "membar.gl", "membar.cta", "membar.sys", "membar.proxy.alias", "fence.sc.cta",
      "fence.acq_rel.gpu", "fence.acquire.gpu", "fence.release.sys", "fence.gpu",
      "fence.proxy.async", "fence.proxy.async.global", "fence.proxy.async.shared::cta",
      "fence.proxy.alias", "fence.acquire.sync_restrict::shared::cluster.cluster",
      "fence.release.sync_restrict::shared::cta.cluster",
      "fence.proxy.async::generic.acquire.sync_restrict::shared::cluster.cluster",
      "fence.proxy.async::generic.release.sync_restrict::shared::cta.cluster",
      "fence.mbarrier_init.release.cluster", "fence.proxy.tensormap::generic.release.gpu",
      "fence.proxy.tensormap::generic.acquire.gpu [%d0], 128", "griddepcontrol.wait",
      "griddepcontrol.launch_dependents", "barrier.cluster.arrive.aligned",
      "barrier.cluster.arrive.relaxed", "barrier.cluster.wait.acquire.aligned",
      "barrier.cluster.wait"};
  return all;
}

TEST(SyncForms, AreUnderstoodForEveryTarget) {
  for (const std::string target : kTargets)
    for (const std::string& form : forms())
      EXPECT_EQ(refusal(form, target), "") << form << " for " << target;
}

bool has_ptxas() {
  return std::system("ptxas --version > /dev/null 2>&1") == 0;
}

TEST(SyncForms, AreAcceptedByPtxas) {
  if (!has_ptxas()) GTEST_SKIP() << "ptxas is not installed";
  for (const std::string target : kTargets) {
    const auto path = std::filesystem::temp_directory_path() / ("assay_sync_forms." + target);
    std::ofstream(path) << module(forms(), target);
    const std::string command =
        fmt::format("ptxas -arch {} -o /dev/null {}", target, path.string());
    EXPECT_EQ(std::system(command.c_str()), 0) << target;
    std::filesystem::remove(path);
  }
}

struct Refused {
  std::string instruction, part;
};

TEST(SyncForms, ThatAreNotSupportedAreRefusedWithTheReason) {
  const std::vector<Refused> refused = {
      {"shfl.idx.b32 %r0, %r1, %r2, %r3", "without .sync"},
      {"vote.ballot.b32 %r0, %p0", "without .sync"},
      {"redux.sync.max.f32 %f0, %f1, %r0", "sm_100a and sm_103a only"},
      {"redux.sync.add.f32 %f0, %f1, %r0", "sm_100a and sm_103a only"},
      {"atom.global.min.f32 %f0, [%d0], %f1", ".min of .f32 does not exist"},
      {"red.async.relaxed.cluster.shared::cluster.mbarrier::complete_tx::bytes.add.u32 [SM], %r1, "
       "[SM+8]",
       "red.async is not supported"},
      {"mma.sp.sync.aligned.m16n8k32.row.col.f32.f16.f16.f32 {%f0, %f1, %f2, %f3}, {%r0, %r1, %r2, "
       "%r3}, {%r4, %r5, %r6, %r7}, {%f0, %f1, %f2, %f3}, %r8, 0",
       "sparse matrices are not supported"},
      {"mma.sync.aligned.m16n8k64.row.col.kind::mxf4.block_scale.scale_vec::2X.f32.e2m1.e2m1.f32."
       "ue8m0 {%f0, %f1, %f2, %f3}, {%r0, %r1, %r2, %r3}, {%r4, %r5}, {%f0, %f1, %f2, %f3}, %r8, "
       "{%h0, %h1}, %r9, {%h0, %h1}",
       "block scaling exists on sm_120 only"},
      {"mma.sync.aligned.m16n8k32.row.col.kind::f8f6f4.f32.e2m1.e4m3.f32 {%f0, %f1, %f2, %f3}, "
       "{%r0, %r1, %r2, %r3}, {%r4, %r5}, {%f0, %f1, %f2, %f3}",
       "operands of .e2m1 exist on sm_120 only"},
      {"mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%f0, %f1, %f2}, {%r0, %r1, %r2, %r3}, "
       "{%r4, %r5}, {%f0, %f1, %f2, %f3}",
       "the fragment of D has 3 registers, must have 4"},
      {"mma.sync.aligned.m16n8k16.row.col.rz.f32.f16.f16.f32 {%f0, %f1, %f2, %f3}, {%r0, %r1, %r2, "
       "%r3}, {%r4, %r5}, {%f0, %f1, %f2, %f3}",
       "the modifier .rz is not supported"},
      {"ldmatrix.sync.aligned.m16n16.x4.trans.shared.b8 {%r0, %r1, %r2, %r3}, [SM]",
       "no such shape and type"},
      {"cp.async.bulk.tensor.1d.shared::cluster.global.mbarrier::complete_tx::bytes [SM], [%d0, "
       "{%r0}], [SM+64]",
       "tensor copies"},
      {"cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes.multicast::cluster "
       "[SM+16], [%d0], 16, [SM], %h0",
       "clusters of more than one block"},
      {"cp.async.bulk.shared::cluster.shared::cta.mbarrier::complete_tx::bytes [SM+16], [SM+64], "
       "16, "
       "[SM]",
       "between blocks of a cluster"},
      {"cp.async.cg.shared.global [SM], [%d0], 8", "cp-size must be"},
      {"fence.proxy.async.local", "the modifier .local is not supported"},
  };
  for (const auto& [instruction, part] : refused) {
    const std::string text = refusal(instruction, "sm_110a");
    EXPECT_NE(text.find(part), std::string::npos) << instruction << "\n" << text;
    EXPECT_NE(text.find("test.ptx:"), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace assay::emulator
