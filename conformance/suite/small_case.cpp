// SPDX-License-Identifier: Apache-2.0
// A small case: weights and activations from a linear congruential generator, scales 1 and powers
// of 2.
#include "conformance/suite/small_case.hpp"

#include <cstring>
#include <fstream>

namespace assay {
namespace {

constexpr std::int64_t kTokens = 2, kTopK = 2, kExperts = 2, kHidden = 32, kIntermediate = 16;

// Numerical Recipes' generator; its upper byte is random enough for codes.
class Bytes8 {
 public:
  std::uint8_t next() {
    state_ = state_ * 1664525U + 1013904223U;
    return static_cast<std::uint8_t>(state_ >> 24);
  }

 private:
  std::uint32_t state_ = 1;
};

Tensor f32(std::vector<std::int64_t> shape, float value) {
  Tensor tensor(Dtype::f32, std::move(shape));
  for (float& each : tensor.as<float>())
    each = value;
  return tensor;
}

void add_projection(Tensors& tensors, const std::string& name, std::int64_t rows,
                    std::int64_t columns, Bytes8& random) {
  Tensor codes(Dtype::u8, {kExperts, rows, columns / 2});
  for (std::uint8_t& byte : codes.as<std::uint8_t>())
    byte = random.next();
  Tensor scales(Dtype::f8_e4m3, {kExperts, rows, columns / 16});
  for (std::uint8_t& code : scales.as<std::uint8_t>())
    code = 0x38;
  tensors["fc_" + name + "_weights"] = std::move(codes);
  tensors["fc_" + name + "_weights_scale"] = std::move(scales);
  tensors["fc_" + name + "_weights_dbl_q_scale"] = f32({kExperts}, 0.0625F);
}

Tensors small_inputs() {
  Bytes8 random;
  Tensors tensors;
  Tensor hidden(Dtype::f32, {1, kTokens, kHidden});
  for (float& value : hidden.as<float>())
    value = (static_cast<float>(random.next()) - 128) / 64;
  Tensor experts(Dtype::i32, {1, kTokens, kTopK});
  experts.as<std::int32_t>()[1] = 1;
  experts.as<std::int32_t>()[2] = 1;
  tensors["hidden_states"] = std::move(hidden);
  tensors["hidden_states_scale"] = f32({}, 0.25F);
  tensors["selected_experts_for_tokens"] = std::move(experts);
  tensors["scores_for_selected_experts"] = f32({1, kTokens, kTopK}, 0.75F);
  add_projection(tensors, "gate", kIntermediate, kHidden, random);
  add_projection(tensors, "up", kIntermediate, kHidden, random);
  add_projection(tensors, "down", kHidden, kIntermediate, random);
  tensors["fc_down_activation_scale"] = f32({}, 0.125F);
  return tensors;
}

}  // namespace

std::string write_script(const TemporaryFolder& folder, const std::string& name,
                         const std::string& body) {
  const std::filesystem::path path = folder / name;
  std::ofstream(path) << "#!/bin/sh\n" << body << "\n";
  std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  return path.string();
}

std::filesystem::path write_small_case(const std::filesystem::path& folder, const EditCase& edit) {
  CaseDescription description;
  description.id = kSmallCaseId;
  description.profile = find_profile("tensorrt_exact").value();
  description.bit_class = "B";
  description.notes = "a small case";
  Tensors inputs = small_inputs();
  if (edit) edit(description, inputs);

  const std::filesystem::path path = folder / (description.id + ".safetensors");
  std::filesystem::create_directories(path.parent_path());
  write_case(path, description, views_of(inputs)).value();
  const auto reference = make_target("reference", {}).value();
  const TargetResult expected = reference->run(read_case(path).value()).value();
  TensorViews tensors = views_of(inputs);
  tensors.insert(expected.tensors.begin(), expected.tensors.end());
  write_case(path, description, tensors).value();
  return path;
}

CaseFile small_case(const EditCase& edit) {
  const TemporaryFolder folder = test_folder();
  return read_case(write_small_case(folder.path(), edit)).value();
}

Tensors copy_of(const TensorViews& tensors) {
  Tensors copies;
  for (const auto& [name, view] : tensors) {
    Tensor copy(view.dtype, view.shape);
    std::memcpy(copy.as<std::byte>().data(), view.bytes.data(), view.bytes.size());
    copies[name] = std::move(copy);
  }
  return copies;
}

TargetResult completed(Tensors tensors) {
  auto owner = std::make_shared<const Tensors>(std::move(tensors));
  return {TargetOutcome::completed, "", views_of(*owner), owner};
}

}  // namespace assay
