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

constexpr std::size_t kMaxDepth = 64;
constexpr std::size_t kMaxValues = 1'000'000;
constexpr std::size_t kExcerptBytes = 60;

// A pass of its own over the text, because a parser with a callback looks through all members of an
// object at the end of each of them, which takes hours where there are a million.
class Rules : public json::json_sax_t {
 public:
  const std::string& broken() const { return broken_; }

  bool null() override { return count(); }
  bool boolean(bool) override { return count(); }
  bool number_integer(number_integer_t) override { return count(); }
  bool number_unsigned(number_unsigned_t) override { return count(); }
  bool number_float(number_float_t, const string_t&) override { return count(); }
  bool string(string_t&) override { return count(); }
  bool binary(binary_t&) override { return count(); }
  bool start_object(std::size_t) override { return open(); }
  bool start_array(std::size_t) override { return open(); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t& key) override {
    return keys_.back().insert(key).second ||
           broke(fmt::format("key {} is repeated in one object", assay::quoted(key)));
  }
  // json::parse says what is wrong and where.
  bool parse_error(std::size_t, const std::string&, const json::exception&) override {
    return false;
  }

 private:
  bool broke(std::string rule) {
    broken_ = std::move(rule);
    return false;
  }
  bool count() {
    return ++values_ <= kMaxValues || broke(fmt::format("more than {} values", kMaxValues));
  }
  bool open() {
    if (keys_.size() >= kMaxDepth)
      return broke(fmt::format("nested deeper than {} levels", kMaxDepth));
    keys_.emplace_back();
    return count();
  }
  bool close() {
    keys_.pop_back();
    return true;
  }

  std::string broken_;
  std::size_t values_ = 0;
  std::vector<std::set<std::string>> keys_;  // of each open object; none for an array
};

// "[json.exception.parse_error.101] parse error at line 1, ..." without the library's tag.
std::string_view without_tag(std::string_view message) {
  const auto tag = message.find("] ");
  return tag == std::string_view::npos ? message : message.substr(tag + 2);
}

}  // namespace

Result<json> parse_json(std::string_view text, const std::string& name) {
  Rules rules;
  json::sax_parse(text, &rules);
  if (!rules.broken().empty())
    return fail(ErrorCode::invalid_vectors, "{}: {}", name, rules.broken());
  try {
    return json::parse(text);
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
