// SPDX-License-Identifier: Apache-2.0
// A profile fixes every choice that the operator's definition leaves open (docs/numerics.md). Bits
// are only ever compared under a named profile; the known ones are the files of vectors/profiles/.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "reference/arithmetic/accumulation.hpp"
#include "reference/result.hpp"

namespace assay {

struct Profile {
  std::string name;
  Accumulation accumulation = Accumulation::exact;
};

// A built-in profile, by name. Error (invalid_vectors): unknown, with the known names.
Result<Profile> find_profile(const std::string& name);
std::vector<std::string> profile_names();

// The full JSON object of a profile and back; the object must equal the built-in one of its name.
// A profile that is not built in, such as a default-constructed one, becomes null.
nlohmann::json profile_to_json(const Profile& profile);
Result<Profile> profile_from_json(const nlohmann::json& object);

}  // namespace assay
