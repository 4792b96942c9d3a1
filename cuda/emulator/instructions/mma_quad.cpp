// SPDX-License-Identifier: Apache-2.0
// mma.sync.m8n8k4 of f16: four products of 8x4 by 4x8 matrices, one for each set of eight lanes
// 4q to 4q+3 and 16+4q to 16+4q+3. Layouts: PTX ISA, "Matrix Fragments for mma.m8n8k4 with .f16
// floating point type".
#include "cuda/emulator/instructions/mma_quad.hpp"

#include <bit>

#include <fmt/format.h>

#include "cuda/emulator/execute/cta.hpp"
#include "cuda/emulator/instructions/mma.hpp"
#include "reference/arithmetic/mma_tile.hpp"

namespace assay::emulator {
namespace {

constexpr std::size_t kProducts = 4;

struct QuadMma {
  MmaRegisters registers;
  MmaForm form{Format::f16, Format::f16, Format::f32, kProducts};
  bool a_is_row = true, b_is_row = false;
  bool c_is_half = false, d_is_half = false;
  const TensorCoreModel* model = nullptr;
};

// Element i of a lane's fragment of halves.
std::uint32_t half(Warp& warp, const std::array<Slot, 8>& slots, std::size_t lane, std::size_t i) {
  return warp.lanes<std::uint32_t>(slots[i / 2])[lane] >> (16 * (i % 2)) & 0xFFFF;
}

void put_code(std::array<std::uint8_t, kMmaRowBytes>& row, std::size_t k, std::uint32_t code) {
  row[2 * k] = static_cast<std::uint8_t>(code);
  row[2 * k + 1] = static_cast<std::uint8_t>(code >> 8);
}

MmaTile load_quad(Warp& warp, const QuadMma& mma, std::size_t quad) {
  MmaTile tile;
  for (std::size_t thread = 0; thread < 8; ++thread) {
    const std::size_t lane = quad_lane(quad, thread);
    for (std::size_t i = 0; i < kProducts; ++i) {
      const MatrixPlace a = quad_multiplicand(thread, i, mma.a_is_row);
      put_code(tile.a[a.major], a.k, half(warp, mma.registers.a, lane, i));
      const MatrixPlace b = quad_multiplicand(thread, i, !mma.b_is_row);
      put_code(tile.b[b.major], b.k, half(warp, mma.registers.b, lane, i));
    }
    for (std::size_t i = 0; i < 8; ++i) {
      const std::size_t at = quad_accumulator(thread, i, mma.c_is_half);
      if (!mma.c_is_half) {
        tile.c[at] = warp.lanes<std::uint32_t>(mma.registers.c[i])[lane];
      } else if (const std::uint32_t code = half(warp, mma.registers.c, lane, i); mma.d_is_half) {
        tile.c[at] = code;
      } else {
        tile.c[at] = std::bit_cast<std::uint32_t>(static_cast<float>(decode(Format::f16, code)));
      }
    }
  }
  return tile;
}

void store_quad(Warp& warp, const QuadMma& mma, std::size_t quad, const MmaResult& result) {
  for (std::size_t thread = 0; thread < 8; ++thread) {
    const std::size_t lane = quad_lane(quad, thread);
    for (std::size_t i = 0; i < 8; ++i) {
      const std::uint32_t value = result[quad_accumulator(thread, i, mma.d_is_half)];
      if (!mma.d_is_half) {
        warp.lanes<std::uint32_t>(mma.registers.d[i])[lane] = value;
      } else {
        std::uint32_t& word = warp.lanes<std::uint32_t>(mma.registers.d[i / 2])[lane];
        word = i % 2 == 0 ? value & 0xFFFF : (word & 0xFFFF) | value << 16;
      }
    }
  }
}

Flow report_uncertified(Warp& warp, const QuadMma& mma, std::size_t quad, const MmaTile& tile,
                        const MmaOutputs& doubtful) {
  for (std::size_t thread = 0; thread < 8; ++thread)
    for (std::size_t i = 0; i < 8; ++i) {
      const std::size_t at = quad_accumulator(thread, i, mma.d_is_half);
      const std::size_t row = at / kMmaColumns, column = at % kMmaColumns;
      if (!doubtful.contains(row, column)) continue;
      const std::size_t lane = quad_lane(quad, thread);
      return report(
          warp, static_cast<int>(lane), FindingKind::uncertified_mma,
          fmt::format("D{}[{}][{}], element {} of lane {}, depends on what the ISA leaves open: {}",
                      quad, row, column, i, lane,
                      mma_doubt_text(mma_doubt(mma.form, tile, row, column))));
    }
  return Flow::next;
}

Flow compute(Warp& warp, const QuadMma& mma, std::size_t quad, const MmaTile& tile,
             MmaResult& result) {
  switch (warp.cta().launch.options.mma) {
    case MmaPolicy::certified:
      if (MmaOutputs doubtful = mma_certified(mma.form, tile, result); !doubtful.empty())
        return report_uncertified(warp, mma, quad, tile, doubtful);
      break;
    case MmaPolicy::model:
      if (mma.model == nullptr)
        return report(warp, 0, FindingKind::unsupported,
                      "no tensor-core model of this instruction is known for the target");
      mma_model(*mma.model, mma.form, tile, result);
      break;
    case MmaPolicy::fma:
      mma_fma_chain(mma.form, tile, result);
      break;
  }
  return Flow::next;
}

Flow run_quad_mma(Warp& warp, const Op& op, Mask active) {
  const auto& mma = *static_cast<const QuadMma*>(op.detail);
  Flow flow = check_whole_warp(warp, active);
  std::array<MmaTile, 4> tiles;
  for (std::size_t quad = 0; quad < 4; ++quad)
    tiles[quad] = load_quad(warp, mma, quad);
  for (std::size_t quad = 0; quad < 4; ++quad) {
    MmaResult result;
    if (compute(warp, mma, quad, tiles[quad], result) == Flow::stop) flow = Flow::stop;
    if (flow != Flow::stop) store_quad(warp, mma, quad, result);
  }
  return flow;
}

}  // namespace

Status decode_quad_mma(OpBuilder& builder, const MmaSpelling& spelling) {
  ASSAY_TRY(allow_others(builder, spelling, {}));
  const auto is_float = [](std::string_view type) { return type == "f16" || type == "f32"; };
  if (spelling.k != kProducts || spelling.a != "f16" || spelling.b != "f16" ||
      !is_float(spelling.c) || !is_float(spelling.d) ||
      (spelling.c == "f32" && spelling.d == "f16"))
    return builder.unsupported("no such shape or types");
  QuadMma mma;
  mma.a_is_row = spelling.a_is_row;
  mma.b_is_row = spelling.b_is_row;
  mma.c_is_half = spelling.c == "f16";
  mma.d_is_half = spelling.d == "f16";
  mma.form.accumulator = mma.d_is_half ? Format::f16 : Format::f32;
  ASSAY_ASSIGN(mma.registers,
               read_fragments(builder, {mma.d_is_half ? 4u : 8u, 2, 2, mma.c_is_half ? 4u : 8u},
                              ptx::Type::b32, ptx::Type::b32));
  if (const auto model = resolve_tensor_core(builder.target(), MmaInstruction::mma_m8n8k4,
                                             Format::f16, Format::f16, mma.form.accumulator))
    mma.model = *model;
  emit_for_warp(builder, run_quad_mma, OpClass::mma, builder.program().keep(mma));
  return {};
}

}  // namespace assay::emulator
