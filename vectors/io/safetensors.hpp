// SPDX-License-Identifier: Apache-2.0
// Reads and writes the safetensors format (8-byte little-endian header length, JSON header, data):
// https://github.com/huggingface/safetensors, README section "Format". Strict on input: overlapping
// or leaky offsets, sizes that disagree with shapes, duplicate keys and over-long headers are
// errors.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "vectors/io/bytes.hpp"
#include "vectors/io/tensor.hpp"

namespace assay {

// Metadata of a file: its "__metadata__", string to string.
using Metadata = std::map<std::string, std::string>;

// A whole file in memory. Copies share the bytes, views stay valid while one copy lives.
class Safetensors {
 public:
  // Errors (invalid_vectors, naming the file, the tensor and the rule): unreadable or truncated
  // file, one of more than `max_bytes` (before any of it is read), header length over 100 MB or
  // past the end, header that is no JSON object, unknown dtype, wrong size, overlap, hole, trailing
  // bytes. `name` stands for the file in messages.
  static Result<Safetensors> open(const std::filesystem::path& path,
                                  std::uint64_t max_bytes = kNoLimit);
  static Result<Safetensors> parse(Bytes bytes, const std::string& name);

  const TensorViews& tensors() const { return contents_->views; }
  const Metadata& metadata() const { return contents_->metadata; }
  std::string sha256() const;  // of the file, lowercase hex; computed by each call

 private:
  struct Contents {
    Bytes bytes;
    std::vector<Bytes> realigned;  // copies of tensors whose offset does not suit their dtype
    TensorViews views;
    Metadata metadata;
  };
  std::shared_ptr<const Contents> contents_ = std::make_shared<const Contents>();
};

// The metadata alone, reading no more of the file than its header; of the errors above, those that
// concern the length and the metadata.
Result<Metadata> read_safetensors_metadata(const std::filesystem::path& path);

// Writes atomically (write_file) and returns the file's SHA-256. The bytes are a function of the
// tensors and the metadata alone: tensors by element size (largest first), then by name; header
// keys sorted; header padded with spaces to a multiple of 8, so that every tensor is aligned.
Result<std::string> write_safetensors(const std::filesystem::path& path, const TensorViews& tensors,
                                      const Metadata& metadata);

}  // namespace assay
