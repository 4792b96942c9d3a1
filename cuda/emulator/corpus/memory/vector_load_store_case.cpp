// SPDX-License-Identifier: Apache-2.0
// Oracle: byte strings in reverse order of elements.
#include <algorithm>

#include "cuda/emulator/corpus/harness/case.hpp"

namespace assay::corpus {
namespace {

void check_reverse(CUfunction kernel, std::size_t width, int count) {
  Random random(width);
  const auto in =
      random.vector(width * count, [&] { return static_cast<std::uint8_t>(random.u32()); });
  std::vector<std::uint8_t> want(in.size());
  for (int i = 0; i < count; ++i)
    std::copy_n(in.begin() + static_cast<std::ptrdiff_t>(width) * i, width,
                want.end() - static_cast<std::ptrdiff_t>(width) * (i + 1));
  const Array<std::uint8_t> device_in(in), out(in.size());
  launch(kernel, {{blocks_for(count, 64)}, {64}}, device_in, out, count);
  expect_equal(out.download(), want, "element of " + std::to_string(width) + " bytes");
}

void check_shared(CUfunction kernel) {
  Random random(1);
  const auto in = random.vector(512, [&] { return static_cast<std::int8_t>(random.u32()); });
  const std::vector<std::int16_t> want(in.rbegin(), in.rend());
  const Array<std::int8_t> device_in(in);
  const Array<std::int16_t> out(512);
  launch(kernel, {{1}, {96}}, device_in, out);
  expect_equal(out.download(), want, "shared");
}

}  // namespace

void vector_load_store(const Module& module) {
  const std::pair<const char*, std::size_t> kernels[] = {
      {"reverse_char3", 3},   {"reverse_uchar4", 4}, {"reverse_short2", 4}, {"reverse_ushort4", 8},
      {"reverse_float2", 8},  {"reverse_int3", 12},  {"reverse_int4", 16},  {"reverse_double2", 16},
      {"reverse_hinted", 16}, {"reverse_wide", 32}};
  for (const auto& [name, width] : kernels)
    for (const int count : {1, 75})
      check_reverse(module.function(name), width, count);
  check_shared(module.function("shared_vectors"));
}

}  // namespace assay::corpus
