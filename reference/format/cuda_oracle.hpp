// SPDX-License-Identifier: Apache-2.0
// The conversions of NVIDIA's cuda_fp8.h, cuda_fp6.h, cuda_fp4.h, cuda_fp16.h and cuda_bf16.h, each
// with the cast that it must equal. For tests only. They are the headers' host code: the device
// code is the hardware's.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "reference/format/cast.hpp"

namespace assay {

struct HeaderConversion {
  std::string name;  // the header's function
  Cast cast;
  void (*convert)(std::span<const std::byte> source, std::span<std::byte> codes);
};

// All of them; none in a build without the headers.
const std::vector<HeaderConversion>& header_conversions();

struct HeaderDecoding {
  std::string name;
  Format format;
  std::uint32_t codes;  // 0 to codes - 1
  double (*value)(std::uint32_t code);
};

const std::vector<HeaderDecoding>& header_decodings();

}  // namespace assay
