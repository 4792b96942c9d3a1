// SPDX-License-Identifier: Apache-2.0
// Oracle: a switch over the same operations.
#include <algorithm>

#include "cuda/emulator/corpus/harness/case.hpp"

namespace assay::corpus {
namespace {

int apply(int selector, int a, int b) {
  switch (selector & 3) {
    case 0:
      return a + b;
    case 1:
      return a - b;
    case 2:
      return a * b;
    default:
      return std::min(a, b);
  }
}

void check_table(CUfunction kernel, int count) {
  Random random(static_cast<std::uint64_t>(count));
  const auto small = [&] { return random.between(-9999, 9999); };
  const auto selectors = random.vector(count, small);
  const auto a = random.vector(count, small), b = random.vector(count, small);
  std::vector<int> want(count);
  for (int i = 0; i < count; ++i)
    want[i] = apply(selectors[i], a[i], b[i]);
  const Array<int> device_selectors(selectors), device_a(a), device_b(b), out(count);
  launch(kernel, {{blocks_for(count, 96)}, {96}}, device_selectors, device_a, device_b, count, out);
  expect_equal(out.download(), want, "through the table");
}

void check_stored(const Module& module) {
  launch(module.function("choose_functions"), {{1}, {4}});
  Random random(3);
  const auto a = random.vector(50, [&] { return random.between(-99, 99); });
  const auto b = random.vector(50, [&] { return random.between(-99, 99); });
  std::vector<int> want(50);
  for (int i = 0; i < 50; ++i)
    want[i] = i % 2 == 0 ? a[i] * b[i] : a[i] - b[i];
  const Array<int> device_a(a), device_b(b), out(50);
  launch(module.function("call_chosen"), {{1}, {50}}, device_a, device_b, out);
  expect_equal(out.download(), want, "through stored pointers");
}

void check_virtual(CUfunction kernel) {
  Random random(4);
  const auto kinds = random.vector(64, [&] { return random.between(0, 2); });
  std::vector<std::int64_t> want;
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    const std::int64_t side = static_cast<std::int64_t>(i) + 1, square = side * side;
    want.push_back(kinds[i] == 0 ? 0 : kinds[i] == 1 ? 4 * square : 60 * square);
  }
  const Array<int> device_kinds(kinds);
  const Array<std::int64_t> out(want.size());
  launch(kernel, {{1}, {64}}, device_kinds, out);
  expect_equal(out.download(), want, "virtual");
}

}  // namespace

void function_pointers(const Module& module) {
  check_table(module.function("function_pointers"), 1);
  check_table(module.function("function_pointers"), 500);
  check_stored(module);
  check_virtual(module.function("virtual_functions"));
}

}  // namespace assay::corpus
