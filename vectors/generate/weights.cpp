// SPDX-License-Identifier: Apache-2.0
// Weight matrices: the random stream of expert e's matrix is named after its tensor and e, so that
// a matrix is the same in whichever order, and on whichever thread, it is drawn.
#include "vectors/generate/weights.hpp"

#include <algorithm>
#include <array>

#include <tbb/enumerable_thread_specific.h>
#include <tbb/parallel_for.h>

#include "reference/format/e2m1.hpp"
#include "reference/quantize/nvfp4.hpp"
#include "vectors/generate/real_weights.hpp"
#include "vectors/generate/values.hpp"

namespace assay {
namespace {

struct Matrix {
  std::string name;  // tensor/expert
  std::int64_t rows, columns;
  Nvfp4MatrixDst dst;
};

// Rarely seen scales: 0, the smallest, the largest subnormal, the smallest normal, 1, 448.
std::uint8_t draw_block_scale(std::uint32_t word) {
  constexpr std::array<std::uint8_t, 6> kScales{0x00, 0x01, 0x07, 0x08, 0x38, 0x7E};
  const std::uint32_t choice = word % 8;
  if (choice < kScales.size()) return kScales[choice];
  return static_cast<std::uint8_t>(std::min<std::uint32_t>((word >> 8) & 0x7F, 0x7E));
}

void draw_codes(const MoeRecipe& recipe, std::uint64_t seed, const Matrix& matrix) {
  const RandomStream codes(seed, matrix.name);
  for (std::size_t i = 0; i < matrix.dst.codes.size(); ++i)
    matrix.dst.codes[i] = static_cast<std::uint8_t>(codes.word(i));
  const RandomStream scales(seed, matrix.name + "/block_scales");
  for (std::size_t i = 0; i < matrix.dst.block_scales.size(); ++i)
    matrix.dst.block_scales[i] = draw_block_scale(scales.word(i));
  const auto fraction = static_cast<float>(codes.word(matrix.dst.codes.size()) >> 9);
  *matrix.dst.tensor_scale_decode = recipe.weights.tensor_scale_decode * (1 + fraction * 0x1p-23f);
}

// With the hidden states of the same name, the sum of a row of K >= 14336 columns is an even
// multiple of 2^11 >= 2^34, plus 2^10 (half a binary32 ulp), plus 2^-19, which binary64 cannot hold
// beside it but which decides the rounding. Every second row is negative.
void draw_beyond_binary64(const MoeRecipe& recipe, std::uint64_t seed, const Matrix& matrix) {
  const auto width = static_cast<std::size_t>(matrix.columns);
  if (width < 48) return draw_codes(recipe, seed, matrix);
  for (std::size_t row = 0; row < static_cast<std::size_t>(matrix.rows); ++row) {
    const std::uint8_t sign = row % 2 == 0 ? 0x0 : 0x8;
    const auto codes = matrix.dst.codes.subspan(row * width / 2, width / 2);
    const auto scales = matrix.dst.block_scales.subspan(row * width / 16, width / 16);
    std::fill(codes.begin(), codes.end(), pack_e2m1x2(sign | 7, sign | 7));
    std::fill(codes.end() - 16, codes.end(), std::uint8_t{0});
    *(codes.end() - 16) = pack_e2m1x2(sign | 6, 0);
    *(codes.end() - 8) = pack_e2m1x2(sign | 1, 0);
    std::fill(scales.begin(), scales.end(), std::uint8_t{0x7E});
    *(scales.end() - 2) = 0x78;
    *(scales.end() - 1) = 0x01;
  }
  *matrix.dst.tensor_scale_decode = recipe.weights.tensor_scale_decode;
}

void fill_constant_codes(const ValueRecipe& recipe, const Matrix& matrix) {
  std::fill(matrix.dst.codes.begin(), matrix.dst.codes.end(),
            pack_e2m1x2(recipe.code, recipe.code));
  std::fill(matrix.dst.block_scales.begin(), matrix.dst.block_scales.end(), recipe.block_scale);
  *matrix.dst.tensor_scale_decode = recipe.tensor_scale_decode;
}

Status draw_and_quantize(const MoeRecipe& recipe, std::uint64_t seed, const Matrix& matrix,
                         std::vector<float>& values) {
  values.resize(static_cast<std::size_t>(matrix.rows * matrix.columns));
  find_distribution(recipe.weights.distribution)
      ->weights({seed, matrix.name, recipe.weights.scale, matrix.columns, values});
  return quantize_nvfp4_modelopt(matrix.name.c_str(), values, matrix.columns, matrix.dst);
}

// One projection of the layer: names and the tensors that its matrices go to.
struct Projection {
  std::string name;
  std::int64_t rows, columns;
  std::span<std::uint8_t> codes, block_scales;
  std::span<float> dbl_q_scale;

  Matrix matrix(std::size_t expert) const {
    const auto elements = static_cast<std::size_t>(rows * columns);
    return {fmt::format("{}/{}", name, expert),
            rows,
            columns,
            {codes.subspan(expert * elements / 2, elements / 2),
             block_scales.subspan(expert * elements / 16, elements / 16), &dbl_q_scale[expert]}};
  }
};

Projection add_projection(const std::string& name, std::int64_t experts, std::int64_t rows,
                          std::int64_t columns, Tensors& tensors) {
  auto& codes = tensors[name] = Tensor(Dtype::u8, {experts, rows, columns / 2});
  auto& scales = tensors[name + "_scale"] = Tensor(Dtype::f8_e4m3, {experts, rows, columns / 16});
  auto& decode = tensors[name + "_dbl_q_scale"] = Tensor(Dtype::f32, {experts});
  return {
      name, rows, columns, codes.as<std::uint8_t>(), scales.as<std::uint8_t>(), decode.as<float>()};
}

}  // namespace

std::vector<std::string> given_weight_distributions() {
  return {"codes", "constant_codes", "beyond_binary64", "file"};
}

Status add_weights(const MoeRecipe& recipe, std::uint64_t seed,
                   const std::filesystem::path& data_dir, Tensors& tensors) {
  const MoeShape& shape = recipe.shape;
  const std::string& distribution = recipe.weights.distribution;
  RealWeights real;
  if (distribution == "file") {
    ASSAY_ASSIGN(real, read_real_weights(recipe.weights, shape, data_dir));
  }
  const std::int64_t hidden = shape.hidden_size, intermediate = shape.intermediate_size;
  const std::array projections{
      add_projection("fc_gate_weights", shape.num_experts, intermediate, hidden, tensors),
      add_projection("fc_up_weights", shape.num_experts, intermediate, hidden, tensors),
      add_projection("fc_down_weights", shape.num_experts, hidden, intermediate, tensors)};

  const auto experts = static_cast<std::size_t>(shape.num_experts);
  std::vector<Status> statuses(projections.size() * experts);
  tbb::enumerable_thread_specific<std::vector<float>> buffers;
  tbb::parallel_for(std::size_t{0}, statuses.size(), [&](std::size_t task) {
    const std::size_t expert = task % experts;
    const Matrix matrix = projections[task / experts].matrix(expert);
    if (distribution == "codes")
      draw_codes(recipe, seed, matrix);
    else if (distribution == "constant_codes")
      fill_constant_codes(recipe.weights, matrix);
    else if (distribution == "beyond_binary64")
      draw_beyond_binary64(recipe, seed, matrix);
    else if (distribution == "file")
      statuses[task] = quantize_nvfp4_modelopt(
          matrix.name.c_str(), real.matrix(task / experts, expert), matrix.columns, matrix.dst);
    else
      statuses[task] = draw_and_quantize(recipe, seed, matrix, buffers.local());
  });
  for (Status& status : statuses)
    ASSAY_TRY(std::move(status));
  return {};
}

}  // namespace assay
