// SPDX-License-Identifier: Apache-2.0
// Chooses a target by its spec: "reference", "exec:COMMAND", "files:DIR".
#include "conformance/target/target.hpp"

#include "conformance/target/kinds.hpp"

namespace assay {

Result<std::unique_ptr<Target>> make_target(const std::string& spec, const TargetOptions& options) {
  const std::size_t colon = spec.find(':');
  const std::string kind = spec.substr(0, colon);
  const std::string argument = colon == std::string::npos ? "" : spec.substr(colon + 1);
  if (spec == "reference") return make_reference_target();
  if (kind == "exec") return make_exec_target(argument, options);
  if (kind == "files") return make_files_target(argument);
  return fail(ErrorCode::usage,
              "target \"{}\": unknown kind; known are reference, exec:COMMAND, files:DIR", spec);
}

TargetResult read_result(const std::filesystem::path& path) {
  auto file = Safetensors::open(path);
  if (!file) return {TargetOutcome::garbage, std::move(file).error().message, {}, {}};
  auto owner = std::make_shared<const Safetensors>(*std::move(file));
  return {TargetOutcome::completed, "", owner->tensors(), owner};
}

}  // namespace assay
