// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/driver/jit_options.hpp"

#include <cstring>

#include <gtest/gtest.h>

namespace assay::emulator {
namespace {

void* as_value(std::uintptr_t number) {
  return reinterpret_cast<void*>(number);
}

TEST(JitLog, LogsAreCutToTheirBuffersAndTheirLengthsReported) {
  char info[64], error[6];
  std::memset(error, 'Z', sizeof error);
  CUjit_option options[] = {CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES, CU_JIT_INFO_LOG_BUFFER,
                            CU_JIT_ERROR_LOG_BUFFER, CU_JIT_INFO_LOG_BUFFER_SIZE_BYTES};
  void* values[] = {as_value(5), info, error, as_value(sizeof info)};
  auto log = JitLog::read(4, options, values);
  ASSERT_TRUE(log);
  log->write("information", "a long error");
  EXPECT_STREQ(info, "information");
  EXPECT_EQ(values[3], as_value(11));
  EXPECT_EQ(std::memcmp(error, "a lo\0Z", 6), 0);
  EXPECT_EQ(values[0], as_value(4));
}

TEST(JitLog, ABufferWithoutASizeOrASizeWithoutABufferIsNotWritten) {
  char error[4] = {'q'};
  CUjit_option options[] = {CU_JIT_ERROR_LOG_BUFFER, CU_JIT_INFO_LOG_BUFFER_SIZE_BYTES};
  void* values[] = {error, as_value(100)};
  auto log = JitLog::read(2, options, values);
  ASSERT_TRUE(log);
  log->write("info", "error");
  EXPECT_EQ(error[0], 'q');
  EXPECT_EQ(values[1], as_value(0));
}

TEST(JitLog, NullArraysAreErrorsUnlessThereAreNoOptions) {
  CUjit_option option = CU_JIT_WALL_TIME;
  void* value = nullptr;
  EXPECT_TRUE(JitLog::read(0, nullptr, nullptr));
  EXPECT_FALSE(JitLog::read(1, nullptr, &value));
  EXPECT_FALSE(JitLog::read(1, &option, nullptr));
}

}  // namespace
}  // namespace assay::emulator
