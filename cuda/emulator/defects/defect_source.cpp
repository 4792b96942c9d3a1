// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/defects/defect_source.hpp"

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace assay::defects {
namespace {

// What follows `key` in a line, or nothing.
std::string after(const std::string& line, const std::string& key) {
  const std::size_t at = line.find(key);
  return at == std::string::npos ? "" : line.substr(at + key.size());
}

std::set<std::string> names_in(std::string list) {
  for (char& letter : list)
    if (letter == ',') letter = ' ';
  std::istringstream words(list);
  std::set<std::string> names;
  for (std::string word; words >> word;)
    names.insert(word);
  return names;
}

}  // namespace

DefectSource read_defect_source(const std::filesystem::path& file) {
  std::ifstream text(file);
  DefectSource source;
  source.name = file.stem().string();
  std::string line;
  for (int number = 1; std::getline(text, line); ++number) {
    std::istringstream(after(line, "// LAUNCH: ")) >> source.blocks >> source.threads;
    if (after(line, "// FREED: ") == "a") source.frees_a = true;
    if (auto kinds = names_in(after(line, "// DEFECT: ")); !kinds.empty())
      source.kinds[number] = std::move(kinds);
  }
  if (source.blocks == 0 || source.threads == 0 || source.kinds.empty())
    throw std::runtime_error(file.string() + ": needs a LAUNCH and a DEFECT comment");
  return source;
}

}  // namespace assay::defects
