// SPDX-License-Identifier: Apache-2.0
// The spellings and operands of tcgen05.mma: PTX ISA 9.7.16.10.9.1.
#include "cuda/emulator/instructions/tcgen05_mma.hpp"

#include <fmt/format.h>

#include "cuda/emulator/instructions/tcgen05.hpp"

namespace assay::emulator {
namespace {

Status refuse_other_forms(const OpBuilder& builder) {
  struct Form {
    std::string_view modifier, what;
  };
  for (const Form& form : {Form{"sp", "sparse matrices"}, Form{"ws", "weight-stationary forms"},
                           Form{"kind::i8", "integers"}, Form{"ashift", "shifted rows"}})
    if (builder.has(form.modifier))
      return builder.unsupported(fmt::format("{} are not supported", form.what));
  return builder.only({"mma", "cta_group::1", "kind::f16", "kind::tf32", "kind::f8f6f4",
                       "kind::mxf8f6f4", "kind::mxf4", "kind::mxf4nvf4", "block_scale",
                       "scale_vec::1X", "scale_vec::2X", "scale_vec::4X", "block16", "block32",
                       "collector::a::discard"});
}

Result<TensorKind> read_kind(const OpBuilder& builder) {
  for (std::size_t i = 0; i < std::size(kTensorKindNames); ++i)
    if (builder.has(fmt::format("kind::{}", kTensorKindNames[i])))
      return static_cast<TensorKind>(i);
  return builder.unsupported("needs a .kind");
}

// Tables 54 and 55, and the targets of .scale_vec (target notes of 9.7.16.10.9.1).
Result<std::uint32_t> read_scale_vector(const OpBuilder& builder, TensorKind kind) {
  struct Spelling {
    std::string_view modifier;
    TensorKind kind;
    std::uint32_t scales;
  };
  constexpr Spelling kSpellings[] = {
      {"scale_vec::1X", TensorKind::mxf8f6f4, 1}, {"block32", TensorKind::mxf8f6f4, 1},
      {"scale_vec::2X", TensorKind::mxf4, 2},     {"block32", TensorKind::mxf4, 2},
      {"scale_vec::2X", TensorKind::mxf4nvf4, 2}, {"block32", TensorKind::mxf4nvf4, 2},
      {"scale_vec::4X", TensorKind::mxf4nvf4, 4}, {"block16", TensorKind::mxf4nvf4, 4}};
  const bool is_scaled = has_scales(kind);
  if (builder.has("block_scale") != is_scaled)
    return builder.unsupported(
        fmt::format(".kind::{} {} .block_scale", kind_name(kind), is_scaled ? "needs" : "has no"));
  std::string_view spelled;
  for (const std::string_view modifier : builder.instruction().modifiers)
    if (modifier.starts_with("scale_vec") || modifier.starts_with("block1") ||
        modifier.starts_with("block3"))
      spelled = modifier;
  if (spelled.empty() && !is_scaled) return 0u;
  if (spelled.empty() && kind != TensorKind::mxf4nvf4) spelled = "block32";
  if (spelled.starts_with("scale_vec") && !builder.target().ends_with('a'))
    return builder.unsupported(fmt::format(".{} does not exist on {}; .block16 and .block32 do",
                                           spelled, builder.target()));
  for (const Spelling& spelling : kSpellings)
    if (spelling.modifier == spelled && spelling.kind == kind) return spelling.scales;
  return builder.unsupported(spelled.empty()
                                 ? std::string("needs .block16, .block32 or .scale_vec")
                                 : fmt::format(".kind::{} has no .{}", kind_name(kind), spelled));
}

// d, a, b, idesc {, scale-a, scale-b}, enable-input-d
Status read_operands(OpBuilder& builder, TensorMma& mma) {
  using Kind = ptx::Operand::Kind;
  const std::size_t count = mma.scales == 0 ? 5 : 7;
  if (builder.operand_count() > 4 && builder.operand(4).kind == Kind::vector)
    return builder.unsupported("a vector disable-output-lane is not supported");
  if (builder.operand_count() == count + 1)
    return builder.unsupported("scale-input-d is not supported");
  ASSAY_TRY(builder.expect_operands(count, count));
  if (builder.operand(1).kind == Kind::address)
    return builder.unsupported("A in tensor memory is not supported");
  ASSAY_ASSIGN(mma.d, read_tensor_address(builder, 0));
  ASSAY_ASSIGN(mma.a, builder.source(1, ptx::Type::b64));
  ASSAY_ASSIGN(mma.b, builder.source(2, ptx::Type::b64));
  ASSAY_ASSIGN(mma.form, builder.source(3, ptx::Type::b32));
  if (mma.scales != 0) {
    ASSAY_ASSIGN(mma.scale_a, read_tensor_address(builder, 4));
    ASSAY_ASSIGN(mma.scale_b, read_tensor_address(builder, 5));
  }
  ASSAY_ASSIGN(mma.enable_input_d, builder.source(count - 1, ptx::Type::pred));
  return {};
}

}  // namespace

Status decode_tensor_mma(OpBuilder& builder) {
  ASSAY_TRY(refuse_other_forms(builder));
  TensorMma mma;
  ASSAY_ASSIGN(mma.kind, read_kind(builder));
  ASSAY_ASSIGN(mma.scales, read_scale_vector(builder, mma.kind));
  ASSAY_TRY(read_operands(builder, mma));
  mma.target = builder.target().substr(0, builder.target().size() - 1);
  const auto* const kept = builder.program().keep(mma);
  builder.program().reads_by_async_proxy = true;
  builder.emit(run_tensor_mma, OpClass::mma).detail = kept;
  return {};
}

}  // namespace assay::emulator
