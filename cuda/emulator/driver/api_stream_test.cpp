// SPDX-License-Identifier: Apache-2.0
// Streams, events, host functions, capture into graphs.
#include "cuda/emulator/driver/api_under_test.hpp"

namespace assay::emulator {
namespace {

class StreamTest : public DriverTest {
 protected:
  void SetUp() override {
    DriverTest::SetUp();
    ASSERT_EQ(cu.cuStreamCreate(&stream_, CU_STREAM_NON_BLOCKING), CUDA_SUCCESS);
    module_ = load(kTestModule);
    ASSERT_EQ(cu.cuModuleGetGlobal_v2(&counter_, nullptr, module_, "counter"), CUDA_SUCCESS);
  }
  CUresult bump(unsigned by, CUstream stream) {
    void* params[] = {&by};
    return cu.cuLaunchKernel(function(module_, "bump"), 1, 1, 1, 1, 1, 1, 0, stream, params,
                             nullptr);
  }
  unsigned counter() { return download<unsigned>(counter_, 1)[0]; }

  CUstream stream_ = nullptr;
  CUmodule module_ = nullptr;
  CUdeviceptr counter_ = 0;
};

TEST_F(StreamTest, PropertiesAreKept) {
  CUstream other = nullptr;
  int priority = 9, least = 9, greatest = 9;
  unsigned flags = 9;
  unsigned long long first = 0, second = 0;
  CUcontext context = nullptr;
  ASSERT_EQ(cu.cuCtxGetStreamPriorityRange(&least, &greatest), CUDA_SUCCESS);
  EXPECT_GT(least, greatest);
  ASSERT_EQ(cu.cuStreamCreateWithPriority(&other, 0, greatest - 100), CUDA_SUCCESS);
  EXPECT_EQ(cu.cuStreamGetPriority(other, &priority), CUDA_SUCCESS);
  EXPECT_EQ(priority, greatest);
  EXPECT_EQ(cu.cuStreamGetFlags(stream_, &flags), CUDA_SUCCESS);
  EXPECT_EQ(flags, CU_STREAM_NON_BLOCKING);
  EXPECT_EQ(cu.cuStreamGetId(stream_, &first), CUDA_SUCCESS);
  EXPECT_EQ(cu.cuStreamGetId(other, &second), CUDA_SUCCESS);
  EXPECT_NE(first, second);
  EXPECT_EQ(cu.cuStreamGetCtx(other, &context), CUDA_SUCCESS);
  EXPECT_EQ(context, context_);
}

TEST_F(StreamTest, MisuseIsRefused) {
  CUstream other = nullptr;
  EXPECT_EQ(cu.cuStreamCreate(&other, 8), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cu.cuStreamCreate(nullptr, 0), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cu.cuStreamDestroy_v2(nullptr), CUDA_ERROR_INVALID_HANDLE);
  EXPECT_EQ(cu.cuStreamDestroy_v2(stream_), CUDA_SUCCESS);
  EXPECT_EQ(cu.cuStreamDestroy_v2(stream_), CUDA_ERROR_INVALID_HANDLE);
  EXPECT_EQ(cu.cuStreamSynchronize(stream_), CUDA_ERROR_INVALID_HANDLE);
  EXPECT_EQ(cu.cuMemsetD32Async(counter_, 1, 1, stream_), CUDA_ERROR_INVALID_HANDLE);
  CUcontext second = nullptr;
  ASSERT_EQ(cu.cuCtxCreate_v2(&second, 0, 0), CUDA_SUCCESS);
  ASSERT_EQ(cu.cuStreamCreate(&other, 0), CUDA_SUCCESS);
  ASSERT_EQ(cu.cuCtxSetCurrent(context_), CUDA_SUCCESS);
  EXPECT_EQ(cu.cuStreamSynchronize(other), CUDA_ERROR_INVALID_CONTEXT);
  EXPECT_EQ(cu.cuCtxDestroy_v2(second), CUDA_SUCCESS);
}

TEST_F(StreamTest, HandlesOneAndTwoAreTheDefaultStreams) {
  for (std::uintptr_t number : {0, 1, 2}) {
    const auto stream = reinterpret_cast<CUstream>(number);
    EXPECT_EQ(cu.cuMemsetD32Async(counter_, static_cast<unsigned>(number), 1, stream),
              CUDA_SUCCESS);
    EXPECT_EQ(cu.cuStreamSynchronize(stream), CUDA_SUCCESS);
    EXPECT_EQ(counter(), number);
  }
}

TEST_F(StreamTest, EventsGiveTheSameTimesOnEveryRun) {
  CUevent start = nullptr, end = nullptr, untimed = nullptr;
  float milliseconds = -1, again = -2;
  ASSERT_EQ(cu.cuEventCreate(&start, 0), CUDA_SUCCESS);
  ASSERT_EQ(cu.cuEventCreate(&end, 0), CUDA_SUCCESS);
  ASSERT_EQ(cu.cuEventCreate(&untimed, CU_EVENT_DISABLE_TIMING), CUDA_SUCCESS);
  EXPECT_EQ(cu.cuEventElapsedTime(&milliseconds, start, end), CUDA_ERROR_INVALID_HANDLE);
  for (float* out : {&milliseconds, &again}) {
    EXPECT_EQ(cu.cuEventRecord(start, stream_), CUDA_SUCCESS);
    EXPECT_EQ(bump(1, stream_), CUDA_SUCCESS);
    EXPECT_EQ(cu.cuEventRecord(end, stream_), CUDA_SUCCESS);
    EXPECT_EQ(cu.cuEventQuery(end), CUDA_SUCCESS);
    EXPECT_EQ(cu.cuEventSynchronize(end), CUDA_SUCCESS);
    EXPECT_EQ(cu.cuEventElapsedTime(out, start, end), CUDA_SUCCESS);
  }
  EXPECT_EQ(milliseconds, again);
  EXPECT_GT(milliseconds, 0.002f);  // two operations of a microsecond, and the kernel
  EXPECT_LT(milliseconds, 0.003f);
  ASSERT_EQ(cu.cuEventRecord(untimed, stream_), CUDA_SUCCESS);
  EXPECT_EQ(cu.cuEventElapsedTime(&milliseconds, start, untimed), CUDA_ERROR_INVALID_HANDLE);
  EXPECT_EQ(cu.cuEventDestroy_v2(start), CUDA_SUCCESS);
  EXPECT_EQ(cu.cuEventDestroy_v2(start), CUDA_ERROR_INVALID_HANDLE);
  EXPECT_EQ(cu.cuStreamWaitEvent(stream_, start, 0), CUDA_ERROR_INVALID_HANDLE);
  EXPECT_EQ(cu.cuStreamWaitEvent(stream_, end, 0), CUDA_SUCCESS);
  EXPECT_EQ(cu.cuEventCreate(&start, 4), CUDA_ERROR_NOT_SUPPORTED);
}

TEST_F(StreamTest, HostFunctionsRunInOrderAndMayNotCallTheDriver) {
  struct State {
    Api* cu;
    CUresult inside = CUDA_SUCCESS;
    int calls = 0;
  } state{&cu};
  const auto host = [](void* data) {
    auto* const own = static_cast<State*>(data);
    ++own->calls;
    own->inside = own->cu->cuCtxSynchronize();
  };
  EXPECT_EQ(cu.cuLaunchHostFunc(stream_, host, &state), CUDA_SUCCESS);
  EXPECT_EQ(state.calls, 1);
  EXPECT_EQ(state.inside, CUDA_ERROR_NOT_PERMITTED);
  EXPECT_EQ(cu.cuCtxSynchronize(), CUDA_SUCCESS);
  const auto callback = [](CUstream, CUresult status, void* data) {
    static_cast<State*>(data)->inside = status;
  };
  EXPECT_EQ(cu.cuStreamAddCallback(stream_, callback, &state, 0), CUDA_SUCCESS);
  EXPECT_EQ(state.inside, CUDA_SUCCESS);
  EXPECT_EQ(cu.cuStreamAddCallback(stream_, callback, &state, 1), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cu.cuLaunchHostFunc(stream_, nullptr, &state), CUDA_ERROR_INVALID_VALUE);
}

TEST_F(StreamTest, ACapturedGraphRunsWhenLaunchedAndAsOftenAsLaunched) {
  CUgraph graph = nullptr;
  CUgraphExec exec = nullptr;
  auto status = CU_STREAM_CAPTURE_STATUS_INVALIDATED;
  unsigned host = 0;
  ASSERT_EQ(cu.cuStreamBeginCapture_v2(stream_, {}), CUDA_SUCCESS);
  EXPECT_EQ(cu.cuStreamIsCapturing(stream_, &status), CUDA_SUCCESS);
  EXPECT_EQ(status, CU_STREAM_CAPTURE_STATUS_ACTIVE);
  EXPECT_EQ(bump(5, stream_), CUDA_SUCCESS);
  EXPECT_EQ(bump(7, stream_), CUDA_SUCCESS);
  EXPECT_EQ(cu.cuMemcpyDtoHAsync_v2(&host, counter_, 4, stream_), CUDA_SUCCESS);
  EXPECT_EQ(host, 0u);
  ASSERT_EQ(cu.cuStreamEndCapture(stream_, &graph), CUDA_SUCCESS);
  EXPECT_EQ(counter(), 3u);
  ASSERT_EQ(cu.cuGraphInstantiateWithFlags(&exec, graph, 0), CUDA_SUCCESS);
  EXPECT_EQ(cu.cuGraphDestroy(graph), CUDA_SUCCESS);
  EXPECT_EQ(cu.cuGraphDestroy(graph), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cu.cuGraphLaunch(exec, stream_), CUDA_SUCCESS);
  EXPECT_EQ(host, 15u);
  EXPECT_EQ(cu.cuGraphLaunch(exec, nullptr), CUDA_SUCCESS);
  EXPECT_EQ(host, 27u);
  EXPECT_EQ(cu.cuGraphExecDestroy(exec), CUDA_SUCCESS);
  EXPECT_EQ(cu.cuGraphLaunch(exec, stream_), CUDA_ERROR_INVALID_VALUE);
}

TEST_F(StreamTest, AStreamThatWaitsForACapturedEventIsPartOfTheCapture) {
  CUstream other = nullptr;
  CUevent fork = nullptr, join = nullptr;
  CUgraph graph = nullptr;
  CUgraphExec exec = nullptr;
  ASSERT_EQ(cu.cuStreamCreate(&other, CU_STREAM_NON_BLOCKING), CUDA_SUCCESS);
  ASSERT_EQ(cu.cuEventCreate(&fork, CU_EVENT_DISABLE_TIMING), CUDA_SUCCESS);
  ASSERT_EQ(cu.cuEventCreate(&join, CU_EVENT_DISABLE_TIMING), CUDA_SUCCESS);
  ASSERT_EQ(cu.cuStreamBeginCapture_v2(stream_, {}), CUDA_SUCCESS);
  EXPECT_EQ(cu.cuEventRecord(fork, stream_), CUDA_SUCCESS);
  EXPECT_EQ(cu.cuEventQuery(fork), CUDA_ERROR_CAPTURED_EVENT);
  EXPECT_EQ(cu.cuStreamWaitEvent(other, fork, 0), CUDA_SUCCESS);
  EXPECT_EQ(bump(100, other), CUDA_SUCCESS);
  EXPECT_EQ(cu.cuEventRecord(join, other), CUDA_SUCCESS);
  EXPECT_EQ(cu.cuStreamWaitEvent(stream_, join, 0), CUDA_SUCCESS);
  EXPECT_EQ(cu.cuStreamEndCapture(other, &graph), CUDA_ERROR_STREAM_CAPTURE_UNMATCHED);
  ASSERT_EQ(cu.cuStreamEndCapture(stream_, &graph), CUDA_SUCCESS);
  EXPECT_EQ(counter(), 3u);
  EXPECT_EQ(bump(1, other), CUDA_SUCCESS);  // no longer captured
  EXPECT_EQ(counter(), 4u);
  ASSERT_EQ(cu.cuGraphInstantiateWithFlags(&exec, graph, 0), CUDA_SUCCESS);
  EXPECT_EQ(cu.cuGraphLaunch(exec, stream_), CUDA_SUCCESS);
  EXPECT_EQ(counter(), 104u);
}

TEST_F(StreamTest, WaitingForAStreamThatIsCapturedSpoilsTheCapture) {
  CUgraph graph = nullptr;
  EXPECT_EQ(cu.cuStreamEndCapture(stream_, &graph), CUDA_ERROR_ILLEGAL_STATE);
  EXPECT_EQ(cu.cuStreamBeginCapture_v2(nullptr, {}), CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
  ASSERT_EQ(cu.cuStreamBeginCapture_v2(stream_, {}), CUDA_SUCCESS);
  EXPECT_EQ(cu.cuStreamBeginCapture_v2(stream_, {}), CUDA_ERROR_ILLEGAL_STATE);
  EXPECT_EQ(cu.cuStreamSynchronize(stream_), CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED);
  EXPECT_EQ(bump(1, stream_), CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
  EXPECT_EQ(cu.cuStreamEndCapture(stream_, &graph), CUDA_ERROR_STREAM_CAPTURE_INVALIDATED);
  EXPECT_EQ(graph, nullptr);
  EXPECT_EQ(bump(1, stream_), CUDA_SUCCESS);
  EXPECT_EQ(counter(), 4u);
}

}  // namespace
}  // namespace assay::emulator
