// SPDX-License-Identifier: Apache-2.0
// Oracle: the same struct and expressions; every sum is of multiples of 1/4 and exact in binary64.
#include "cuda/emulator/corpus/harness/case.hpp"

namespace assay::corpus {
namespace {

struct Problem {
  signed char sign;
  CUdeviceptr values;
  short shift[3];
  double factor;
  unsigned counts[6];
};

void check_by_value(CUfunction kernel, bool flag) {
  Random random(1);
  const auto values = random.vector(40, [&] { return random.between(-1000, 1000); });
  const Array<int> device_values(values);
  const Array<double> out(40);
  const Problem problem{
      -3, device_values.address(), {100, -200, 32'000}, 0.25, {1, 22, 333, 4444, 5, ~0u}};
  const unsigned char byte = 255;
  const short half = -32'768;
  const float single = 1.5f;
  const std::uint64_t wide = 0xFEDCBA9876543210u;
  std::vector<double> want;
  for (int i = 0; i < 40; ++i) {
    const double sum = 0.25 * values[i] + -3 * problem.shift[i % 3] + problem.counts[i * byte % 6] +
                       half + 1.5 + 0xFEDCBA;
    want.push_back(flag ? sum : -sum);
  }
  launch(kernel, {{1}, {40}}, byte, half, problem, single, wide, flag, out);
  expect_equal(out.download(), want, "sum");
}

void check_in_place(CUfunction kernel) {
  const Problem problem{0, 0, {}, 0.0, {10, 20, 30, 40, 50, 60}};
  std::vector<unsigned> want;
  for (int i = 0; i < 33; ++i)
    want.push_back(problem.counts[(i + 4) % 6] + 1);
  const Array<unsigned> out(33);
  launch(kernel, {{1}, {33}}, problem, 4, out);
  expect_equal(out.download(), want, "picked");
}

void check_where(CUfunction kernel, Dim blocks, Dim threads) {
  const unsigned per_block = threads.x * threads.y * threads.z;
  const unsigned count = blocks.x * blocks.y * blocks.z * per_block;
  std::vector<unsigned> want;
  for (unsigned i = 0; i < count; ++i) {
    const unsigned block = i / per_block, thread = i % per_block, lane = thread % 32;
    const auto packed = [](unsigned at, Dim size) {
      return at % size.x | at / size.x % size.y << 8 | at / size.x / size.y << 16;
    };
    for (const unsigned value :
         {packed(block, blocks), packed(thread, threads), blocks.x | blocks.y << 8 | blocks.z << 16,
          lane, (1u << lane) - 1, 1u})
      want.push_back(value);
  }
  const Array<unsigned> out(want.size());
  launch(kernel, {blocks, threads}, out);
  expect_equal(out.download(), want, "where");
}

}  // namespace

void struct_parameters(const Module& module) {
  check_by_value(module.function("struct_by_value"), true);
  check_by_value(module.function("struct_by_value"), false);
  check_in_place(module.function("struct_in_place"));
  check_where(module.function("where_am_i"), {1, 1, 1}, {1, 1, 1});
  check_where(module.function("where_am_i"), {3, 2, 2}, {5, 7, 3});
}

}  // namespace assay::corpus
