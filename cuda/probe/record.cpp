// SPDX-License-Identifier: Apache-2.0
#include "cuda/probe/record.hpp"

#include <algorithm>
#include <bit>

#include <fmt/format.h>

#include "vectors/io/atomic_file.hpp"
#include "vectors/io/safetensors.hpp"

namespace assay::probe {
namespace {

using nlohmann::json;
using Codes = std::vector<std::uint32_t>;

std::uint32_t word_of(Format format, std::uint32_t code) {
  return std::bit_cast<std::uint32_t>(static_cast<float>(decode(format, code)));
}

// Binary32 words of what each row has so many codes of.
Tensor matrix(Format format, const std::vector<Row>& rows, Codes Row::*codes) {
  const auto columns = static_cast<std::int64_t>((rows.front().*codes).size());
  Tensor tensor(Dtype::u32, {static_cast<std::int64_t>(rows.size()), columns});
  auto word = tensor.as<std::uint32_t>().begin();
  for (const Row& row : rows)
    for (const std::uint32_t code : row.*codes)
      *word++ = word_of(format, code);
  return tensor;
}

Tensor vector(Format format, const Codes& codes) {
  Tensor tensor(Dtype::u32, {static_cast<std::int64_t>(codes.size())});
  std::ranges::transform(codes, tensor.as<std::uint32_t>().begin(),
                         [&](std::uint32_t code) { return word_of(format, code); });
  return tensor;
}

Tensors tensors_of(const Instruction& x, const Rows& rows, const Codes& results) {
  Codes c;
  for (const Row& row : rows.all)
    c.push_back(row.c);
  Tensors tensors;
  tensors.emplace("a", matrix(x.a, rows.all, &Row::a));
  tensors.emplace("b", matrix(x.b, rows.all, &Row::b));
  if (x.scales) {
    tensors.emplace("a_scale", matrix(x.scales->format, rows.all, &Row::a_scales));
    tensors.emplace("b_scale", matrix(x.scales->format, rows.all, &Row::b_scales));
  }
  tensors.emplace("c", vector(x.result, c));
  tensors.emplace(fmt::format("d_{}", format_info(x.result).name), vector(x.result, results));
  return tensors;
}

std::string hex(Format format, std::uint32_t code) {
  return fmt::format("0x{:0{}x}", code, format == Format::f16 ? 4 : 8);
}

}  // namespace

std::string ProbedDevice::target() const {
  return fmt::format("sm_{}{}", major, minor);
}

json answers_json(const ProbedDevice& device, const Instruction& x, const Rows& rows,
                  const Codes& results) {
  json questions = json::array(), wrong = json::array();
  for (std::size_t i = 0; i < rows.questions.size(); ++i) {
    const Question& question = rows.questions[i];
    questions.push_back({{"id", question.id},
                         {"question", question.text},
                         {"result", hex(x.result, results[i])},
                         {"meaning", question.meaning_of(results[i])}});
  }
  for (const std::size_t i : wrong_controls(rows, results)) {
    const std::size_t row = rows.questions.size() + i;
    wrong.push_back({{"row", row},
                     {"expected", hex(x.result, rows.controls[i].result)},
                     {"actual", hex(x.result, results[row])}});
  }
  return {{"schema", "assay.tensor_core_probe/1"},
          {"device", device.name},
          {"compute_capability", fmt::format("{}.{}", device.major, device.minor)},
          {"instruction", x.name()},
          {"kernel", x.kernel},
          {"rows", results.size()},
          {"controls", rows.controls.size()},
          {"wrong_controls", wrong},
          {"questions", questions}};
}

std::string answers_text(const json& answers) {
  const auto text = [](const json& value) { return value.get<std::string>(); };
  const std::size_t wrong = answers["wrong_controls"].size();
  std::string lines = fmt::format(
      "{}: {} rows, {}\n", text(answers["instruction"]), answers["rows"].get<std::size_t>(),
      wrong == 0 ? "all controls are right"
                 : fmt::format("{} of {} controls are wrong: what it answers says nothing", wrong,
                               answers["controls"].get<std::size_t>()));
  for (const json& question : answers["questions"])
    lines += fmt::format("  {:<9} {}\n            {}: {}\n", text(question["id"]),
                         text(question["question"]), text(question["result"]),
                         text(question["meaning"]));
  return lines;
}

Result<json> write_record(const std::filesystem::path& folder, const ProbedDevice& device,
                          const Instruction& x, const Rows& rows, const Codes& results) {
  json answers = answers_json(device, x, rows, results);
  const std::filesystem::path file = folder / (x.name() + ".safetensors");
  const Metadata metadata{{"device", device.name},
                          {"compute_capability", answers["compute_capability"]},
                          {"instruction", x.name()}};
  ASSAY_TRY(write_safetensors(file, views_of(tensors_of(x, rows, results)), metadata));
  ASSAY_TRY(write_file(folder / (x.name() + ".json"), answers.dump(2) + "\n"));
  ASSAY_TRY(write_file(folder / (x.name() + ".options"),
                       fmt::format("{} --file {}\n", x.options(device.target()), file.string())));
  return answers;
}

}  // namespace assay::probe
