// SPDX-License-Identifier: Apache-2.0
// mma.sync of f64: a chain of fused multiply-adds from C, k increasing. PTX ISA ("... mma") gives
// the precision of .f64 and a rounding of each operation, but not the order: the chain is what
// MMA-Sim (arXiv 2511.10909) models.
#include <cfenv>
#include <cmath>

#include "cuda/emulator/instructions/matrix_fragment.hpp"
#include "cuda/emulator/instructions/mma.hpp"

namespace assay::emulator {
namespace {

constexpr std::size_t kMaxProducts = 16;

struct DoubleMma {
  MmaRegisters registers;
  std::size_t rows = 16, products = 4;
  int rounding = FE_TONEAREST;
};

struct DoubleTile {
  std::array<std::array<double, kMaxProducts>, 16> a;
  std::array<std::array<double, kMaxProducts>, 8> b;
  std::array<double, 128> c;
};

// Not inlined, so that no operation leaves the scope of the rounding mode.
[[gnu::noinline]] void chain(DoubleTile& tile, std::size_t rows, std::size_t products) {
  for (std::size_t row = 0; row < rows; ++row)
    for (std::size_t column = 0; column < 8; ++column) {
      double& sum = tile.c[row * 8 + column];
      for (std::size_t k = 0; k < products; ++k)
        sum = std::fma(tile.a[row][k], tile.b[column][k], sum);
    }
}

Flow run_double_mma(Warp& warp, const Op& op, Mask active) {
  const auto& mma = *static_cast<const DoubleMma*>(op.detail);
  const MmaRegisters& r = mma.registers;
  const Flow flow = check_whole_warp(warp, active);
  DoubleTile tile;
  gather_a<8>(pointers<const std::byte>(warp, r.a, r.a_count).data(), r.a_count, tile.a);
  gather_b<8>(pointers<const std::byte>(warp, r.b, r.b_count).data(), r.b_count, tile.b);
  gather_c(pointers<const double>(warp, r.c, r.c_count).data(), r.c_count, tile.c.data());
  const int before = std::fegetround();
  std::fesetround(mma.rounding);
  chain(tile, mma.rows, mma.products);
  std::fesetround(before);
  scatter_d(tile.c.data(), pointers<double>(warp, r.d, r.d_count).data(), r.d_count);
  return flow;
}

}  // namespace

Status decode_double_mma(OpBuilder& builder, const MmaSpelling& spelling) {
  ASSAY_TRY(allow_others(builder, spelling, {"rn", "rz", "rm", "rp"}));
  const bool is_shape = spelling.m == 8 ? spelling.k == 4
                                        : spelling.m == 16 && (spelling.k == 4 || spelling.k == 8 ||
                                                               spelling.k == 16);
  if (!is_shape || !spelling.a_is_row || spelling.b_is_row || spelling.a != "f64" ||
      spelling.b != "f64" || spelling.c != "f64")
    return builder.unsupported("no such shape, layout or types");
  DoubleMma mma;
  mma.rows = static_cast<std::size_t>(spelling.m);
  mma.products = static_cast<std::size_t>(spelling.k);
  mma.rounding = builder.has("rz")   ? FE_TOWARDZERO
                 : builder.has("rm") ? FE_DOWNWARD
                 : builder.has("rp") ? FE_UPWARD
                                     : FE_TONEAREST;
  const std::size_t halves = mma.rows / 8, chunks = mma.products / 4;
  ASSAY_ASSIGN(mma.registers,
               read_fragments(builder, {2 * halves, halves * chunks, chunks, 2 * halves},
                              ptx::Type::f64, ptx::Type::f64));
  emit_for_warp(builder, run_double_mma, OpClass::mma, builder.program().keep(mma));
  return {};
}

}  // namespace assay::emulator
