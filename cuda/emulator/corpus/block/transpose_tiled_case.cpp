// SPDX-License-Identifier: Apache-2.0
// Oracle: out[c][r] = in[r][c]. Random bits, so NaN payloads must survive, too.
#include "cuda/emulator/corpus/harness/case.hpp"

namespace assay::corpus {
namespace {

template <typename T>
void check_shape(CUfunction kernel, int rows, int columns) {
  Random random(static_cast<std::uint64_t>(rows * 1000 + columns));
  const std::size_t count = static_cast<std::size_t>(rows) * columns;
  std::vector<T> in(count), want(count);
  for (T& value : in) {
    const std::uint32_t word = random.u32();
    std::memcpy(&value, &word, sizeof(T));
  }
  for (int r = 0; r < rows; ++r)
    for (int c = 0; c < columns; ++c)
      std::memcpy(&want[static_cast<std::size_t>(c) * rows + r],
                  &in[static_cast<std::size_t>(r) * columns + c], sizeof(T));
  const Array<T> device_in(in), out(count);
  launch(kernel, {{blocks_for(columns, 32), blocks_for(rows, 32)}, {32, 8}}, device_in, out, rows,
         columns);
  expect_equal(out.download(), want, "transposed");
}

}  // namespace

void transpose_tiled(const Module& module) {
  for (const auto& [rows, columns] : {std::pair{1, 1}, {32, 32}, {33, 65}, {70, 31}, {5, 200}}) {
    check_shape<float>(module.function("transpose_f32"), rows, columns);
    check_shape<std::uint16_t>(module.function("transpose_u16"), rows, columns);
  }
}

}  // namespace assay::corpus
