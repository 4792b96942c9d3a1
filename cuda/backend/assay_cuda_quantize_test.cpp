// SPDX-License-Identifier: Apache-2.0
// Quantization through the C interface: on the fake driver its errors and what it asks of the
// driver, on the emulator the bytes, against the C++ interface, whose bits have tests of their own.
#include <limits>

#include <gtest/gtest.h>

#include "cuda/backend/assay_cuda.h"
#include "cuda/backend/quantize.hpp"
#include "cuda/backend/test_fake_driver.hpp"

namespace assay::cuda {
namespace {

class CQuantize : public testing::Test {
 protected:
  void open(const char* driver) {
    ASSERT_EQ(assay_cuda_device_open(driver, 0, &device), ASSAY_CUDA_SUCCESS)
        << assay_cuda_last_error();
    ASSERT_EQ(assay_cuda_block_quantizer_create(device, "modelopt", &quantizer), ASSAY_CUDA_SUCCESS)
        << assay_cuda_last_error();
    ASSERT_EQ(assay_cuda_static_fp8_create(device, &fp8), ASSAY_CUDA_SUCCESS);
  }

  void close() {
    assay_cuda_block_quantizer_destroy(std::exchange(quantizer, nullptr));
    assay_cuda_static_fp8_destroy(std::exchange(fp8, nullptr));
    assay_cuda_device_close(std::exchange(device, nullptr));
  }

  void TearDown() override { close(); }

  static void expect(AssayCudaStatus status, AssayCudaStatus code, const std::string& message) {
    EXPECT_EQ(status, code) << assay_cuda_last_error();
    EXPECT_EQ(assay_cuda_last_error(), message);
  }

  AssayCudaDevice* device = nullptr;
  AssayCudaBlockQuantizer* quantizer = nullptr;
  AssayCudaStaticFp8* fp8 = nullptr;
};

class CQuantizeOnFakeDriver : public CQuantize {
 protected:
  CQuantizeOnFakeDriver() {
    driver.reset();
    open(ASSAY_FAKE_DRIVER);
    driver.calls.clear();
  }

  void TearDown() override {
    close();
    EXPECT_EQ(driver.retained, 0);
    EXPECT_EQ(driver.modules.size(), 0u);
    EXPECT_EQ(driver.current_stack().size(), 0u);
    EXPECT_EQ(driver.misuse, std::vector<std::string>{});
  }

  // Addresses are never used.
  static AssayCudaBlockCall call() {
    return {.struct_size = sizeof(AssayCudaBlockCall),
            .rows = 3,
            .columns = 32,
            .values = reinterpret_cast<float*>(0x10000),
            .codes = reinterpret_cast<std::uint8_t*>(0x20000),
            .block_scales = reinterpret_cast<std::uint8_t*>(0x30000),
            .tensor_scale = reinterpret_cast<float*>(0x40000),
            .layout = ASSAY_CUDA_SCALES_SWIZZLED_128X4,
            .workspace = reinterpret_cast<void*>(0x50000),
            .workspace_bytes = 1 << 20,
            .stream = nullptr};
  }

  FakeDriver& driver = fake_driver();
  const AssayCudaBlockCall good = call();
  float* const values = good.values;
  std::uint8_t* const codes = good.codes;
};

TEST_F(CQuantizeOnFakeDriver, CallsOnlyLaunches) {
  ASSERT_EQ(assay_cuda_block_quantize(quantizer, &good), ASSAY_CUDA_SUCCESS);
  ASSERT_EQ(assay_cuda_block_dequantize(quantizer, &good), ASSAY_CUDA_SUCCESS);
  ASSERT_EQ(assay_cuda_static_fp8_quantize(fp8, values, 9, 0.5f, codes, nullptr),
            ASSAY_CUDA_SUCCESS);
  ASSERT_EQ(assay_cuda_static_fp8_dequantize(fp8, codes, 9, 0.5f, values, nullptr),
            ASSAY_CUDA_SUCCESS);
  for (const std::string& function : driver.calls)
    EXPECT_TRUE(function == "cuLaunchKernel" || function == "cuCtxPushCurrent" ||
                function == "cuCtxPopCurrent")
        << function;
  std::vector<std::string> kernels;
  for (const FakeLaunch& launch : driver.launches)
    kernels.push_back(launch.kernel);
  EXPECT_EQ(kernels, (std::vector<std::string>{"quantize_begin", "amax", "quantize_modelopt",
                                               "swizzle_scales_128x4", "quantize_begin",
                                               "unswizzle_scales_128x4", "dequantize_nvfp4_decode",
                                               "quantize_static_fp8", "dequantize_static_fp8"}));
}

TEST_F(CQuantizeOnFakeDriver, NullIsAnErrorThatNamesTheArgument) {
  const auto invalid = [](AssayCudaStatus status, const std::string& message) {
    expect(status, ASSAY_CUDA_INVALID_ARGUMENT, message);
  };
  AssayCudaBlockQuantizer* other = nullptr;
  AssayCudaStaticFp8* other_fp8 = nullptr;
  std::size_t bytes = 0;
  const auto linear = ASSAY_CUDA_SCALES_LINEAR;
  invalid(assay_cuda_block_quantizer_create(nullptr, "modelopt", &other), "device: is null");
  invalid(assay_cuda_block_quantizer_create(device, nullptr, &other), "recipe: is null");
  invalid(assay_cuda_block_quantizer_create(device, "modelopt", nullptr), "quantizer: is null");
  invalid(assay_cuda_block_workspace_bytes(nullptr, 1, 16, linear, &bytes), "quantizer: is null");
  invalid(assay_cuda_block_workspace_bytes(quantizer, 1, 16, linear, nullptr), "bytes: is null");
  for (const auto function : {assay_cuda_block_quantize, assay_cuda_block_dequantize,
                              assay_cuda_block_check_values, assay_cuda_block_check_scales}) {
    invalid(function(nullptr, &good), "quantizer: is null");
    invalid(function(quantizer, nullptr), "call: is null");
    AssayCudaBlockCall bad = good;
    bad.struct_size = 8;
    invalid(function(quantizer, &bad),
            fmt::format("call: struct_size is 8, set it to sizeof, {}", sizeof bad));
  }
  invalid(assay_cuda_static_fp8_create(nullptr, &other_fp8), "device: is null");
  invalid(assay_cuda_static_fp8_create(device, nullptr), "fp8: is null");
  invalid(assay_cuda_static_fp8_quantize(nullptr, values, 1, 1, codes, nullptr), "fp8: is null");
  invalid(assay_cuda_static_fp8_dequantize(nullptr, codes, 1, 1, values, nullptr), "fp8: is null");
  assay_cuda_block_quantizer_destroy(nullptr);
  assay_cuda_static_fp8_destroy(nullptr);
  EXPECT_EQ(driver.calls, std::vector<std::string>{});
}

TEST_F(CQuantizeOnFakeDriver, ArgumentsOutOfRange) {
  AssayCudaBlockQuantizer* other = nullptr;
  EXPECT_EQ(assay_cuda_block_quantizer_create(device, "nvfp5", &other),
            ASSAY_CUDA_INVALID_ARGUMENT);
  EXPECT_NE(std::string(assay_cuda_last_error()).find("no kernel for recipe \"nvfp5\"; known: "),
            std::string::npos);
  EXPECT_EQ(other, nullptr);

  AssayCudaBlockCall bad = good;
  bad.layout = 2;
  expect(assay_cuda_block_quantize(quantizer, &bad), ASSAY_CUDA_INVALID_ARGUMENT,
         "layout: 2 is none of AssayCudaScaleLayout");
  bad = good;
  bad.columns = 24;
  expect(assay_cuda_block_quantize(quantizer, &bad), ASSAY_CUDA_INVALID_ARGUMENT,
         "columns: 24 is not a multiple of 16 from 1 to 68719476736");
  bad = good;
  bad.values += 1;
  expect(assay_cuda_block_dequantize(quantizer, &bad), ASSAY_CUDA_INVALID_ARGUMENT,
         "values: address 0x10004 is not a multiple of 16");
  bad = good;
  ASSERT_EQ(assay_cuda_block_workspace_bytes(quantizer, bad.rows, bad.columns, bad.layout,
                                             &bad.workspace_bytes),
            ASSAY_CUDA_SUCCESS);
  --bad.workspace_bytes;
  EXPECT_EQ(assay_cuda_block_quantize(quantizer, &bad), ASSAY_CUDA_WORKSPACE_TOO_SMALL);
  ++bad.workspace_bytes;
  EXPECT_EQ(assay_cuda_block_quantize(quantizer, &bad), ASSAY_CUDA_SUCCESS);

  driver.calls.clear();
  const float infinity = std::numeric_limits<float>::infinity();
  expect(assay_cuda_static_fp8_quantize(fp8, values, 4, infinity, codes, nullptr),
         ASSAY_CUDA_INVALID_ARGUMENT, "scale: inf is not positive and finite");
  expect(assay_cuda_static_fp8_quantize(fp8, values, 0, 1, codes, nullptr),
         ASSAY_CUDA_INVALID_ARGUMENT, "count: 0 is not from 1 to 68719476736");
  expect(assay_cuda_static_fp8_dequantize(fp8, nullptr, 4, 1, values, nullptr),
         ASSAY_CUDA_INVALID_ARGUMENT, "codes: is null");
  EXPECT_EQ(driver.calls, std::vector<std::string>{});
}

TEST_F(CQuantizeOnFakeDriver, EachLaunchMayFailAndTheNextCallWorks) {
  for (const auto function : {assay_cuda_block_quantize, assay_cuda_block_dequantize}) {
    driver.launches.clear();
    ASSERT_EQ(function(quantizer, &good), ASSAY_CUDA_SUCCESS);
    const std::size_t launches = driver.launches.size();
    for (std::size_t nth = 1; nth <= launches; ++nth) {
      driver.launches.clear();
      driver.fail("cuLaunchKernel", static_cast<int>(nth), CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES);
      EXPECT_EQ(function(quantizer, &good), ASSAY_CUDA_LAUNCH_FAILED);
      EXPECT_EQ(driver.launches.size(), nth - 1);
      EXPECT_EQ(function(quantizer, &good), ASSAY_CUDA_SUCCESS);
    }
  }
}

TEST_F(CQuantizeOnFakeDriver, ALostContextIsNoticedWhereTheCallerWaits) {
  driver.fail("cuStreamSynchronize", 1, CUDA_ERROR_LAUNCH_FAILED, FakeFailure::sticky);
  ASSERT_EQ(assay_cuda_block_quantize(quantizer, &good), ASSAY_CUDA_SUCCESS);
  EXPECT_EQ(assay_cuda_block_check_values(quantizer, &good), ASSAY_CUDA_CONTEXT_LOST);
  EXPECT_EQ(assay_cuda_block_check_scales(quantizer, &good), ASSAY_CUDA_CONTEXT_LOST);
  EXPECT_EQ(assay_cuda_block_quantize(quantizer, &good), ASSAY_CUDA_CONTEXT_LOST);
  EXPECT_EQ(assay_cuda_static_fp8_quantize(fp8, values, 9, 0.5f, codes, nullptr),
            ASSAY_CUDA_CONTEXT_LOST);
}

TEST_F(CQuantizeOnFakeDriver, AModuleThatDoesNotLoadLeavesNothing) {
  assay_cuda_block_quantizer_destroy(std::exchange(quantizer, nullptr));
  close();
  ASSERT_EQ(assay_cuda_device_open(ASSAY_FAKE_DRIVER, 0, &device), ASSAY_CUDA_SUCCESS);
  for (int nth = 1; nth <= 4; ++nth) {  // amax, the recipe's, dequantize_blocks, scale_layout
    driver.fail("cuModuleLoadData", 1, CUDA_ERROR_NO_BINARY_FOR_GPU);
    EXPECT_EQ(assay_cuda_block_quantizer_create(device, "modelopt", &quantizer),
              ASSAY_CUDA_UNSUPPORTED_DEVICE);
    EXPECT_EQ(quantizer, nullptr);
    driver.fail_nothing();
    driver.fail("cuModuleLoadData", 2, CUDA_ERROR_NO_BINARY_FOR_GPU);  // one more than before
    EXPECT_EQ(assay_cuda_block_quantizer_create(device, "modelopt", &quantizer),
              nth < 4 ? ASSAY_CUDA_UNSUPPORTED_DEVICE : ASSAY_CUDA_SUCCESS);
    driver.fail_nothing();
  }
}

// Memory on the emulator, and the same call for both interfaces.
class CQuantizeOnEmulator : public CQuantize {
 protected:
  CQuantizeOnEmulator() {
    open(ASSAY_TEST_DRIVER);
    const auto loaded = load_driver(ASSAY_TEST_DRIVER);
    cpp_device = *Device::open(*loaded);
  }

  Buffer memory(std::size_t bytes) { return *Buffer::allocate(cpp_device, bytes, "test"); }
  Buffer memory(const std::vector<float>& data) {
    return *Buffer::upload(cpp_device, std::as_bytes(std::span(data)), "test");
  }
  static std::vector<std::uint8_t> bytes_of(const Buffer& buffer) {
    std::vector<std::uint8_t> bytes(buffer.bytes());
    EXPECT_TRUE(buffer.download(std::as_writable_bytes(std::span(bytes))));
    return bytes;
  }
  template <typename T>
  static T* pointer(const Buffer& buffer) {
    return reinterpret_cast<T*>(buffer.address());
  }

  std::shared_ptr<const Device> cpp_device;
};

TEST_F(CQuantizeOnEmulator, BytesAreThoseOfTheCppInterface) {
  std::vector<float> data(5 * 32);
  for (std::size_t i = 0; i < data.size(); ++i)
    data[i] = static_cast<float>(i * i % 977) / 31 - 14;
  const Buffer values = memory(data), workspace = memory(4096);
  struct Result {
    Buffer codes, scales, tensor_scale;
  };
  const auto result = [&] { return Result{memory(5 * 16), memory(128 * 4), memory(4)}; };
  const Result c = result(), cpp = result();

  AssayCudaBlockCall call{.struct_size = sizeof call,
                          .rows = 5,
                          .columns = 32,
                          .values = pointer<float>(values),
                          .codes = pointer<std::uint8_t>(c.codes),
                          .block_scales = pointer<std::uint8_t>(c.scales),
                          .tensor_scale = pointer<float>(c.tensor_scale),
                          .layout = ASSAY_CUDA_SCALES_SWIZZLED_128X4,
                          .workspace = pointer<void>(workspace),
                          .workspace_bytes = workspace.bytes(),
                          .stream = nullptr};
  ASSERT_EQ(assay_cuda_block_quantize(quantizer, &call), ASSAY_CUDA_SUCCESS)
      << assay_cuda_last_error();
  EXPECT_EQ(assay_cuda_block_check_values(quantizer, &call), ASSAY_CUDA_SUCCESS);
  const auto cpp_quantizer = BlockQuantizer::create(cpp_device, "modelopt");
  ASSERT_TRUE(cpp_quantizer);
  BlockQuantizeCall cpp_call{.rows = 5,
                             .columns = 32,
                             .values = values.address(),
                             .codes = cpp.codes.address(),
                             .block_scales = cpp.scales.address(),
                             .tensor_scale = cpp.tensor_scale.address(),
                             .layout = ScaleLayout::swizzled_128x4,
                             .workspace = workspace.address(),
                             .workspace_bytes = workspace.bytes()};
  ASSERT_TRUE(cpp_quantizer->quantize(cpp_call));
  EXPECT_EQ(bytes_of(c.codes), bytes_of(cpp.codes));
  EXPECT_EQ(bytes_of(c.scales), bytes_of(cpp.scales));
  EXPECT_EQ(bytes_of(c.tensor_scale), bytes_of(cpp.tensor_scale));

  const Buffer c_back = memory(5 * 32 * 4), cpp_back = memory(5 * 32 * 4);
  call.values = pointer<float>(c_back);
  cpp_call.values = cpp_back.address();
  ASSERT_EQ(assay_cuda_block_dequantize(quantizer, &call), ASSAY_CUDA_SUCCESS);
  EXPECT_EQ(assay_cuda_block_check_scales(quantizer, &call), ASSAY_CUDA_SUCCESS);
  ASSERT_TRUE(cpp_quantizer->dequantize(cpp_call));
  EXPECT_EQ(bytes_of(c_back), bytes_of(cpp_back));
  EXPECT_NE(bytes_of(c_back), bytes_of(values));
}

TEST_F(CQuantizeOnEmulator, ChecksNameTheFirstBadValueAndScale) {
  std::vector<float> data(32, 1.0f);
  data[21] = std::numeric_limits<float>::infinity();
  const Buffer values = memory(data), codes = memory(16), scales = memory(2), scale = memory(4),
               workspace = memory(4096);
  const AssayCudaBlockCall call{.struct_size = sizeof call,
                                .rows = 1,
                                .columns = 32,
                                .values = pointer<float>(values),
                                .codes = pointer<std::uint8_t>(codes),
                                .block_scales = pointer<std::uint8_t>(scales),
                                .tensor_scale = pointer<float>(scale),
                                .layout = ASSAY_CUDA_SCALES_LINEAR,
                                .workspace = pointer<void>(workspace),
                                .workspace_bytes = workspace.bytes(),
                                .stream = nullptr};
  ASSERT_EQ(assay_cuda_block_quantize(quantizer, &call), ASSAY_CUDA_SUCCESS);
  expect(assay_cuda_block_check_values(quantizer, &call), ASSAY_CUDA_INVALID_ARGUMENT,
         "values[21] = inf: a value must be finite");

  const std::uint8_t bad_scales[] = {0x38, 0x80};
  const CurrentContext current(*cpp_device);
  const float one = 1.0f;
  ASSERT_EQ(cpp_device->driver().cuMemcpyHtoD_fn(scales.address(), bad_scales, 2), CUDA_SUCCESS);
  ASSERT_EQ(cpp_device->driver().cuMemcpyHtoD_fn(scale.address(), &one, 4), CUDA_SUCCESS);
  ASSERT_EQ(assay_cuda_block_dequantize(quantizer, &call), ASSAY_CUDA_SUCCESS);
  expect(assay_cuda_block_check_scales(quantizer, &call), ASSAY_CUDA_INVALID_ARGUMENT,
         "block_scales[1] = 0x80: must not be NaN or negative");
}

// 3 / 2 and 896 / 2: E4M3 0x3C and, saturated, 0x7E (OCP 8-bit formats).
TEST_F(CQuantizeOnEmulator, StaticFp8) {
  const Buffer values = memory({3.0f, 960.0f, -3.0f}), codes = memory(3), back = memory(12);
  ASSERT_EQ(assay_cuda_static_fp8_quantize(fp8, pointer<float>(values), 3, 2.0f,
                                           pointer<std::uint8_t>(codes), nullptr),
            ASSAY_CUDA_SUCCESS);
  EXPECT_EQ(bytes_of(codes), (std::vector<std::uint8_t>{0x3C, 0x7E, 0xBC}));
  ASSERT_EQ(assay_cuda_static_fp8_dequantize(fp8, pointer<std::uint8_t>(codes), 3, 2.0f,
                                             pointer<float>(back), nullptr),
            ASSAY_CUDA_SUCCESS);
  EXPECT_EQ(bytes_of(back), bytes_of(memory({3.0f, 896.0f, -3.0f})));
}

}  // namespace
}  // namespace assay::cuda
