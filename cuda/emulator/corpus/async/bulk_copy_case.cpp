// SPDX-License-Identifier: Apache-2.0
// Oracle: the same index arithmetic on the host's arrays.
#include <algorithm>

#include "cuda/emulator/corpus/harness/case.hpp"

namespace assay::corpus {
namespace {

void check_tiles(CUfunction kernel, unsigned tiles, unsigned blocks) {
  Random random(tiles);
  const auto in = random.words(512ull * tiles * blocks);
  std::vector<unsigned> want(in.size());
  for (unsigned i = 0; i < want.size(); ++i)
    want[i] = in[i / 512 * 512 + 511 - i % 512] * 3 + i / 512 % tiles;
  const Array<unsigned> device_in(in), out(want.size());
  launch(kernel, {{blocks}, {128}}, device_in, tiles, out);
  expect_equal(out.download(), want, "tile");
}

void check_pieces(CUfunction kernel, unsigned pieces) {
  Random random(pieces);
  const unsigned total = 8 * pieces * (pieces + 1);
  const auto in = random.vector(total, [&] { return static_cast<unsigned char>(random.u32()); });
  std::vector<unsigned char> want(total);
  for (unsigned piece = 1, at = 0; piece <= pieces; at += 16 * piece++)
    std::copy_n(in.begin() + at, 16 * piece, want.begin() + (total - at - 16 * piece));
  const Array<unsigned char> device_in(in), out(total);
  launch(kernel, {{1}, {96}}, device_in, pieces, out);
  expect_equal(out.download(), want, "pieces");
}

}  // namespace

void bulk_copy(const Module& module) {
  check_tiles(module.function("bulk_copy"), 1, 1);
  check_tiles(module.function("bulk_copy"), 2, 3);
  check_tiles(module.function("bulk_copy"), 7, 2);
  check_pieces(module.function("bulk_pieces"), 1);
  check_pieces(module.function("bulk_pieces"), 20);
}

}  // namespace assay::corpus
