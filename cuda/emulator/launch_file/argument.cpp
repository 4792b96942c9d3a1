// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/launch_file/argument.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>

#include <nlohmann/json.hpp>

namespace assay::emulator {
namespace {

using nlohmann::json;

// The fields that say what an argument is; one of them must stand.
constexpr std::string_view kKinds[] = {
    "tensor", "output", "scratch", "global", "u8",  "s8",       "u16",      "s16",   "u32",
    "s32",    "u64",    "s64",     "f32",    "f64", "f32_bits", "f64_bits", "bytes", "struct"};

std::vector<std::byte> little_endian(std::uint64_t bits, std::size_t bytes) {
  std::vector<std::byte> result(bytes);
  std::memcpy(result.data(), &bits, bytes);
  return result;
}

Result<std::uint64_t> parse_bits(const json& text, std::size_t bytes, const std::string& pointer) {
  const std::string digits = text.get<std::string>().substr(2);
  std::uint64_t bits = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), bits, 16);
  if (bytes >= 8 || bits >> (8 * bytes) == 0) return bits;
  return fail(ErrorCode::invalid_vectors, "{}: {} has more than {} bits", pointer,
              text.get<std::string>(), 8 * bytes);
}

// binary64 to binary32, to nearest; what is no finite binary32 is an error.
Result<std::uint64_t> f32_bits(double value, const std::string& pointer) {
  const auto rounded = static_cast<float>(value);
  if (std::bit_cast<std::uint32_t>(rounded) << 1 < 0xFF000000u)
    return std::bit_cast<std::uint32_t>(rounded);
  return fail(ErrorCode::invalid_vectors, "{}: {} is too large for f32", pointer, value);
}

// 64-bit integers are not checked by the schema: its validator compares as int64.
Result<std::uint64_t> integer_bits(const json& value, std::string_view type,
                                   const std::string& pointer) {
  if (type == "u64" && !value.is_number_unsigned())
    return fail(ErrorCode::invalid_vectors, "{}: {} is not from 0 to 2^64-1", pointer,
                value.dump());
  if (type == "s64" && value.is_number_unsigned() &&
      value.get<std::uint64_t>() > std::uint64_t{0x7FFFFFFFFFFFFFFF})
    return fail(ErrorCode::invalid_vectors, "{}: {} is not below 2^63", pointer, value.dump());
  return value.is_number_unsigned() ? value.get<std::uint64_t>()
                                    : static_cast<std::uint64_t>(value.get<std::int64_t>());
}

// {"u32": 5}, {"f32_bits": "0x3f800000"}, {"bytes": "00ff"}
Status parse_scalar(const json& value, std::string_view kind, const std::string& pointer,
                    Argument& argument) {
  if (kind == "bytes") {
    const auto text = value.get<std::string>();
    for (std::size_t i = 0; i < text.size(); i += 2) {
      std::uint8_t byte = 0;
      std::from_chars(text.data() + i, text.data() + i + 2, byte, 16);
      argument.bytes.push_back(static_cast<std::byte>(byte));
    }
    return {};
  }
  const std::size_t bytes = kind.find("64") != kind.npos   ? 8
                            : kind.find("32") != kind.npos ? 4
                            : kind.find("16") != kind.npos ? 2
                                                           : 1;
  std::uint64_t bits = 0;
  if (kind.ends_with("_bits")) {
    ASSAY_ASSIGN(bits, parse_bits(value, bytes, pointer));
  } else if (kind == "f32") {
    ASSAY_ASSIGN(bits, f32_bits(value.get<double>(), pointer));
  } else if (kind == "f64") {
    bits = std::bit_cast<std::uint64_t>(value.get<double>());
  } else {
    ASSAY_ASSIGN(bits, integer_bits(value, kind, pointer));
  }
  argument.bytes = little_endian(bits, bytes);
  argument.align = static_cast<std::uint32_t>(bytes);
  return {};
}

// One element: a number of an integer or floating dtype, or any dtype's bits.
Result<std::vector<std::byte>> parse_fill(const json& fill, Dtype dtype,
                                          const std::string& pointer) {
  const auto bytes = static_cast<std::size_t>(dtype_bytes(dtype));
  std::uint64_t bits = 0;
  if (fill.is_string()) {
    ASSAY_ASSIGN(bits, parse_bits(fill, bytes, pointer));
  } else if (dtype == Dtype::f32) {
    ASSAY_ASSIGN(bits, f32_bits(fill.get<double>(), pointer));
  } else if (dtype == Dtype::f64) {
    bits = std::bit_cast<std::uint64_t>(fill.get<double>());
  } else if (fill.is_number_integer() && fill == 0) {
    bits = 0;
  } else if (fill.is_number_integer() && !dtype_format(dtype)) {
    const auto value = fill.get<std::int64_t>();
    const bool is_signed = dtype == Dtype::i32 || dtype == Dtype::i64;
    const std::int64_t least = !is_signed ? 0 : bytes == 8 ? INT64_MIN : INT32_MIN;
    const std::int64_t most = bytes == 8  ? INT64_MAX
                              : is_signed ? INT32_MAX
                                          : (std::int64_t{1} << (8 * bytes)) - 1;
    if (value < least || value > most)
      return fail(ErrorCode::invalid_vectors, "{}: {} is not from {} to {}", pointer, fill.dump(),
                  least, most);
    bits = static_cast<std::uint64_t>(value);
  } else {
    return fail(ErrorCode::invalid_vectors, "{}: a fill of {} is 0 or its bits, such as \"0x3c\"",
                pointer, dtype_name(dtype));
  }
  return little_endian(bits, bytes);
}

Status parse_output(const json& object, const std::string& pointer, Argument& argument) {
  argument.kind = Argument::Kind::output;
  argument.name = object["output"].get<std::string>();
  if (!object.contains("dtype") && !object.contains("shape") && !object.contains("fill")) return {};
  ASSAY_ASSIGN(argument.declared, parse_shape(object, pointer));
  if (!object.contains("fill")) return {};
  ASSAY_ASSIGN(argument.fill,
               parse_fill(object["fill"], argument.declared->dtype, pointer + "/fill"));
  return {};
}

Status parse_structure(const json& members, const std::string& pointer, const InputFiles& files,
                       Argument& argument) {
  argument.kind = Argument::Kind::structure;
  for (std::size_t i = 0; i < members.size(); ++i) {
    ASSAY_ASSIGN(Argument member,
                 parse_argument(members[i], fmt::format("{}/struct/{}", pointer, i), files));
    argument.members.push_back(std::move(member));
  }
  return {};
}

// What is passed by address.
Status parse_memory(const json& object, std::string_view kind, const InputFiles& files,
                    Argument& argument) {
  const std::string& pointer = argument.pointer;
  argument.offset = object.value("offset", std::int64_t{0});
  if (kind == "tensor") {
    ASSAY_TRY(only_fields(object, pointer, kind, {"tensor", "file", "output", "offset"}));
    argument.kind = Argument::Kind::tensor;
    argument.tensor.name = object["tensor"].get<std::string>();
    ASSAY_ASSIGN(argument.tensor.file, files.of(object, pointer));
    argument.name = object.value("output", "");
    return {};
  }
  if (kind == "output") {
    ASSAY_TRY(only_fields(object, pointer, kind, {"output", "dtype", "shape", "fill", "offset"}));
    return parse_output(object, pointer, argument);
  }
  const bool is_scratch = kind == "scratch";
  ASSAY_TRY(only_fields(object, pointer, kind, {kind, is_scratch ? "size" : kind, "offset"}));
  argument.kind = is_scratch ? Argument::Kind::scratch : Argument::Kind::global;
  argument.name = object[std::string(kind)].get<std::string>();
  argument.size = object.value("size", std::uint64_t{0});
  return {};
}

// Of the fields, the one that says what the argument is. An output beside a tensor is the name
// under which the tensor is written out.
Result<std::string_view> kind_of(const json& object, const std::string& pointer) {
  std::vector<std::string_view> found;
  for (const std::string_view kind : kKinds)
    if (object.contains(kind) && !(kind == "output" && object.contains("tensor")))
      found.push_back(kind);
  if (found.size() == 1) return found[0];
  if (found.empty())
    return fail(ErrorCode::invalid_vectors, "{}: says neither tensor, output, scratch nor a value",
                pointer);
  return fail(ErrorCode::invalid_vectors, "{}: is both {} and {}", pointer, found[0], found[1]);
}

}  // namespace

Result<std::filesystem::path> InputFiles::of(const json& object, const std::string& pointer) const {
  if (object.contains("file")) return folder / object["file"].get<std::string>();
  if (!standard.empty()) return folder / standard;
  return fail(ErrorCode::invalid_vectors, "{}: names no file, and there is no /inputs", pointer);
}

Status only_fields(const json& object, const std::string& pointer, std::string_view of,
                   std::initializer_list<std::string_view> allowed) {
  for (const auto& [name, value] : object.items())
    if (std::ranges::find(allowed, name) == allowed.end())
      return fail(ErrorCode::invalid_vectors, "{}: field \"{}\" does not go with \"{}\"", pointer,
                  name, of);
  return {};
}

Result<TensorShape> parse_shape(const json& object, const std::string& pointer) {
  if (!object.contains("dtype") || !object.contains("shape"))
    return fail(ErrorCode::invalid_vectors, "{}: an output needs dtype and shape", pointer);
  TensorShape declared;
  ASSAY_ASSIGN(declared.dtype, parse_dtype(object["dtype"].get<std::string>()));
  object["shape"].get_to(declared.shape);
  const auto count = element_count(declared.shape);
  if (!count)
    return fail(ErrorCode::invalid_vectors, "{}/shape: {}", pointer, count.error().message);
  return declared;
}

Result<Argument> parse_argument(const json& object, const std::string& pointer,
                                const InputFiles& files) {
  ASSAY_ASSIGN(const std::string_view kind, kind_of(object, pointer));
  Argument argument;
  argument.pointer = pointer;
  if (kind == "tensor" || kind == "output" || kind == "scratch" || kind == "global") {
    ASSAY_TRY(parse_memory(object, kind, files, argument));
    return argument;
  }
  ASSAY_TRY(only_fields(object, pointer, kind, {kind}));
  const std::string field(kind);
  if (kind == "struct")
    ASSAY_TRY(parse_structure(object[field], pointer, files, argument));
  else
    ASSAY_TRY(parse_scalar(object[field], kind, pointer + "/" + field, argument));
  return argument;
}

}  // namespace assay::emulator
