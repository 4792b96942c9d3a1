// SPDX-License-Identifier: Apache-2.0
// What a host program of the corpus is made of. A case is a function of the kernel's name that
// launches the kernels of its module on several shapes and compares every output bit with an oracle
// in plain C++; it throws at the first difference.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

#include "cuda/emulator/corpus/harness/device.hpp"
#include "cuda/emulator/corpus/harness/random.hpp"

namespace assay::corpus {

template <typename T>
std::string hex_bytes(const T& value) {
  static constexpr char kDigits[] = "0123456789abcdef";
  unsigned char bytes[sizeof(T)];
  std::memcpy(bytes, &value, sizeof(T));
  std::string text = "0x";
  for (std::size_t i = sizeof(T); i-- > 0;)
    text += {kDigits[bytes[i] >> 4], kDigits[bytes[i] & 15]};
  return text;
}

// Bits, not values: NaN equals itself, +0 differs from -0. T has no padding.
template <typename T>
void expect_equal(const std::vector<T>& got, const std::vector<T>& want, const std::string& what) {
  if (got.size() != want.size())
    throw std::runtime_error(what + ": " + std::to_string(got.size()) + " elements, not " +
                             std::to_string(want.size()));
  for (std::size_t i = 0; i < got.size(); ++i)
    if (std::memcmp(&got[i], &want[i], sizeof(T)) != 0)
      throw std::runtime_error(what + "[" + std::to_string(i) + "] is " + hex_bytes(got[i]) +
                               ", not " + hex_bytes(want[i]));
}

inline void expect(bool holds, const std::string& what) {
  if (!holds) throw std::runtime_error("does not hold: " + what);
}

template <typename To, typename From>
To bits_as(const From& value) {
  static_assert(sizeof(To) == sizeof(From));
  To result;
  std::memcpy(static_cast<void*>(&result), &value, sizeof(To));
  return result;
}

}  // namespace assay::corpus
