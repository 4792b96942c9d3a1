// SPDX-License-Identifier: Apache-2.0
// JSON and text of boundary certificates. Bit patterns are strings with all digits of their width.
#include "vectors/io/boundary_file.hpp"

#include <charconv>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "vectors/io/json_file.hpp"

namespace assay {
namespace {

using nlohmann::json;

std::string hex(Format format, std::uint64_t bits) {
  return fmt::format("0x{:0{}x}", bits, 2 * format_bytes(format));
}

std::uint64_t last_pattern(Format format) {
  return ~std::uint64_t{0} >> (64 - 8 * format_bytes(format));
}

// The policies that share the rules of a canonical cast.
std::vector<std::string> policies_of(const Cast& cast) {
  std::vector<std::string> names;
  for (const Cast& other : casts_between(cast.from, cast.to))
    if (canonical_cast(other) == cast) names.emplace_back(cast_policy_name(other.policy));
  return names;
}

// Reads the fields of one document; errors name the document and the field.
class Reader {
 public:
  Reader(const json& document, const std::string& name) : m_document(document), m_name(name) {}

  template <typename... Args>
  tl::unexpected<Error> error(const std::string& field, fmt::format_string<Args...> text,
                              Args&&... args) const {
    return fail(ErrorCode::invalid_vectors, "{}: /{}: {}", m_name, field,
                fmt::format(text, std::forward<Args>(args)...));
  }

  // A name, by a parse function that knows the names.
  template <typename Parse>
  auto named(const std::string& field, const json& value, Parse parse) const
      -> decltype(parse(std::string_view())) {
    auto result = parse(value.get<std::string>());
    if (!result) return error(field, "{}", result.error().message);
    return result;
  }

  Result<std::uint64_t> bits(const std::string& field, const json& value, Format format) const {
    const std::string text = value.get<std::string>();
    std::uint64_t result = 0;
    std::from_chars(text.data() + 2, text.data() + text.size(), result, 16);
    if (text.size() != hex(format, 0).size())
      return error(field, "{} has not the digits of {}, {}", excerpt(value),
                   format_info(format).name, hex(format, 0).size() - 2);
    return result;
  }

  Result<Cast> cast() const {
    ASSAY_ASSIGN(const Format from, named("from", m_document["from"], parse_format));
    ASSAY_ASSIGN(const Format to, named("to", m_document["to"], parse_format));
    ASSAY_ASSIGN(const Rounding rounding,
                 named("rounding", m_document["rounding"], parse_rounding));
    const json& policies = m_document["policies"];
    ASSAY_ASSIGN(const CastPolicy policy, named("policies/0", policies[0], parse_cast_policy));
    const Result<Cast> cast = make_cast(from, to, policy, rounding);
    if (!cast) return error("policies/0", "{}", cast.error().message);
    const std::vector<std::string> sharing = policies_of(canonical_cast(*cast));
    if (policies != json(sharing))
      return error("policies", "the policies that share these rules are {}",
                   fmt::join(sharing, ", "));
    return cast;
  }

  Result<std::vector<CodeRun>> runs(const Cast& cast) const {
    std::vector<CodeRun> runs;
    std::uint64_t next = 0;
    for (const json& object : m_document["runs"]) {
      const std::string field = fmt::format("runs/{}", runs.size());
      ASSAY_ASSIGN(const std::uint64_t first, bits(field + "/first", object["first"], cast.from));
      ASSAY_ASSIGN(const std::uint64_t last, bits(field + "/last", object["last"], cast.from));
      ASSAY_ASSIGN(const std::uint64_t code, bits(field + "/code", object["code"], cast.to));
      const bool is_past_the_end = !runs.empty() && next == 0;
      if (is_past_the_end || first != next || last < first)
        return error(field, "runs must follow each other from 0 on, without gaps");
      runs.push_back({first, last, static_cast<std::uint32_t>(code)});
      next = (last + 1) & last_pattern(cast.from);
    }
    if (next != 0)
      return error("runs", "end at {}, not at {}", hex(cast.from, runs.back().last),
                   hex(cast.from, last_pattern(cast.from)));
    return runs;
  }

  Result<std::vector<TiePoint>> ties(const Cast& cast) const {
    std::vector<TiePoint> ties;
    for (const json& object : m_document["ties"]) {
      const std::string field = fmt::format("ties/{}", ties.size());
      ASSAY_ASSIGN(const std::uint64_t source,
                   bits(field + "/source", object["source"], cast.from));
      ASSAY_ASSIGN(const std::uint64_t code, bits(field + "/code", object["code"], cast.to));
      if (!ties.empty() && source <= ties.back().source) return error(field, "ties must increase");
      ties.push_back({source, static_cast<std::uint32_t>(code)});
    }
    return ties;
  }

 private:
  const json& m_document;
  const std::string& m_name;
};

}  // namespace

json boundary_to_json(const BoundaryCertificate& certificate) {
  const Cast& cast = certificate.cast;
  json runs = json::array();
  for (const CodeRun& run : certificate.runs)
    runs.push_back({{"first", hex(cast.from, run.first)},
                    {"last", hex(cast.from, run.last)},
                    {"code", hex(cast.to, run.code)}});
  json ties = json::array();
  for (const TiePoint& tie : certificate.ties)
    ties.push_back({{"source", hex(cast.from, tie.source)}, {"code", hex(cast.to, tie.code)}});
  return {{"schema", "assay.boundary/1"},
          {"from", format_info(cast.from).name},
          {"to", format_info(cast.to).name},
          {"policies", policies_of(cast)},
          {"rounding", rounding_name(cast.rounding)},
          {"runs", std::move(runs)},
          {"ties", std::move(ties)}};
}

std::string boundary_text(const BoundaryCertificate& certificate) {
  const Cast& cast = certificate.cast;
  std::vector<std::string> runs;
  for (const CodeRun& run : certificate.runs)
    runs.push_back(fmt::format(R"({{"first": "{}", "last": "{}", "code": "{}"}})",
                               hex(cast.from, run.first), hex(cast.from, run.last),
                               hex(cast.to, run.code)));
  std::vector<std::string> ties;
  for (const TiePoint& tie : certificate.ties)
    ties.push_back(fmt::format(R"({{"source": "{}", "code": "{}"}})", hex(cast.from, tie.source),
                               hex(cast.to, tie.code)));
  return fmt::format(
      "{{\"schema\": \"assay.boundary/1\", \"from\": \"{}\", \"to\": \"{}\",\n"
      "\"policies\": [\"{}\"], \"rounding\": \"{}\",\n"
      "\"runs\": [\n{}\n],\n\"ties\": [\n{}\n]}}\n",
      format_info(cast.from).name, format_info(cast.to).name,
      fmt::join(policies_of(cast), "\", \""), rounding_name(cast.rounding), fmt::join(runs, ",\n"),
      fmt::join(ties, ",\n"));
}

Result<BoundaryCertificate> boundary_from_json(const json& document, const std::string& name) {
  ASSAY_TRY(validate_json(document, name, Schema::boundary));
  const Reader reader(document, name);
  ASSAY_ASSIGN(const Cast cast, reader.cast());
  ASSAY_ASSIGN(std::vector<CodeRun> runs, reader.runs(cast));
  ASSAY_ASSIGN(std::vector<TiePoint> ties, reader.ties(cast));
  return BoundaryCertificate{cast, std::move(runs), std::move(ties)};
}

std::vector<Cast> boundary_casts() {
  std::vector<Cast> casts;
  for (const Format from : {Format::f32, Format::f16, Format::bf16})
    for (const FormatInfo& to : formats()) {
      if (format_bytes(to.format) > 1) continue;
      for (const Cast& cast : casts_between(from, to.format))
        if (canonical_cast(cast) == cast) casts.push_back(cast);
    }
  return casts;
}

std::filesystem::path boundary_path(const Cast& cast) {
  return fmt::format("{}/{}.{}.{}.json", format_info(cast.from).name, format_info(cast.to).name,
                     cast_policy_name(cast.policy), rounding_name(cast.rounding));
}

}  // namespace assay
