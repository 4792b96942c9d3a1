// SPDX-License-Identifier: Apache-2.0
// Parsing with nlohmann::json, plus what it tolerates and we do not: repeated keys (the last would
// win silently), unbounded nesting (copying and comparing such a document recurses) and any number
// of values (each takes many times its bytes of memory).
#include "vectors/io/json_file.hpp"

#include <set>
#include <vector>

#include "vectors/io/atomic_file.hpp"

namespace assay {
namespace {

using nlohmann::json;

constexpr int kMaxDepth = 64;
constexpr std::size_t kMaxValues = 1'000'000;
constexpr std::size_t kExcerptBytes = 60;

// Thrown through the parser, which knows no other way to stop, and caught by parse_json.
struct Refusal {
  std::string rule;
};

class EventCheck {
 public:
  bool operator()(int depth, json::parse_event_t event, json& parsed) {
    const bool is_start =
        event == json::parse_event_t::object_start || event == json::parse_event_t::array_start;
    if (is_start && depth >= kMaxDepth)
      throw Refusal{fmt::format("nested deeper than {} levels", kMaxDepth)};
    if ((is_start || event == json::parse_event_t::value) && ++values_ > kMaxValues)
      throw Refusal{fmt::format("more than {} values", kMaxValues)};
    if (event == json::parse_event_t::object_start) open_objects_.emplace_back();
    if (event == json::parse_event_t::object_end) open_objects_.pop_back();
    if (event == json::parse_event_t::key &&
        !open_objects_.back().insert(parsed.get<std::string>()).second)
      throw Refusal{fmt::format("key {} is repeated in one object", parsed.dump())};
    return true;
  }

 private:
  std::size_t values_ = 0;
  std::vector<std::set<std::string>> open_objects_;
};

// "[json.exception.parse_error.101] parse error at line 1, ..." without the library's tag.
std::string_view without_tag(std::string_view message) {
  const auto tag = message.find("] ");
  return tag == std::string_view::npos ? message : message.substr(tag + 2);
}

}  // namespace

Result<json> parse_json(std::string_view text, const std::string& name) {
  try {
    EventCheck check;
    return json::parse(text, std::ref(check));
  } catch (const Refusal& refusal) {
    return fail(ErrorCode::invalid_vectors, "{}: {}", name, refusal.rule);
  } catch (const json::exception& error) {
    return fail(ErrorCode::invalid_vectors, "{}: not JSON: {}", name, without_tag(error.what()));
  }
}

Result<json> parse_json(std::string_view text, const std::string& name, Schema schema) {
  ASSAY_ASSIGN(json document, parse_json(text, name));
  ASSAY_TRY(validate_json(document, name, schema));
  return document;
}

Result<json> read_json(const std::filesystem::path& path, Schema schema) {
  ASSAY_ASSIGN(const Bytes bytes, read_file(path));
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return parse_json(text, path.string(), schema);
}

Status check_seed(const json& seed, const std::string& name) {
  if (seed.is_number_unsigned()) return {};
  return fail(ErrorCode::invalid_vectors, "{}: {} is not an integer from 0 to 2^64-1", name,
              excerpt(seed));
}

std::string quoted(const std::string& text) {
  return json(text).dump(-1, ' ', true, json::error_handler_t::replace);
}

std::string excerpt(const json& value) {
  std::string text = value.dump(-1, ' ', true, json::error_handler_t::replace);
  if (text.size() > kExcerptBytes) text = text.substr(0, kExcerptBytes) + "...";
  return text;
}

}  // namespace assay
