// SPDX-License-Identifier: Apache-2.0
// Oracle: the same index arithmetic in 64 bits. 13 bytes an element; the largest shape has 91,000.
#include "cuda/emulator/corpus/harness/case.hpp"

namespace assay::corpus {
namespace {

void check_shape(CUfunction kernel, int count, unsigned threads) {
  Random random(static_cast<std::uint64_t>(count));
  const auto in = random.vector(count, [&] { return static_cast<int>(random.u32()); });
  std::vector<std::int64_t> wide(count), want(count);
  for (int i = 0; i < count; ++i)
    wide[i] = std::int64_t{in[count - 1 - i]} * (in[(i + 1) % count] & 255) + count;
  for (int i = 0; i < count; ++i)
    want[i] = wide[(i + 7) % count];
  const unsigned bytes = 13u * static_cast<unsigned>(count);
  CORPUS_CU(cuFuncSetAttribute, kernel, CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES,
            static_cast<int>(bytes));
  const Array<int> device_in(in);
  const Array<std::int64_t> out(count);
  launch(kernel, {{1}, {threads}, bytes}, device_in, count, out);
  expect_equal(out.download(), want, "out");
}

}  // namespace

void dynamic_shared(const Module& module) {
  const CUfunction kernel = module.function("dynamic_shared");
  check_shape(kernel, 8, 32);
  check_shape(kernel, 333, 128);
  check_shape(kernel, 7000, 512);
}

}  // namespace assay::corpus
