// SPDX-License-Identifier: Apache-2.0
// Compares two tensors of one dtype and shape. Equal bytes are found at memcmp's speed; elements
// are looked at only in pieces that differ.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>

#include "conformance/judge/judge.hpp"
#include "reference/format/e4m3.hpp"

namespace assay {
namespace {

// How the bits of one dtype are compared: `Bits` holds an element, the others judge a
// pair.
struct F32Rules {
  using Bits = std::uint32_t;
  static bool is_nan(Bits bits) { return std::isnan(std::bit_cast<float>(bits)); }
  static bool is_equal(Bits a, Bits b) { return a == b || (is_nan(a) && is_nan(b)); }
  static std::int64_t ordered(Bits bits) {
    return (bits >> 31) != 0 ? -1 - std::int64_t{bits & 0x7FFF'FFFFU} : std::int64_t{bits};
  }
  static std::int64_t distance(Bits a, Bits b) { return std::abs(ordered(a) - ordered(b)); }
};

struct E4m3Rules {
  using Bits = std::uint8_t;
  static bool is_nan(Bits code) { return is_e4m3_nan(code); }
  // Codes are bytes: 0x7F and 0xFF are different.
  static bool is_equal(Bits a, Bits b) { return a == b; }
  static std::int64_t ordered(Bits code) { return (code & 0x80) != 0 ? 0x7F - code : code; }
  static std::int64_t distance(Bits a, Bits b) { return std::abs(ordered(a) - ordered(b)); }
};

template <typename Integer>
struct IntegerRules {
  using Bits = std::make_unsigned_t<Integer>;
  static bool is_nan(Bits) { return false; }
  static bool is_equal(Bits a, Bits b) { return a == b; }
  static std::int64_t distance(Bits a, Bits b) {
    const bool a_is_less = static_cast<Integer>(a) < static_cast<Integer>(b);
    const std::uint64_t difference = a_is_less ? Bits(b - a) : Bits(a - b);
    constexpr std::uint64_t kMax = std::numeric_limits<std::int64_t>::max();
    return static_cast<std::int64_t>(std::min(difference, kMax));
  }
};

std::vector<std::int64_t> multi_index(std::int64_t element,
                                      const std::vector<std::int64_t>& shape) {
  std::vector<std::int64_t> index(shape.size());
  for (std::size_t axis = shape.size(); axis-- > 0;) {
    index[axis] = element % shape[axis];
    element /= shape[axis];
  }
  return index;
}

template <typename Rules>
void count_difference(typename Rules::Bits expected, typename Rules::Bits actual,
                      TensorComparison& comparison) {
  ++comparison.differing;
  if (Rules::is_nan(expected) != Rules::is_nan(actual)) {
    ++comparison.nan_against_number;
    return;
  }
  const std::int64_t distance = Rules::distance(expected, actual);
  comparison.max_ulp = std::max(comparison.max_ulp, distance);
  const auto bucket = static_cast<std::size_t>(std::bit_width(std::uint64_t(distance) - 1));
  ++comparison.ulp_histogram[std::min(bucket, comparison.ulp_histogram.size() - 1)];
}

template <typename Rules>
void compare_elements(const TensorView& expected_view, const TensorView& actual_view,
                      TensorComparison& comparison) {
  using Bits = typename Rules::Bits;
  const auto expected = expected_view.as<Bits>();
  const auto actual = actual_view.as<Bits>();
  constexpr std::size_t kPiece = 4096;
  for (std::size_t begin = 0; begin < expected.size(); begin += kPiece) {
    const std::size_t end = std::min(begin + kPiece, expected.size());
    if (std::memcmp(&expected[begin], &actual[begin], (end - begin) * sizeof(Bits)) == 0) continue;
    for (std::size_t i = begin; i < end; ++i) {
      if (Rules::is_equal(expected[i], actual[i])) continue;
      if (!comparison.first) {
        comparison.first = Divergence{
            comparison.tensor, expected_view.dtype,
            multi_index(static_cast<std::int64_t>(i), expected_view.shape), expected[i], actual[i]};
      }
      count_difference<Rules>(expected[i], actual[i], comparison);
    }
  }
}

}  // namespace

TensorComparison compare_tensors(const std::string& name, const TensorView& expected,
                                 const TensorView& actual) {
  TensorComparison comparison;
  comparison.tensor = name;
  comparison.elements = expected.elements();
  switch (expected.dtype) {
    case Dtype::f32:
      compare_elements<F32Rules>(expected, actual, comparison);
      break;
    case Dtype::f8_e4m3:
      compare_elements<E4m3Rules>(expected, actual, comparison);
      break;
    case Dtype::u8:
      compare_elements<IntegerRules<std::uint8_t>>(expected, actual, comparison);
      break;
    case Dtype::i32:
      compare_elements<IntegerRules<std::int32_t>>(expected, actual, comparison);
      break;
    case Dtype::i64:
      compare_elements<IntegerRules<std::int64_t>>(expected, actual, comparison);
      break;
  }
  return comparison;
}

}  // namespace assay
