// SPDX-License-Identifier: Apache-2.0
// Special values, both sides of every border between the function's ways, inputs that only binary64
// decides, and inputs of every exponent. Oracle: silu_check.hpp.
#include "cuda/emulator/corpus/moe/silu_check.hpp"

namespace assay::corpus {
namespace {

constexpr std::uint32_t kNans[] = {0x7fc00000, 0xffc00000, 0x7f800001, 0xffffffff, 0x7fffffff};

// Where e^-x is out of sight, where results become subnormal and vanish; halves of ln 2, where the
// exponent's integer changes.
std::vector<float> borders() {
  std::vector<float> values = {0x1p-149f, 0x1p-126f, 0x1p-125f,   0x1p-60f, 0x1p-25f, 17.328680f,
                               64,        87.5f,     103.278929f, 108.6f,   150,      3.4e38f};
  for (int k = 0; k < 95; ++k)
    values.push_back((static_cast<float>(k) + 0.5f) * 0x1.62e43p-1f);
  return values;
}

std::vector<std::uint32_t> bit_patterns() {
  std::vector<std::uint32_t> patterns = {0, 0x80000000, 0x7f800000, 0xff800000};
  patterns.insert(patterns.end(), std::begin(kNans), std::end(kNans));
  patterns.insert(patterns.end(), std::begin(kHardSiluInputs), std::end(kHardSiluInputs));
  for (std::uint32_t bits = 1; bits < 64; ++bits)
    patterns.insert(patterns.end(), {bits, bits | 0x80000000});
  for (const float border : borders())
    for (std::uint32_t bits = bits_of(border) - 2; bits != bits_of(border) + 3; ++bits)
      patterns.insert(patterns.end(), {bits & 0x7fffffff, bits | 0x80000000});
  Random random(1);
  for (std::uint32_t high = 0; high < 1 << 9; ++high)
    for (int i = 0; i < 16; ++i)
      patterns.push_back(high << 23 | random.u32() >> 9);
  return patterns;
}

}  // namespace

void silu(const Module& module) {
  std::vector<float> x;
  for (const std::uint32_t bits : bit_patterns())
    x.push_back(from_bits(bits));
  check_silu(module, x);
}

}  // namespace assay::corpus
