// SPDX-License-Identifier: Apache-2.0
// Compares two tensors of one dtype and shape. Equal bytes are found at memcmp's speed; elements
// are looked at only in pieces that differ.
#include <algorithm>
#include <bit>
#include <cstdlib>
#include <cstring>
#include <limits>

#include "conformance/judge/judge.hpp"

namespace assay {
namespace {

constexpr std::uint64_t kMaxDistance = std::numeric_limits<std::int64_t>::max();

// How the bits of one dtype are compared: `Bits` holds an element, the others judge a pair. In a
// floating-point format magnitudes above LastNumber are NaN. NaN codes are different codes, except
// in binary32 and binary64, where what computes need not keep them.
template <typename BitsType, BitsType LastNumber>
struct FloatRules {
  using Bits = BitsType;
  static constexpr int kSignShift = std::numeric_limits<Bits>::digits - 1;
  static constexpr Bits kMagnitude = std::numeric_limits<Bits>::max() >> 1;
  static bool is_nan(Bits bits) { return (bits & kMagnitude) > LastNumber; }
  static bool is_equal(Bits a, Bits b) {
    return a == b || (sizeof(Bits) >= sizeof(float) && is_nan(a) && is_nan(b));
  }
  static std::int64_t ordered(Bits bits) {
    const auto magnitude = static_cast<std::int64_t>(bits & kMagnitude);
    return (bits >> kSignShift) != 0 ? -1 - magnitude : magnitude;
  }
  static std::int64_t distance(Bits a, Bits b) {
    const auto [less, more] = std::minmax({ordered(a), ordered(b)});
    const std::uint64_t difference = std::uint64_t(more) - std::uint64_t(less);
    return static_cast<std::int64_t>(std::min(difference, kMaxDistance));
  }
};

struct E8m0Rules {
  using Bits = std::uint8_t;
  static bool is_nan(Bits code) { return code == 0xFF; }
  static bool is_equal(Bits a, Bits b) { return a == b; }
  static std::int64_t distance(Bits a, Bits b) { return std::abs(int{a} - int{b}); }
};

template <typename Integer>
struct IntegerRules {
  using Bits = std::make_unsigned_t<Integer>;
  static bool is_nan(Bits) { return false; }
  static bool is_equal(Bits a, Bits b) { return a == b; }
  static std::int64_t distance(Bits a, Bits b) {
    const bool a_is_less = static_cast<Integer>(a) < static_cast<Integer>(b);
    const std::uint64_t difference = a_is_less ? Bits(b - a) : Bits(a - b);
    return static_cast<std::int64_t>(std::min(difference, kMaxDistance));
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
    case Dtype::f16:
      compare_elements<FloatRules<std::uint16_t, 0x7C00>>(expected, actual, comparison);
      break;
    case Dtype::bf16:
      compare_elements<FloatRules<std::uint16_t, 0x7F80>>(expected, actual, comparison);
      break;
    case Dtype::f32:
      compare_elements<FloatRules<std::uint32_t, 0x7F80'0000>>(expected, actual, comparison);
      break;
    case Dtype::f64:
      compare_elements<FloatRules<std::uint64_t, 0x7FF0'0000'0000'0000>>(expected, actual,
                                                                         comparison);
      break;
    case Dtype::f8_e4m3:
      compare_elements<FloatRules<std::uint8_t, 0x7E>>(expected, actual, comparison);
      break;
    case Dtype::f8_e5m2:
      compare_elements<FloatRules<std::uint8_t, 0x7C>>(expected, actual, comparison);
      break;
    case Dtype::f8_e8m0:
      compare_elements<E8m0Rules>(expected, actual, comparison);
      break;
    case Dtype::u8:
      compare_elements<IntegerRules<std::uint8_t>>(expected, actual, comparison);
      break;
    case Dtype::i32:
      compare_elements<IntegerRules<std::int32_t>>(expected, actual, comparison);
      break;
    case Dtype::u32:
      compare_elements<IntegerRules<std::uint32_t>>(expected, actual, comparison);
      break;
    case Dtype::i64:
      compare_elements<IntegerRules<std::int64_t>>(expected, actual, comparison);
      break;
  }
  return comparison;
}

}  // namespace assay
