// SPDX-License-Identifier: Apache-2.0
// Tensors as the vector format stores them: a dtype of the safetensors format, a shape, bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reference/format/format.hpp"
#include "reference/result.hpp"
#include "vectors/io/bytes.hpp"

namespace assay {

// The safetensors dtypes that Assay reads and writes.
enum class Dtype { u8, i32, u32, i64, f16, bf16, f32, f64, f8_e4m3, f8_e5m2, f8_e8m0 };

std::string_view dtype_name(Dtype dtype);  // "U8", "I32", "BF16", "F8_E4M3", ...
std::int64_t dtype_bytes(Dtype dtype);     // bytes of one element

// The dtype of a name; the error (invalid_vectors) lists the known ones.
Result<Dtype> parse_dtype(std::string_view name);

// The dtype of an array of a format's codes: U8 for formats that safetensors has no name for, a
// byte a code; F32 for tf32, whose values are binary32 values.
Dtype format_dtype(Format format);
// The format whose codes the dtype holds by name; nothing for integers.
std::optional<Format> dtype_format(Dtype dtype);

// The product of the extents; an error (invalid_vectors) for a negative extent, or when the nonzero
// extents multiply to more than 2^62: a zero elsewhere does not excuse them.
Result<std::int64_t> element_count(std::span<const std::int64_t> shape);

std::string shape_text(std::span<const std::int64_t> shape);  // "[2, 3, 64]"

// A view; the bytes are aligned for the dtype and belong to someone else.
struct TensorView {
  Dtype dtype = Dtype::u8;
  std::vector<std::int64_t> shape;
  std::span<const std::byte> bytes;

  std::int64_t elements() const {
    return static_cast<std::int64_t>(bytes.size()) / dtype_bytes(dtype);
  }
  // Precondition: sizeof(T) == dtype_bytes(dtype).
  template <typename T>
  std::span<const T> as() const {
    return {reinterpret_cast<const T*>(bytes.data()), bytes.size() / sizeof(T)};
  }
};

// Names in lexicographic order; owners keep the bytes alive.
using TensorViews = std::map<std::string, TensorView, std::less<>>;

// A tensor that owns its bytes, aligned to 64.
class Tensor {
 public:
  Tensor() = default;
  // Zero-filled. Precondition: the shape is valid (element_count).
  Tensor(Dtype dtype, std::vector<std::int64_t> shape);

  Dtype dtype() const { return dtype_; }
  const std::vector<std::int64_t>& shape() const { return shape_; }
  TensorView view() const;
  template <typename T>
  std::span<T> as() {
    return {reinterpret_cast<T*>(bytes_.data()), bytes_.size() / sizeof(T)};
  }
  template <typename T>
  std::span<const T> as() const {
    return view().as<T>();
  }

 private:
  Dtype dtype_ = Dtype::u8;
  std::vector<std::int64_t> shape_;
  Bytes bytes_;
};

using Tensors = std::map<std::string, Tensor, std::less<>>;

TensorViews views_of(const Tensors& tensors);

}  // namespace assay
