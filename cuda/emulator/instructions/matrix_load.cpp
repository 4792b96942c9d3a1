// SPDX-License-Identifier: Apache-2.0
// ldmatrix: PTX ISA, "Warp-level matrix load instruction: ldmatrix".
#include "cuda/emulator/instructions/address_operand.hpp"
#include "cuda/emulator/instructions/matrix_layout.hpp"
#include "cuda/emulator/instructions/mma.hpp"
#include "cuda/emulator/memory/access.hpp"

namespace assay::emulator {
namespace {

enum class LoadShape : std::uint8_t { m8n8, m8n8_trans, m16n16_trans, m8n16 };

struct MatrixLoad {
  AddressOperand address;
  ptx::Space space = ptx::Space::shared;
  LoadShape shape = LoadShape::m8n8;
  Mask lanes = 0;                // that name rows
  std::uint32_t row_bytes = 16;  // that are read of each
  std::size_t bits = 8;          // of an element of a packed row; 8: not packed
  std::array<Slot, 4> registers{};
  std::size_t count = 0;
};

void unpack_rows(const MatrixLoad& matrix, std::byte* data) {
  if (matrix.bits == 8) return;
  std::uint8_t rows[kLanes * kMatrixRowBytes];
  const auto* const packed = reinterpret_cast<const std::uint8_t*>(data);
  for (std::size_t row = 0; row < kLanes; ++row)
    unpack_row(packed + row * matrix.row_bytes, matrix.bits, rows + row * kMatrixRowBytes);
  std::memcpy(data, rows, sizeof rows);
}

void distribute(Warp& warp, const MatrixLoad& matrix, const std::byte* data) {
  constexpr std::size_t kMatrixBytes = 8 * kMatrixRowBytes;
  const auto r = pointers<std::uint32_t>(warp, matrix.registers, matrix.count);
  if (matrix.shape == LoadShape::m16n16_trans) {
    for (std::size_t j = 0; j < matrix.count; j += 2)
      load_16x16(reinterpret_cast<const std::uint8_t*>(data) + j * kMatrixBytes, &r[j]);
    return;
  }
  for (std::size_t j = 0; j < matrix.count; ++j) {
    auto* const lanes = reinterpret_cast<std::byte*>(r[j]);
    if (matrix.shape == LoadShape::m8n8_trans) {
      transpose_8x8(data + j * kMatrixBytes, lanes);
    } else {
      std::memcpy(lanes, data + j * kMatrixBytes, kMatrixBytes);
    }
  }
}

Flow ldmatrix(Warp& warp, const Op& op, Mask active) {
  const auto& matrix = *static_cast<const MatrixLoad*>(op.detail);
  if (check_whole_warp(warp, active) == Flow::stop) return Flow::stop;
  Addresses addresses;
  matrix.address.all(warp, addresses);
  const Mask lanes = matrix.lanes & active;
  if (lanes == 0 || to_shared(warp, lanes, matrix.space, addresses) == Flow::stop)
    return Flow::stop;
  alignas(64) std::byte data[kLanes * kMatrixRowBytes];
  if (lanes != matrix.lanes) std::memset(data, 0, sizeof data);  // rows that no lane names
  AccessRule rule;
  rule.space = ptx::Space::shared;
  rule.bytes = matrix.row_bytes;
  rule.align = kMatrixRowBytes;
  if (load(warp, lanes, rule, addresses.data(), data) == Flow::stop) return Flow::stop;
  unpack_rows(matrix, data);
  distribute(warp, matrix, data);
  return Flow::next;
}

Status read_shape(const OpBuilder& builder, MatrixLoad& matrix, std::size_t number) {
  const bool is_trans = builder.has("trans"), is_packed = builder.has("b8x16");
  if (is_packed) {
    if (!builder.has("b6x16_p32") && !builder.has("b4x16_p64"))
      return builder.unsupported("needs a source format .b6x16_p32 or .b4x16_p64");
    matrix.bits = builder.has("b6x16_p32") ? 6 : 4;
    matrix.row_bytes = static_cast<std::uint32_t>(2 * matrix.bits);
  }
  if (builder.has("m8n8") && builder.has("b16") && !is_packed) {
    matrix.shape = is_trans ? LoadShape::m8n8_trans : LoadShape::m8n8;
  } else if (builder.has("m16n16") && is_trans && number <= 2 && (is_packed || builder.has("b8"))) {
    matrix.shape = LoadShape::m16n16_trans;
  } else if (builder.has("m8n16") && !is_trans && is_packed) {
    matrix.shape = LoadShape::m8n16;
  } else {
    return builder.unsupported("no such shape and type");
  }
  const bool is_16 = matrix.shape == LoadShape::m16n16_trans;
  matrix.count = is_16 ? 2 * number : number;
  const std::size_t rows = 8 * matrix.count;
  matrix.lanes = rows == kLanes ? kAllLanes : (1u << rows) - 1;
  return {};
}

}  // namespace

Status decode_ldmatrix(OpBuilder& builder) {
  ASSAY_TRY(builder.only({"sync", "aligned", "m8n8", "m16n16", "m8n16", "x1", "x2", "x4", "trans",
                          "shared", "shared::cta", "b8x16", "b6x16_p32", "b4x16_p64"}));
  ASSAY_TRY(builder.expect_operands(2, 2));
  MatrixLoad matrix;
  matrix.space = space_of(builder);
  ASSAY_TRY(read_shape(builder, matrix, builder.has("x4") ? 4 : builder.has("x2") ? 2 : 1));
  ASSAY_ASSIGN(matrix.address, read_address(builder, 1));
  ASSAY_ASSIGN(const auto registers, builder.destinations(0, ptx::Type::b32));
  if (registers.size() != matrix.count)
    return builder.unsupported("another number of registers than matrices");
  std::copy(registers.begin(), registers.end(), matrix.registers.begin());
  emit_for_warp(builder, ldmatrix, OpClass::shared_memory, builder.program().keep(matrix));
  return {};
}

}  // namespace assay::emulator
