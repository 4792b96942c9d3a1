// SPDX-License-Identifier: Apache-2.0
// E4M3 with one scale, on the emulator. Outside oracle: the host code of NVIDIA's cuda_fp8.h on
// quotients of the host's IEEE 754 division.
#include "cuda/backend/quantize_static_fp8.hpp"

#include <bit>
#include <cmath>
#include <limits>
#include <random>

#include <cuda_fp8.h>

#include "cuda/backend/test_quantize.hpp"

namespace assay::cuda {
namespace {

constexpr float kScales[] = {1.0f,      0.0149f,   0.1f,    3.0f,
                             0x1p-149f, 0x1p-126f, 3.0e38f, std::numeric_limits<float>::max()};

// Around every tie and value of E4M3 times the scale, and any other bits: NaN, Inf, subnormals.
std::vector<float> values_for(float scale) {
  std::vector<float> values{0.0f, -0.0f, INFINITY, -INFINITY, NAN, -NAN};
  for (int code = 0; code < 0x7F; ++code) {
    const float value =
        __half2float(__nv_cvt_fp8_to_halfraw(static_cast<__nv_fp8_storage_t>(code), __NV_E4M3));
    const float next =
        __half2float(__nv_cvt_fp8_to_halfraw(static_cast<__nv_fp8_storage_t>(code + 1), __NV_E4M3));
    for (const float number : {value, code == 0x7E ? 464.0f : (value + next) / 2})
      for (int ulp = -2; ulp <= 2; ++ulp) {
        const float moved = std::bit_cast<float>(std::bit_cast<std::int32_t>(number * scale) + ulp);
        values.insert(values.end(), {moved, -moved});
      }
  }
  std::mt19937 random(1);
  for (int i = 0; i < 5000; ++i)
    values.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(random())));
  return values;
}

class StaticFp8Test : public QuantizeTest {
 protected:
  const StaticFp8 fp8 = *StaticFp8::create(device);
};

TEST_F(StaticFp8Test, CodesAreThoseOfCudaHeadersAfterATrueDivision) {
  for (const float scale : kScales) {
    const auto values = values_for(scale);
    const Buffer input = uploaded(values), output = allocated(values.size());
    ASSERT_EQ(error_of(fp8.quantize(input.address(), std::ssize(values), scale, output.address(),
                                    nullptr)),
              "no error");
    const auto codes = downloaded<std::uint8_t>(output);
    for (std::size_t i = 0; i < values.size(); ++i)
      ASSERT_EQ(codes[i], __nv_cvt_float_to_fp8(values[i] / scale, __NV_SATFINITE, __NV_E4M3))
          << values[i] << " / " << scale;
  }
}

TEST_F(StaticFp8Test, EveryCodeTimesTheScaleRoundedOnce) {
  std::vector<std::uint8_t> codes(256 + 3);
  for (std::size_t i = 0; i < codes.size(); ++i)
    codes[i] = static_cast<std::uint8_t>(i);
  for (const float scale : kScales) {
    const Buffer input = uploaded(codes), output = allocated(codes.size() * 4);
    ASSERT_EQ(error_of(fp8.dequantize(input.address(), std::ssize(codes), scale, output.address(),
                                      nullptr)),
              "no error");
    const auto values = downloaded<float>(output);
    for (std::size_t i = 0; i < codes.size(); ++i) {
      const float expected = __half2float(__nv_cvt_fp8_to_halfraw(codes[i], __NV_E4M3)) * scale;
      if (std::isnan(expected))
        ASSERT_TRUE(std::isnan(values[i])) << i;
      else
        ASSERT_EQ(std::bit_cast<std::uint32_t>(values[i]), std::bit_cast<std::uint32_t>(expected))
            << i << " " << scale;
    }
  }
}

TEST_F(StaticFp8Test, AnyCountIsWrittenToItsEndAndNoFurther) {
  for (const std::int64_t count : {1, 2, 3, 4, 5, 1023, 1024, 1025, 1027}) {
    const std::vector<float> values(static_cast<std::size_t>(count), 1.0f);
    const Buffer input = uploaded(values), output = allocated(values.size());
    ASSERT_EQ(error_of(fp8.quantize(input.address(), count, 1.0f, output.address(), nullptr)),
              "no error");
    EXPECT_EQ(downloaded<std::uint8_t>(output), std::vector<std::uint8_t>(values.size(), 0x38));
  }
}

TEST_F(StaticFp8Test, ArgumentsThatCannotBeAreNamed) {
  const Buffer memory = allocated(1024);
  const CUdeviceptr at = memory.address();
  const auto error = [&](CUdeviceptr values, std::int64_t count, float scale, CUdeviceptr codes) {
    return error_of(fp8.quantize(values, count, scale, codes, nullptr));
  };
  EXPECT_EQ(error(0, 16, 1, at), "invalid_argument: values: is null");
  EXPECT_EQ(error(at, 16, 1, 0), "invalid_argument: codes: is null");
  EXPECT_NE(error(at + 8, 16, 1, at).find("is not a multiple of 16"), std::string::npos);
  EXPECT_EQ(error(at, 0, 1, at), "invalid_argument: count: 0 is not from 1 to 68719476736");
  for (const float scale : {0.0f, -1.0f, INFINITY, NAN})
    EXPECT_NE(error(at, 16, scale, at).find("scale: "), std::string::npos) << scale;
}

}  // namespace
}  // namespace assay::cuda
