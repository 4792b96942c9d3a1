// SPDX-License-Identifier: Apache-2.0
#include "vectors/io/mma_rows.hpp"

#include "vectors/io/tensor_rules.hpp"

namespace assay {
namespace {

Status check_rows(const TensorViews& tensors) {
  const auto a = tensors.find("a");
  if (a == tensors.end() || a->second.shape.size() != 2)
    return fail(ErrorCode::invalid_vectors, "tensor \"a\": must be there, of shape [rows, K]");
  const Shape matrix = a->second.shape, vector{matrix[0]};
  const std::vector<Dtype> words{Dtype::u32};
  const auto scales = tensors.find("a_scale");
  const bool has_scales = scales != tensors.end() || tensors.contains("b_scale");
  const bool fits = scales != tensors.end() && scales->second.shape.size() == 2;
  const Shape blocks{matrix[0], fits ? scales->second.shape[1] : 1};
  return check_tensors(tensors,
                       {{"a", words, {matrix}},
                        {"b", words, {matrix}},
                        {"c", words, {vector}},
                        {"a_scale", words, {blocks}, !has_scales},
                        {"b_scale", words, {blocks}, !has_scales},
                        {"d_f32", words, {vector}, true},
                        {"d_f16", words, {vector}, true}},
                       "tensor");
}

}  // namespace

Result<MmaRows> read_mma_rows(const std::filesystem::path& path) {
  ASSAY_ASSIGN(Safetensors file, Safetensors::open(path));
  const TensorViews& tensors = file.tensors();
  if (const Status status = check_rows(tensors); !status)
    return fail(status.error().code, "{}: {}", path.string(), status.error().message);
  const auto words = [&](std::string_view name) {
    const auto found = tensors.find(name);
    return found == tensors.end() ? std::span<const std::uint32_t>()
                                  : found->second.as<std::uint32_t>();
  };
  const Shape& shape = tensors.find("a")->second.shape;
  const auto scales = tensors.find("a_scale");
  return MmaRows{.file = file,
                 .rows = shape[0],
                 .columns = shape[1],
                 .blocks = scales == tensors.end() ? 0 : scales->second.shape[1],
                 .a = words("a"),
                 .b = words("b"),
                 .c = words("c"),
                 .d_f32 = words("d_f32"),
                 .d_f16 = words("d_f16"),
                 .a_scale = words("a_scale"),
                 .b_scale = words("b_scale")};
}

}  // namespace assay
