// SPDX-License-Identifier: Apache-2.0
// Oracle: folds in one order; every operation used is associative and commutative on these values.
#include <algorithm>
#include <numeric>

#include "cuda/emulator/corpus/harness/case.hpp"

namespace assay::corpus {
namespace {

constexpr unsigned kBlocks = 2, kThreads = 96, kCount = kBlocks * kThreads;
constexpr Grid kGrid{{kBlocks}, {kThreads}};

template <typename T, typename Combine>
T fold(const std::vector<T>& values, T start, Combine combine) {
  return std::accumulate(values.begin(), values.end(), start, combine);
}

template <typename T>
T smaller(T a, T b) {
  return std::min(a, b);
}
template <typename T>
T larger(T a, T b) {
  return std::max(a, b);
}
template <typename T>
T exclusive_or(T a, T b) {
  return a ^ b;
}

void check_u32(const Module& module) {
  Random random(1);
  const auto in = random.words(kCount);
  const std::vector<int> in_signed(in.begin(), in.end());
  const unsigned sum = fold(in, 0u, std::plus<>());
  const unsigned sums[] = {std::accumulate(in.begin(), in.begin() + kThreads, 0u),
                           std::accumulate(in.begin() + kThreads, in.end(), 0u)};
  const auto with_bit = [](unsigned a, unsigned b) { return a & (b | 0x10u); };
  const auto some_bits = [](unsigned a, unsigned b) { return a | (b & 0xF0F0u); };
  const std::vector<unsigned> start{0, 0, ~0u, 0, ~0u, 1, 0, 0, 0, 0, 0, 0};
  const std::vector<unsigned> want{sum,
                                   0 - sum,
                                   fold(in, ~0u, smaller<unsigned>),
                                   fold(in, 0u, larger<unsigned>),
                                   fold(in, ~0u, with_bit),
                                   fold(in, 1u, some_bits),
                                   fold(in, 0u, exclusive_or<unsigned>),
                                   kCount % 7,               // 0, 1, .. 6, 0: wraps above 6
                                   (10 - kCount % 10) % 10,  // 0, 9, 8, .. 0, 9: wraps below 0
                                   sums[0],
                                   sums[1],
                                   sum};
  const std::vector<int> want_signed{fold(in_signed, 0, smaller<int>),
                                     fold(in_signed, 0, larger<int>), static_cast<int>(sum)};
  const Array<unsigned> device_in(in), cells(start);
  const auto signed_cells = Array<int>::zeros(3);
  launch(module.function("atomics_u32"), kGrid, device_in, cells, signed_cells);
  expect_equal(cells.download(), want, "u32");
  expect_equal(signed_cells.download(), want_signed, "s32");
}

void check_u64(const Module& module) {
  using Wide = std::uint64_t;
  Random random(2);
  const auto in = random.vector(kCount, [&] { return random.u64(); });
  const std::vector<std::int64_t> in_signed(in.begin(), in.end());
  const auto with_bit = [](Wide a, Wide b) { return a & (b | 0x10u); };
  const auto some_bits = [](Wide a, Wide b) { return a | (b & 0xF0F0F0F0F0u); };
  const std::vector<Wide> want{
      fold(in, Wide{0}, std::plus<>()), fold(in, ~Wide{0}, smaller<Wide>),
      fold(in, Wide{0}, larger<Wide>),  fold(in, ~Wide{0}, with_bit),
      fold(in, Wide{0}, some_bits),     fold(in, Wide{0}, exclusive_or<Wide>)};
  const std::vector<std::int64_t> want_signed{
      fold(in_signed, std::int64_t{0}, smaller<std::int64_t>),
      fold(in_signed, std::int64_t{0}, larger<std::int64_t>)};
  const Array<Wide> device_in(in), cells(std::vector<Wide>{0, ~Wide{0}, 0, ~Wide{0}, 0, 0});
  const auto signed_cells = Array<std::int64_t>::zeros(2);
  launch(module.function("atomics_u64"), kGrid, device_in, cells, signed_cells);
  expect_equal(cells.download(), want, "u64");
  expect_equal(signed_cells.download(), want_signed, "s64");
}

template <typename T>
void expect_each_once(std::vector<T> values, const std::vector<T>& sorted, const char* what) {
  std::sort(values.begin(), values.end());
  expect_equal(values, sorted, what);
}

void check_old(const Module& module) {
  std::vector<unsigned> order(kCount), wrapped(kCount);
  std::vector<std::uint64_t> wide(kCount);
  for (unsigned i = 0; i < kCount; ++i) {
    order[i] = i;
    wrapped[i] = i % 7;
    wide[i] = std::uint64_t{i} << 33;
  }
  std::sort(wrapped.begin(), wrapped.end());
  const auto counters = Array<unsigned>::zeros(3);
  const auto wide_counter = Array<std::uint64_t>::zeros(1);
  const Array<unsigned> tickets(kCount), wraps(kCount), chain(kCount);
  const Array<std::uint64_t> wide_tickets(kCount);
  launch(module.function("atomics_old"), kGrid, counters, tickets, wraps, chain, wide_tickets,
         wide_counter);
  expect_each_once(tickets.download(), order, "ticket");
  expect_each_once(wraps.download(), wrapped, "wrapped ticket");
  expect_each_once(wide_tickets.download(), wide, "64-bit ticket");
  // Of 0 (the start) and 1 .. n (what the threads put), the last one put is never seen.
  std::vector<unsigned> links = chain.download();
  links.push_back(counters.download()[2]);
  order.push_back(kCount);
  expect_each_once(links, order, "exchanged");
}

void check_cas(const Module& module) {
  std::uint16_t half = 65'500;
  unsigned word = 1;
  std::uint64_t wide = 1, low = 0, high = 0;
  for (unsigned i = 0; i < kCount; ++i) {
    half = static_cast<std::uint16_t>(half + 3);
    word = word * 5 + 1;
    wide = wide * 7 + 1;
    high += low++;
  }
  // The half-word's neighbours must stay as they are.
  const Array<std::uint16_t> halves(std::vector<std::uint16_t>{111, 65'500, 222, 333});
  const Array<unsigned> words(std::vector<unsigned>{1});
  const Array<std::uint64_t> wides(std::vector<std::uint64_t>{1});
  const auto quads = Array<std::uint64_t>::zeros(2);
  launch(module.function("atomics_cas"), kGrid, halves.address() + 2, words, wides, quads);
  expect_equal(halves.download(), {111, half, 222, 333}, "cas of 16 bits");
  expect_equal(words.download(), {word}, "cas of 32 bits");
  expect_equal(wides.download(), {wide}, "cas of 64 bits");
  expect_equal(quads.download(), {low, high}, "cas of 128 bits");
}

// Bits of a small integer as binary16 and as bfloat16, exact within 11 and 8 bits.
std::uint16_t half_bits(int value) {
  if (value == 0) return 0;
  const std::uint32_t single = bits_as<std::uint32_t>(static_cast<float>(value));
  return static_cast<std::uint16_t>((single >> 16 & 0x8000u) |
                                    ((single >> 13 & 0x3FFFFu) - 0x1C000u));
}
std::uint16_t brain_bits(int value) {
  return static_cast<std::uint16_t>(bits_as<std::uint32_t>(static_cast<float>(value)) >> 16);
}

void check_float(const Module& module) {
  Random random(3);
  auto in = random.vector(kCount, [&] { return random.between(0, 1); });
  const int sum = fold(in, 0, std::plus<>());
  const float real = static_cast<float>(sum), count = static_cast<float>(kCount);
  const Array<int> device_in(in);
  const auto single = Array<float>::zeros(1), pair = Array<float>::zeros(2),
             four = Array<float>::zeros(4);
  const auto twice = Array<double>::zeros(1);
  const auto half = Array<std::uint16_t>::zeros(2), brain = Array<std::uint16_t>::zeros(2),
             halves = Array<std::uint16_t>::zeros(2), brains = Array<std::uint16_t>::zeros(2);
  launch(module.function("atomics_float"), kGrid, device_in, single, twice, half, brain, halves,
         brains, pair, four);
  expect_equal(single.download(), {real}, "f32");
  expect_equal(twice.download(), {static_cast<double>(sum)}, "f64");
  expect_equal(half.download(), {half_bits(sum), 0}, "f16");
  expect_equal(brain.download(), {brain_bits(sum), 0}, "bf16");
  expect_equal(halves.download(), {half_bits(sum), half_bits(-sum)}, "f16x2");
  expect_equal(brains.download(), {brain_bits(sum), brain_bits(-sum)}, "bf16x2");
  expect_equal(pair.download(), {real, 2 * real}, "f32 v2");
  expect_equal(four.download(), {real, -real, 4 * real, count}, "f32 v4");
}

}  // namespace

void atomics_global(const Module& module) {
  check_u32(module);
  check_u64(module);
  check_old(module);
  check_cas(module);
  check_float(module);
}

}  // namespace assay::corpus
