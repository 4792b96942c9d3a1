// SPDX-License-Identifier: Apache-2.0
// The strict reader. Nothing of a file is believed: each length, offset and shape is checked
// against the bytes that are there before it is used. Tensors are views of the file's bytes, not
// copies.
#include <algorithm>

#include <nlohmann/json.hpp>

#include "vectors/io/atomic_file.hpp"
#include "vectors/io/json_file.hpp"
#include "vectors/io/safetensors.hpp"
#include "vectors/io/sha256.hpp"

namespace assay {
namespace {

using nlohmann::json;

constexpr std::size_t kLengthBytes = 8;
constexpr std::uint64_t kMaxHeaderBytes = 100'000'000;  // the format's own limit
constexpr const char* kMetadataKey = "__metadata__";

struct Entry {
  std::string name;
  Dtype dtype = Dtype::u8;
  std::vector<std::int64_t> shape;
  std::size_t begin = 0;  // of the data section
  std::size_t end = 0;

  bool operator<(const Entry& other) const {
    return std::pair(begin, end) < std::pair(other.begin, other.end);
  }
};

// Of the header; checked against the format's limit only.
Result<std::uint64_t> header_length(std::span<const std::byte> file) {
  if (file.size() < kLengthBytes)
    return fail(ErrorCode::invalid_vectors,
                "{} bytes are too few for a safetensors file, which starts with 8", file.size());
  std::uint64_t length = 0;
  for (std::size_t i = kLengthBytes; i-- > 0;)
    length = length << 8 | std::to_integer<std::uint64_t>(file[i]);
  if (length > kMaxHeaderBytes)
    return fail(ErrorCode::invalid_vectors, "header length {} is over the limit of {}", length,
                kMaxHeaderBytes);
  return length;
}

Result<std::string_view> header_text(std::span<const std::byte> file) {
  ASSAY_ASSIGN(const std::uint64_t length, header_length(file));
  if (length > file.size() - kLengthBytes)
    return fail(ErrorCode::invalid_vectors,
                "header length {} runs past the end of the file of {} bytes", length, file.size());
  const std::string_view text(reinterpret_cast<const char*>(file.data()) + kLengthBytes, length);
  if (!text.starts_with('{'))
    return fail(ErrorCode::invalid_vectors, "header does not start with '{{'");
  return text;
}

Result<Metadata> read_metadata(const json& header) {
  Metadata metadata;
  const auto object = header.find(kMetadataKey);
  if (object == header.end()) return metadata;
  if (!object->is_object())
    return fail(ErrorCode::invalid_vectors, "{} is not a JSON object", kMetadataKey);
  for (const auto& [key, value] : object->items()) {
    if (!value.is_string())
      return fail(ErrorCode::invalid_vectors, "{}: the value of {} is not a string", kMetadataKey,
                  quoted(key));
    metadata.emplace(key, value.get<std::string>());
  }
  return metadata;
}

Result<std::vector<std::int64_t>> read_integers(const json& array, const char* field) {
  if (!array.is_array()) return fail(ErrorCode::invalid_vectors, "{} is not an array", field);
  std::vector<std::int64_t> integers;
  for (const json& value : array) {
    constexpr std::uint64_t kMax = std::numeric_limits<std::int64_t>::max();
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() > kMax)
      return fail(ErrorCode::invalid_vectors, "{}[{}]: {} is not an integer from 0 to 2^63-1",
                  field, integers.size(), excerpt(value));
    integers.push_back(value.get<std::int64_t>());
  }
  return integers;
}

Status check_fields(const json& object) {
  if (!object.is_object()) return fail(ErrorCode::invalid_vectors, "is not a JSON object");
  for (const char* field : {"dtype", "shape", "data_offsets"})
    if (!object.contains(field)) return fail(ErrorCode::invalid_vectors, "{} is missing", field);
  for (const auto& [key, value] : object.items())
    if (key != "dtype" && key != "shape" && key != "data_offsets")
      return fail(ErrorCode::invalid_vectors, "unknown field {}", quoted(key));
  if (!object["dtype"].is_string())
    return fail(ErrorCode::invalid_vectors, "dtype is not a string");
  return {};
}

Status check_size(const Entry& entry, std::span<const std::int64_t> offsets,
                  std::size_t data_bytes) {
  const std::string text = shape_text(offsets);
  if (offsets.size() != 2)
    return fail(ErrorCode::invalid_vectors, "data_offsets {} are not two", text);
  if (offsets[0] > offsets[1])
    return fail(ErrorCode::invalid_vectors, "data_offsets {} are reversed", text);
  if (static_cast<std::size_t>(offsets[1]) > data_bytes)
    return fail(ErrorCode::invalid_vectors,
                "data_offsets {} run past the end of the data, {} bytes", text, data_bytes);
  ASSAY_ASSIGN(const std::int64_t count, element_count(entry.shape));
  const std::int64_t bytes = offsets[1] - offsets[0];
  const std::int64_t size = dtype_bytes(entry.dtype);
  if (bytes % size != 0 || bytes / size != count)
    return fail(ErrorCode::invalid_vectors,
                "data_offsets {} hold {} bytes, {} {} needs {} elements of {}", text, bytes,
                dtype_name(entry.dtype), shape_text(entry.shape), count, size);
  return {};
}

Result<Entry> read_entry(const std::string& name, const json& object, std::size_t data_bytes) {
  ASSAY_TRY(check_fields(object));
  Entry entry;
  entry.name = name;
  ASSAY_ASSIGN(entry.dtype, parse_dtype(object["dtype"].get_ref<const std::string&>()));
  ASSAY_ASSIGN(entry.shape, read_integers(object["shape"], "shape"));
  ASSAY_ASSIGN(const auto offsets, read_integers(object["data_offsets"], "data_offsets"));
  ASSAY_TRY(check_size(entry, offsets, data_bytes));
  entry.begin = static_cast<std::size_t>(offsets[0]);
  entry.end = static_cast<std::size_t>(offsets[1]);
  return entry;
}

Result<std::vector<Entry>> read_entries(const json& header, std::size_t data_bytes) {
  std::vector<Entry> entries;
  for (const auto& [name, object] : header.items()) {
    if (name == kMetadataKey) continue;
    auto entry = read_entry(name, object, data_bytes);
    if (!entry)
      return fail(ErrorCode::invalid_vectors, "tensor {}: {}", quoted(name), entry.error().message);
    entries.push_back(*std::move(entry));
  }
  std::ranges::stable_sort(entries, std::less<>());
  return entries;
}

// Sorted entries must cover the data from its first byte to its last, each byte once.
Status check_layout(std::span<const Entry> entries, std::size_t data_bytes) {
  std::size_t position = 0;
  for (const Entry& entry : entries) {
    if (entry.begin < position)
      return fail(ErrorCode::invalid_vectors,
                  "tensor {}: its data at offset {} overlaps another tensor's, which ends at {}",
                  quoted(entry.name), entry.begin, position);
    if (entry.begin > position)
      return fail(ErrorCode::invalid_vectors,
                  "tensor {}: {} bytes before its data at offset {} belong to no tensor",
                  quoted(entry.name), entry.begin - position, entry.begin);
    position = entry.end;
  }
  if (position != data_bytes)
    return fail(ErrorCode::invalid_vectors, "{} trailing bytes after the last tensor's data",
                data_bytes - position);
  return {};
}

// The tensor's bytes, copied to `copies` only where their address does not suit the dtype.
std::span<const std::byte> aligned(std::span<const std::byte> bytes, Dtype dtype,
                                   std::vector<Bytes>& copies) {
  const auto address = reinterpret_cast<std::uintptr_t>(bytes.data());
  if (address % static_cast<std::size_t>(dtype_bytes(dtype)) == 0) return bytes;
  return copies.emplace_back(bytes.begin(), bytes.end());
}

// The failure branch of a Result about the file `name`.
tl::unexpected<Error> in_file(const std::string& name, Error error) {
  error.message = name + ": " + error.message;
  return tl::unexpected(std::move(error));
}

Result<Metadata> parse_metadata(std::span<const std::byte> file) {
  ASSAY_ASSIGN(const std::string_view text, header_text(file));
  ASSAY_ASSIGN(const json header, parse_json(text, "header"));
  return read_metadata(header);
}

}  // namespace

Result<Metadata> read_safetensors_metadata(const std::filesystem::path& path) {
  ASSAY_ASSIGN(const Bytes prefix, read_file_start(path, kLengthBytes));
  const auto length = header_length(prefix);
  if (!length) return in_file(path.string(), length.error());
  ASSAY_ASSIGN(const Bytes start, read_file_start(path, kLengthBytes + *length));
  auto metadata = parse_metadata(start);
  if (!metadata) return in_file(path.string(), std::move(metadata).error());
  return metadata;
}

Result<Safetensors> Safetensors::open(const std::filesystem::path& path, std::uint64_t max_bytes) {
  ASSAY_ASSIGN(Bytes bytes, read_file(path, ErrorCode::invalid_vectors, max_bytes));
  return parse(std::move(bytes), path.string());
}

Result<Safetensors> Safetensors::parse(Bytes bytes, const std::string& name) {
  auto contents = std::make_shared<Contents>();
  contents->bytes = std::move(bytes);
  const auto read = [&]() -> Status {
    ASSAY_ASSIGN(const std::string_view text, header_text(contents->bytes));
    ASSAY_ASSIGN(const json header, parse_json(text, "header"));
    const auto data = std::span(contents->bytes).subspan(kLengthBytes + text.size());
    ASSAY_ASSIGN(contents->metadata, read_metadata(header));
    ASSAY_ASSIGN(const std::vector<Entry> entries, read_entries(header, data.size()));
    ASSAY_TRY(check_layout(entries, data.size()));
    for (const Entry& entry : entries) {
      const auto own = data.subspan(entry.begin, entry.end - entry.begin);
      contents->views[entry.name] = {entry.dtype, entry.shape,
                                     aligned(own, entry.dtype, contents->realigned)};
    }
    return {};
  };
  if (Status status = read(); !status) return in_file(name, std::move(status).error());
  Safetensors file;
  file.contents_ = std::move(contents);
  return file;
}

std::string Safetensors::sha256() const {
  const std::span<const std::byte> bytes = contents_->bytes;
  return hex(assay::sha256(std::span(&bytes, 1)));
}

}  // namespace assay
