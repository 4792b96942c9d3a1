// SPDX-License-Identifier: Apache-2.0
// silu as nvcc compiled it, on the driver and device that the corpus uses (environment as there):
// every input that pairs of binary32 leave undecided, and four million others. Outside oracle:
// reference/arithmetic/silu_oracle.hpp.
#include <cstdlib>
#include <filesystem>

#include <gtest/gtest.h>

#include "cuda/emulator/corpus/harness/device.hpp"
#include "cuda/emulator/corpus/harness/random.hpp"
#include "cuda/emulator/corpus/moe/silu_check.hpp"
#include "cuda/kernels/silu_sweep.hpp"

namespace assay::kernels {
namespace {

std::filesystem::path module_file(const corpus::Context& context) {
  const char* const folder = std::getenv("ASSAY_CORPUS");
  return std::filesystem::path(folder == nullptr ? "" : folder) / context.target() / "O3/silu.ptx";
}

class SiluPtx : public testing::Test {
 protected:
  void check(const std::vector<float>& x) { corpus::check_silu(module_, x); }

 private:
  corpus::Context context_;
  corpus::Module module_{module_file(context_)};
};

TEST_F(SiluPtx, EveryUndecidedInputIsCorrectlyRounded) {
  const std::vector<float> x = undecided_inputs();
  EXPECT_EQ(3190u, x.size());
  check(x);
}

TEST_F(SiluPtx, InputsOfAnyExponentAreCorrectlyRounded) {
  corpus::Random random(1);
  check(random.vector(1 << 20, [&] { return from_bits(random.u32()); }));
}

// 2^-32 <= |x| < 128.
TEST_F(SiluPtx, InputsOfOrdinaryExponentsAreCorrectlyRounded) {
  corpus::Random random(2);
  check(random.vector(3 << 20, [&] {
    const std::uint32_t bits = random.u32();
    return std::ldexp(from_bits((bits & 0x807fffff) | 0x3f800000), random.between(-32, 6));
  }));
}

}  // namespace
}  // namespace assay::kernels
