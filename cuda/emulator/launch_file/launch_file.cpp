// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/launch_file/launch_file.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "cuda/emulator/launch_file/argument.hpp"
#include "vectors/io/json_file.hpp"

namespace assay::emulator {
namespace {

using nlohmann::json;

Dim3 parse_extent(const json& object, const char* name) {
  Dim3 extent{1, 1, 1};
  if (object.contains(name))
    std::ranges::copy(object[name].get<std::vector<std::uint32_t>>(), extent.begin());
  return extent;
}

Result<GlobalSetting> parse_global(const json& object, const std::string& pointer,
                                   const InputFiles& files) {
  GlobalSetting setting;
  setting.pointer = pointer;
  if (object.contains("contents") && object.contains("value"))
    return fail(ErrorCode::invalid_vectors, "{}: has both contents and value", pointer);
  if (object.contains("contents")) {
    ASSAY_ASSIGN(const auto file, files.of(object, pointer));
    setting.contents = {object["contents"].get<std::string>(), file};
  } else if (object.contains("file")) {
    return fail(ErrorCode::invalid_vectors, "{}: field \"file\" goes with \"contents\" only",
                pointer);
  }
  if (object.contains("value")) {
    ASSAY_ASSIGN(setting.value, parse_argument(object["value"], pointer + "/value", files));
  }
  setting.output = object.value("output", "");
  if (setting.output.empty() && (object.contains("dtype") || object.contains("shape")))
    return fail(ErrorCode::invalid_vectors, "{}: dtype and shape are of an output", pointer);
  if (!setting.output.empty()) {
    ASSAY_ASSIGN(setting.declared, parse_shape(object, pointer));
  }
  return setting;
}

Result<LaunchStep> parse_step(const json& object, const std::string& pointer,
                              const InputFiles& files) {
  LaunchStep step;
  step.pointer = pointer;
  step.kernel = object["kernel"].get<std::string>();
  step.config.grid = parse_extent(object, "grid");
  step.config.block = parse_extent(object, "block");
  step.config.cluster = parse_extent(object, "cluster");
  step.config.dynamic_shared_bytes = object.value("dynamic_shared_bytes", 0u);
  step.config.is_cooperative = object.value("cooperative", false);
  const json& arguments = object["arguments"];
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    ASSAY_ASSIGN(Argument argument,
                 parse_argument(arguments[i], fmt::format("{}/arguments/{}", pointer, i), files));
    step.arguments.push_back(std::move(argument));
  }
  return step;
}

// The key of an object as part of a JSON pointer (RFC 6901).
std::string escaped(const std::string& key) {
  return (json::json_pointer() / key).to_string().substr(1);
}

Result<LaunchFile> parse(const json& document, const InputFiles& files) {
  LaunchFile launch;
  const json globals = document.value("globals", json::object());
  for (const auto& [name, object] : globals.items()) {
    ASSAY_ASSIGN(GlobalSetting setting, parse_global(object, "/globals/" + escaped(name), files));
    launch.globals.emplace(name, std::move(setting));
  }
  const json& steps = document["launches"];
  for (std::size_t i = 0; i < steps.size(); ++i) {
    ASSAY_ASSIGN(LaunchStep step, parse_step(steps[i], fmt::format("/launches/{}", i), files));
    launch.steps.push_back(std::move(step));
  }
  return launch;
}

template <typename Visit>
void visit(const Argument& argument, Visit&& each) {
  each(argument);
  for (const Argument& member : argument.members)
    visit(member, each);
}

template <typename Visit>
void visit_all(const LaunchFile& launch, Visit&& each) {
  for (const auto& [name, setting] : launch.globals)
    if (setting.value) visit(*setting.value, each);
  for (const LaunchStep& step : launch.steps)
    for (const Argument& argument : step.arguments)
      visit(argument, each);
}

}  // namespace

bool LaunchFile::has_outputs() const {
  bool found = std::ranges::any_of(globals, [](const auto& g) { return !g.second.output.empty(); });
  visit_all(*this, [&](const Argument& argument) {
    found |= argument.kind == Argument::Kind::output ||
             (argument.kind == Argument::Kind::tensor && !argument.name.empty());
  });
  return found;
}

std::vector<std::filesystem::path> LaunchFile::input_files() const {
  std::vector<std::filesystem::path> files;
  visit_all(*this, [&](const Argument& argument) {
    if (argument.kind == Argument::Kind::tensor) files.push_back(argument.tensor.file);
  });
  for (const auto& [variable, setting] : globals)
    if (setting.contents) files.push_back(setting.contents->file);
  std::ranges::sort(files);
  files.erase(std::unique(files.begin(), files.end()), files.end());
  return files;
}

std::vector<std::uint64_t> LaunchFile::buffer_bytes() const {
  std::vector<std::uint64_t> sizes;
  visit_all(*this, [&](const Argument& argument) {
    if (argument.size != 0) sizes.push_back(argument.size);
    if (argument.declared) sizes.push_back(argument.declared->bytes());
  });
  return sizes;
}

std::uint64_t TensorShape::bytes() const {
  constexpr std::uint64_t kMost = std::uint64_t{1} << 62;
  const auto width = static_cast<std::uint64_t>(dtype_bytes(dtype));
  return std::min(static_cast<std::uint64_t>(*element_count(shape)), kMost / width) * width;
}

Result<LaunchFile> read_launch_file(const std::filesystem::path& path) {
  ASSAY_ASSIGN(const json document, read_json(path, Schema::launch));
  const InputFiles files{path.parent_path(), document.value("inputs", "")};
  auto launch = parse(document, files);
  if (!launch) return fail(launch.error().code, "{}: {}", path.string(), launch.error().message);
  launch->name = path.string();
  return launch;
}

}  // namespace assay::emulator
