// SPDX-License-Identifier: Apache-2.0
// stmatrix and movmatrix: PTX ISA, "Warp-level matrix store instruction: stmatrix" and "Warp-level
// matrix transpose instruction: movmatrix".
#include "cuda/emulator/instructions/address_operand.hpp"
#include "cuda/emulator/instructions/matrix_layout.hpp"
#include "cuda/emulator/instructions/mma.hpp"
#include "cuda/emulator/memory/access.hpp"

namespace assay::emulator {
namespace {

enum class StoreShape : std::uint8_t { m8n8, m8n8_trans, m16n8_trans };

struct MatrixStore {
  AddressOperand address;
  ptx::Space space = ptx::Space::shared;
  StoreShape shape = StoreShape::m8n8;
  std::array<Slot, 4> registers{};
  std::size_t count = 0;
};

void collect(Warp& warp, const MatrixStore& matrix, std::byte* data) {
  constexpr std::size_t kMatrixBytes = 8 * kMatrixRowBytes;
  for (std::size_t j = 0; j < matrix.count; ++j) {
    const auto* const lanes = warp.lanes<const std::uint32_t>(matrix.registers[j]);
    std::byte* const rows = data + j * kMatrixBytes;
    switch (matrix.shape) {
      case StoreShape::m8n8:
        std::memcpy(rows, lanes, kMatrixBytes);
        break;
      case StoreShape::m8n8_trans:
        transpose_8x8(reinterpret_cast<const std::byte*>(lanes), rows);
        break;
      case StoreShape::m16n8_trans:
        store_16x8(lanes, reinterpret_cast<std::uint8_t*>(rows));
        break;
    }
  }
}

Flow stmatrix(Warp& warp, const Op& op, Mask active) {
  const auto& matrix = *static_cast<const MatrixStore*>(op.detail);
  if (check_whole_warp(warp, active) == Flow::stop) return Flow::stop;
  const std::size_t rows = 8 * matrix.count;
  const Mask lanes = (rows == kLanes ? kAllLanes : (1u << rows) - 1) & active;
  Addresses addresses;
  matrix.address.all(warp, addresses);
  if (lanes == 0 || to_shared(warp, lanes, matrix.space, addresses) == Flow::stop)
    return Flow::stop;
  alignas(64) std::byte data[kLanes * kMatrixRowBytes];
  collect(warp, matrix, data);
  AccessRule rule;
  rule.space = ptx::Space::shared;
  rule.kind = AccessKind::store;
  rule.bytes = rule.align = kMatrixRowBytes;
  return store(warp, lanes, rule, addresses.data(), data);
}

Flow movmatrix(Warp& warp, const Op& op, Mask active) {
  const Flow flow = check_whole_warp(warp, active);
  transpose_8x8(warp.lanes<const std::byte>(op.a), warp.lanes<std::byte>(op.dst));
  return flow;
}

}  // namespace

Status decode_stmatrix(OpBuilder& builder) {
  ASSAY_TRY(builder.only(
      {"sync", "aligned", "m8n8", "m16n8", "x1", "x2", "x4", "trans", "shared", "shared::cta"}));
  ASSAY_TRY(builder.expect_operands(2, 2));
  MatrixStore matrix;
  matrix.space = space_of(builder);
  const bool is_trans = builder.has("trans");
  if (builder.has("m8n8") && builder.has("b16")) {
    matrix.shape = is_trans ? StoreShape::m8n8_trans : StoreShape::m8n8;
  } else if (builder.has("m16n8") && builder.has("b8") && is_trans) {
    matrix.shape = StoreShape::m16n8_trans;
  } else {
    return builder.unsupported("no such shape and type");
  }
  matrix.count = builder.has("x4") ? 4 : builder.has("x2") ? 2 : 1;
  ASSAY_ASSIGN(matrix.address, read_address(builder, 0));
  ASSAY_ASSIGN(const auto registers, builder.sources(1, ptx::Type::b32));
  if (registers.size() != matrix.count)
    return builder.unsupported("another number of registers than matrices");
  std::copy(registers.begin(), registers.end(), matrix.registers.begin());
  emit_for_warp(builder, stmatrix, OpClass::shared_memory, builder.program().keep(matrix));
  return {};
}

Status decode_movmatrix(OpBuilder& builder) {
  ASSAY_TRY(builder.only({"sync", "aligned", "m8n8", "trans"}));
  ASSAY_TRY(builder.expect_operands(2, 2));
  ASSAY_ASSIGN(const Slot source, builder.source(1, ptx::Type::b32));
  ASSAY_ASSIGN(const Slot dst, builder.destination(0, ptx::Type::b32));
  Op& op = emit_for_warp(builder, movmatrix, OpClass::shuffle, nullptr);
  op.a = source;
  op.dst = dst;
  return {};
}

}  // namespace assay::emulator
