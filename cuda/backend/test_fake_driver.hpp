// SPDX-License-Identifier: Apache-2.0
// For tests: the fake driver as the backend opens it, fresh for each test; and a fixture that asks
// both interfaces and checks after every test that nothing is left behind.
#pragma once

#include <stdexcept>
#include <string>

#include <dlfcn.h>
#include <gtest/gtest.h>

#include "cuda/backend/fake_driver/fake_driver.hpp"
#include "cuda/backend/test_front_end.hpp"

namespace assay::cuda {

inline FakeDriver& fake_driver() {
  static FakeDriver& driver = [&]() -> FakeDriver& {
    void* const library = dlopen(ASSAY_FAKE_DRIVER, RTLD_NOW | RTLD_LOCAL);
    void* const function = library == nullptr ? nullptr : dlsym(library, "assay_fake_driver");
    if (function == nullptr) throw std::runtime_error(dlerror());
    return reinterpret_cast<decltype(&assay_fake_driver)>(function)();
  }();
  return driver;
}

// The parameter is the interface: "cpp" or "c".
class OnFakeDriver : public testing::TestWithParam<const char*> {
 protected:
  OnFakeDriver() { driver.reset(); }

  Outcome open() { return front->open(path); }

  // Gives up layer and device. Whatever went wrong before, nothing may be left then.
  void close() {
    front->destroy_layer();
    front->close_device();
    EXPECT_EQ(driver.memory.size(), 0u);
    EXPECT_EQ(driver.modules.size(), 0u);
    EXPECT_EQ(driver.retained, 0);
    EXPECT_EQ(driver.current_stack().size(), 0u);
    EXPECT_EQ(driver.misuse, std::vector<std::string>{});
  }

  void TearDown() override { close(); }

  // A call that is right; its addresses are never used.
  MoeCall call(std::int64_t tokens = 4) {
    MoeCall call{.tokens = tokens,
                 .hidden_states = 0x10000,
                 .selected_experts_for_tokens = 0x20004,
                 .scores_for_selected_experts = 0x30004,
                 .output = 0x40010,
                 .workspace = 0x50100};
    EXPECT_EQ(front->workspace_bytes(tokens, call.workspace_bytes), "success");
    return call;
  }

  const std::string path = ASSAY_FAKE_DRIVER;
  FakeDriver& driver = fake_driver();
  TestLayer layer;
  std::unique_ptr<FrontEnd> front =
      GetParam() == std::string("c") ? make_c_front_end() : make_cpp_front_end();
};

#define ASSAY_BOTH_INTERFACES(fixture)                                      \
  INSTANTIATE_TEST_SUITE_P(Interface, fixture, testing::Values("cpp", "c"), \
                           [](const auto& test) { return std::string(test.param); })

}  // namespace assay::cuda
