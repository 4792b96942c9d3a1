// SPDX-License-Identifier: Apache-2.0
// libFuzzer target of the reader: no bytes may crash it, and every view it hands out is readable.
// Build with clang, -DASSAY_FUZZ=ON -DASSAY_SANITIZE=address,undefined.
#include <cstdint>
#include <cstdlib>

#include "vectors/io/safetensors.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto bytes = std::as_bytes(std::span(data, size));
  const auto file = assay::Safetensors::parse({bytes.begin(), bytes.end()}, "fuzz");
  if (!file) return 0;
  std::size_t total = 0;
  for (const auto& [name, tensor] : file->tensors()) {
    const auto count = assay::element_count(tensor.shape);
    if (!count || *count != tensor.elements()) std::abort();
    for (const std::byte byte : tensor.bytes)
      total += std::to_integer<std::size_t>(byte) | 256;
  }
  if (total > 511 * size) std::abort();  // tensors that share bytes
  return 0;
}
