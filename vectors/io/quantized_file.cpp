// SPDX-License-Identifier: Apache-2.0
// Tensors of a quantized file. Shapes follow from the codes' shape and the recipe; every other one
// is compared with them before a byte is touched.
#include "vectors/io/quantized_file.hpp"

#include <algorithm>

#include "vectors/io/json_file.hpp"
#include "vectors/io/tensor_rules.hpp"

namespace assay {
namespace {

std::int64_t product(std::span<const std::int64_t> extents) {
  std::int64_t count = 1;
  for (const std::int64_t extent : extents)
    count *= extent;
  return count;
}

bool is_packed(const RecipeInfo& recipe) {
  return recipe.element == Format::e2m1;
}

Dtype code_dtype(const RecipeInfo& recipe) {
  return format_dtype(recipe.element);
}

// safetensors has no dtype for unsigned E4M3: the codes are E4M3's.
Dtype block_scale_dtype(const RecipeInfo& recipe) {
  return recipe.block_scale == Format::e8m0 ? Dtype::f8_e8m0 : Dtype::f8_e4m3;
}

// The block scales of a tensor: a matrix, or a stack of `count`.
struct ScaleStack {
  std::int64_t count = 1;
  ScaleShape matrix;
};

ScaleStack scale_stack(const RecipeInfo& recipe, const Shape& shape) {
  const std::span<const std::int64_t> extents = shape;
  return {product(extents.first(shape.size() - 2)),
          {shape[shape.size() - 2], shape.back() / recipe.block_size}};
}

Result<Shape> scale_tensor_shape(const QuantizedLayout& layout, const std::string& name,
                                 const Shape& shape) {
  const ScaleShape matrix = scale_stack(*layout.recipe, shape).matrix;
  if (const auto count = padded_count(layout.scale_layout, matrix); !count)
    return fail(count.error().code, "tensor {}: {}", quoted(name), count.error().message);
  const ScaleShape padded = padded_shape(layout.scale_layout, matrix);
  Shape result = shape;
  result[shape.size() - 2] = padded.rows;
  result.back() = padded.columns;
  if (const auto count = element_count(result); !count)
    return fail(count.error().code, "tensor {}: {}", quoted(name), count.error().message);
  return result;
}

// Calls body(matrix of linear scales' first byte, of padded ones) for each matrix of the stack.
template <typename Body>
void for_each_matrix(const QuantizedLayout& layout, const Shape& shape, Body body) {
  if (product(shape) == 0) return;
  const ScaleStack stack = scale_stack(*layout.recipe, shape);
  const auto linear = static_cast<std::size_t>(stack.matrix.count());
  const auto padded =
      static_cast<std::size_t>(padded_shape(layout.scale_layout, stack.matrix).count());
  for (std::size_t i = 0; i < static_cast<std::size_t>(stack.count); ++i)
    body(stack.matrix, std::pair(i * linear, linear), std::pair(i * padded, padded));
}

void order_nibbles(const QuantizedLayout& layout, std::span<std::uint8_t> codes) {
  if (is_packed(*layout.recipe) && layout.nibble_order == NibbleOrder::high_first)
    swap_nibbles(codes);
}

Status add(const std::string& name, Tensor tensor, Tensors& file) {
  if (file.emplace(name, std::move(tensor)).second) return {};
  return fail(ErrorCode::invalid_vectors, "tensor {}: two results have this name", quoted(name));
}

Result<const TensorView*> find(const TensorViews& file, const std::string& name, Dtype dtype) {
  const auto found = file.find(name);
  if (found == file.end())
    return fail(ErrorCode::invalid_vectors, "tensor {}: is missing", quoted(name));
  if (found->second.dtype == dtype) return &found->second;
  return fail(ErrorCode::invalid_vectors, "tensor {}: has dtype {}, expected {}", quoted(name),
              dtype_name(found->second.dtype), dtype_name(dtype));
}

Status check_shape(const std::string& name, const TensorView& view, const Shape& expected) {
  if (view.shape == expected) return {};
  return fail(ErrorCode::invalid_vectors, "tensor {}: has shape {}, expected {}", quoted(name),
              shape_text(view.shape), shape_text(expected));
}

// From the shape of the codes.
Result<Shape> value_shape(const RecipeInfo& recipe, const std::string& name, Shape shape) {
  if (shape.size() < 2)
    return fail(ErrorCode::invalid_vectors, "tensor {}: has rank {}, expected at least 2",
                quoted(name), shape.size());
  if (is_packed(recipe)) {
    shape.push_back(2);
    if (const auto count = element_count(shape); !count)
      return fail(count.error().code, "tensor {}: {}", quoted(name), count.error().message);
    shape.pop_back();
    shape.back() *= 2;
  }
  if (shape.back() > 0 && shape.back() % recipe.block_size == 0) return shape;
  return fail(ErrorCode::invalid_vectors,
              "tensor {}: rows of {} elements are not whole blocks of {}, recipe {}", quoted(name),
              shape.back(), recipe.block_size, recipe.name);
}

}  // namespace

std::int64_t QuantizedTensor::elements() const {
  return product(shape);
}

QuantizedTensor make_quantized_tensor(const RecipeInfo& recipe, std::vector<std::int64_t> shape) {
  QuantizedTensor tensor{std::move(shape), {}, {}, 1};
  const std::int64_t elements = tensor.elements();
  tensor.codes.resize(static_cast<std::size_t>(code_bytes(recipe, elements)));
  tensor.block_scales.resize(static_cast<std::size_t>(elements / recipe.block_size));
  return tensor;
}

std::string_view tensor_scale_kind(TensorScale kind) {
  switch (kind) {
    case TensorScale::none:
      break;
    case TensorScale::decode:
      return "tensor_scale_decode";
    case TensorScale::encode:
      return "tensor_scale_encode";
    case TensorScale::amax:
      return "amax";
  }
  return "none";
}

std::string block_scale_name(const std::string& name) {
  return name + "_scale";
}

std::string tensor_scale_name(const std::string& name, TensorScale kind) {
  return fmt::format("{}_{}", name, tensor_scale_kind(kind));
}

Status add_quantized_tensor(const QuantizedLayout& layout, const std::string& name,
                            QuantizedTensor tensor, Tensors& file) {
  const RecipeInfo& recipe = *layout.recipe;
  Shape code_shape = tensor.shape;
  if (is_packed(recipe)) code_shape.back() /= 2;
  ASSAY_ASSIGN(Shape scale_shape, scale_tensor_shape(layout, name, tensor.shape));

  order_nibbles(layout, tensor.codes);
  Tensor codes(code_dtype(recipe), std::move(code_shape));
  std::ranges::copy(tensor.codes, codes.as<std::uint8_t>().begin());
  Tensor scales(block_scale_dtype(recipe), std::move(scale_shape));
  const auto linear = std::span<const std::uint8_t>(tensor.block_scales);
  for_each_matrix(layout, tensor.shape, [&](const ScaleShape& shape, auto from, auto to) {
    swizzle_scales(layout.scale_layout, shape, linear.subspan(from.first, from.second),
                   scales.as<std::uint8_t>().subspan(to.first, to.second));
  });

  ASSAY_TRY(add(name, std::move(codes), file));
  ASSAY_TRY(add(block_scale_name(name), std::move(scales), file));
  if (recipe.tensor_scale == TensorScale::none) return {};
  Tensor tensor_scale(Dtype::f32, {});
  tensor_scale.as<float>()[0] = tensor.tensor_scale;
  return add(tensor_scale_name(name, recipe.tensor_scale), std::move(tensor_scale), file);
}

Result<QuantizedTensor> read_quantized_tensor(const QuantizedLayout& layout,
                                              const std::string& name, const TensorViews& file) {
  const RecipeInfo& recipe = *layout.recipe;
  ASSAY_ASSIGN(const TensorView* codes, find(file, name, code_dtype(recipe)));
  ASSAY_ASSIGN(Shape shape, value_shape(recipe, name, codes->shape));
  ASSAY_ASSIGN(const TensorView* scales,
               find(file, block_scale_name(name), block_scale_dtype(recipe)));
  ASSAY_ASSIGN(const Shape scale_shape, scale_tensor_shape(layout, name, shape));
  ASSAY_TRY(check_shape(block_scale_name(name), *scales, scale_shape));

  QuantizedTensor tensor = make_quantized_tensor(recipe, std::move(shape));
  std::ranges::copy(codes->as<std::uint8_t>(), tensor.codes.begin());
  order_nibbles(layout, tensor.codes);
  const auto linear = std::span(tensor.block_scales);
  for_each_matrix(layout, tensor.shape, [&](const ScaleShape& matrix, auto to, auto from) {
    unswizzle_scales(layout.scale_layout, matrix,
                     scales->as<std::uint8_t>().subspan(from.first, from.second),
                     linear.subspan(to.first, to.second));
  });
  if (recipe.tensor_scale == TensorScale::none) return tensor;
  const std::string scale_name = tensor_scale_name(name, recipe.tensor_scale);
  ASSAY_ASSIGN(const TensorView* scale, find(file, scale_name, Dtype::f32));
  ASSAY_TRY(check_shape(scale_name, *scale, {}));
  tensor.tensor_scale = scale->as<float>()[0];
  return tensor;
}

std::vector<std::string> find_quantized_tensors(const QuantizedLayout& layout,
                                                const TensorViews& file) {
  std::vector<std::string> names;
  for (const auto& [name, view] : file)
    if (view.dtype == code_dtype(*layout.recipe) && file.contains(block_scale_name(name)))
      names.push_back(name);
  return names;
}

}  // namespace assay
