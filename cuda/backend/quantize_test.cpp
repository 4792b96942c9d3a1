// SPDX-License-Identifier: Apache-2.0
// The calls around the block recipes' kernels, on the emulator: arguments, inputs that are refused,
// layouts, graphs. That their bits are those of the recipes, the suite cuda_quantize judges; the
// few here follow from docs/recipes.md by hand.
#include "cuda/backend/quantize.hpp"

#include <algorithm>
#include <cmath>

#include <dlfcn.h>

#include "cuda/backend/test_quantize.hpp"

namespace assay::cuda {
namespace {

constexpr std::int64_t kRows = 3, kColumns = 96;

// A function of the emulator that the backend does not bind.
template <typename Function>
Function* driver_function(const char* name) {
  void* const library = dlopen(ASSAY_CUDA_EMULATOR, RTLD_NOW | RTLD_LOCAL);
  return reinterpret_cast<Function*>(dlsym(library, name));
}
#define ASSAY_FUNCTION(name) driver_function<decltype(::name)>(ASSAY_FUNCTION_TEXT(name))
#define ASSAY_FUNCTION_TEXT(name) #name  // expanded first: cuStreamDestroy is cuStreamDestroy_v2

// One call and its memory, of which nothing but the values is initialized.
struct Call {
  Buffer values, codes, block_scales, tensor_scale, workspace;
  BlockQuantizeCall arguments;
};

class BlockQuantizerTest : public QuantizeTest {
 protected:
  BlockQuantizer create(const char* recipe) {
    auto result = BlockQuantizer::create(device, recipe);
    EXPECT_TRUE(result) << result.error().message;
    return *std::move(result);
  }

  Call call_for(const BlockQuantizer& quantizer, const std::vector<float>& values,
                ScaleLayout layout = ScaleLayout::linear) {
    const ScaleShape scales{kRows, kColumns / quantizer.recipe().block_size};
    Call call;
    call.values = uploaded(values);
    call.codes =
        allocated(static_cast<std::size_t>(quantizer.recipe().code_bytes(kRows * kColumns)));
    call.block_scales = allocated(static_cast<std::size_t>(padded_shape(layout, scales).count()));
    call.tensor_scale = allocated(4);
    call.workspace = allocated(*quantizer.workspace_bytes(kRows, kColumns, layout));
    call.arguments = {.rows = kRows,
                      .columns = kColumns,
                      .values = call.values.address(),
                      .codes = call.codes.address(),
                      .block_scales = call.block_scales.address(),
                      .tensor_scale = call.tensor_scale.address(),
                      .layout = layout,
                      .workspace = call.workspace.address(),
                      .workspace_bytes = call.workspace.bytes()};
    return call;
  }

  static std::vector<float> constant(float value) {
    return std::vector<float>(kRows * kColumns, value);
  }
};

// amax 6 * 448: the tensor's scale is 1, every block's 448, every element 6.
TEST_F(BlockQuantizerTest, QuantizesAndComesBackInBothLayouts) {
  const auto values = constant(-2688.0f);
  const BlockQuantizer quantizer = create("modelopt");
  for (const auto layout : {ScaleLayout::linear, ScaleLayout::swizzled_128x4}) {
    Call call = call_for(quantizer, values, layout);
    ASSERT_EQ(error_of(quantizer.quantize(call.arguments)), "no error");
    ASSERT_EQ(error_of(quantizer.check_values(call.arguments)), "no error");
    EXPECT_EQ(downloaded<float>(call.tensor_scale), std::vector<float>{1.0f});
    EXPECT_EQ(downloaded<std::uint8_t>(call.codes),
              std::vector<std::uint8_t>(values.size() / 2, 0xFF));
    const auto scales = downloaded<std::uint8_t>(call.block_scales);
    EXPECT_EQ(std::ranges::count(scales, 0x7E), std::ssize(values) / 16);
    EXPECT_EQ(std::ranges::count(scales, 0), std::ssize(scales) - std::ssize(values) / 16);
    call.values = allocated(values.size() * 4);
    call.arguments.values = call.values.address();
    ASSERT_EQ(error_of(quantizer.dequantize(call.arguments)), "no error");
    ASSERT_EQ(error_of(quantizer.check_scales(call.arguments)), "no error");
    EXPECT_EQ(downloaded<float>(call.values), values);
  }
}

TEST_F(BlockQuantizerTest, TheFirstValueThatIsNotFiniteIsNamedAndTheCallEndsWell) {
  for (const char* recipe : {"modelopt", "flashinfer_exact", "mxfp4_floor", "mxfp8_rceil"}) {
    const BlockQuantizer quantizer = create(recipe);
    for (const std::size_t first : {0, 1, 2, 3, 95, 130, 287}) {
      for (const float bad : {INFINITY, -INFINITY, NAN}) {
        auto values = constant(1.0f);
        values[first] = bad;
        values[287] = -INFINITY;
        if (first != 287) values[first + 4] = NAN;
        const Call call = call_for(quantizer, values, ScaleLayout::swizzled_128x4);
        ASSERT_EQ(error_of(quantizer.quantize(call.arguments)), "no error");
        EXPECT_EQ(error_of(quantizer.check_values(call.arguments)),
                  fmt::format("invalid_argument: values[{}] = {}: a value must be finite", first,
                              values[first]))
            << recipe;
      }
    }
    const Call call = call_for(quantizer, constant(1.0f));
    ASSERT_EQ(error_of(quantizer.quantize(call.arguments)), "no error");
    EXPECT_EQ(error_of(quantizer.check_values(call.arguments)), "no error");
  }
}

TEST_F(BlockQuantizerTest, ScalesThatARecipeDoesNotWriteAreNamed) {
  const auto dequantized = [&](const char* recipe, std::size_t index, std::uint8_t code,
                               float tensor_scale) {
    const BlockQuantizer quantizer = create(recipe);
    Call call = call_for(quantizer, constant(1.0f));
    std::vector<std::uint8_t> scales(call.block_scales.bytes(), 0x38);
    scales[index] = code;
    call.block_scales = uploaded(scales);
    call.codes = uploaded(std::vector<std::uint8_t>(call.codes.bytes(), 0x11));
    call.tensor_scale = uploaded(std::vector<float>{tensor_scale});
    call.arguments.block_scales = call.block_scales.address();
    call.arguments.codes = call.codes.address();
    call.arguments.tensor_scale = call.tensor_scale.address();
    EXPECT_EQ(error_of(quantizer.dequantize(call.arguments)), "no error");
    return error_of(quantizer.check_scales(call.arguments));
  };
  const std::string rule = ": must not be NaN or negative";
  EXPECT_EQ(dequantized("modelopt", 17, 0x7F, 1),
            "invalid_argument: block_scales[17] = 0x7F" + rule);
  EXPECT_EQ(dequantized("modelopt", 0, 0x80, 1), "invalid_argument: block_scales[0] = 0x80" + rule);
  EXPECT_EQ(dequantized("mxfp8_floor", 8, 0xFF, 0),
            "invalid_argument: block_scales[8] = 0xFF" + rule);
  EXPECT_EQ(dequantized("mxfp4_ceil", 8, 0xFE, 0), "no error");
  EXPECT_EQ(dequantized("modelopt", 17, 0x7E, 1), "no error");
  EXPECT_EQ(dequantized("transformer_engine", 0, 0, 0), "no error");
  for (const float scale : {0.0f, -1.0f, INFINITY, NAN})
    EXPECT_EQ(dequantized("flashinfer_exact", 0, 0, scale),
              fmt::format("invalid_argument: tensor_scale = {}: must be finite and greater than 0",
                          scale));
}

TEST_F(BlockQuantizerTest, ArgumentsThatCannotBeAreNamed) {
  const BlockQuantizer quantizer = create("modelopt");
  const Call call = call_for(quantizer, constant(1.0f));
  const auto error = [&](auto change) {
    BlockQuantizeCall changed = call.arguments;
    change(changed);
    const std::string text = error_of(quantizer.quantize(changed));
    EXPECT_EQ(error_of(quantizer.dequantize(changed)), text);
    return text;
  };
  using C = BlockQuantizeCall;
  EXPECT_EQ(error([](C& c) { c.rows = 0; }),
            "invalid_argument: rows: 0 is not from 1 to 68719476736");
  EXPECT_EQ(error([](C& c) { c.columns = 40; }),
            "invalid_argument: columns: 40 is not a multiple of 16 from 1 to 68719476736");
  EXPECT_EQ(error([](C& c) { c.values = 0; }), "invalid_argument: values: is null");
  EXPECT_EQ(error([](C& c) { c.codes = 0; }), "invalid_argument: codes: is null");
  EXPECT_EQ(error([](C& c) { c.block_scales = 0; }), "invalid_argument: block_scales: is null");
  EXPECT_EQ(error([](C& c) { c.tensor_scale = 0; }), "invalid_argument: tensor_scale: is null");
  EXPECT_EQ(error([](C& c) { c.workspace = 0; }), "invalid_argument: workspace: is null");
  EXPECT_TRUE(error([](C& c) { c.values += 4; }).ends_with("is not a multiple of 16"));
  EXPECT_TRUE(error([](C& c) { c.codes += 8; }).ends_with("is not a multiple of 16"));
  EXPECT_TRUE(error([](C& c) { c.tensor_scale += 2; }).ends_with("is not a multiple of 4"));
  EXPECT_TRUE(error([](C& c) { c.workspace += 128; }).ends_with("is not a multiple of 256"));
  EXPECT_EQ(error([](C& c) { c.layout = ScaleLayout::swizzled_8x4; }),
            "invalid_argument: layout: no kernel for swizzled_8x4");
  EXPECT_EQ(error([](C& c) { c.workspace_bytes = 255; }),
            "workspace_too_small: workspace: has 255 bytes, 3 x 96 values need 256");
  EXPECT_EQ(error([](C& c) { c.layout = ScaleLayout::swizzled_128x4; }),
            "workspace_too_small: workspace: has 256 bytes, 3 x 96 values need 274");
}

TEST_F(BlockQuantizerTest, ARecipeWithoutKernelIsNamedWithThoseThatHaveOne) {
  const auto result = BlockQuantizer::create(device, "torchao");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, CudaErrorCode::invalid_argument);
  EXPECT_TRUE(result.error().message.starts_with(
      "no kernel for recipe \"torchao\"; known: modelopt, transformer_engine, "))
      << result.error().message;
}

TEST_F(BlockQuantizerTest, AGraphLaunchedTwiceUsesTheAmaxOfItsInputs) {
  const BlockQuantizer quantizer = create("modelopt");
  Call call = call_for(quantizer, constant(2688.0f), ScaleLayout::swizzled_128x4);
  CUstream stream = nullptr;
  CUgraph graph = nullptr;
  CUgraphExec executable = nullptr;
  const auto current = CurrentContext::push(*device);
  ASSERT_EQ(ASSAY_FUNCTION(cuStreamCreate)(&stream, CU_STREAM_NON_BLOCKING), CUDA_SUCCESS);
  ASSERT_EQ(ASSAY_FUNCTION(cuStreamBeginCapture)(stream, CU_STREAM_CAPTURE_MODE_GLOBAL),
            CUDA_SUCCESS);
  call.arguments.stream = stream;
  ASSERT_EQ(error_of(quantizer.quantize(call.arguments)), "no error");
  ASSERT_EQ(ASSAY_FUNCTION(cuStreamEndCapture)(stream, &graph), CUDA_SUCCESS);
  ASSERT_EQ(ASSAY_FUNCTION(cuGraphInstantiateWithFlags)(&executable, graph, 0), CUDA_SUCCESS);
  for (const float amax : {2688.0f, 1344.0f}) {  // the second is smaller: no old maximum counts
    const auto values = constant(amax);
    ASSERT_EQ(
        device->driver().cuMemcpyHtoD_fn(call.values.address(), values.data(), call.values.bytes()),
        CUDA_SUCCESS);
    ASSERT_EQ(ASSAY_FUNCTION(cuGraphLaunch)(executable, stream), CUDA_SUCCESS);
    ASSERT_EQ(error_of(quantizer.check_values(call.arguments)), "no error");
    EXPECT_EQ(downloaded<float>(call.tensor_scale), std::vector<float>{amax / 2688.0f});
  }
  EXPECT_EQ(ASSAY_FUNCTION(cuGraphExecDestroy)(executable), CUDA_SUCCESS);
  EXPECT_EQ(ASSAY_FUNCTION(cuGraphDestroy)(graph), CUDA_SUCCESS);
  EXPECT_EQ(ASSAY_FUNCTION(cuStreamDestroy)(stream), CUDA_SUCCESS);
}

TEST_F(BlockQuantizerTest, KernelsAreThoseThatAreLaunched) {
  using Names = std::vector<std::string>;
  const auto linear = ScaleLayout::linear, tiles = ScaleLayout::swizzled_128x4;
  EXPECT_EQ(create("modelopt").quantize_kernels(tiles),
            (Names{"quantize_begin", "amax", "quantize_modelopt", "swizzle_scales_128x4"}));
  EXPECT_EQ(create("mxfp8_even").quantize_kernels(linear),
            (Names{"quantize_begin", "quantize_mxfp8_even"}));
  EXPECT_EQ(create("mxfp8_even").dequantize_kernels(tiles),
            (Names{"quantize_begin", "unswizzle_scales_128x4", "dequantize_mxfp8"}));
}

}  // namespace
}  // namespace assay::cuda
