// SPDX-License-Identifier: Apache-2.0
// The canonical writer: one set of tensors and metadata has one file, whatever order and program
// they come from, so that a SHA-256 seals a case.
#include <algorithm>

#include <nlohmann/json.hpp>

#include "vectors/io/atomic_file.hpp"
#include "vectors/io/safetensors.hpp"
#include "vectors/io/sha256.hpp"

namespace assay {
namespace {

using Named = const TensorViews::value_type*;

// Larger elements first keeps every tensor aligned without holes, which the format forbids.
std::vector<Named> canonical_order(const TensorViews& tensors) {
  std::vector<Named> order;
  for (const auto& named : tensors)
    order.push_back(&named);
  std::ranges::stable_sort(order, std::greater<>(),
                           [](Named named) { return dtype_bytes(named->second.dtype); });
  return order;
}

Status check(const std::string& name, const TensorView& tensor) {
  if (name == "__metadata__")
    return fail(ErrorCode::internal, "tensor __metadata__: the format reserves this name");
  ASSAY_ASSIGN(const std::int64_t count, element_count(tensor.shape));
  const std::int64_t bytes = static_cast<std::int64_t>(tensor.bytes.size());
  if (bytes % dtype_bytes(tensor.dtype) != 0 || tensor.elements() != count)
    return fail(ErrorCode::internal, "tensor {}: {} bytes do not fit {} {}", name, bytes,
                dtype_name(tensor.dtype), shape_text(tensor.shape));
  return {};
}

std::string header_text(std::span<const Named> order, const Metadata& metadata) {
  nlohmann::json header = nlohmann::json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  std::size_t offset = 0;
  for (const Named named : order) {
    const TensorView& tensor = named->second;
    const std::size_t end = offset + tensor.bytes.size();
    header[named->first] = {{"dtype", dtype_name(tensor.dtype)},
                            {"shape", tensor.shape},
                            {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string text = header.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  text.resize((text.size() + 7) / 8 * 8, ' ');
  return text;
}

}  // namespace

Result<std::string> write_safetensors(const std::filesystem::path& path, const TensorViews& tensors,
                                      const Metadata& metadata) {
  const std::vector<Named> order = canonical_order(tensors);
  for (const Named named : order)
    ASSAY_TRY(check(named->first, named->second));
  const std::string text = header_text(order, metadata);
  std::array<std::byte, 8> length;
  for (std::size_t i = 0; i < length.size(); ++i)
    length[i] = static_cast<std::byte>(text.size() >> (8 * i));

  std::vector<std::span<const std::byte>> pieces{length, std::as_bytes(std::span(text))};
  for (const Named named : order)
    pieces.push_back(named->second.bytes);
  ASSAY_TRY(write_file(path, pieces));
  return hex(sha256(pieces));
}

}  // namespace assay
