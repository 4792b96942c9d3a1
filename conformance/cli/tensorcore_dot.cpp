// SPDX-License-Identifier: Apache-2.0
#include "conformance/cli/tensorcore_dot.hpp"

#include <algorithm>
#include <bit>

#include "reference/suggest.hpp"

namespace assay::cli {
namespace {

constexpr DotPolicy kPolicies[] = {DotPolicy::model, DotPolicy::fma, DotPolicy::certified};

Result<DotPolicy> parse_policy(const std::string& name) {
  std::vector<std::string> names;
  for (const DotPolicy policy : kPolicies) {
    if (dot_policy_name(policy) == name) return policy;
    names.emplace_back(dot_policy_name(policy));
  }
  return fail(ErrorCode::usage, "--policy {}: is none of model, fma, certified{}", name,
              did_you_mean(name, names));
}

// The format of an operand: the model's, or of FP8 the one that was chosen.
Result<Format> operand_format(const TensorCoreModel& model, const std::string& option,
                              const std::string& name) {
  const bool is_fp8 = model.operands == "fp8";
  if (name.empty()) return is_fp8 ? Format::e4m3 : parse_format(model.operands);
  ASSAY_ASSIGN(const Format format, parse_format(name));
  const bool fits =
      is_fp8 ? format == Format::e4m3 || format == Format::e5m2 : name == model.operands;
  if (fits) return format;
  return fail(ErrorCode::usage, "{} {}: operands of {} are {}", option, name, model.name,
              is_fp8 ? "e4m3 or e5m2" : model.operands);
}

// The shortest instruction that takes `count` products.
Result<MmaForm> form_of(const DotChoice& choice, std::size_t count) {
  const bool is_fp8 = choice.model->operands == "fp8";
  const std::size_t least = is_fp8 ? 16 : 4;
  const std::size_t products = std::bit_ceil(std::max(count, least));
  const MmaForm form{choice.a, choice.b, choice.accumulator(), static_cast<int>(products)};
  if (check_mma_form(form)) return form;
  return fail(ErrorCode::usage, "--policy {}: {} products of {} are more than one instruction has",
              dot_policy_name(choice.policy), count, choice.model->operands);
}

void pad(const DotChoice& choice, std::size_t length, std::vector<std::uint32_t>& a,
         std::vector<std::uint32_t>& b) {
  const FloatFormat& layout = format_info(choice.a).layout;
  a.resize(length, 1u << (layout.sign_shift() + layout.padding_bits));
  b.resize(length, 0);
}

Result<DotResult> compute_by_chain(const DotChoice& choice, std::vector<std::uint32_t> a,
                                   std::vector<std::uint32_t> b, std::uint32_t c) {
  ASSAY_ASSIGN(const MmaForm form, form_of(choice, a.size()));
  pad(choice, static_cast<std::size_t>(form.products), a, b);
  MmaTile tile;
  const auto width = static_cast<std::size_t>(format_bytes(form.a));
  for (std::size_t i = 0; i < a.size() * width; ++i) {
    tile.a[0][i] = static_cast<std::uint8_t>(a[i / width] >> (i % width * 8));
    tile.b[0][i] = static_cast<std::uint8_t>(b[i / width] >> (i % width * 8));
  }
  tile.c[0] = c;
  MmaResult result;
  mma_fma_chain(form, tile, result);
  const bool asks = choice.policy == DotPolicy::certified;
  return DotResult{result[0], asks ? mma_doubt(form, tile, 0, 0) : MmaDoubt::none};
}

}  // namespace

std::string_view dot_policy_name(DotPolicy policy) {
  switch (policy) {
    case DotPolicy::model:
      return "model";
    case DotPolicy::fma:
      return "fma";
    case DotPolicy::certified:
      return "certified";
  }
  return "";
}

void DotOptions::add_to(CLI::App& verb) {
  verb.add_option("--model", model, "Target, instruction, operands: sm_100/mma.f16")->required();
  verb.add_option("--a-format", a, "Of FP8: e4m3 (unless stated) or e5m2");
  verb.add_option("--b-format", b, "The same of B");
  verb.add_option("--policy", policy,
                  "model; fma: a chain of fused multiply-adds; certified: that, where every order\n"
                  "gives the same")
      ->capture_default_str();
}

Result<DotChoice> DotOptions::parse() const {
  DotChoice choice;
  ASSAY_ASSIGN(choice.model, find_tensor_core_model(model));
  ASSAY_ASSIGN(choice.a, operand_format(*choice.model, "--a-format", a));
  ASSAY_ASSIGN(choice.b, operand_format(*choice.model, "--b-format", b));
  ASSAY_ASSIGN(choice.policy, parse_policy(policy));
  return choice;
}

Result<DotResult> compute_dot(const DotChoice& choice, std::vector<std::uint32_t> a,
                              std::vector<std::uint32_t> b, std::uint32_t c,
                              TensorCoreTrace* trace) {
  if (a.size() != b.size())
    return fail(ErrorCode::usage, "A has {} elements and B {}: must be as many", a.size(),
                b.size());
  if (choice.policy != DotPolicy::model)
    return compute_by_chain(choice, std::move(a), std::move(b), c);
  const MmaLowering lowering = choice.model->lowering;
  const std::size_t multiple = lowering == MmaLowering::two_f16_mmas ? 16
                               : lowering == MmaLowering::fma_chain  ? 4
                                                                     : 1;
  pad(choice, (a.size() + multiple - 1) / multiple * multiple, a, b);
  ASSAY_ASSIGN(const std::uint32_t code,
               tensor_core_dot(*choice.model, choice.a, a, choice.b, b, c, trace));
  return DotResult{code, MmaDoubt::none};
}

}  // namespace assay::cli
