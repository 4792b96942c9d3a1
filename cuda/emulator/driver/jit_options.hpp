// SPDX-License-Identifier: Apache-2.0
// The options of cuModuleLoadDataEx and cuLibraryLoadData, of which only the logs mean something:
// nothing is compiled. Each value is a pointer or a number in its place.
#pragma once

#include <span>
#include <string_view>

#include "cuda/emulator/driver/outcome.hpp"

namespace assay::emulator {

class JitLog {
 public:
  // Error: CUDA_ERROR_INVALID_VALUE where an array is null. `values` is written: sizes of logs.
  static Outcome<JitLog> read(unsigned count, const CUjit_option* options, void** values);

  // Writes both logs, cut to their buffers and ended by a zero byte, and their lengths.
  void write(std::string_view info, std::string_view error);

 private:
  struct Buffer {
    char* text = nullptr;
    void** size = nullptr;  // in: bytes there are; out: bytes written
  };
  static void fill(const Buffer& buffer, std::string_view text);
  Buffer info_, error_;
};

}  // namespace assay::emulator
