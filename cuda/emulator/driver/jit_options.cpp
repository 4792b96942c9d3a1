// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/driver/jit_options.hpp"

#include <algorithm>
#include <cstring>

namespace assay::emulator {

Outcome<JitLog> JitLog::read(unsigned count, const CUjit_option* options, void** values) {
  JitLog log;
  if (count == 0) return log;
  ASSAY_TRY(require(options, "options"));
  ASSAY_TRY(require(values, "optionValues"));
  for (unsigned i = 0; i < count; ++i) {
    switch (options[i]) {
      case CU_JIT_INFO_LOG_BUFFER:
        log.info_.text = static_cast<char*>(values[i]);
        break;
      case CU_JIT_INFO_LOG_BUFFER_SIZE_BYTES:
        log.info_.size = &values[i];
        break;
      case CU_JIT_ERROR_LOG_BUFFER:
        log.error_.text = static_cast<char*>(values[i]);
        break;
      case CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES:
        log.error_.size = &values[i];
        break;
      case CU_JIT_WALL_TIME: {  // milliseconds, as a float in the pointer's place
        const float none = 0;
        std::memcpy(&values[i], &none, sizeof none);
        break;
      }
      default:
        break;
    }
  }
  return log;
}

void JitLog::write(std::string_view info, std::string_view error) {
  fill(info_, info);
  fill(error_, error);
}

void JitLog::fill(const Buffer& buffer, std::string_view text) {
  if (buffer.size == nullptr) return;
  // The value is an unsigned int in the pointer's place.
  const std::size_t room = static_cast<unsigned>(reinterpret_cast<std::uintptr_t>(*buffer.size));
  std::size_t length = 0;
  if (buffer.text != nullptr && room > 0) {
    length = std::min(text.size(), room - 1);
    std::memcpy(buffer.text, text.data(), length);
    buffer.text[length] = '\0';
  }
  *buffer.size = reinterpret_cast<void*>(length);
}

}  // namespace assay::emulator
