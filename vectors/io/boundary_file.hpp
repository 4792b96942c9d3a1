// SPDX-License-Identifier: Apache-2.0
// Boundary certificates as JSON (docs/boundaries.md), and which of them vectors/boundaries/ holds:
// one for each set of rules from binary32, binary16 or bfloat16 to a format of at most 8 bits.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "reference/format/boundary.hpp"
#include "reference/result.hpp"

namespace assay {

// Names all policies that share the rules. Precondition: the certificate's cast is canonical.
nlohmann::json boundary_to_json(const BoundaryCertificate& certificate);
// The same as stable text, one line a run and a tie.
std::string boundary_text(const BoundaryCertificate& certificate);

// `name` starts the message. Errors (invalid_vectors): what the schema forbids; an unknown format,
// policy or rounding; policies other than those that share the rules; runs that do not cover every
// source pattern in order; ties that are out of order. The codes themselves are taken as they are.
Result<BoundaryCertificate> boundary_from_json(const nlohmann::json& document,
                                               const std::string& name);

std::vector<Cast> boundary_casts();
// "f32/e4m3.cuda_satfinite.rn.json", within vectors/boundaries/.
std::filesystem::path boundary_path(const Cast& cast);

}  // namespace assay
