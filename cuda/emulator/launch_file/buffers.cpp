// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/launch_file/buffers.hpp"

#include <algorithm>
#include <cstring>

#include "cuda/emulator/program/load.hpp"
#include "reference/suggest.hpp"

namespace assay::emulator {
namespace {

using Kind = Argument::Kind;

// The member's alignment in a structure: of C++ on the device.
std::uint32_t align_of(const Argument& argument) {
  if (argument.kind == Kind::bytes) return argument.align;
  if (argument.kind != Kind::structure) return 8;
  std::uint32_t align = 1;
  for (const Argument& member : argument.members)
    align = std::max(align, align_of(member));
  return align;
}

void pad_to(std::vector<std::byte>& bytes, std::uint32_t align) {
  bytes.resize((bytes.size() + align - 1) / align * align);
}

}  // namespace

tl::unexpected<Error> Buffers::wrong(const std::string& pointer, std::string_view message) const {
  return fail(ErrorCode::invalid_vectors, "{}: {}: {}", name_, pointer, message);
}

Result<std::vector<std::byte>> Buffers::structure_bytes(const Argument& structure) {
  std::vector<std::byte> bytes;
  for (const Argument& member : structure.members) {
    ASSAY_ASSIGN(const std::vector<std::byte> value, bytes_of(member));
    pad_to(bytes, align_of(member));
    bytes.insert(bytes.end(), value.begin(), value.end());
  }
  pad_to(bytes, align_of(structure));
  return bytes;
}

Result<std::vector<std::byte>> Buffers::bytes_of(const Argument& argument) {
  if (argument.kind == Kind::bytes) return argument.bytes;
  if (argument.kind == Kind::structure) return structure_bytes(argument);
  ASSAY_ASSIGN(const std::uint64_t address, address_of(argument));
  const std::uint64_t moved = address + static_cast<std::uint64_t>(argument.offset);
  std::vector<std::byte> bytes(sizeof moved);
  std::memcpy(bytes.data(), &moved, sizeof moved);
  return bytes;
}

Result<std::uint64_t> Buffers::address_of(const Argument& argument) {
  if (argument.kind == Kind::global) {
    ASSAY_ASSIGN(const Buffer found, variable(argument.name, argument.pointer + "/global"));
    return found.address;
  }
  ASSAY_ASSIGN(const Buffer* const buffer, argument.kind == Kind::tensor   ? tensor(argument)
                                           : argument.kind == Kind::output ? output(argument)
                                                                           : scratch(argument));
  return buffer->address;
}

Result<Buffers::Buffer> Buffers::allocate(std::uint64_t bytes, const std::string& name) {
  Buffer buffer;
  buffer.bytes = bytes;
  if (bytes == 0) return buffer;
  ASSAY_ASSIGN(buffer.address, memory_.allocate(bytes, name));
  return buffer;
}

Status Buffers::claim(const std::string& output, const std::string& pointer) {
  const auto [found, is_new] = claims_.emplace(output, pointer);
  if (is_new) return {};
  return wrong(pointer, fmt::format("\"{}\" is the output of {} already", output, found->second));
}

Result<TensorView> Buffers::find_tensor(const TensorPlace& place, const std::string& pointer) {
  if (!inputs_.contains(place.file)) {
    auto opened = Safetensors::open(place.file);
    if (!opened) return wrong(pointer, opened.error().message);
    inputs_.emplace(place.file, *std::move(opened));
  }
  const TensorViews& tensors = inputs_.at(place.file).tensors();
  const auto found = tensors.find(place.name);
  if (found != tensors.end()) return found->second;
  std::vector<std::string> names;
  for (const auto& [name, view] : tensors)
    names.push_back(name);
  return wrong(pointer, fmt::format("{} has no tensor \"{}\"{}", place.file.string(), place.name,
                                    did_you_mean(place.name, names)));
}

Result<Buffers::Buffer*> Buffers::tensor(const Argument& argument) {
  const std::string file = argument.tensor.file.string();
  const auto [found, is_new] =
      buffers_.try_emplace(fmt::format("tensor {} of {}", argument.tensor.name, file));
  Buffer& buffer = found->second;
  if (is_new) {
    ASSAY_ASSIGN(const TensorView view, find_tensor(argument.tensor, argument.pointer));
    ASSAY_ASSIGN(buffer, allocate(view.bytes.size(), "tensor " + argument.tensor.name));
    if (buffer.bytes != 0)
      ASSAY_TRY(memory_.write(buffer.address, view.bytes.data(), buffer.bytes));
    buffer.shape = {view.dtype, view.shape};
  }
  if (argument.name.empty() || argument.name == buffer.output) return &buffer;
  if (!buffer.output.empty())
    return wrong(argument.pointer,
                 fmt::format("the tensor is the output \"{}\" already", buffer.output));
  ASSAY_TRY(claim(argument.name, argument.pointer));
  buffer.output = argument.name;
  return &buffer;
}

Result<Buffers::Buffer*> Buffers::output(const Argument& argument) {
  const auto [found, is_new] = buffers_.try_emplace("output " + argument.name);
  Buffer& buffer = found->second;
  if (!is_new) {
    const auto& again = argument.declared;
    if (again && (again->dtype != buffer.shape.dtype || again->shape != buffer.shape.shape))
      return wrong(argument.pointer, fmt::format("\"{}\" is declared differently at {}",
                                                 argument.name, claims_.at(argument.name)));
    return &buffer;
  }
  if (!argument.declared)
    return wrong(argument.pointer, "an output that is named first needs dtype and shape");
  ASSAY_TRY(claim(argument.name, argument.pointer));
  const std::uint64_t bytes = argument.declared->bytes();
  ASSAY_ASSIGN(buffer, allocate(bytes, "output " + argument.name));
  buffer.output = argument.name;
  buffer.shape = *argument.declared;
  buffer.may_be_unwritten = !argument.fill;
  if (argument.fill && bytes != 0)
    ASSAY_TRY(memory_.fill(buffer.address, bytes, argument.fill->data(), argument.fill->size()));
  return &buffer;
}

Result<Buffers::Buffer*> Buffers::scratch(const Argument& argument) {
  const auto [found, is_new] = buffers_.try_emplace("scratch " + argument.name);
  Buffer& buffer = found->second;
  if (is_new) {
    if (argument.size == 0)
      return wrong(argument.pointer, "a scratch area that is named first needs its size");
    ASSAY_ASSIGN(buffer, allocate(argument.size, "scratch " + argument.name));
  } else if (argument.size != 0 && argument.size != buffer.bytes) {
    return wrong(argument.pointer,
                 fmt::format("the scratch area has {} bytes already", buffer.bytes));
  }
  return &buffer;
}

Result<Buffers::Buffer> Buffers::variable(const std::string& name,
                                          const std::string& pointer) const {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < program_.module.variables.size(); ++i) {
    const ptx::Variable& variable = program_.module.variables[i];
    if (!has_device_memory(variable)) continue;
    names.push_back(variable.name);
    if (variable.name != name) continue;
    Buffer buffer;
    buffer.address = program_.variable_addresses[i];
    buffer.bytes = variable.bytes;
    return buffer;
  }
  return fail(ErrorCode::usage, "{}: {}: {} has no variable {}{}", name_, pointer,
              program_.module.name, name, did_you_mean(name, names));
}

Status Buffers::set_global(const std::string& name, const GlobalSetting& setting) {
  ASSAY_ASSIGN(Buffer found, variable(name, setting.pointer));
  std::vector<std::byte> bytes;
  if (setting.contents) {
    ASSAY_ASSIGN(const TensorView view, find_tensor(*setting.contents, setting.pointer));
    bytes.assign(view.bytes.begin(), view.bytes.end());
  } else if (setting.value) {
    ASSAY_ASSIGN(bytes, bytes_of(*setting.value));
  }
  if (setting.contents || setting.value) {
    if (bytes.size() != found.bytes)
      return wrong(setting.pointer,
                   fmt::format("{} has {} bytes, here are {}", name, found.bytes, bytes.size()));
    ASSAY_TRY(memory_.write(found.address, bytes.data(), bytes.size()));
  }
  if (setting.output.empty()) return {};
  ASSAY_TRY(claim(setting.output, setting.pointer));
  const std::uint64_t wanted = setting.declared.bytes();
  if (wanted != found.bytes)
    return wrong(setting.pointer,
                 fmt::format("{} has {} bytes, the output {}", name, found.bytes, wanted));
  found.output = setting.output;
  found.shape = setting.declared;
  buffers_.emplace("global " + name, found);
  return {};
}

std::vector<Unwritten> Buffers::unwritten() const {
  std::vector<Unwritten> all;
  for (const auto& [name, buffer] : buffers_) {
    if (!buffer.may_be_unwritten || buffer.bytes == 0) continue;
    const auto width = static_cast<std::uint64_t>(dtype_bytes(buffer.shape.dtype));
    const std::uint8_t* const shadow = memory_.shadow(buffer.address);
    Unwritten missing{.output = buffer.output, .of = buffer.bytes / width};
    for (std::uint64_t element = missing.of; element-- > 0;) {
      const auto* const first = shadow + element * width;
      if (std::all_of(first, first + width,
                      [](std::uint8_t state) { return (state & kMayRead) != 0; }))
        continue;
      missing.first = element;
      ++missing.count;
    }
    if (missing.count != 0) all.push_back(std::move(missing));
  }
  return all;
}

Result<Tensors> Buffers::outputs() const {
  Tensors tensors;
  for (const auto& [key, buffer] : buffers_) {
    if (buffer.output.empty()) continue;
    Tensor tensor(buffer.shape.dtype, buffer.shape.shape);
    if (buffer.bytes != 0)
      ASSAY_TRY(memory_.read(buffer.address, tensor.as<std::byte>().data(), buffer.bytes));
    tensors.emplace(buffer.output, std::move(tensor));
  }
  return tensors;
}

}  // namespace assay::emulator
