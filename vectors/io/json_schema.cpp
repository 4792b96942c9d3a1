// SPDX-License-Identifier: Apache-2.0
// JSON Schema validation by valijson. It reports every constraint on the way down to the offence;
// the message shows the one that helps most, with the value and, for a mistyped word, the nearest
// one.
#define VALIJSON_USE_EXCEPTIONS 1
#include <array>

#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include "reference/suggest.hpp"
#include "schemas.hpp"
#include "vectors/io/json_file.hpp"

namespace assay {
namespace {

using nlohmann::json;
using Violation = valijson::ValidationResults::Error;

constexpr std::string_view kUnknownField = "Object contains a property that could not be validated";
constexpr std::string_view kNotInEnum = "Failed to match against any enum values.";

struct CompiledSchema {
  explicit CompiledSchema(const char* text) : source(json::parse(text)) {
    valijson::SchemaParser(valijson::SchemaParser::kDraft7)
        .populateSchema(valijson::adapters::NlohmannJsonAdapter(source), rules);
    collect(source);
  }

  // Every field name and enum value of the schema, wherever it stands: what may have been meant.
  void collect(const json& node) {
    if (node.is_object() && node.contains("properties"))
      for (const auto& [name, unused] : node["properties"].items())
        fields.push_back(name);
    if (node.is_object() && node.contains("enum"))
      for (const json& value : node["enum"])
        if (value.is_string()) enum_values.push_back(value.get<std::string>());
    for (const json& child : node)
      if (child.is_structured()) collect(child);
  }

  json source;
  valijson::Schema rules;
  std::vector<std::string> fields;
  std::vector<std::string> enum_values;
};

const CompiledSchema& compiled(Schema schema) {
  static const CompiledSchema suite(kSuiteSchema);
  static const CompiledSchema profile(kProfileSchema);
  static const CompiledSchema case_description(kCaseDescriptionSchema);
  static const CompiledSchema manifest(kManifestSchema);
  static const CompiledSchema quantized_file(kQuantizedFileSchema);
  static const CompiledSchema boundary(kBoundarySchema);
  static const CompiledSchema launch(kLaunchSchema);
  static const std::array schemas{
      &suite, &profile, &case_description, &manifest, &quantized_file, &boundary, &launch};
  return *schemas[static_cast<std::size_t>(schema)];
}

json::json_pointer pointer_of(const Violation& violation) {
  json::json_pointer pointer;
  for (std::size_t i = 1; i < violation.context.size(); ++i) {  // context[0] is "<root>"
    const std::string& step = violation.context[i];             // "[key]" or "[index]"
    pointer.push_back(step.substr(1, step.size() - 2));
  }
  return pointer;
}

// The field of "...: 'field'.", or nothing for violations of other kinds.
std::string unknown_field(const Violation& violation) {
  const std::string& text = violation.description;
  if (!text.starts_with(kUnknownField)) return "";
  const std::size_t begin = text.find(": '") + 3;
  return text.substr(begin, text.rfind('\'') - begin);
}

bool is_known(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// A field that the schema knows nowhere explains the others (a mistyped one is missing, too); then
// the innermost violation does.
std::size_t usefulness(const Violation& violation, const CompiledSchema& schema) {
  const std::string field = unknown_field(violation);
  const bool is_mistyped = !field.empty() && !is_known(schema.fields, field);
  return (is_mistyped ? 1000 : 0) + violation.context.size();
}

std::string describe(const Violation& violation, const json& document,
                     const CompiledSchema& schema) {
  const json& value = document.at(pointer_of(violation));
  if (violation.description.starts_with(kUnknownField)) {
    const std::string field = unknown_field(violation);
    if (is_known(schema.fields, field))
      return fmt::format("field {} is not allowed here", quoted(field));
    return fmt::format("unknown field {}{}", quoted(field), did_you_mean(field, schema.fields));
  }
  if (violation.description == kNotInEnum && value.is_string())
    return fmt::format("{} is not one of the allowed values{}", excerpt(value),
                       did_you_mean(value.get<std::string>(), schema.enum_values));
  return fmt::format("{} (value {})", violation.description, excerpt(value));
}

// A file of a later format would break many rules; its version is the one worth naming.
Status check_version(const json& document, const std::string& name, const CompiledSchema& schema) {
  static const json::json_pointer version("/properties/schema/const");
  if (!document.is_object() || !document.contains("schema") || !schema.source.contains(version))
    return {};
  const json& expected = schema.source[version];
  const json& actual = document["schema"];
  if (actual == expected) return {};
  return fail(ErrorCode::invalid_vectors, "{}: /schema: {} cannot be read, only {}", name,
              excerpt(actual), expected.dump());
}

}  // namespace

Status validate_json(const json& document, const std::string& name, Schema which) {
  const CompiledSchema& schema = compiled(which);
  ASSAY_TRY(check_version(document, name, schema));
  valijson::ValidationResults violations;
  const valijson::adapters::NlohmannJsonAdapter target(document);
  if (valijson::Validator().validate(schema.rules, target, &violations)) return {};
  const auto best = std::max_element(violations.begin(), violations.end(),
                                     [&](const Violation& a, const Violation& b) {
                                       return usefulness(a, schema) < usefulness(b, schema);
                                     });
  const std::string pointer = pointer_of(*best).to_string();
  return fail(ErrorCode::invalid_vectors, "{}: {}: {}", name, pointer.empty() ? "/" : pointer,
              describe(*best, document, schema));
}

}  // namespace assay
