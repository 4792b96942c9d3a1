// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/sanitize/code_place.hpp"

#include <filesystem>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cuda/emulator/program/program.hpp"

namespace assay::emulator {
namespace {

std::string file_of(const Program& program, const ptx::SourceLine& source) {
  return source.file < 0 ? "" : program.module.files[static_cast<std::size_t>(source.file)];
}

std::string folder_of(const Program& program, const ptx::SourceLine& source) {
  return std::filesystem::path(file_of(program, source)).parent_path().string();
}

}  // namespace

CodePlace code_place(const Program& program, const OpInfo& info) {
  const auto& call_sites = program.module.functions[info.function].call_sites;
  const std::string own =
      folder_of(program, program.infos[program.functions[info.function].begin].source);
  CodePlace place;
  place.ptx_line = info.ptx_line;
  ptx::SourceLine source = info.source, named = source;
  while (source.inlined_at >= 0) {
    place.inlined.push_back({file_of(program, source), source.line});
    source = call_sites[static_cast<std::size_t>(source.inlined_at)];
    if (folder_of(program, named) != own && folder_of(program, source) == own) named = source;
  }
  if (!place.inlined.empty()) place.inlined.push_back({file_of(program, source), source.line});
  place.file = file_of(program, named);
  if (!place.file.empty()) place.line = named.line;
  return place;
}

std::string CodePlace::text() const {
  std::string ptx = fmt::format("PTX line {}", ptx_line);
  if (file.empty()) return ptx;
  for (std::size_t i = 0; i < inlined.size(); ++i)
    ptx +=
        fmt::format("{}{}:{}", i == 0 ? ", inlined: " : " from ", inlined[i].file, inlined[i].line);
  return fmt::format("{}:{} ({})", file, line, ptx);
}

nlohmann::json to_json(const CodePlace& place) {
  nlohmann::json json = {{"ptx_line", place.ptx_line}};
  if (place.file.empty()) return json;
  json["file"] = place.file;
  json["line"] = place.line;
  for (const FileLine& at : place.inlined)
    json["inlined"].push_back({{"file", at.file}, {"line", at.line}});
  return json;
}

}  // namespace assay::emulator
