// SPDX-License-Identifier: Apache-2.0
// Every allocation of host memory fails once, in every function: the C interface returns
// out_of_memory, the C++ one throws std::bad_alloc, and nothing stays on the device.
#include <cstdlib>
#include <new>

#include <gtest/gtest.h>

#include "cuda/backend/test_fake_driver.hpp"

namespace {

// Allocations until one fails; 0: none does. Those of the fake driver and of other threads are not
// counted.
thread_local long allocations_left = 0;
const bool* is_inside_driver = nullptr;

}  // namespace

// Replaces that of the standard library for the whole process, shared libraries too.
void* operator new(std::size_t size) {
  const bool counts = is_inside_driver == nullptr || !*is_inside_driver;
  if (counts && allocations_left > 0 && --allocations_left == 0) throw std::bad_alloc();
  if (void* const memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}

[[gnu::noinline]] void operator delete(void* memory) noexcept {
  std::free(memory);
}

[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace assay::cuda {
namespace {

class HostMemory : public OnFakeDriver {
 protected:
  HostMemory() { is_inside_driver = &driver.is_inside; }

  // Fails the first, second, ... allocation of `body` until it needs no more, and says how many it
  // needed. The outcome's own text is no part of `body`.
  template <typename Body, typename Check>
  long fail_each(Body body, Check check_nothing_stayed) {
    for (long nth = 1;; ++nth) {
      Outcome outcome{"out_of_memory", ""};
      long left = 0;
      try {
        allocations_left = nth;
        outcome = body();
        left = std::exchange(allocations_left, 0);
      } catch (const std::bad_alloc&) {
        EXPECT_STREQ(GetParam(), "cpp") << "an exception passed";
        allocations_left = 0;
      }
      if (left > 0) {
        EXPECT_EQ(outcome, "success");
        return nth - 1;
      }
      EXPECT_EQ(outcome, "out_of_memory") << nth;
      check_nothing_stayed();
      EXPECT_EQ(driver.current_stack().size(), 0u);
    }
  }
};
ASSAY_BOTH_INTERFACES(HostMemory);

TEST_P(HostMemory, Open) {
  EXPECT_GT(fail_each([&] { return open(); }, [&] { EXPECT_EQ(driver.retained, 0); }), 2);
}

TEST_P(HostMemory, Create) {
  ASSERT_EQ(open(), "success");
  EXPECT_GT(
      fail_each([&] { return front->create(layer); }, [&] { EXPECT_EQ(driver.memory.size(), 0u); }),
      20);
}

TEST_P(HostMemory, RunNeedsNone) {
  ASSERT_EQ(open(), "success");
  ASSERT_EQ(front->create(layer), "success");
  const MoeCall good = call();
  EXPECT_EQ(fail_each([&] { return front->run(good); }, [] {}), 0);
}

TEST_P(HostMemory, AnErrorThatCannotBeWorded) {
  ASSERT_EQ(open(), "success");
  ASSERT_EQ(front->create(layer), "success");
  const MoeCall good = call();
  for (long nth = 1; nth <= 3; ++nth) {
    driver.fail("cuLaunchKernel", 2, CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES);
    Outcome outcome;
    try {
      allocations_left = nth;
      outcome = front->run(good);
    } catch (const std::bad_alloc&) {
      outcome = {"out_of_memory", ""};
    }
    allocations_left = 0;
    EXPECT_TRUE(outcome == "out_of_memory" || outcome == "launch_failed") << outcome;
    EXPECT_EQ(driver.current_stack().size(), 0u);
  }
  EXPECT_EQ(front->run(good), "success");
}

}  // namespace
}  // namespace assay::cuda
