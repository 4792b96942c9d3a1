// SPDX-License-Identifier: Apache-2.0
// mma.sync m16n8 of f16, bf16, tf32 and FP8. PTX ISA leaves order, rounding and subnormals of the
// sums open; what is computed is the user's choice (Options::mma).
#include <algorithm>
#include <bit>

#include <fmt/format.h>

#include "cuda/emulator/execute/cta.hpp"
#include "cuda/emulator/instructions/matrix_fragment.hpp"
#include "cuda/emulator/instructions/mma.hpp"
#include "reference/arithmetic/mma_tile.hpp"

namespace assay::emulator {
namespace {

struct FloatMma {
  MmaForm form;
  MmaRegisters registers;
  const TensorCoreModel* model = nullptr;  // null: the target has none
};

void load_operands(Warp& warp, const FloatMma& mma, MmaTile& tile) {
  const MmaRegisters& r = mma.registers;
  gather_a<4>(pointers<const std::byte>(warp, r.a, r.a_count).data(), r.a_count, tile.a);
  gather_b<4>(pointers<const std::byte>(warp, r.b, r.b_count).data(), r.b_count, tile.b);
  const auto c = pointers<const std::uint32_t>(warp, r.c, r.c_count);
  if (mma.form.accumulator == Format::f32) {
    gather_c(c.data(), 4, tile.c.data());
  } else {
    gather_c_halves(c.data(), 2, tile.c.data());
  }
}

void store_result(Warp& warp, const FloatMma& mma, const MmaResult& result) {
  const MmaRegisters& r = mma.registers;
  const auto d = pointers<std::uint32_t>(warp, r.d, r.d_count);
  if (mma.form.accumulator == Format::f32) {
    scatter_d(result.data(), d.data(), 4);
  } else {
    scatter_d_halves(result.data(), d.data(), 2);
  }
}

std::string hex_codes(const std::array<std::uint8_t, kMmaRowBytes>& row, Format format,
                      int products) {
  const auto bytes = static_cast<std::size_t>(format_bytes(format));
  std::string text;
  for (std::size_t k = 0; k < static_cast<std::size_t>(products); ++k) {
    std::uint32_t code = 0;
    std::memcpy(&code, &row[k * bytes], bytes);
    text += fmt::format("{}{:0{}x}", k == 0 ? "" : " ", code, 2 * bytes);
  }
  return text;
}

// The first output that is not certified, and how many there are.
[[gnu::noinline]] Flow report_uncertified(Warp& warp, const FloatMma& mma, const MmaTile& tile,
                                          const MmaOutputs& doubtful) {
  std::size_t count = 0, first = kMmaOutputs;
  for (std::size_t output = 0; output < kMmaOutputs; ++output)
    if (doubtful.contains(output / kMmaColumns, output % kMmaColumns)) {
      first = std::min(first, output);
      ++count;
    }
  const std::size_t row = first / kMmaColumns, column = first % kMmaColumns;
  const FragmentPlace place = place_of_output(row, column);
  const bool is_half = mma.form.accumulator == Format::f16;
  const std::size_t index = is_half ? place.element / 2 : place.element;
  const ptx::Instruction& instruction = *warp.cta().launch.program.infos[warp.pc()].instruction;
  warp.cta().uncertified.push_back(warp.pc());
  return report(
      warp, static_cast<int>(place.lane), FindingKind::uncertified_mma,
      fmt::format("D[{}][{}], {}register {} of lane {}, depends on what the ISA leaves open: {} "
                  "({} of 128 outputs); a = {{{}}}, b = {{{}}}, c = {:0{}x}",
                  row, column,
                  is_half ? (place.element % 2 == 0 ? "low half of " : "high half of ") : "",
                  instruction.operands[0].elements[index].name, place.lane,
                  mma_doubt_text(mma_doubt(mma.form, tile, row, column)), count,
                  hex_codes(tile.a[row], mma.form.a, mma.form.products),
                  hex_codes(tile.b[column], mma.form.b, mma.form.products), tile.c[first],
                  is_half ? 4 : 8));
}

[[gnu::noinline]] Flow report_no_model(Warp& warp) {
  return report(warp, 0, FindingKind::unsupported,
                "no tensor-core model of this instruction is known for the target");
}

Flow run_float_mma(Warp& warp, const Op& op, Mask active) {
  const auto& mma = *static_cast<const FloatMma*>(op.detail);
  MmaTile tile;
  MmaResult result;
  load_operands(warp, mma, tile);
  Flow flow = check_whole_warp(warp, active);
  switch (warp.cta().launch.options.mma) {
    case MmaPolicy::certified:
      if (warp.cta().has_uncertified(warp.pc())) {
        mma_fma_chain(mma.form, tile, result);
      } else if (const MmaOutputs doubtful = mma_certified(mma.form, tile, result);
                 !doubtful.empty()) {
        flow = report_uncertified(warp, mma, tile, doubtful);
      }
      break;
    case MmaPolicy::model:
      if (mma.model == nullptr) return report_no_model(warp);
      mma_model(*mma.model, mma.form, tile, result);
      break;
    case MmaPolicy::fma:
      mma_fma_chain(mma.form, tile, result);
      break;
  }
  store_result(warp, mma, result);
  return flow;
}

Result<Format> multiplicand(const OpBuilder& builder, std::string_view name) {
  for (const Format format : {Format::f16, Format::bf16, Format::tf32, Format::e4m3, Format::e5m2})
    if (format_info(format).name == name) return format;
  return builder.unsupported(fmt::format("operands of .{} exist on sm_120 only", name));
}

}  // namespace

Status decode_float_mma(OpBuilder& builder, const MmaSpelling& spelling) {
  ASSAY_TRY(allow_others(builder, spelling, {"kind::f8f6f4"}));
  if (spelling.m != 16 || !spelling.a_is_row || spelling.b_is_row || spelling.d != spelling.c)
    return builder.unsupported("no such shape, layout or types");
  FloatMma mma;
  ASSAY_ASSIGN(mma.form.a, multiplicand(builder, spelling.a));
  ASSAY_ASSIGN(mma.form.b, multiplicand(builder, spelling.b));
  mma.form.accumulator = spelling.d == "f16" ? Format::f16 : Format::f32;
  mma.form.products = spelling.k;
  const auto row_bytes = static_cast<std::size_t>(spelling.k * format_bytes(mma.form.a));
  if (!check_mma_form(mma.form) || (spelling.d != "f16" && spelling.d != "f32") ||
      (row_bytes != 16 && row_bytes != 32))
    return builder.unsupported("no such shape or types");
  const bool is_half = mma.form.accumulator == Format::f16;
  const std::size_t accumulators = is_half ? 2 : 4;
  ASSAY_ASSIGN(mma.registers,
               read_fragments(builder, {accumulators, row_bytes / 8, row_bytes / 16, accumulators},
                              is_half ? ptx::Type::b32 : ptx::Type::f32, ptx::Type::b32));
  if (const auto model = resolve_tensor_core(builder.target(), MmaInstruction::mma, mma.form.a,
                                             mma.form.b, mma.form.accumulator))
    mma.model = *model;
  emit_for_warp(builder, run_float_mma, OpClass::mma, builder.program().keep(mma));
  return {};
}

}  // namespace assay::emulator
