// SPDX-License-Identifier: Apache-2.0
#include "conformance/cli/tensorcore_dot.hpp"

#include <algorithm>
#include <bit>

#include "conformance/cli/value_text.hpp"
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

// The format of an operand: the model's usual one, or another that it takes.
Result<Format> operand_format(const TensorCoreModel& model, const std::string& option,
                              const std::string& name) {
  const auto formats = operand_formats(model);
  if (name.empty()) return formats.front();
  ASSAY_ASSIGN(const Format format, parse_format(name));
  if (std::ranges::count(formats, format) > 0) return format;
  std::vector<std::string> names;
  for (const Format each : formats)
    names.emplace_back(format_info(each).name);
  return fail(ErrorCode::usage, "{} {}: operands of {} are {}", option, name, model.name,
              alternatives(names));
}

// The first form that has what was asked for.
Result<ScaleForm> scale_form(const TensorCoreModel& model, const std::string& name, int block) {
  std::vector<std::string> texts;
  for (const ScaleForm& form : scale_forms(model)) {
    const std::string_view format = format_info(form.format).name;
    if ((name.empty() || name == format) && (block == 0 || block == form.block)) return form;
    texts.push_back(fmt::format("{} of {} elements", format, form.block));
  }
  if (texts.empty()) return fail(ErrorCode::usage, "{}: has no block scales", model.name);
  return fail(ErrorCode::usage, "{}: scales are {}", model.name, alternatives(texts));
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

void pad(const DotChoice& choice, std::size_t length, DotOperands& x) {
  const FloatFormat& layout = format_info(choice.a).layout;
  x.a.resize(length, 1u << (layout.sign_shift() + layout.padding_bits));
  x.b.resize(length, 0);
}

std::size_t round_up(std::size_t count, std::size_t multiple) {
  return (count + multiple - 1) / multiple * multiple;
}

Result<DotResult> compute_scaled(const DotChoice& choice, DotOperands x, TensorCoreTrace* trace) {
  const std::size_t length =
      round_up(x.a.size(), static_cast<std::size_t>(choice.model->step.products));
  const std::size_t blocks = length / static_cast<std::size_t>(choice.scales.block);
  pad(choice, length, x);
  const FloatFormat& layout = format_info(choice.scales.format).layout;
  const auto one = static_cast<std::uint32_t>(layout.bias) << layout.fraction_bits;
  for (auto* scales : {&x.a_scales, &x.b_scales})
    scales->resize(std::max(scales->size(), blocks), one);
  ASSAY_ASSIGN(
      const std::uint32_t code,
      scaled_tensor_core_dot(*choice.model, choice.a, x.a, choice.b, x.b,
                             {choice.scales.format, choice.scales.block, x.a_scales, x.b_scales},
                             x.c, trace));
  return DotResult{code, MmaDoubt::none};
}

Result<DotResult> compute_by_chain(const DotChoice& choice, DotOperands x) {
  ASSAY_ASSIGN(const MmaForm form, form_of(choice, x.a.size()));
  pad(choice, static_cast<std::size_t>(form.products), x);
  MmaTile tile;
  const auto width = static_cast<std::size_t>(format_bytes(form.a));
  for (std::size_t i = 0; i < x.a.size() * width; ++i) {
    tile.a[0][i] = static_cast<std::uint8_t>(x.a[i / width] >> (i % width * 8));
    tile.b[0][i] = static_cast<std::uint8_t>(x.b[i / width] >> (i % width * 8));
  }
  tile.c[0] = x.c;
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
  verb.add_option("--a-format", a,
                  "Of fp8: e4m3 (unless stated) or e5m2; of f8f6f4 and mxf8f6f4 also e2m3, e3m2,\n"
                  "e2m1");
  verb.add_option("--b-format", b, "The same of B");
  verb.add_option("--policy", policy,
                  "model; fma: a chain of fused multiply-adds; certified: that, where every order\n"
                  "gives the same")
      ->capture_default_str();
  verb.add_option("--scale-format", scale_format, "Of mxf4nvf4: ue4m3 (unless stated) or e8m0");
  verb.add_option("--block", block, "Elements of a scale: of e8m0 in mxf4nvf4 32, or 16")
      ->check(CLI::IsMember({16, 32}));
}

Result<DotChoice> DotOptions::parse() const {
  DotChoice choice;
  ASSAY_ASSIGN(choice.model, find_tensor_core_model(model));
  ASSAY_ASSIGN(choice.a, operand_format(*choice.model, "--a-format", a));
  ASSAY_ASSIGN(choice.b, operand_format(*choice.model, "--b-format", b));
  ASSAY_ASSIGN(choice.policy, parse_policy(policy));
  const bool asks_for_scales = !scale_format.empty() || block != 0;
  if (!choice.has_scales() && !asks_for_scales) return choice;
  ASSAY_ASSIGN(choice.scales, scale_form(*choice.model, scale_format, block));
  if (choice.policy != DotPolicy::model)
    return fail(ErrorCode::usage, "--policy {}: there is none for block scales but the model",
                policy);
  return choice;
}

Result<DotResult> compute_dot(const DotChoice& choice, DotOperands x, TensorCoreTrace* trace) {
  if (x.a.size() != x.b.size())
    return fail(ErrorCode::usage, "A has {} elements and B {}: must be as many", x.a.size(),
                x.b.size());
  if (choice.has_scales()) return compute_scaled(choice, std::move(x), trace);
  if (choice.policy != DotPolicy::model) return compute_by_chain(choice, std::move(x));
  const MmaLowering lowering = choice.model->lowering;
  const std::size_t multiple = lowering == MmaLowering::two_f16_mmas ? 16
                               : lowering == MmaLowering::fma_chain  ? 4
                                                                     : 1;
  pad(choice, round_up(x.a.size(), multiple), x);
  ASSAY_ASSIGN(const std::uint32_t code,
               tensor_core_dot(*choice.model, choice.a, x.a, choice.b, x.b, x.c, trace));
  return DotResult{code, MmaDoubt::none};
}

}  // namespace assay::cli
