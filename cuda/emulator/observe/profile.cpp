// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/observe/profile.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace assay::emulator {
namespace {

constexpr std::size_t kLinesShown = 10;

using Line = std::pair<ProfiledLine, ProfiledCounts>;

ProfiledLine line_of(const Program& program, const OpInfo& info) {
  const auto file = [&](int index) {
    return program.module.files[static_cast<std::size_t>(index)];
  };
  const ptx::SourceLine& source = info.source;
  if (source.file < 0) return {"", info.ptx_line, "", 0};
  if (source.inlined_at < 0) return {file(source.file), source.line, "", 0};
  const auto& call_sites = program.module.functions[info.function].call_sites;
  const ptx::SourceLine& site = call_sites[static_cast<std::size_t>(source.inlined_at)];
  return {file(source.file), source.line, file(site.file), site.line};
}

double percent(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 100.0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

std::vector<Line> most_executed(const KernelProfile& kernel) {
  std::vector<Line> lines(kernel.lines.begin(), kernel.lines.end());
  std::ranges::stable_sort(lines, std::ranges::greater{},
                           [](const Line& line) { return line.second.executions; });
  return lines;
}

template <typename F>
void for_each_class(const ProfiledCounts& counts, F&& f) {
  for (std::size_t c = 0; c < kOpClasses; ++c)
    if (counts.classes[c] != 0) f(op_class_name(static_cast<OpClass>(c)), counts.classes[c]);
}

std::string class_counts(const ProfiledCounts& total) {
  std::string text;
  for_each_class(total, [&](std::string_view name, std::uint64_t count) {
    text += fmt::format("  {:<26}{:>14}\n", name, count);
  });
  return text;
}

std::uint64_t bank_conflicts(const PcCounters& counters) {
  return counters.wavefronts - counters.ideal_wavefronts;
}

std::string memory_counts(const PcCounters& total) {
  std::string text;
  if (total.sectors != 0)
    text += fmt::format("  {:<26}{:>14}\n  {:<26}{:>14}  {:.1f} % of them needed\n", "global bytes",
                        total.global_bytes, "global sectors (32 bytes)", total.sectors,
                        percent(total.ideal_sectors, total.sectors));
  if (total.wavefronts != 0)
    text += fmt::format("  {:<26}{:>14}\n  {:<26}{:>14}  {} of them bank conflicts\n",
                        "shared-memory bytes", total.shared_bytes, "shared-memory wavefronts",
                        total.wavefronts, bank_conflicts(total));
  return text;
}

// " (barrier 2, global sectors 64 of which 8 needed)": what a line has besides instructions.
std::string notes(const ProfiledCounts& counts) {
  std::string text;
  const auto add = [&](std::string_view name, std::uint64_t count, const std::string& more = "") {
    if (count != 0) text += fmt::format("{}{} {}{}", text.empty() ? "" : ", ", name, count, more);
  };
  for (const OpClass op_class : {OpClass::mma, OpClass::barrier})
    add(op_class_name(op_class), counts.classes[static_cast<std::size_t>(op_class)]);
  add("global sectors", counts.sectors, fmt::format(" of which {} needed", counts.ideal_sectors));
  add("bank conflicts", bank_conflicts(counts));
  add("divergent branches", counts.divergent);
  return text.empty() ? "" : fmt::format("  ({})", text);
}

nlohmann::json counters_json(const PcCounters& counters) {
  return {{"warp_instructions", counters.executions},
          {"lanes", counters.lanes},
          {"divergent_branches", counters.divergent},
          {"global_bytes", counters.global_bytes},
          {"global_sectors", counters.sectors},
          {"global_sectors_needed", counters.ideal_sectors},
          {"shared_bytes", counters.shared_bytes},
          {"shared_wavefronts", counters.wavefronts},
          {"shared_wavefronts_needed", counters.ideal_wavefronts}};
}

nlohmann::json classes_json(const ProfiledCounts& counts) {
  nlohmann::json classes = nlohmann::json::object();
  for_each_class(counts, [&](std::string_view name, std::uint64_t count) {
    classes[std::string(name)] = count;
  });
  return classes;
}

nlohmann::json line_json(const Line& line) {
  nlohmann::json entry = counters_json(line.second);
  entry["classes"] = classes_json(line.second);
  entry["place"] = line.first.place();
  if (!line.first.inlined_at_file.empty()) entry["inlined_at"] = line.first.inlined_at();
  return entry;
}

}  // namespace

std::string ProfiledLine::place() const {
  return file.empty() ? fmt::format("PTX line {}", line) : fmt::format("{}:{}", file, line);
}

std::string ProfiledLine::inlined_at() const {
  return inlined_at_file.empty() ? "" : fmt::format("{}:{}", inlined_at_file, inlined_at_line);
}

std::string ProfiledLine::text() const {
  return inlined_at_file.empty() ? place()
                                 : fmt::format("{}, inlined at {}", place(), inlined_at());
}

void ProfiledCounts::add(OpClass op_class, const PcCounters& counters) {
  *this += counters;
  classes[static_cast<std::size_t>(op_class)] += counters.executions;
}

void Profile::add(const Launch& launch) {
  KernelProfile& kernel = kernels_[launch.kernel.name];
  const Dim3& grid = launch.config.grid;
  ++kernel.launches;
  kernel.blocks += std::uint64_t{grid[0]} * grid[1] * grid[2];
  kernel.threads += std::uint64_t{grid[0]} * grid[1] * grid[2] * launch.threads();
  for (std::size_t pc = 0; pc < launch.counters.size(); ++pc) {
    PcCounters counters = launch.counters[pc];
    const OpInfo& info = launch.program.infos[pc];
    if (counters.executions == 0) continue;
    if (info.is_auxiliary) counters.executions = counters.lanes = 0;
    if (!info.is_auxiliary) kernel.opcodes[info.instruction->spelled()] += counters.executions;
    kernel.total.add(info.op_class, counters);
    kernel.lines[line_of(launch.program, info)].add(info.op_class, counters);
  }
}

std::string Profile::text() const {
  std::string text;
  for (const auto& [name, kernel] : kernels_) {
    text += fmt::format("{}: {} launches, {} blocks, {} threads\n", name, kernel.launches,
                        kernel.blocks, kernel.threads);
    text += fmt::format("  {:<26}{:>14}  {:.1f} % of lanes active\n", "warp instructions",
                        kernel.total.executions,
                        percent(kernel.total.lanes, kernel.total.executions * kLanes));
    text += class_counts(kernel.total);
    text += fmt::format("  {:<26}{:>14}\n", "divergent branches", kernel.total.divergent);
    text += memory_counts(kernel.total);
    text += fmt::format("  most executed lines:\n");
    const std::vector<Line> lines = most_executed(kernel);
    for (std::size_t l = 0; l < std::min(lines.size(), kLinesShown); ++l)
      text += fmt::format("  {:>14}  {}{}\n", lines[l].second.executions, lines[l].first.text(),
                          notes(lines[l].second));
  }
  return text;
}

nlohmann::json Profile::json() const {
  nlohmann::json kernels = nlohmann::json::array();
  for (const auto& [name, kernel] : kernels_) {
    nlohmann::json lines = nlohmann::json::array();
    for (const Line& line : most_executed(kernel))
      lines.push_back(line_json(line));
    kernels.push_back({{"kernel", name},
                       {"launches", kernel.launches},
                       {"blocks", kernel.blocks},
                       {"threads", kernel.threads},
                       {"classes", classes_json(kernel.total)},
                       {"opcodes", kernel.opcodes},
                       {"total", counters_json(kernel.total)},
                       {"lines", std::move(lines)}});
  }
  return {{"schema", "assay.profile/1"}, {"kernels", kernels}};
}

}  // namespace assay::emulator
