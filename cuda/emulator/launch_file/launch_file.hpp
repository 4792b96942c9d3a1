// SPDX-License-Identifier: Apache-2.0
// A launch description: which kernels of a PTX module run on what, as JSON
// (vectors/schema/launch.schema.json, docs/cli.md). Reading it looks at no PTX and no tensor.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cuda/emulator/execute/launch.hpp"
#include "vectors/io/tensor.hpp"

namespace assay::emulator {

struct TensorPlace {
  std::string name;
  std::filesystem::path file;
};

struct TensorShape {
  Dtype dtype = Dtype::u8;
  std::vector<std::int64_t> shape;  // valid (element_count)

  std::uint64_t bytes() const;  // at most 2^62
};

struct Argument {
  enum class Kind : std::uint8_t {
    bytes,      // scalars and structures given by their bytes
    tensor,     // a pointer to a copy of an input tensor
    output,     // a pointer to memory that becomes a tensor of the output file
    scratch,    // a pointer to memory that becomes nothing
    global,     // the address of a variable of the module
    structure,  // members, each aligned to its own size
  };
  Kind kind = Kind::bytes;
  std::string pointer;           // JSON pointer, for messages
  std::vector<std::byte> bytes;  // of Kind::bytes
  std::uint32_t align = 1;       // of Kind::bytes
  TensorPlace tensor;            // of Kind::tensor
  std::string name;              // of an output, a scratch area or a global; of a tensor that is
                                 // written out, too, its name there
  std::optional<TensorShape> declared;         // of an output, where it is first named
  std::optional<std::vector<std::byte>> fill;  // one element; none: uninitialized
  std::uint64_t size = 0;                      // of a scratch area, where it is first named
  std::int64_t offset = 0;                     // added to a pointer, in bytes
  std::vector<Argument> members;
};

struct GlobalSetting {
  std::string pointer;
  std::optional<TensorPlace> contents;
  std::optional<Argument> value;
  std::string output;  // name of the tensor that it becomes after the last launch; empty: none
  TensorShape declared;
};

struct LaunchStep {
  std::string pointer;
  std::string kernel;
  LaunchConfig config;  // all but the parameters
  std::vector<Argument> arguments;
};

struct LaunchFile {
  std::string name;  // for messages
  std::map<std::string, GlobalSetting> globals;
  std::vector<LaunchStep> steps;

  bool has_outputs() const;
  // Files that tensors come from, each once.
  std::vector<std::filesystem::path> input_files() const;
  // Of every output and scratch area, where its size stands.
  std::vector<std::uint64_t> buffer_bytes() const;
};

// Paths in it are relative to the folder that it lies in. Errors (invalid_vectors) name the file
// and the JSON pointer.
Result<LaunchFile> read_launch_file(const std::filesystem::path& path);

}  // namespace assay::emulator
