// SPDX-License-Identifier: Apache-2.0
// CUDA graphs, on the emulator: a run that was captured gives the bits of a direct run, with what
// its inputs hold when the graph is launched.
#include <cstring>
#include <random>

#include <dlfcn.h>
#include <gtest/gtest.h>

#include "cuda/backend/test_layer.hpp"

namespace assay::cuda {
namespace {

// A function of the emulator that the backend does not bind.
template <typename Function>
Function* driver_function(const char* name) {
  void* const library = dlopen(ASSAY_TEST_DRIVER, RTLD_NOW | RTLD_LOCAL);
  return reinterpret_cast<Function*>(dlsym(library, name));
}
#define ASSAY_FUNCTION(name) \
  decltype(&::name) name##_fn = driver_function<decltype(::name)>(ASSAY_FUNCTION_TEXT(name))
#define ASSAY_FUNCTION_TEXT(name) #name  // expanded first: cuStreamDestroy is cuStreamDestroy_v2

template <typename T>
std::vector<T> downloaded(const Buffer& buffer) {
  std::vector<T> values(buffer.bytes() / sizeof(T));
  EXPECT_TRUE(buffer.download(std::as_writable_bytes(std::span(values))));
  return values;
}

// Device memory of one call.
struct CallMemory {
  Buffer hidden, experts, scores, output, workspace;
};

class Graph : public testing::TestWithParam<std::int64_t> {
 protected:
  void SetUp() override {
    const auto driver = load_driver(ASSAY_TEST_DRIVER);
    ASSERT_TRUE(driver) << driver.error().message;
    const auto opened = Device::open(*driver);
    ASSERT_TRUE(opened) << opened.error().message;
    device = *opened;
    TestLayer data;
    for (TestProjection* projection : {&data.gate, &data.up, &data.down})
      for (std::uint8_t& code : projection->codes)
        code = static_cast<std::uint8_t>(random());
    auto created = MoeLayer::create(device, data.extents, data.weights());
    ASSERT_TRUE(created) << created.error().message;
    layer = std::make_unique<MoeLayer>(*std::move(created));
    allocate(memory);
    allocate(other);
  }

  Buffer allocate(std::size_t bytes) {
    auto buffer = Buffer::allocate(device, bytes, "test");
    EXPECT_TRUE(buffer);
    return *std::move(buffer);
  }

  void allocate(CallMemory& call) {
    const MoeExtents& extents = layer->extents();
    const auto slots = static_cast<std::size_t>(tokens * extents.top_k);
    const auto values = static_cast<std::size_t>(tokens * extents.hidden_size);
    call.hidden = allocate(values * sizeof(float));
    call.experts = allocate(slots * sizeof(std::int32_t));
    call.scores = allocate(slots * sizeof(float));
    call.output = allocate(values * sizeof(float));
    call.workspace = allocate(*layer->workspace_bytes(tokens));
  }

  template <typename T, typename Value>
  void fill(const Buffer& buffer, Value value) {
    std::vector<T> values(buffer.bytes() / sizeof(T));
    for (T& each : values)
      each = value();
    const CurrentContext current(*device);
    EXPECT_EQ(device->driver().cuMemcpyHtoD_fn(buffer.address(), values.data(), buffer.bytes()),
              CUDA_SUCCESS);
  }

  void fill_with_random_inputs(const CallMemory& call) {
    const auto value = [&] {
      return static_cast<float>(static_cast<int>(random() % 2001) - 1000) / 64;
    };
    fill<float>(call.hidden, value);
    fill<float>(call.scores, value);
    fill<std::int32_t>(call.experts, [&] { return static_cast<std::int32_t>(random() % 3); });
  }

  void copy_inputs(const CallMemory& from, const CallMemory& to) {
    const CurrentContext current(*device);
    for (const auto member : {&CallMemory::hidden, &CallMemory::experts, &CallMemory::scores}) {
      const auto bytes = downloaded<std::byte>(from.*member);
      EXPECT_EQ(
          device->driver().cuMemcpyHtoD_fn((to.*member).address(), bytes.data(), bytes.size()),
          CUDA_SUCCESS);
    }
  }

  CudaStatus run(const CallMemory& call, CUstream stream) {
    return layer->run({.tokens = tokens,
                       .hidden_states = call.hidden.address(),
                       .selected_experts_for_tokens = call.experts.address(),
                       .scores_for_selected_experts = call.scores.address(),
                       .output = call.output.address(),
                       .workspace = call.workspace.address(),
                       .workspace_bytes = call.workspace.bytes(),
                       .stream = stream});
  }

  // Bits of the output of a direct run on the inputs that `memory` holds.
  std::vector<std::uint32_t> direct() {
    copy_inputs(memory, other);
    const auto status = run(other, nullptr);
    EXPECT_TRUE(status) << status.error().message;
    return downloaded<std::uint32_t>(other.output);
  }

  const std::int64_t tokens = GetParam();
  std::mt19937 random{1};
  std::shared_ptr<const Device> device;
  std::unique_ptr<MoeLayer> layer;
  CallMemory memory, other;
  ASSAY_FUNCTION(cuStreamCreate);
  ASSAY_FUNCTION(cuStreamDestroy);
  ASSAY_FUNCTION(cuStreamBeginCapture);
  ASSAY_FUNCTION(cuStreamEndCapture);
  ASSAY_FUNCTION(cuGraphInstantiateWithFlags);
  ASSAY_FUNCTION(cuGraphLaunch);
  ASSAY_FUNCTION(cuGraphExecDestroy);
  ASSAY_FUNCTION(cuGraphDestroy);
};
INSTANTIATE_TEST_SUITE_P(Tokens, Graph, testing::Values(3, 17));

TEST_P(Graph, LaunchedTwiceWithChangedInputsGivesTheBitsOfDirectRuns) {
  const CurrentContext current(*device);
  CUstream stream = nullptr;
  ASSERT_EQ(cuStreamCreate_fn(&stream, CU_STREAM_NON_BLOCKING), CUDA_SUCCESS);
  const float poison = -77.0f;
  fill<float>(memory.output, [&] { return poison; });
  fill_with_random_inputs(memory);

  ASSERT_EQ(cuStreamBeginCapture_fn(stream, CU_STREAM_CAPTURE_MODE_GLOBAL), CUDA_SUCCESS);
  const auto status = run(memory, stream);
  ASSERT_TRUE(status) << status.error().message;
  CUgraph graph = nullptr;
  ASSERT_EQ(cuStreamEndCapture_fn(stream, &graph), CUDA_SUCCESS);
  CUgraphExec executable = nullptr;
  ASSERT_EQ(cuGraphInstantiateWithFlags_fn(&executable, graph, 0), CUDA_SUCCESS);
  for (const float value : downloaded<float>(memory.output))
    ASSERT_EQ(value, poison) << "capturing has executed something";

  std::vector<std::uint32_t> first;
  for (int launch = 0; launch < 2; ++launch) {
    if (launch == 1) fill_with_random_inputs(memory);
    ASSERT_EQ(cuGraphLaunch_fn(executable, stream), CUDA_SUCCESS);
    ASSERT_EQ(device->driver().cuStreamSynchronize_fn(stream), CUDA_SUCCESS);
    const auto output = downloaded<std::uint32_t>(memory.output);
    EXPECT_EQ(output, direct()) << "launch " << launch;
    EXPECT_NE(output, first);
    first = output;
  }
  EXPECT_EQ(cuGraphExecDestroy_fn(executable), CUDA_SUCCESS);
  EXPECT_EQ(cuGraphDestroy_fn(graph), CUDA_SUCCESS);
  EXPECT_EQ(cuStreamDestroy_fn(stream), CUDA_SUCCESS);
}

}  // namespace
}  // namespace assay::cuda
