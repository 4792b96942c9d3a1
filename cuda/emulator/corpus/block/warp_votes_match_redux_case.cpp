// SPDX-License-Identifier: Apache-2.0
// Oracle: the definitions of CUDA's warp functions, lane by lane over a warp's 32 values (CUDA C++
// Programming Guide, warp vote, match, reduce and shuffle functions).
#include <algorithm>
#include <array>
#include <functional>

#include "cuda/emulator/corpus/harness/case.hpp"

namespace assay::corpus {
namespace {

using Values = std::array<int, 32>;
using Want = std::vector<std::vector<unsigned>>;

unsigned lanes_where(const Values& values, const std::function<bool(int)>& holds) {
  unsigned mask = 0;
  for (int lane = 0; lane < 32; ++lane)
    mask |= static_cast<unsigned>(holds(values[lane])) << lane;
  return mask;
}

unsigned fold(const Values& values, unsigned start,
              const std::function<unsigned(unsigned, unsigned)>& combine) {
  for (const int value : values)
    start = combine(start, static_cast<unsigned>(value));
  return start;
}

// Source lanes of the shuffles, which stay within segments of `width` lanes.
int from_index(int lane, int index, int width) {
  return lane / width * width + index % width;
}
int from_up(int lane, int delta, int width) {
  return lane % width < delta ? lane : lane - delta;
}
int from_down(int lane, int delta, int width) {
  return lane % width + delta >= width ? lane : lane + delta;
}
// A source beyond the own segment is not read: the lane keeps its value.
int from_xor(int lane, int mask, int width) {
  return (lane ^ mask) > (lane | (width - 1)) ? lane : lane ^ mask;
}

void append_votes(const Values& v, int lane, std::vector<unsigned>& rows) {
  const int own = v[lane];
  rows.push_back(lanes_where(v, [](int x) { return x > 0; }));
  rows.push_back(lanes_where(v, [](int x) { return x == 7; }) != 0);
  rows.push_back(lanes_where(v, [](int x) { return x > -100; }) == ~0u);
  for (int i = 0; i < 2; ++i)
    rows.push_back(lanes_where(v, [&](int x) { return x == own; }));
  const bool same = lanes_where(v, [&](int x) { return x >> 8 == own >> 8; }) == ~0u;
  rows.push_back(same ? ~0u : 0u);
  rows.push_back(same);
}

void append_reductions(const Values& v, std::vector<unsigned>& rows) {
  rows.push_back(fold(v, 0, std::plus<>()));
  rows.push_back(fold(v, ~0u, [](unsigned a, unsigned b) { return std::min(a, b); }));
  rows.push_back(fold(v, 0, [](unsigned a, unsigned b) { return std::max(a, b); }));
  rows.push_back(static_cast<unsigned>(*std::min_element(v.begin(), v.end())));
  rows.push_back(static_cast<unsigned>(*std::max_element(v.begin(), v.end())));
  rows.push_back(fold(v, ~0u, std::bit_and<>()));
  rows.push_back(fold(v, 0, std::bit_or<>()));
  rows.push_back(fold(v, 0, std::bit_xor<>()));
}

void append_shuffles(const Values& v, int lane, std::vector<unsigned>& rows) {
  const int sources[] = {v[lane] & 31,           from_index(lane, 3, 8), from_up(lane, 5, 32),
                         from_up(lane, 3, 16),   from_down(lane, 9, 32), from_down(lane, 2, 4),
                         from_xor(lane, 21, 32), from_xor(lane, 9, 8),   lane ^ 1};
  for (const int source : sources)
    rows.push_back(static_cast<unsigned>(v[source]));
}

void check_warps(CUfunction kernel, int low, int high) {
  constexpr int kThreads = 96, kRows = 24;
  Random random(static_cast<std::uint64_t>(high));
  const auto in = random.vector(kThreads, [&] { return random.between(low, high); });
  std::vector<unsigned> want(kRows * kThreads);
  for (int thread = 0; thread < kThreads; ++thread) {
    Values values;
    std::copy_n(in.begin() + thread / 32 * 32, 32, values.begin());
    std::vector<unsigned> rows;
    append_votes(values, thread % 32, rows);
    append_reductions(values, rows);
    append_shuffles(values, thread % 32, rows);
    for (int row = 0; row < kRows; ++row)
      want[row * kThreads + thread] = rows[row];
  }
  const Array<int> device_in(in);
  const Array<unsigned> out(want.size());
  launch(kernel, {{1}, {kThreads}}, device_in, out);
  expect_equal(out.download(), want, "row * 96 + thread");
}

void check_split(CUfunction kernel) {
  Random random(8);
  const auto in = random.vector(32, [&] { return random.between(0, 255); });
  std::vector<unsigned> want(32, 0);
  unsigned odd = 0, maximum = 0;
  for (int i = 0; i < 32; ++i) {
    odd |= static_cast<unsigned>(in[i] & 1) << i;
    if (i % 3 != 0) maximum = std::max(maximum, static_cast<unsigned>(in[i]));
  }
  for (int i = 0; i < 32; ++i)
    want[i] =
        i % 3 == 0 ? (odd & 0x49249249u) + 11 : (~0x49249249u & (in[i] & 1 ? odd : ~odd)) ^ maximum;
  const Array<int> device_in(in);
  const Array<unsigned> out(32);
  launch(kernel, {{1}, {32}}, device_in, out);
  expect_equal(out.download(), want, "split");
}

}  // namespace

void warp_votes_match_redux(const Module& module) {
  const CUfunction kernel = module.function("warp_votes_match_redux");
  check_warps(kernel, -8, 8);
  check_warps(kernel, 0, 200);
  check_warps(kernel, -2'000'000'000, 2'000'000'000);
  check_split(module.function("split_votes"));
}

}  // namespace assay::corpus
