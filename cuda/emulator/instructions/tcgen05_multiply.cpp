// SPDX-License-Identifier: Apache-2.0
// What tcgen05.mma computes. A and B are in shared memory, D is 128 x N in tensor memory: row m in
// lane m, column n in column n (PTX ISA 9.7.16.10.5.4, layout D). How products are summed PTX ISA
// does not say: values are those of a tensor-core model.
#include <fmt/format.h>

#include "cuda/emulator/execute/cta.hpp"
#include "cuda/emulator/execute/lanes.hpp"
#include "cuda/emulator/instructions/tcgen05.hpp"
#include "cuda/emulator/instructions/tcgen05_mma.hpp"
#include "cuda/emulator/instructions/tcgen05_operands.hpp"
#include "reference/arithmetic/tensor_core.hpp"

namespace assay::emulator {
namespace {

// All that one multiplication reads.
struct TensorProduct {
  TensorMmaForm form;
  TensorAddress d;
  TensorRows a, b;
  TensorScales scale_a, scale_b;
  bool accumulates = false;
  const TensorCoreModel* model = nullptr;
};

bool report_fault(Warp& warp, int lane, const std::optional<DescriptorFault>& fault) {
  if (!fault) return false;
  report(warp, lane, fault->kind, fault->message);
  return true;
}

bool read_descriptors(Warp& warp, int lane, const TensorMma& mma, TensorProduct& product) {
  const std::uint32_t form = warp.lanes<std::uint32_t>(mma.form)[lane];
  const std::uint64_t a = warp.lanes<std::uint64_t>(mma.a)[lane];
  const std::uint64_t b = warp.lanes<std::uint64_t>(mma.b)[lane];
  return !report_fault(warp, lane,
                       read_instruction_descriptor(mma.kind, mma.scales, form, product.form)) &&
         !report_fault(warp, lane, read_shared_descriptor("A", a, product.a.matrix)) &&
         !report_fault(warp, lane, read_shared_descriptor("B", b, product.b.matrix));
}

bool find_model(Warp& warp, int lane, const TensorMma& mma, TensorProduct& product) {
  const std::string_view operands =
      mma.kind == TensorKind::f16 ? format_info(product.form.a).name : kind_name(mma.kind);
  const auto model = find_tensor_core_model(fmt::format(
      "{}/tcgen05.{}{}", mma.target, operands, product.form.d == Format::f16 ? ".f16" : ""));
  if (!model) {
    report(warp, lane, FindingKind::unsupported, model.error().message);
    return false;
  }
  product.model = *model;
  return true;
}

bool read_matrices(Warp& warp, int lane, const TensorMma& mma, TensorProduct& product) {
  const auto prepare = [&](TensorRows& rows, Format format, std::uint32_t count, bool negates) {
    rows.packing = packing_of(mma.kind, format);
    rows.rows = count;
    rows.sign = negates ? 1u << (rows.packing.bits - 1) : 0;
    return read_rows(warp, lane, rows);
  };
  return prepare(product.a, product.form.a, kTensorMmaRows, product.form.negates_a) &&
         prepare(product.b, product.form.b, product.form.n, product.form.negates_b);
}

bool read_both_scales(Warp& warp, int lane, const TensorMma& mma, TensorProduct& product) {
  if (mma.scales == 0) return true;
  const auto prepare = [&](TensorScales& scales, std::string_view name,
                           const AddressOperand& address, std::uint32_t rows, std::uint32_t id) {
    scales.name = name;
    scales.address = TensorAddress::of(address.at(warp, lane));
    scales.rows = rows;
    scales.scales = mma.scales;
    scales.first_byte = id;
    return read_scales(warp, lane, scales);
  };
  return prepare(product.scale_a, "A", mma.scale_a, kTensorMmaRows, product.form.scale_a_id) &&
         prepare(product.scale_b, "B", mma.scale_b, product.form.n, product.form.scale_b_id);
}

bool find_accumulator(Warp& warp, int lane, const TensorMma& mma, TensorProduct& product) {
  product.d = TensorAddress::of(mma.d.at(warp, lane));
  product.accumulates = (warp.predicate(mma.enable_input_d) >> lane & 1) != 0;
  const std::uint32_t columns = product.form.n;
  if (product.d.lane != 0) {
    report_tcgen05(warp, lane, fmt::format("D begins in lane {}, must in lane 0", product.d.lane));
    return false;
  }
  if (!check_columns(warp, lane, product.d.column, columns, "writes D to")) return false;
  if (!product.accumulates) return true;
  const TensorMemory& memory = tensor_memory(warp.cta());
  for (std::uint32_t row = 0; row < kTensorMmaRows; ++row)
    for (std::uint32_t n = 0; n < columns; ++n)
      if (!memory.is_written(row, product.d.column + n))
        return report_unwritten(warp, lane, row, product.d.column + n) == Flow::next;
  return true;
}

// The n-th group of `count` codes.
std::span<const std::uint32_t> group(const std::vector<std::uint32_t>& codes, std::size_t n,
                                     std::size_t count) {
  return std::span(codes).subspan(n * count, count);
}

Result<std::uint32_t> element(const TensorProduct& product, std::uint32_t row, std::uint32_t column,
                              std::uint32_t c) {
  const TensorMmaForm& form = product.form;
  const auto a = group(product.a.codes, row, form.k), b = group(product.b.codes, column, form.k);
  const std::size_t scales = product.scale_a.scales;
  if (scales == 0) return tensor_core_dot(*product.model, form.a, a, form.b, b, c);
  const BlockScales both{form.scale, static_cast<int>(form.k / scales),
                         group(product.scale_a.codes, row, scales),
                         group(product.scale_b.codes, column, scales)};
  return scaled_tensor_core_dot(*product.model, form.a, a, form.b, b, both, c);
}

Flow multiply(Warp& warp, int lane, const TensorProduct& product) {
  TensorMemory& memory = tensor_memory(warp.cta());
  const std::uint32_t mask = product.form.d == Format::f16 ? 0xFFFF : 0xFFFFFFFF;
  for (std::uint32_t row = 0; row < kTensorMmaRows; ++row)
    for (std::uint32_t n = 0; n < product.form.n; ++n) {
      const std::uint32_t column = product.d.column + n;
      const std::uint32_t c = product.accumulates ? memory.read(row, column) & mask : 0;
      const auto value = element(product, row, n, c);
      if (!value) return report(warp, lane, FindingKind::unsupported, value.error().message);
      memory.write(row, column, *value);
    }
  ++warp.cta().effects;
  return Flow::next;
}

}  // namespace

Flow run_tensor_mma(Warp& warp, const Op& op, Mask active) {
  const auto& mma = *static_cast<const TensorMma*>(op.detail);
  const int lane = std::countr_zero(active);
  if (warp.cta().launch.options.mma != MmaPolicy::model)
    return report(warp, lane, FindingKind::unsupported,
                  "tcgen05.mma is computed under ASSAY_EMULATE_MMA=model only");
  if ((active & (active - 1)) != 0)
    return report_tcgen05(warp, lane,
                          fmt::format("{} issue it: each multiplies and accumulates, in no order; "
                                      "one thread must be elected",
                                      lane_list(active)));
  TensorProduct product;
  const bool is_read =
      read_descriptors(warp, lane, mma, product) && find_model(warp, lane, mma, product) &&
      find_accumulator(warp, lane, mma, product) && read_matrices(warp, lane, mma, product) &&
      read_both_scales(warp, lane, mma, product);
  return is_read ? multiply(warp, lane, product) : Flow::stop;
}

}  // namespace assay::emulator
