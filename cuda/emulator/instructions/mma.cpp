// SPDX-License-Identifier: Apache-2.0
// mma.sync: PTX ISA, "Warp-level Matrix Instructions: mma".
#include "cuda/emulator/instructions/mma.hpp"

#include <algorithm>
#include <bit>
#include <charconv>

#include <fmt/format.h>

#include "cuda/emulator/execute/lanes.hpp"
#include "cuda/emulator/instructions/families.hpp"

namespace assay::emulator {
namespace {

constexpr std::string_view kTypes[] = {"f16",  "bf16", "tf32", "f32", "f64", "e4m3", "e5m2", "e2m1",
                                       "e2m3", "e3m2", "s8",   "u8",  "s4",  "u4",   "b1",   "s32"};

// "m16n8k16"
bool parse_shape(std::string_view text, MmaSpelling& spelling) {
  int* const extents[] = {&spelling.m, &spelling.n, &spelling.k};
  const char* at = text.data();
  const char* const end = at + text.size();
  for (std::size_t i = 0; i < 3; ++i) {
    if (at == end || *at != "mnk"[i]) return false;
    const auto [next, error] = std::from_chars(at + 1, end, *extents[i]);
    if (error != std::errc{}) return false;
    at = next;
  }
  return at == end;
}

Status refuse_other_kinds(const OpBuilder& builder) {
  for (const std::string& modifier : builder.instruction().modifiers)
    if (modifier.starts_with("sp")) return builder.unsupported("sparse matrices are not supported");
  if (builder.has("block_scale")) return builder.unsupported("block scaling exists on sm_120 only");
  return {};
}

Status decode_mma(OpBuilder& builder) {
  ASSAY_TRY(refuse_other_kinds(builder));
  ASSAY_ASSIGN(const MmaSpelling spelling, read_mma(builder));
  ASSAY_TRY(builder.expect_operands(4, 4));
  if (spelling.d == "f64") return decode_double_mma(builder, spelling);
  if (spelling.d == "s32") return decode_integer_mma(builder, spelling);
  if (spelling.m == 8) return decode_quad_mma(builder, spelling);
  return decode_float_mma(builder, spelling);
}

}  // namespace

Result<MmaSpelling> read_mma(const OpBuilder& builder) {
  MmaSpelling spelling;
  std::vector<std::string_view> types;
  std::vector<bool> is_row;
  for (const std::string& modifier : builder.instruction().modifiers) {
    if (std::ranges::find(kTypes, modifier) != std::end(kTypes)) {
      types.push_back(modifier);
    } else if (modifier == "row" || modifier == "col") {
      is_row.push_back(modifier == "row");
    } else if (!parse_shape(modifier, spelling) && modifier != "sync" && modifier != "aligned") {
      spelling.others.push_back(modifier);
    }
  }
  if (types.size() != 4 || is_row.size() != 2 || spelling.n != 8)
    return builder.unsupported("needs a shape mMn8kK, two layouts and four types");
  spelling.a_is_row = is_row[0];
  spelling.b_is_row = is_row[1];
  spelling.d = types[0];
  spelling.a = types[1];
  spelling.b = types[2];
  spelling.c = types[3];
  return spelling;
}

Status allow_others(const OpBuilder& builder, const MmaSpelling& spelling,
                    std::initializer_list<std::string_view> known) {
  for (const std::string_view modifier : spelling.others)
    if (std::ranges::find(known, modifier) == known.end())
      return builder.unsupported(fmt::format("the modifier .{} is not supported", modifier));
  return {};
}

namespace {

Status take(const OpBuilder& builder, const std::vector<Slot>& slots, std::size_t expected,
            std::string_view name, std::array<Slot, 8>& out, std::size_t& count) {
  if (slots.size() != expected)
    return builder.unsupported(fmt::format("the fragment of {} has {} registers, must have {}",
                                           name, slots.size(), expected));
  std::ranges::copy(slots, out.begin());
  count = expected;
  return {};
}

}  // namespace

Result<MmaRegisters> read_fragments(OpBuilder& builder, MmaCounts counts, ptx::Type accumulator,
                                    ptx::Type multiplicand) {
  MmaRegisters registers;
  ASSAY_ASSIGN(const auto a, builder.sources(1, multiplicand));
  ASSAY_ASSIGN(const auto b, builder.sources(2, multiplicand));
  ASSAY_ASSIGN(const auto c, builder.sources(3, accumulator));
  ASSAY_ASSIGN(const auto d, builder.destinations(0, accumulator));
  ASSAY_TRY(take(builder, d, counts.d, "D", registers.d, registers.d_count));
  ASSAY_TRY(take(builder, a, counts.a, "A", registers.a, registers.a_count));
  ASSAY_TRY(take(builder, b, counts.b, "B", registers.b, registers.b_count));
  ASSAY_TRY(take(builder, c, counts.c, "C", registers.c, registers.c_count));
  return registers;
}

Op& emit_for_warp(OpBuilder& builder, Handler run, OpClass op_class, const void* detail) {
  Op& op = builder.emit(run, op_class);
  op.sync = Sync::warp;
  op.detail = detail;
  return op;
}

Flow check_whole_warp(Warp& warp, Mask active) {
  // Lanes that have exited were reported when the warp came here.
  if (active == kAllLanes || warp.present() == kAllLanes) [[likely]]
    return Flow::next;
  return report(warp, std::countr_zero(active), FindingKind::barrier_divergence,
                fmt::format("needs all threads of a warp, but the block has no threads for {}",
                            lane_list(~warp.present())));
}

void add_mma(InstructionTable& table) {
  table.add("mma", decode_mma);
  table.add("ldmatrix", decode_ldmatrix);
  table.add("stmatrix", decode_stmatrix);
  table.add("movmatrix", decode_movmatrix);
}

}  // namespace assay::emulator
