// SPDX-License-Identifier: Apache-2.0
// Dtypes by the names of the safetensors format, and sizes that cannot overflow.
#include "vectors/io/tensor.hpp"

#include <algorithm>
#include <array>

#include <fmt/ranges.h>

#include "vectors/io/json_file.hpp"

namespace assay {
namespace {

struct DtypeInfo {
  Dtype dtype;
  std::string_view name;
  std::int64_t bytes;
};

constexpr std::array kDtypes{
    DtypeInfo{Dtype::u8, "U8", 1},           DtypeInfo{Dtype::i32, "I32", 4},
    DtypeInfo{Dtype::u32, "U32", 4},         DtypeInfo{Dtype::i64, "I64", 8},
    DtypeInfo{Dtype::f16, "F16", 2},         DtypeInfo{Dtype::bf16, "BF16", 2},
    DtypeInfo{Dtype::f32, "F32", 4},         DtypeInfo{Dtype::f64, "F64", 8},
    DtypeInfo{Dtype::f8_e4m3, "F8_E4M3", 1}, DtypeInfo{Dtype::f8_e5m2, "F8_E5M2", 1},
    DtypeInfo{Dtype::f8_e8m0, "F8_E8M0", 1},
};

constexpr std::int64_t kMaxElements = std::int64_t{1} << 62;

const DtypeInfo& info(Dtype dtype) {
  return kDtypes[static_cast<std::size_t>(dtype)];
}

}  // namespace

std::string_view dtype_name(Dtype dtype) {
  return info(dtype).name;
}

std::int64_t dtype_bytes(Dtype dtype) {
  return info(dtype).bytes;
}

Result<Dtype> parse_dtype(std::string_view name) {
  std::string known;
  for (const DtypeInfo& entry : kDtypes) {
    if (entry.name == name) return entry.dtype;
    known += (known.empty() ? "" : ", ") + std::string(entry.name);
  }
  return fail(ErrorCode::invalid_vectors, "dtype {} is not supported, only {}",
              quoted(std::string(name)), known);
}

Dtype format_dtype(Format format) {
  switch (format) {
    case Format::e4m3:
      return Dtype::f8_e4m3;
    case Format::e5m2:
      return Dtype::f8_e5m2;
    case Format::e8m0:
      return Dtype::f8_e8m0;
    case Format::f16:
      return Dtype::f16;
    case Format::bf16:
      return Dtype::bf16;
    case Format::tf32:
    case Format::f32:
      return Dtype::f32;
    case Format::f64:
      return Dtype::f64;
    case Format::e2m1:
    case Format::e2m3:
    case Format::e3m2:
    case Format::ue4m3:
      break;
  }
  return Dtype::u8;
}

std::optional<Format> dtype_format(Dtype dtype) {
  switch (dtype) {
    case Dtype::f16:
      return Format::f16;
    case Dtype::bf16:
      return Format::bf16;
    case Dtype::f32:
      return Format::f32;
    case Dtype::f64:
      return Format::f64;
    case Dtype::f8_e4m3:
      return Format::e4m3;
    case Dtype::f8_e5m2:
      return Format::e5m2;
    case Dtype::f8_e8m0:
      return Format::e8m0;
    case Dtype::u8:
    case Dtype::i32:
    case Dtype::u32:
    case Dtype::i64:
      break;
  }
  return std::nullopt;
}

Result<std::int64_t> element_count(std::span<const std::int64_t> shape) {
  std::int64_t nonzero_product = 1;
  for (const std::int64_t extent : shape) {
    if (extent < 0)
      return fail(ErrorCode::invalid_vectors, "shape {} has a negative extent", shape_text(shape));
    if (extent > 0 && nonzero_product > kMaxElements / extent)
      return fail(ErrorCode::invalid_vectors, "shape {} has more than 2^62 elements",
                  shape_text(shape));
    nonzero_product *= std::max<std::int64_t>(extent, 1);
  }
  return std::ranges::find(shape, 0) == shape.end() ? nonzero_product : 0;
}

std::string shape_text(std::span<const std::int64_t> shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

Tensor::Tensor(Dtype dtype, std::vector<std::int64_t> shape)
    : dtype_(dtype), shape_(std::move(shape)) {
  const std::int64_t bytes = element_count(shape_).value() * dtype_bytes(dtype);
  bytes_.assign(static_cast<std::size_t>(bytes), std::byte{0});
}

TensorView Tensor::view() const {
  return {dtype_, shape_, bytes_};
}

TensorViews views_of(const Tensors& tensors) {
  TensorViews views;
  for (const auto& [name, tensor] : tensors)
    views.emplace(name, tensor.view());
  return views;
}

}  // namespace assay
