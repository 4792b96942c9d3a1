// SPDX-License-Identifier: Apache-2.0
// Device memory that a launch description names: copies of input tensors, outputs, scratch areas,
// variables of the module. The same name means the same memory in every launch.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "cuda/emulator/launch_file/launch_file.hpp"
#include "cuda/emulator/memory/global_memory.hpp"
#include "vectors/io/safetensors.hpp"

namespace assay::emulator {

// Elements of an output that nothing wrote.
struct Unwritten {
  std::string output;
  std::uint64_t first = 0, count = 0, of = 0;
};

class Buffers {
 public:
  // `name`: of the launch file, for messages. Errors of all functions (invalid_vectors, and usage
  // where memory is short) name it and the JSON pointer.
  Buffers(GlobalMemory& memory, const Program& program, std::string name)
      : memory_(memory), program_(program), name_(std::move(name)) {}

  // What the kernel receives: the value, or the address, of memory that is made where the argument
  // is the first to name it.
  Result<std::vector<std::byte>> bytes_of(const Argument& argument);
  Status set_global(const std::string& variable, const GlobalSetting& setting);
  std::vector<Unwritten> unwritten() const;
  Result<Tensors> outputs() const;

 private:
  struct Buffer {
    std::uint64_t address = 0, bytes = 0;  // address 0 where there are no bytes
    std::string output;                    // name of the tensor that it becomes; empty: none
    TensorShape shape;
    bool may_be_unwritten = false;
  };

  Result<std::vector<std::byte>> structure_bytes(const Argument& structure);
  Result<std::uint64_t> address_of(const Argument& argument);
  Result<Buffer*> tensor(const Argument& argument);
  Result<Buffer*> output(const Argument& argument);
  Result<Buffer*> scratch(const Argument& argument);
  Result<Buffer> variable(const std::string& name, const std::string& pointer) const;
  Result<Buffer> allocate(std::uint64_t bytes, const std::string& name);
  Result<TensorView> find_tensor(const TensorPlace& place, const std::string& pointer);
  // An output's name must be of one buffer alone.
  Status claim(const std::string& output, const std::string& pointer);
  tl::unexpected<Error> wrong(const std::string& pointer, std::string_view message) const;

  GlobalMemory& memory_;
  const Program& program_;
  std::string name_;
  std::map<std::filesystem::path, Safetensors> inputs_;
  std::map<std::string, Buffer> buffers_;      // by kind and name
  std::map<std::string, std::string> claims_;  // output -> JSON pointer
};

}  // namespace assay::emulator
