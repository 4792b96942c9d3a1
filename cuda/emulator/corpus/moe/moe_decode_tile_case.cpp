// SPDX-License-Identifier: Apache-2.0
// Oracle: NarrowWeights::dot on the plain arrays, a quarter of the depth at a time. The prepacking
// is written from the fragment layout of mma.sync m16n8k16 in the PTX ISA.
#include "cuda/emulator/corpus/harness/case.hpp"
#include "cuda/emulator/corpus/moe/narrow_data.hpp"

namespace assay::corpus {
namespace {

// A lane's byte r of a group holds rows g + 8 * (r % 2), columns 2 * place + 8 * (r / 2) and the
// next.
std::vector<std::uint32_t> prepack(const NarrowWeights& weights) {
  std::vector<std::uint32_t> words;
  for (int tile = 0; tile < weights.rows / 16; ++tile)
    for (int step = 0; step < weights.depth / 64; ++step)
      for (int lane = 0; lane < 32; ++lane)
        for (int group = 0; group < 4; ++group) {
          std::uint32_t word = 0;
          for (int r = 0; r < 4; ++r) {
            const int row = tile * 16 + lane / 4 + r % 2 * 8;
            const int k = step * 64 + group * 16 + lane % 4 * 2 + r / 2 * 8;
            word |= (weights.code(row, k) | weights.code(row, k + 1) << 4) << 8 * r;
          }
          words.push_back(word);
        }
  return words;
}

std::vector<std::uint8_t> prepack_scales(const NarrowWeights& weights) {
  std::vector<std::uint8_t> bytes;
  for (int tile = 0; tile < weights.rows / 16; ++tile)
    for (int step = 0; step < weights.depth / 64; ++step)
      for (int g = 0; g < 8; ++g)
        for (int half = 0; half < 2; ++half)
          for (int group = 0; group < 4; ++group)
            bytes.push_back(
                weights.scales[(tile * 16 + g + 8 * half) * weights.depth / 16 + step * 4 + group]);
  return bytes;
}

void check_shape(CUfunction kernel, int rows, int depth, int count) {
  Random random(static_cast<std::uint64_t>(rows + depth + count));
  const NarrowWeights weights(rows, depth, random);
  const auto tokens = random_activations(static_cast<std::size_t>(count) * depth, random);
  const int steps = depth / 64, per_warp = (steps + 3) / 4;
  std::vector<float> want;
  for (int token = 0; token < count; ++token)
    for (int row = 0; row < rows; ++row) {
      float sum = 0.0f;
      for (int warp = 0; warp < 4; ++warp) {
        const int first = 4 * warp * per_warp, last = std::min(first + 4 * per_warp, 4 * steps);
        const float part = weights.dot(row, tokens.data() + token * depth, first, last);
        sum = warp == 0 ? part : sum + part;
      }
      want.push_back(sum);
    }
  const Array<std::uint32_t> fragments(prepack(weights));
  const Array<std::uint8_t> scales(prepack_scales(weights)), device_tokens(tokens);
  const Array<float> out(want.size());
  launch(kernel, {{static_cast<unsigned>(rows) / 16}, {128}}, fragments, scales, device_tokens,
         count, depth, out, rows);
  expect_equal(out.download(), want, "out");
}

}  // namespace

void moe_decode_tile(const Module& module) {
  const CUfunction kernel = module.function("moe_decode_tile");
  check_shape(kernel, 16, 64, 1);
  check_shape(kernel, 48, 448, 3);
  check_shape(kernel, 32, 1024, 8);
}

}  // namespace assay::corpus
