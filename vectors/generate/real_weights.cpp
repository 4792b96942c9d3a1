// SPDX-License-Identifier: Apache-2.0
// The seal is checked before the content: bits that a suite promises start from these bytes.
#include "vectors/generate/real_weights.hpp"

namespace assay {
namespace {

constexpr std::array kNames{"gate", "up", "down"};

Result<std::span<const float>> find_values(const Safetensors& file, const std::string& path,
                                           const char* name,
                                           const std::vector<std::int64_t>& shape) {
  const auto found = file.tensors().find(name);
  if (found == file.tensors().end())
    return fail(ErrorCode::invalid_vectors, "{}: tensor {} is missing", path, name);
  const TensorView& view = found->second;
  if (view.dtype != Dtype::f32 || view.shape != shape)
    return fail(ErrorCode::invalid_vectors, "{}: tensor {} is {} {}, the suite needs F32 {}", path,
                name, dtype_name(view.dtype), shape_text(view.shape), shape_text(shape));
  return view.as<float>();
}

}  // namespace

Result<RealWeights> read_real_weights(const ValueRecipe& recipe, const MoeShape& shape,
                                      const std::filesystem::path& data_dir) {
  const std::filesystem::path path = data_dir / recipe.file;
  std::error_code
      ignored;  // what cannot be looked at is read next, and that error names the reason
  if (std::filesystem::status(path, ignored).type() == std::filesystem::file_type::not_found)
    return fail(
        ErrorCode::invalid_vectors,
        "{}: no such file; the suite's weights are made by `python scripts/real_minilm.py {}`",
        path.string(), path.string());
  RealWeights real;
  ASSAY_ASSIGN(real.file, Safetensors::open(path));
  if (const std::string actual = real.file.sha256(); actual != recipe.file_sha256)
    return fail(ErrorCode::invalid_vectors, "{}: SHA-256 is {}, the suite's seal is {}",
                path.string(), actual, recipe.file_sha256);
  const std::int64_t experts = shape.num_experts, hidden = shape.hidden_size;
  const std::int64_t intermediate = shape.intermediate_size;
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    const bool is_down = i == 2;
    ASSAY_ASSIGN(real.projections[i], find_values(real.file, path.string(), kNames[i],
                                                  {experts, is_down ? hidden : intermediate,
                                                   is_down ? intermediate : hidden}));
  }
  real.matrix_elements = static_cast<std::size_t>(hidden * intermediate);
  return real;
}

}  // namespace assay
