// SPDX-License-Identifier: Apache-2.0
#include "conformance/target/cuda_findings.hpp"

#include <fstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "conformance/target/printable.hpp"

namespace assay {
namespace {

using nlohmann::json;

// The array of findings; null where the file is missing or is something else.
json read_findings(const std::filesystem::path& file) {
  std::ifstream stream(file);
  const json findings = json::parse(stream, nullptr, false);
  return findings.is_array() ? findings : json();
}

std::string text(const json& object, const char* field) {
  const auto found = object.is_object() ? object.find(field) : object.end();
  if (found == object.end()) return "";
  return found->is_string() ? found->get<std::string>() : found->dump();
}

// "moe_down_8: race at projection.cuh:123, thread [3,0,0] of block [0,1,0]: what is wrong"
std::string describe(const json& finding) {
  const json at = finding.is_object() ? finding.value("at", json()) : json();
  const std::string source = text(at, "file");
  const std::string place =
      source.empty() ? "PTX line " + text(at, "ptx_line")
                     : std::filesystem::path(source).filename().string() + ":" + text(at, "line");
  return fmt::format("{}: {} at {}, thread {} of block {}: {}", text(finding, "kernel"),
                     text(finding, "kind"), place, text(at, "thread"), text(at, "block"),
                     text(finding, "message"));
}

}  // namespace

CudaFindings::CudaFindings(std::filesystem::path file) : file_(std::move(file)) {
  seen_ = count().value_or(0);
}

std::string CudaFindings::latest() {
  const json findings = read_findings(file_);
  if (findings.size() <= seen_) return "";
  std::string line = describe(findings[seen_]);
  const std::size_t more = findings.size() - seen_ - 1;
  if (more > 0) line += fmt::format(" ({} more finding{})", more, more == 1 ? "" : "s");
  seen_ = findings.size();
  return printable(line);
}

std::optional<std::size_t> CudaFindings::count() const {
  const json findings = read_findings(file_);
  if (findings.is_null()) return std::nullopt;
  return findings.size();
}

}  // namespace assay
