// SPDX-License-Identifier: Apache-2.0
// Both conversions, single values and arrays, against the host functions of NVIDIA's cuda_fp8.h and
// cuda_fp4.h on every one of the 2^32 binary32 inputs (every 251st under a sanitizer).
#include <gtest/gtest.h>

#ifdef ASSAY_HAS_CUDA_HEADERS
#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <functional>
#include <span>

#include <cuda_fp4.h>
#include <cuda_fp8.h>
#include <fmt/format.h>
#include <tbb/blocked_range.h>
#include <tbb/parallel_reduce.h>

#include "reference/format/e2m1.hpp"
#include "reference/format/e4m3.hpp"

namespace assay {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::uint64_t kStride = 251;
#else
constexpr std::uint64_t kStride = 1;
#endif
constexpr std::uint64_t kInputs = ((std::uint64_t{1} << 32) + kStride - 1) / kStride;
constexpr std::size_t kChunk = 4096;

struct E4m3 {
  static constexpr const char* kName = "f32_to_e4m3";
  static std::uint8_t cuda(float value) {
    return __nv_cvt_float_to_fp8(value, __NV_SATFINITE, __NV_E4M3);
  }
  static std::uint8_t single(float value) { return f32_to_e4m3(value); }
  static void array(std::span<const float> values, std::span<std::uint8_t> codes) {
    f32_to_e4m3(values, codes);
  }
};

struct E2m1 {
  static constexpr const char* kName = "f32_to_e2m1";
  static std::uint8_t cuda(float value) {
    return __nv_cvt_float_to_fp4(value, __NV_E2M1, cudaRoundNearest);
  }
  static std::uint8_t single(float value) { return f32_to_e2m1(value); }
  static void array(std::span<const float> values, std::span<std::uint8_t> codes) {
    f32_to_e2m1(values, codes);
  }
};

// Differences among inputs [first, last), each of which stands for bits i * kStride.
template <typename Format>
std::uint64_t count_differences(std::uint64_t first, std::uint64_t last) {
  std::array<float, kChunk> values;
  std::array<std::uint8_t, kChunk> codes;
  const auto size = static_cast<std::size_t>(last - first);
  for (std::size_t i = 0; i < size; ++i) {
    values[i] = std::bit_cast<float>(static_cast<std::uint32_t>((first + i) * kStride));
  }
  Format::array(std::span(values).first(size), std::span(codes).first(size));
  std::uint64_t differences = 0;
  for (std::size_t i = 0; i < size; ++i) {
    const std::uint8_t expected = Format::cuda(values[i]);
    differences += codes[i] != expected || Format::single(values[i]) != expected;
  }
  return differences;
}

template <typename Format>
void expect_no_difference() {
  using Range = tbb::blocked_range<std::uint64_t>;
  const std::uint64_t differences = tbb::parallel_reduce(
      Range(0, kInputs, kChunk), std::uint64_t{0},
      [](const Range& range, std::uint64_t sum) {
        for (std::uint64_t i = range.begin(); i < range.end(); i += kChunk) {
          sum += count_differences<Format>(i, std::min(i + kChunk, range.end()));
        }
        return sum;
      },
      std::plus<>());
  fmt::print("{}: {} inputs, {} differences\n", Format::kName, kInputs, differences);
  EXPECT_EQ(differences, 0u);
}

TEST(CudaHeaders, E4m3AgreesOnEveryInput) {
  expect_no_difference<E4m3>();
}
TEST(CudaHeaders, E2m1AgreesOnEveryInput) {
  expect_no_difference<E2m1>();
}

// The decoded values, through NVIDIA's conversion to binary16, which is exact.
TEST(CudaHeaders, EveryCodeDecodesAlike) {
  for (int code = 0; code < 256; ++code) {
    const auto byte = static_cast<std::uint8_t>(code);
    const __half e4m3(__nv_cvt_fp8_to_halfraw(byte, __NV_E4M3));
    const __half e2m1(__nv_cvt_fp4_to_halfraw(byte, __NV_E2M1));
    if (!is_e4m3_nan(byte)) {
      EXPECT_EQ(e4m3_to_f32(byte), __half2float(e4m3)) << code;
    }
    EXPECT_EQ(e2m1_to_f32(byte), __half2float(e2m1)) << code;
  }
}

}  // namespace
}  // namespace assay
#else
TEST(CudaHeaders, E4m3AndE2m1AgreeOnEveryInput) {
  GTEST_SKIP() << "built without CUDA's headers: set CUDAToolkit_ROOT";
}
#endif
