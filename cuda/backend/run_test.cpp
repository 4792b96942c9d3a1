// SPDX-License-Identifier: Apache-2.0
// A run: what it asks of the driver, what it refuses before anything is launched, and what is left
// after a launch has failed. Which errors a context keeps: cuda.h.
#include <algorithm>

#include <gtest/gtest.h>

#include "cuda/backend/test_fake_driver.hpp"

namespace assay::cuda {
namespace {

class Run : public OnFakeDriver {
 protected:
  Run() {
    EXPECT_EQ(open(), "success");
    EXPECT_EQ(front->create(layer), "success");
    good = call();
    forget();
  }

  void forget() {
    driver.calls.clear();
    driver.launches.clear();
  }

  // Refused before the driver is asked anything; afterwards the right call works.
  void expect_refused(const MoeCall& bad, const char* code, const std::string& message) {
    forget();
    const Outcome outcome = front->run(bad);
    EXPECT_EQ(outcome, code);
    EXPECT_EQ(outcome.message, message);
    EXPECT_EQ(driver.calls, std::vector<std::string>{});
    EXPECT_EQ(front->run(good), "success");
  }

  MoeCall good;
};
ASSAY_BOTH_INTERFACES(Run);

TEST_P(Run, CallsFiveLaunchesAndNothingElse) {
  const std::vector<std::string> expected{"cuCtxPushCurrent", "cuLaunchKernel", "cuLaunchKernel",
                                          "cuLaunchKernel",   "cuLaunchKernel", "cuLaunchKernel",
                                          "cuCtxPopCurrent"};
  for (const std::int64_t tokens : {1, 8, 9, 16, 17, 1000}) {
    forget();
    EXPECT_EQ(front->run(call(tokens)), "success");
    EXPECT_EQ(driver.calls, expected) << tokens;
    ASSERT_EQ(driver.launches.size(), 5u);
    const std::string slots = tokens <= 8 ? "8" : tokens <= 16 ? "16" : "64";
    EXPECT_EQ(driver.launches[0].kernel, "moe_quantize_hidden");
    EXPECT_EQ(driver.launches[1].kernel, "moe_route");
    EXPECT_EQ(driver.launches[2].kernel, "moe_gate_up_" + slots);
    EXPECT_EQ(driver.launches[3].kernel, "moe_down_" + slots);
    EXPECT_EQ(driver.launches[4].kernel, "moe_combine");
  }
}

TEST_P(Run, LaunchesInTheStreamThatWasGivenAndInThePrimaryContext) {
  good.stream = driver.create_stream(driver.primary());
  EXPECT_EQ(front->run(good), "success");
  for (const FakeLaunch& launch : driver.launches) {
    EXPECT_EQ(launch.stream, good.stream);
    EXPECT_EQ(launch.context, driver.primary());
  }
}

TEST_P(Run, TheContextThatWasCurrentIsSoAfterwards) {
  const CUcontext other = driver.create_context();
  driver.current_stack() = {other};
  EXPECT_EQ(front->run(good), "success");
  EXPECT_EQ(driver.current_stack(), std::vector{other});
  EXPECT_EQ(driver.launches.at(4).context, driver.primary());
  driver.fail("cuLaunchKernel", 3, CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES);
  EXPECT_EQ(front->run(good), "launch_failed");
  EXPECT_EQ(driver.current_stack(), std::vector{other});
  front->destroy_layer();
  front->close_device();
  EXPECT_EQ(driver.current_stack(), std::vector{other});
  driver.current_stack().clear();
}

TEST_P(Run, AStreamOfAnotherContextIsRefused) {
  good.stream = driver.create_stream(driver.create_context());
  for (const CUresult result : {CUDA_ERROR_INVALID_HANDLE, CUDA_ERROR_INVALID_CONTEXT}) {
    driver.fail("cuLaunchKernel", 1, result);
    const Outcome outcome = front->run(good);
    EXPECT_EQ(outcome, "invalid_argument");
    EXPECT_NE(outcome.message.find("the stream is none of the device's primary context"),
              std::string::npos)
        << outcome;
  }
  EXPECT_EQ(front->run(good), "invalid_argument");  // as the fake driver sees for itself
  EXPECT_EQ(driver.launches.size(), 0u);
  good.stream = nullptr;
  EXPECT_EQ(front->run(good), "success");
}

struct NamedPointer {
  const char* name;
  CUdeviceptr MoeCall::*member;
  std::size_t alignment;
};
constexpr NamedPointer kPointers[] = {
    {"hidden_states", &MoeCall::hidden_states, 16},
    {"selected_experts_for_tokens", &MoeCall::selected_experts_for_tokens, 4},
    {"scores_for_selected_experts", &MoeCall::scores_for_selected_experts, 4},
    {"output", &MoeCall::output, 16},
    {"workspace", &MoeCall::workspace, 256}};

TEST_P(Run, NullPointers) {
  for (const auto& [name, member, alignment] : kPointers) {
    if (member == &MoeCall::hidden_states) continue;
    MoeCall bad = good;
    bad.*member = 0;
    expect_refused(bad, "invalid_argument", fmt::format("{}: is null", name));
  }
}

TEST_P(Run, MisalignedPointers) {
  for (const auto& [name, member, alignment] : kPointers) {
    for (std::size_t offset = 1; offset < alignment; offset *= 2) {
      MoeCall bad = good;
      bad.*member = (good.*member / 256 + 1) * 256 + offset;
      expect_refused(
          bad, "invalid_argument",
          fmt::format("{}: address 0x{:X} is not a multiple of {}", name, bad.*member, alignment));
    }
  }
}

TEST_P(Run, HiddenStatesAreValuesOrCodes) {
  MoeCall both = good;
  both.hidden_states_codes = 0x60000;
  const char* const rule = "hidden_states, hidden_states_codes: give one of the two";
  expect_refused(both, "invalid_argument", rule);
  MoeCall none = good;
  none.hidden_states = 0;
  expect_refused(none, "invalid_argument", rule);
  MoeCall codes = none;
  codes.hidden_states_codes = 0x60008;
  expect_refused(codes, "invalid_argument",
                 "hidden_states_codes: address 0x60008 is not a multiple of 16");
  codes.hidden_states_codes = 0x60010;
  EXPECT_EQ(front->run(codes), "success");
}

TEST_P(Run, AWorkspaceOfOneByteTooLittle) {
  MoeCall bad = good;
  --bad.workspace_bytes;
  expect_refused(bad, "workspace_too_small",
                 fmt::format("workspace: has {} bytes, 4 tokens need {}", bad.workspace_bytes,
                             good.workspace_bytes));
  ++good.workspace_bytes;
  EXPECT_EQ(front->run(good), "success");
}

TEST_P(Run, TokensOutOfRange) {
  const std::int64_t most = max_tokens(layer.extents);
  for (const std::int64_t tokens :
       {std::int64_t{0}, std::int64_t{-1}, most + 1, std::numeric_limits<std::int64_t>::max(),
        std::numeric_limits<std::int64_t>::min()}) {
    MoeCall bad = good;
    bad.tokens = tokens;
    const std::string message = fmt::format(
        "tokens: {} is not from 1 to {}, the most that a call of this layer takes", tokens, most);
    expect_refused(bad, "invalid_argument", message);
    std::size_t bytes = 7;
    const Outcome outcome = front->workspace_bytes(tokens, bytes);
    EXPECT_EQ(outcome, "invalid_argument");
    EXPECT_EQ(outcome.message, message);
    EXPECT_EQ(bytes, 7u);
  }
  EXPECT_EQ(front->run(call(most)), "success");  // within the limits that the fake driver checks
}

TEST_P(Run, AfterALaunchThatFailedTheLayerWorks) {
  const char* const kernels[] = {"moe_quantize_hidden", "moe_route", "moe_gate_up", "moe_down",
                                 "moe_combine"};
  for (int nth = 1; nth <= 5; ++nth) {
    forget();
    driver.fail("cuLaunchKernel", nth, CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES);
    const Outcome outcome = front->run(good);
    EXPECT_EQ(outcome, "launch_failed");
    EXPECT_EQ(
        outcome.message.substr(0, outcome.message.find(" (")),
        fmt::format("{}: cuLaunchKernel: CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES", kernels[nth - 1]));
    EXPECT_EQ(driver.launches.size(), static_cast<std::size_t>(nth - 1)) << "none after it";
    EXPECT_EQ(driver.current_stack().size(), 0u);
    forget();
    EXPECT_EQ(front->run(good), "success");
    EXPECT_EQ(driver.launches.size(), 5u);
  }
}

TEST_P(Run, AfterTheContextIsLostEveryRunSaysSoUntilANewDeviceIsOpened) {
  for (const bool push_fails : {false, true}) {
    for (int nth = 1; nth <= 5; ++nth) {
      driver.push_fails_when_lost = push_fails;
      driver.fail("cuLaunchKernel", nth, CUDA_ERROR_ILLEGAL_ADDRESS, FakeFailure::sticky);
      EXPECT_EQ(front->run(good), "context_lost");
      driver.fail_nothing();
      for (int again = 0; again < 2; ++again) {
        const Outcome outcome = front->run(good);
        EXPECT_EQ(outcome, "context_lost");
        EXPECT_NE(outcome.message.find("CUDA_ERROR_ILLEGAL_ADDRESS"), std::string::npos);
        EXPECT_NE(outcome.message.find("destroy this context's objects"), std::string::npos);
      }
      close();
      ASSERT_EQ(open(), "success");
      ASSERT_EQ(front->create(layer), "success");
      EXPECT_EQ(front->run(good), "success");
    }
  }
}

TEST_P(Run, AContextThatSomebodyElseDestroyedIsLost) {
  driver.destroy_primary();
  const Outcome outcome = front->run(good);
  EXPECT_EQ(outcome, "context_lost");
  EXPECT_NE(outcome.message.find("cuCtxPushCurrent: CUDA_ERROR_CONTEXT_IS_DESTROYED"),
            std::string::npos)
      << outcome;
}

}  // namespace
}  // namespace assay::cuda
