// SPDX-License-Identifier: Apache-2.0
#include "cuda/probe/record.hpp"

#include <bit>

#include <fmt/format.h>

#include "vectors/io/atomic_file.hpp"
#include "vectors/io/safetensors.hpp"

namespace assay::probe {
namespace {

using nlohmann::json;
using Codes = std::vector<std::uint32_t>;

// Binary32 words of the values of a tensor [rows, columns], or [rows] of one column.
Tensor widen(Format format, std::span<const Codes> rows, bool is_vector) {
  const auto count = static_cast<std::int64_t>(rows.size());
  const auto columns = static_cast<std::int64_t>(rows.front().size());
  Tensor tensor(Dtype::u32, is_vector ? std::vector{count} : std::vector{count, columns});
  auto word = tensor.as<std::uint32_t>().begin();
  for (const Codes& row : rows)
    for (const std::uint32_t code : row)
      *word++ = std::bit_cast<std::uint32_t>(static_cast<float>(decode(format, code)));
  return tensor;
}

template <typename Get>
std::vector<Codes> collect(const std::vector<Row>& rows, Get get) {
  std::vector<Codes> all;
  for (const Row& row : rows)
    all.push_back(get(row));
  return all;
}

Tensors tensors_of(const Instruction& x, const Rows& rows, const Codes& results) {
  Tensors tensors;
  tensors.emplace("a", widen(x.a, collect(rows.all, [](const Row& r) { return r.a; }), false));
  tensors.emplace("b", widen(x.b, collect(rows.all, [](const Row& r) { return r.b; }), false));
  tensors.emplace(
      "c", widen(x.result, collect(rows.all, [](const Row& r) { return Codes{r.c}; }), true));
  if (x.scales) {
    const Format format = x.scales->format;
    tensors.emplace(
        "a_scale",
        widen(format, collect(rows.all, [](const Row& r) { return r.a_scales; }), false));
    tensors.emplace(
        "b_scale",
        widen(format, collect(rows.all, [](const Row& r) { return r.b_scales; }), false));
  }
  std::vector<Codes> d;
  for (const std::uint32_t result : results)
    d.push_back({result});
  tensors.emplace(fmt::format("d_{}", format_info(x.result).name), widen(x.result, d, true));
  return tensors;
}

std::string hex(Format format, std::uint32_t code) {
  return fmt::format("0x{:0{}x}", code, format == Format::f16 ? 4 : 8);
}

}  // namespace

Record::Record(const std::string& device, int major, int minor, std::filesystem::path folder)
    : folder_(std::move(folder)),
      target_(fmt::format("sm_{}{}", major, minor)),
      document_({{"schema", "assay.tensor_core_probe/1"},
                 {"device", device},
                 {"compute_capability", fmt::format("{}.{}", major, minor)},
                 {"instructions", json::array()}}) {}

Status Record::add(const Instruction& x, const Rows& rows, const Codes& results) {
  const std::string file = x.name() + ".safetensors";
  const Metadata metadata{{"device", document_["device"]},
                          {"compute_capability", document_["compute_capability"]},
                          {"instruction", x.name()}};
  ASSAY_TRY(write_safetensors(folder_ / file, views_of(tensors_of(x, rows, results)), metadata));
  models_ += fmt::format("{} --file {}\n", x.options(target_), (folder_ / file).string());
  const std::int64_t wrong = wrong_controls(rows, results);
  is_trustworthy_ = is_trustworthy_ && wrong == 0;
  fmt::print("{}: {} rows, {}\n", x.name(), results.size(),
             wrong == 0 ? "all controls are right"
                        : fmt::format("{} of {} controls are wrong: what it answers says nothing",
                                      wrong, rows.controls.size()));
  json questions = json::array();
  for (std::size_t i = 0; i < rows.questions.size(); ++i) {
    const Question& question = rows.questions[i];
    const std::string result = hex(x.result, results[i]), meaning = question.meaning_of(results[i]);
    fmt::print("  {:<9} {}\n            {}: {}\n", question.id, question.text, result, meaning);
    questions.push_back({{"id", question.id},
                         {"question", question.text},
                         {"result", result},
                         {"meaning", meaning}});
  }
  document_["instructions"].push_back({{"name", x.name()},
                                       {"kernel", x.kernel},
                                       {"file", file},
                                       {"rows", results.size()},
                                       {"controls", rows.controls.size()},
                                       {"wrong_controls", wrong},
                                       {"questions", questions}});
  return {};
}

Status Record::write(const std::string& family) const {
  ASSAY_TRY(write_file(folder_ / (family + ".json"), document_.dump(2) + "\n"));
  return write_file(folder_ / (family + "_models.txt"), models_);
}

}  // namespace assay::probe
