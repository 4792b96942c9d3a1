// SPDX-License-Identifier: Apache-2.0
// The built-in profiles, from the texts of vectors/profiles/ that are compiled in.
#include "vectors/io/profile.hpp"

#include <map>

#include <fmt/ranges.h>

#include "reference/suggest.hpp"
#include "schemas.hpp"
#include "vectors/io/json_file.hpp"

namespace assay {
namespace {

using nlohmann::json;

std::map<std::string, json> parse_built_in() {
  std::map<std::string, json> profiles;
  for (const char* text : kBuiltInProfiles) {
    json object = parse_json(text, "built-in profile", Schema::profile).value();
    profiles.emplace(object["name"].get<std::string>(), std::move(object));
  }
  return profiles;
}

const std::map<std::string, json>& built_in() {
  static const std::map<std::string, json> profiles = parse_built_in();
  return profiles;
}

}  // namespace

std::vector<std::string> profile_names() {
  std::vector<std::string> names;
  for (const auto& [name, object] : built_in())
    names.push_back(name);
  return names;
}

Result<Profile> find_profile(const std::string& name) {
  const auto found = built_in().find(name);
  if (found == built_in().end())
    return fail(ErrorCode::invalid_vectors, "profile {}: unknown, only {}{}", quoted(name),
                fmt::join(profile_names(), ", "), did_you_mean(name, profile_names()));
  const bool is_exact = found->second["accumulation"] == "exact";
  return Profile{name, is_exact ? Accumulation::exact : Accumulation::block_fma};
}

json profile_to_json(const Profile& profile) {
  const auto found = built_in().find(profile.name);
  return found == built_in().end() ? json() : found->second;
}

Result<Profile> profile_from_json(const json& object) {
  ASSAY_TRY(validate_json(object, "profile", Schema::profile));
  ASSAY_ASSIGN(Profile profile, find_profile(object["name"].get<std::string>()));
  const json& known = built_in().at(profile.name);
  for (const auto& [field, value] : known.items())
    if (object[field] != value)
      return fail(ErrorCode::invalid_vectors,
                  "profile {}: {} is {}, the profile of this name has {}", profile.name, field,
                  excerpt(object[field]), value.dump());
  return profile;
}

}  // namespace assay
