// SPDX-License-Identifier: Apache-2.0
// cvt to and from pairs in one register, and to tf32: PTX ISA 9.0, section 9.7.9.21.
#include <algorithm>
#include <array>

#include "cuda/emulator/instructions/convert.hpp"
#include "cuda/emulator/instructions/packed_functions.hpp"

namespace assay::emulator {
namespace {

using ptx::Type;

// Targets and versions that a form needs.
enum class Needs : std::uint8_t {
  nothing,
  features,  // of the architecture: a target with a suffix, sm_100a
  isa_9_1    // and PTX ISA 9.1
};

// One way to convert: from `from` to `to`, both the names in modifiers.
struct Form {
  std::string_view to, from;
  Type to_register, from_register;
  int sources;  // 2: the first goes into the upper part
  Needs needs;
  Handler (*run)();
};

template <typename Format, typename Word>
Handler from_f32() {
  return lanewise<PackPair<Format, Word>, Word, float, float>();
}
template <typename Half, typename Format, typename Word>
Handler from_halves() {
  return lanewise<PackHalves<Half, Format, Word>, Word, std::uint32_t>();
}
template <typename Format, typename Word>
Handler to_halves() {
  return lanewise<UnpackPair<Format, Word>, std::uint32_t, Word>();
}

using B8 = std::uint8_t;
using B16 = std::uint16_t;

constexpr std::array kForms{
    Form{"e4m3x2", "f32", Type::b16, Type::f32, 2, Needs::nothing, from_f32<E4m3, B16>},
    Form{"e5m2x2", "f32", Type::b16, Type::f32, 2, Needs::nothing, from_f32<E5m2, B16>},
    Form{"e2m1x2", "f32", Type::b8, Type::f32, 2, Needs::features, from_f32<E2m1, B8>},
    Form{"e2m3x2", "f32", Type::b16, Type::f32, 2, Needs::features, from_f32<E2m3, B16>},
    Form{"e3m2x2", "f32", Type::b16, Type::f32, 2, Needs::features, from_f32<E3m2, B16>},
    Form{"e4m3x2", "f16x2", Type::b16, Type::b32, 1, Needs::nothing, from_halves<F16, E4m3, B16>},
    Form{"e5m2x2", "f16x2", Type::b16, Type::b32, 1, Needs::nothing, from_halves<F16, E5m2, B16>},
    Form{"e4m3x2", "bf16x2", Type::b16, Type::b32, 1, Needs::isa_9_1, from_halves<Bf16, E4m3, B16>},
    Form{"e5m2x2", "bf16x2", Type::b16, Type::b32, 1, Needs::isa_9_1, from_halves<Bf16, E5m2, B16>},
    Form{"e2m1x2", "f16x2", Type::b8, Type::b32, 1, Needs::features, from_halves<F16, E2m1, B8>},
    Form{"e2m3x2", "f16x2", Type::b16, Type::b32, 1, Needs::isa_9_1, from_halves<F16, E2m3, B16>},
    Form{"e3m2x2", "f16x2", Type::b16, Type::b32, 1, Needs::isa_9_1, from_halves<F16, E3m2, B16>},
    Form{"e2m1x2", "bf16x2", Type::b8, Type::b32, 1, Needs::isa_9_1, from_halves<Bf16, E2m1, B8>},
    Form{"e2m3x2", "bf16x2", Type::b16, Type::b32, 1, Needs::isa_9_1, from_halves<Bf16, E2m3, B16>},
    Form{"e3m2x2", "bf16x2", Type::b16, Type::b32, 1, Needs::isa_9_1, from_halves<Bf16, E3m2, B16>},
    Form{"f16x2", "e4m3x2", Type::b32, Type::b16, 1, Needs::nothing, to_halves<E4m3, B16>},
    Form{"f16x2", "e5m2x2", Type::b32, Type::b16, 1, Needs::nothing, to_halves<E5m2, B16>},
    Form{"f16x2", "e2m1x2", Type::b32, Type::b8, 1, Needs::features, to_halves<E2m1, B8>},
    Form{"f16x2", "e2m3x2", Type::b32, Type::b16, 1, Needs::features, to_halves<E2m3, B16>},
    Form{"f16x2", "e3m2x2", Type::b32, Type::b16, 1, Needs::features, to_halves<E3m2, B16>},
    Form{"bf16x2", "ue8m0x2", Type::b32, Type::b16, 1, Needs::features,
         [] { return lanewise<UnpackScales, std::uint32_t, std::uint16_t>(); }},
    Form{"ue8m0x2", "f32", Type::b16, Type::f32, 2, Needs::features,
         [] { return lanewise<PackScales, std::uint16_t, float, float>(); }},
    Form{"ue8m0x2", "bf16x2", Type::b16, Type::b32, 1, Needs::features,
         [] { return lanewise<PackScales, std::uint16_t, std::uint32_t>(); }},
    Form{"f16x2", "f32", Type::b32, Type::f32, 2, Needs::nothing,
         [] { return lanewise<PackHalfPair<F16>, std::uint32_t, float, float>(); }},
    Form{"bf16x2", "f32", Type::b32, Type::f32, 2, Needs::nothing,
         [] { return lanewise<PackHalfPair<Bf16>, std::uint32_t, float, float>(); }},
    Form{"tf32", "f32", Type::b32, Type::f32, 1, Needs::nothing,
         [] { return lanewise<ToTf32, std::uint32_t, float>(); }},
};

bool is_half_pair(std::string_view name) {
  return name == "f16x2" || name == "bf16x2";
}

// What rounds how, and which modifiers go with it.
struct Choices {
  ConvertModes modes;
  Rounding rounding = Rounding::rn;
};

Result<Choices> take_choices(const OpBuilder& builder, Modifiers& modifiers, const Form& form) {
  Choices choices;
  const auto rounding = modifiers.take_one<int>({{"rn", 0}, {"rz", 1}, {"rp", 2}, {"rna", 3}}, -1);
  choices.modes.relu = modifiers.take("relu");
  choices.modes.satfinite = modifiers.take("satfinite");
  const bool is_scale = form.to == "ue8m0x2", is_tf32 = form.to == "tf32";
  const bool is_from_f32_to_halves = is_half_pair(form.to) && form.from == "f32";
  const bool is_legal = rounding == 0   ? !is_scale
                        : rounding == 1 ? is_scale || is_tf32 || is_from_f32_to_halves
                        : rounding == 2 ? is_scale
                                        : is_tf32 && rounding == 3;
  if (!is_legal) return builder.unsupported("does not have this rounding");
  constexpr std::array kRoundings{Rounding::rn, Rounding::rz, Rounding::rp, Rounding::rna};
  choices.rounding = kRoundings[static_cast<std::size_t>(rounding)];
  choices.modes.rounding = rounding == 1 ? RoundingMode::rz : RoundingMode::rn;
  const bool is_decoding = is_half_pair(form.to) && form.from != "f32";
  const bool is_free = is_scale || is_tf32 || is_from_f32_to_halves;
  if (is_decoding ? choices.modes.satfinite : !choices.modes.satfinite && !is_free)
    return builder.unsupported(is_decoding ? "takes no .satfinite" : "needs .satfinite");
  if (choices.modes.relu && (is_scale || form.from == "ue8m0x2" || rounding == 3))
    return builder.unsupported("takes no .relu");
  return choices;
}

// Without .satfinite, Inf and what rounds beyond the largest scale toward +Inf are NaN.
CastRules scale_rules(Rounding rounding, bool saturates) {
  CastRules rules{.rounding = rounding, .positive_nan = 0xFF, .negative_nan = 0xFF};
  rules.overflow = saturates || rounding == Rounding::rz ? 0xFE : 0xFF;
  rules.infinity = saturates ? 0xFE : 0xFF;
  rules.lowest_is_exact = rounding == Rounding::rp;
  return rules;
}

CastRules tf32_rules(Rounding rounding, bool saturates) {
  CastRules rules = cuda_rules(kTf32, rounding);
  if (saturates) rules.overflow = rules.infinity = kTf32.max_code();
  return rules;
}

Status check_needs(OpBuilder& builder, Needs needs) {
  const std::string_view target = builder.target();
  if (needs != Needs::nothing && !target.ends_with('a') && !target.ends_with('f'))
    return builder.unsupported(fmt::format(
        "needs an architecture-specific target (sm_100a, sm_103a, sm_110a), not {}", target));
  const std::string& version = builder.program().module.version;
  if (needs == Needs::isa_9_1 && version.starts_with("9.0"))
    return builder.unsupported(fmt::format("needs PTX ISA 9.1; the module is of {}", version));
  return {};
}

}  // namespace

Status convert_packed(OpBuilder& builder, Modifiers& modifiers, std::string_view to,
                      std::string_view from) {
  const auto* const form =
      std::ranges::find_if(kForms, [&](const Form& f) { return f.to == to && f.from == from; });
  if (form == kForms.end())
    return builder.unsupported(fmt::format("does not convert .{} to .{}", from, to));
  ASSAY_TRY(check_needs(builder, form->needs));
  ASSAY_ASSIGN(const Choices choices, take_choices(builder, modifiers, *form));
  Handler run = form->run();
  const bool is_nearest_halves =
      form->sources == 2 && is_half_pair(to) && choices.modes.packed() == 0;
  if (is_nearest_halves)
    run = to == "f16x2" ? lanewise<PackNearestHalfPair<F16>, std::uint32_t, float, float>()
                        : lanewise<PackNearestHalfPair<Bf16>, std::uint32_t, float, float>();
  const CastRules* rules = nullptr;
  if (to == "ue8m0x2")
    rules = builder.program().keep(scale_rules(choices.rounding, choices.modes.satfinite));
  if (to == "tf32")
    rules = builder.program().keep(tf32_rules(choices.rounding, choices.modes.satfinite));
  const Type source = form->from_register;
  Result<Op*> op =
      form->sources == 2
          ? emit(builder, modifiers, run, OpClass::conversion, form->to_register, {source, source})
          : emit(builder, modifiers, run, OpClass::conversion, form->to_register, {source});
  if (!op) return tl::unexpected(std::move(op).error());
  (*op)->immediate = choices.modes.packed();
  (*op)->detail = rules;
  return {};
}

}  // namespace assay::emulator
