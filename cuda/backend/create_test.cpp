// SPDX-License-Identifier: Apache-2.0
// Creating a layer: whatever call of the driver fails, the error is named, nothing stays on the
// device, and the device can be used again. Which errors a context keeps: cuda.h.
#include <algorithm>

#include <gtest/gtest.h>

#include "cuda/backend/test_fake_driver.hpp"

namespace assay::cuda {
namespace {

class Create : public OnFakeDriver {
 protected:
  Create() { EXPECT_EQ(open(), "success"); }

  // Which calls of the function may fail: all that a create makes, numbered from 1, but a push
  // before cuMemFree. Memory whose context cannot be made current is lost.
  std::vector<int> calls_of_create(const std::string& function) {
    driver.calls.clear();
    EXPECT_EQ(front->create(layer), "success");
    std::vector<int> calls;
    int nth = 0;
    for (std::size_t i = 0; i + 1 < driver.calls.size(); ++i)
      if (driver.calls[i] == function && (++nth, driver.calls[i + 1] != "cuMemFree"))
        calls.push_back(nth);
    close();
    EXPECT_EQ(open(), "success");
    return calls;
  }

  // A create in which the nth call of the function fails, and the next, which works.
  Outcome create_failing(const std::string& function, int nth, CUresult result) {
    driver.fail(function, nth, result);
    const Outcome outcome = front->create(layer);
    EXPECT_EQ(driver.memory.size(), 0u) << function << ' ' << nth;
    EXPECT_EQ(driver.current_stack().size(), 0u);
    driver.fail_nothing();
    EXPECT_EQ(front->create(layer), "success") << function << ' ' << nth;
    close();
    EXPECT_EQ(open(), "success");
    return outcome;
  }
};
ASSAY_BOTH_INTERFACES(Create);

TEST_P(Create, OutOfMemoryAtEachAllocation) {
  const std::vector<int> allocations = calls_of_create("cuMemAlloc");
  // Of each matrix codes and scales as given and packed, dbl_q_scale, bias.
  ASSERT_EQ(allocations.size(), 3u * 6 + 1);
  for (const int nth : allocations) {
    const Outcome outcome = create_failing("cuMemAlloc", nth, CUDA_ERROR_OUT_OF_MEMORY);
    EXPECT_EQ(outcome, "out_of_memory");
    EXPECT_NE(outcome.message.find("bytes): cuMemAlloc: CUDA_ERROR_OUT_OF_MEMORY"),
              std::string::npos)
        << outcome;
  }
}

TEST_P(Create, AnAllocationThatFailsIsNamedWithItsSize) {
  EXPECT_EQ(create_failing("cuMemAlloc", 1, CUDA_ERROR_OUT_OF_MEMORY).message.substr(0, 30),
            "fc_gate_weights (2304 bytes): ");
  EXPECT_EQ(create_failing("cuMemAlloc", 19, CUDA_ERROR_OUT_OF_MEMORY).message.substr(0, 38),
            "fc_down_activation_scale (12 bytes): c");
}

TEST_P(Create, EachCallOfEachFunctionMayFail) {
  struct Case {
    const char* function;
    CUresult result;
    const char* code;
  };
  for (const auto& [function, result, code] :
       {Case{"cuCtxPushCurrent", CUDA_ERROR_UNKNOWN, "driver_error"},
        Case{"cuModuleLoadData", CUDA_ERROR_NO_BINARY_FOR_GPU, "unsupported_device"},
        Case{"cuModuleLoadData", CUDA_ERROR_UNSUPPORTED_PTX_VERSION, "driver_unavailable"},
        Case{"cuModuleLoadData", CUDA_ERROR_OUT_OF_MEMORY, "out_of_memory"},
        Case{"cuModuleGetFunction", CUDA_ERROR_NOT_FOUND, "driver_error"},
        Case{"cuFuncSetAttribute", CUDA_ERROR_INVALID_VALUE, "driver_error"},
        Case{"cuMemcpyHtoD", CUDA_ERROR_UNKNOWN, "driver_error"},
        Case{"cuLaunchKernel", CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES, "launch_failed"},
        Case{"cuStreamSynchronize", CUDA_ERROR_UNKNOWN, "driver_error"}}) {
    const std::vector<int> calls = calls_of_create(function);
    EXPECT_FALSE(calls.empty()) << function;
    for (const int nth : calls) {
      const Outcome outcome = create_failing(function, nth, result);
      EXPECT_EQ(outcome, code) << function << ' ' << nth;
      EXPECT_NE(outcome.message.find(fmt::format(": {}: CUDA_ERROR_", function)), std::string::npos)
          << outcome;
    }
  }
}

TEST_P(Create, AModuleThatDoesNotLoadSaysWhatToDo) {
  EXPECT_NE(create_failing("cuModuleLoadData", 1, CUDA_ERROR_UNSUPPORTED_PTX_VERSION)
                .message.find("install a driver of CUDA 13.0 or later"),
            std::string::npos);
  EXPECT_NE(create_failing("cuModuleLoadData", 1, CUDA_ERROR_NO_BINARY_FOR_GPU)
                .message.find("sm_100a, sm_103a and sm_110a"),
            std::string::npos);
}

TEST_P(Create, AModuleThatDidNotLoadIsNotUnloaded) {
  driver.fail("cuModuleLoadData", 2, CUDA_ERROR_NO_BINARY_FOR_GPU);
  EXPECT_EQ(front->create(layer), "unsupported_device");
  EXPECT_EQ(driver.modules.size(), 1u);
  close();
  EXPECT_EQ(std::ranges::count(driver.calls, "cuModuleUnload"), 1);
}

TEST_P(Create, AContextThatIsLostMakesEveryCallFailAndIsGivenUpCleanly) {
  for (const bool push_fails : {false, true}) {
    for (const char* function : {"cuMemcpyHtoD", "cuMemAlloc", "cuStreamSynchronize"}) {
      driver.push_fails_when_lost = push_fails;
      driver.fail(function, 2, CUDA_ERROR_ILLEGAL_ADDRESS, FakeFailure::sticky);
      EXPECT_EQ(front->create(layer), "context_lost");
      EXPECT_EQ(front->create(layer), "context_lost");
      driver.fail_nothing();
      close();  // checks that nothing is left once the context is given up
      ASSERT_EQ(open(), "success");
      EXPECT_EQ(front->create(layer), "success") << "in a new context";
    }
  }
}

TEST_P(Create, KernelsAreLoadedOncePerDevice) {
  ASSERT_EQ(front->create(layer), "success");
  const std::size_t modules = driver.modules.size();
  ASSERT_EQ(front->create(layer), "success");
  EXPECT_EQ(driver.modules.size(), modules);
  front->destroy_layer();
  EXPECT_EQ(driver.memory.size(), 0u);
  EXPECT_EQ(driver.modules.size(), modules);
}

TEST_P(Create, TheDeviceMayBeClosedBeforeTheLayerIsDestroyed) {
  ASSERT_EQ(front->create(layer), "success");
  front->close_device();
  EXPECT_EQ(front->run(call()), "success");
}

TEST_P(Create, OnlyPackedWeightsStay) {
  ASSERT_EQ(front->create(layer), "success");
  // Steps of 64 columns: 1 and 1; 9 tiles of 16 rows for gate and up, 6 for down; 512 + 64 bytes.
  std::size_t bytes = (9 + 9 + 6) * (512 + 64);
  bytes += 3 * 3 * 4 + (2 * 48 + 32) * 3 * 4;  // dbl_q_scale, bias
  bytes += 3 * 4;                              // fc_down_activation_scale
  std::size_t allocated = 0;
  for (const auto& [address, size] : driver.memory)
    allocated += size;
  EXPECT_EQ(allocated, bytes);
}

}  // namespace
}  // namespace assay::cuda
