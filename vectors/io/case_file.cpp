// SPDX-License-Identifier: Apache-2.0
// Case descriptions as JSON and back (vectors/schema/case_description.schema.json).
#include "vectors/io/case_file.hpp"

#include <system_error>

#include "vectors/io/json_file.hpp"

namespace assay {
namespace {

using nlohmann::json;

// An id is also a path below the output folder and a word on the terminal: it may neither lead out
// of the one nor steer the other.
bool is_id_part(std::string_view part) {
  constexpr std::string_view kAllowed =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.#-";
  return !part.empty() && part != "." && part != ".." &&
         part.find_first_not_of(kAllowed) == std::string_view::npos;
}

Status check_id(std::string_view id) {
  for (std::string_view rest = id;;) {
    const std::size_t slash = rest.find('/');
    if (!is_id_part(rest.substr(0, slash)))
      return fail(ErrorCode::invalid_vectors,
                  "/id: {} is not of the form suite/group/variant#n, parts of A-Z a-z 0-9 _ . # -",
                  quoted(std::string(id)));
    if (slash == std::string_view::npos) return {};
    rest.remove_prefix(slash + 1);
  }
}

Result<CaseDescription> parse_description(const std::string& text) {
  ASSAY_ASSIGN(const json object, parse_json(text, kCaseMetadataKey, Schema::case_description));
  ASSAY_TRY(check_seed(object["seed"], "/seed"));
  CaseDescription description;
  object["id"].get_to(description.id);
  object["operator"].get_to(description.op);
  object["class"].get_to(description.bit_class);
  object["seed"].get_to(description.seed);
  object["notes"].get_to(description.notes);
  object["degenerate"].get_to(description.degenerate);
  ASSAY_TRY(check_id(description.id));
  if (object.contains("attributes")) object["attributes"].get_to(description.attributes);
  if (!object["profile"].is_null()) {
    ASSAY_ASSIGN(description.profile, profile_from_json(object["profile"]));
  }
  return description;
}

bool is_expected_tensor(std::string_view name) {
  return name == kOutputTensor || name.starts_with(kStagePrefix);
}

TensorViews select(const TensorViews& tensors, bool is_expected) {
  TensorViews selected;
  for (const auto& [name, tensor] : tensors)
    if (is_expected_tensor(name) == is_expected) selected.emplace(name, tensor);
  return selected;
}

}  // namespace

TensorViews inputs_of(const TensorViews& tensors) {
  return select(tensors, false);
}

TensorViews expected_of(const TensorViews& tensors) {
  return select(tensors, true);
}

TensorViews CaseFile::inputs() const {
  return inputs_of(file.tensors());
}

TensorViews CaseFile::expected() const {
  return expected_of(file.tensors());
}

Result<CaseDescription> parse_case_description(const Metadata& metadata, const std::string& name) {
  const auto text = metadata.find(kCaseMetadataKey);
  if (text == metadata.end())
    return fail(ErrorCode::invalid_vectors, "{}: not a case: __metadata__ has no \"{}\"", name,
                kCaseMetadataKey);
  auto description = parse_description(text->second);
  if (!description)
    return fail(ErrorCode::invalid_vectors, "{}: {}", name, description.error().message);
  return description;
}

Result<CaseDescription> read_case_description(const std::filesystem::path& path) {
  ASSAY_ASSIGN(const Metadata metadata, read_safetensors_metadata(path));
  return parse_case_description(metadata, path.string());
}

Result<CaseFile> read_case(const std::filesystem::path& path) {
  ASSAY_ASSIGN(Safetensors file, Safetensors::open(path));
  ASSAY_ASSIGN(CaseDescription description, parse_case_description(file.metadata(), path.string()));
  return CaseFile{std::move(description), path, std::move(file)};
}

Result<std::string> write_case(const std::filesystem::path& path,
                               const CaseDescription& description, const TensorViews& tensors) {
  const std::string text = case_description_text(description);
  if (const auto parsed = parse_description(text); !parsed)
    return fail(ErrorCode::internal, "{}: {}", path.string(), parsed.error().message);
  std::error_code ignored;  // write_file reports what matters
  std::filesystem::create_directories(path.parent_path(), ignored);
  return write_safetensors(path, tensors, {{kCaseMetadataKey, text}});
}

std::string case_description_text(const CaseDescription& description) {
  json object = {{"schema", "assay.case/1"},
                 {"id", description.id},
                 {"operator", description.op},
                 {"profile", profile_to_json(description.profile)},
                 {"class", description.bit_class},
                 {"generator", kVectorsVersion},
                 {"seed", description.seed},
                 {"notes", description.notes},
                 {"degenerate", description.degenerate}};
  if (!description.attributes.empty()) object["attributes"] = description.attributes;
  return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace assay
