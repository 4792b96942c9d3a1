// SPDX-License-Identifier: Apache-2.0
#include "conformance/cli/cast_file.hpp"

#include <tbb/blocked_range.h>
#include <tbb/parallel_for.h>

#include "conformance/cli/output.hpp"
#include "conformance/report/json_text.hpp"
#include "conformance/target/interrupt.hpp"

namespace assay::cli {
namespace {

constexpr Format kSources[] = {Format::f32, Format::f16, Format::bf16, Format::f64};

TensorRule rule_for(const CastChoice& choice) {
  TensorRule rule;
  for (const Format format : kSources)
    if (!choice.from || *choice.from == format) rule.dtypes.push_back(format_dtype(format));
  return rule;
}

void cast_tensor(const Cast& cast, std::span<const std::byte> source, std::span<std::byte> codes) {
  const auto from = static_cast<std::size_t>(format_bytes(cast.from));
  const auto to = static_cast<std::size_t>(format_bytes(cast.to));
  constexpr std::size_t kGrain = std::size_t{1} << 20;
  tbb::parallel_for(tbb::blocked_range<std::size_t>(0, source.size() / from, kGrain),
                    [&](const tbb::blocked_range<std::size_t>& part) {
                      cast_array(cast, source.subspan(part.begin() * from, part.size() * from),
                                 codes.subspan(part.begin() * to, part.size() * to));
                    });
}

Result<Tensor> cast_one(const TensorView& view, const CastChoice& choice) {
  ASSAY_ASSIGN(const Cast cast, choice.cast_from(*dtype_format(view.dtype)));
  Tensor codes(format_dtype(choice.to), view.shape);
  cast_tensor(cast, view.bytes, std::as_writable_bytes(codes.as<std::byte>()));
  return codes;
}

Result<Tensors> cast_all(const TensorFileOptions& files,
                         const std::vector<const NamedTensor*>& sources, const CastChoice& choice) {
  std::vector<Tensor> results(sources.size());
  ASSAY_TRY(for_each_tensor(files, "cast", names_of(sources), [&](std::size_t i) -> Status {
    ASSAY_ASSIGN(results[i], cast_one(sources[i]->second, choice));
    return {};
  }));
  Tensors tensors;
  for (std::size_t i = 0; i < sources.size(); ++i)
    tensors.emplace(sources[i]->first, std::move(results[i]));
  return tensors;
}

void print(const TensorFileOptions& files, const CastChoice& choice, const Tensors& tensors,
           const std::string& sha256) {
  const std::string_view to = format_info(choice.to).name;
  if (!files.json) {
    write_out("{}: {} tensors as {}, policy {}\n", files.output.string(), tensors.size(), to,
              cast_policy_name(*choice.policy));
    return;
  }
  nlohmann::json objects = nlohmann::json::object();
  for (const auto& [name, tensor] : tensors)
    objects[name] = {{"dtype", dtype_name(tensor.dtype())}, {"shape", tensor.shape()}};
  write_text(stdout, json_text({{"schema", "assay.cast_file/1"},
                                {"file", files.output.string()},
                                {"to", to},
                                {"policy", cast_policy_name(*choice.policy)},
                                {"sha256", sha256},
                                {"tensors", objects}}));
}

}  // namespace

Result<int> cast_file(const TensorFileOptions& files, const std::vector<std::string>& names,
                      const CastChoice& choice) {
  ASSAY_TRY(files.check_output());
  ASSAY_TRY(choice.cast_from(choice.from_or_f32()));  // names the policies before the file is read
  ASSAY_ASSIGN(const Safetensors file, Safetensors::open(files.input));
  ASSAY_ASSIGN(const auto sources,
               in_file(files.input, choose_tensors(file.tensors(), names, rule_for(choice))));
  ASSAY_ASSIGN(const Tensors tensors, cast_all(files, sources, choice));
  if (interrupted()) return kInterrupted;
  ASSAY_ASSIGN(const std::string sha256,
               write_safetensors(files.output, views_of(tensors),
                                 {{"format", std::string(format_info(choice.to).name)},
                                  {"policy", std::string(cast_policy_name(*choice.policy))}}));
  print(files, choice, tensors, sha256);
  if (names.empty()) note_left_out(files, file.tensors().size(), sources.size());
  return kPass;
}

}  // namespace assay::cli
