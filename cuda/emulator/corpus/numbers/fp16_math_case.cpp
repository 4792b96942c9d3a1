// SPDX-License-Identifier: Apache-2.0
// Oracles: the host code of NVIDIA's headers; for the fused multiply-add an integer model: products
// and sums of binary16 values are multiples of 2^-48 below 2^33, exact in __int128.
#include "cuda/emulator/corpus/harness/case.hpp"
#include "cuda/emulator/corpus/numbers/fp16_math.cuh"

namespace assay::corpus {
namespace {

__extension__ using Exact = __int128;

// Bits of random values, and of the special ones in every combination at the start.
std::vector<std::uint32_t> random_pairs(std::uint64_t seed, std::size_t count, unsigned stride) {
  static constexpr std::uint16_t kSpecial[] = {0x0000, 0x8000, 0x0001, 0x83FF, 0x0400, 0x3C00,
                                               0xBC00, 0x7BFF, 0x7C00, 0xFC00, 0x7FFF, 0x3F80};
  Random random(seed);
  auto values = random.words(count);
  for (unsigned i = 0; i < 144; ++i)
    values[i] = kSpecial[i / stride % 12] | static_cast<std::uint32_t>(kSpecial[i / stride % 12])
                                                << 16;
  return values;
}

// min.NaN and max.NaN order -0 below +0 (PTX ISA 9.7.4.7) as min and max do; the headers' host code
// of
// __hmin2_nan and __hmax2_nan does not. Rows 3 to 6 of arithmetic_all.
void order_zeros(const std::vector<std::uint32_t>& a, const std::vector<std::uint32_t>& b,
                 std::vector<std::uint32_t>& want, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i)
    for (const std::uint32_t half : {0x0000FFFFu, 0xFFFF0000u})
      if (((a[i] | b[i]) & half & 0x7FFF7FFF) == 0)
        for (const std::size_t row : {5, 6}) {
          std::uint32_t& result = want[row * count + i];
          result = (result & ~half) | (want[(row - 2) * count + i] & half);
        }
}

template <typename T, typename T2>
void check_arithmetic(CUfunction kernel) {
  constexpr int kCount = 2000;
  const auto a = random_pairs(1, kCount, 1), b = random_pairs(2, kCount, 12);
  std::vector<std::uint32_t> want(kCount * kArithmetic);
  for (int i = 0; i < kCount; ++i) {
    int row = 0;
    arithmetic_all<T>(bits_as<T2>(a[i]), bits_as<T2>(b[i]),
                      [&](unsigned result) { want[row++ * kCount + i] = result; });
  }
  order_zeros(a, b, want, kCount);
  const Array<std::uint32_t> device_a(a), device_b(b), out(want.size());
  launch(kernel, {{blocks_for(kCount, 128)}, {128}}, device_a, device_b, kCount, out);
  expect_equal(out.download(), want, "operation * 2000 + i");
}

void check_convert(CUfunction kernel) {
  constexpr int kCount = 3000;
  Random random(3);
  const auto values = random.vector(kCount, [&] {
    const std::uint32_t bits = random.u32() & 0xFFFF;
    return (bits & 0x7C00) == 0x7C00 ? 0x3555u : bits;  // finite: int(NaN) is the header's choice
  });
  const auto integers = random.vector(kCount, [&] {
    const std::uint32_t bits = random.u32();
    return static_cast<int>(bits) >> (bits & 31);
  });
  std::vector<std::uint32_t> want(kCount * kConversions);
  for (int i = 0; i < kCount; ++i) {
    int row = 0;
    convert_all(__ushort_as_half(static_cast<unsigned short>(values[i])), integers[i],
                [&](unsigned result) { want[row++ * kCount + i] = result; });
  }
  const Array<std::uint32_t> device_values(values), out(want.size());
  const Array<int> device_integers(integers);
  launch(kernel, {{blocks_for(kCount, 128)}, {128}}, device_values, device_integers, kCount, out);
  expect_equal(out.download(), want, "conversion * 3000 + i");
}

// A finite binary16 value times 2^24.
std::int64_t scaled(std::uint16_t bits) {
  const int exponent = bits >> 10 & 31;
  const std::int64_t fraction = bits & 0x3FF;
  const std::int64_t magnitude = exponent == 0 ? fraction : (fraction | 0x400) << (exponent - 1);
  return bits & 0x8000 ? -magnitude : magnitude;
}

// value * 2^-48 to binary16, ties to even. `zero` is the result where value is 0.
std::uint16_t round_half(Exact value, std::uint16_t zero) {
  if (value == 0) return zero;
  const std::uint32_t sign = value < 0 ? 0x8000 : 0;
  const Exact magnitude = value < 0 ? -value : value;
  int shift = 24;  // of the subnormals' unit
  while (magnitude >> shift >= 2048)
    ++shift;
  Exact kept = magnitude >> shift;
  const Exact rest = magnitude & ((Exact{1} << shift) - 1), half = Exact{1} << (shift - 1);
  if (rest > half || (rest == half && (kept & 1) != 0)) ++kept;
  const auto biased =
      static_cast<std::uint32_t>(kept) + (static_cast<std::uint32_t>(shift - 24) << 10);
  return static_cast<std::uint16_t>(sign | (biased >= 0x7C00 ? 0x7C00 : biased));
}

std::uint16_t fused(std::uint16_t a, std::uint16_t b, std::uint16_t c) {
  const Exact exact = Exact{scaled(a)} * scaled(b) + (Exact{scaled(c)} << 24);
  const bool negative = (a ^ b) >> 15 != 0 && c >> 15 != 0;  // -0 + -0
  const bool zeros = scaled(c) == 0 && (scaled(a) == 0 || scaled(b) == 0);
  return round_half(exact, zeros && negative ? 0x8000 : 0);
}

void check_fma(CUfunction kernel) {
  constexpr int kCount = 4000;
  Random random(4);
  // Finite; exponents not too far apart, so that every kind of rounding occurs.
  const auto narrow = [&] { return static_cast<std::uint16_t>(random.u32() & 0xBFFF); };
  const auto any = [&] {
    const auto bits = static_cast<std::uint16_t>(random.u32());
    return static_cast<std::uint16_t>((bits & 0x7C00) == 0x7C00 ? bits & 0x83FF : bits);
  };
  const auto a = random.vector(2 * kCount, narrow), b = random.vector(2 * kCount, any),
             c = random.vector(2 * kCount, any);
  std::vector<std::uint16_t> packed, single;
  for (int i = 0; i < 2 * kCount; ++i) {
    packed.push_back(fused(a[i], b[i], c[i]));
    if (i % 2 == 0) single.push_back(packed.back());
  }
  const Array<std::uint16_t> device_a(a), device_b(b), device_c(c), out(2 * kCount),
      out_single(kCount);
  launch(kernel, {{blocks_for(kCount, 128)}, {128}}, device_a, device_b, device_c, kCount, out,
         out_single);
  expect_equal(out.download(), packed, "fma.f16x2");
  expect_equal(out_single.download(), single, "fma.f16");
}

}  // namespace

void fp16_math(const Module& module) {
  check_arithmetic<__half, __half2>(module.function("half_arithmetic"));
  check_arithmetic<__nv_bfloat16, __nv_bfloat162>(module.function("brain_arithmetic"));
  check_convert(module.function("half_convert"));
  check_fma(module.function("half_fma"));
}

}  // namespace assay::corpus
