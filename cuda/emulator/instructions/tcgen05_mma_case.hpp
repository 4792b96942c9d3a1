// SPDX-License-Identifier: Apache-2.0
// For tests: one tcgen05.mma in a kernel. Matrices are placed in shared memory by the canonical
// layouts of PTX ISA 9.7.16.3.3 (in CuTe's terms: K-major, T elements in 16 bytes,
// ((8,m),(T,2k)):((1T,SBO),(1,LBO)), and swizzled ((8,m),(T,2k)):((wT,SBO),(1,T)) under
// Swizzle<B,4,3>), scales in tensor memory by 9.7.16.10.7.2 and .3; descriptors are put together by
// tables 40 and 42 to 44.
#pragma once

#include <array>
#include <string>

#include "cuda/emulator/instructions/tcgen05_test.hpp"
#include "reference/format/format.hpp"

namespace assay::emulator {

inline constexpr std::size_t kStageBytes = 32768, kMmaThreads = 128, kScaleColumns = 16;

struct PlacedMatrix {
  std::uint32_t offset = 0;  // in `stage`, of 1024 bytes
  std::uint32_t leading = 0, stride = 0;
  std::uint32_t swizzle_bytes = 0;

  std::size_t byte(std::size_t row, std::size_t chunk) const {
    if (swizzle_bytes == 0) return offset + row % 8 * 16 + row / 8 * stride + chunk * leading;
    const std::size_t plain = offset + row % 8 * swizzle_bytes + row / 8 * stride + chunk * 16;
    std::size_t address = plain;  // Swizzle<B,4,3>: bit 4 + i is exchanged by bit 7 + i, i < B
    for (std::size_t i = 0; (32u << i) <= swizzle_bytes; ++i)
      address ^= (plain >> (7 + i) & 1) << (4 + i);
    return address;
  }
  std::uint64_t descriptor() const {
    const std::uint64_t mode = swizzle_bytes == 128  ? 2
                               : swizzle_bytes == 64 ? 4
                               : swizzle_bytes == 32 ? 6
                                                     : 0;
    return offset >> 4 | std::uint64_t{leading >> 4} << 16 | std::uint64_t{stride >> 4} << 32 |
           std::uint64_t{1} << 46 | mode << 61;
  }
};

struct MmaCase {
  std::string kind;  // "f16", or with scales "mxf4"
  std::string scale_vector;
  Format a = Format::f16, b = Format::f16, d = Format::f32;
  std::size_t k = 16;
  std::size_t scales = 0;  // of a row
  Format scale = Format::e8m0;
  std::uint32_t scale_a_id = 0, scale_b_id = 0;
  std::uint32_t n = 16;
  bool negates_a = false, negates_b = false;
  bool accumulates = false;
  PlacedMatrix a_place{0, 128, 256}, b_place{8192, 128, 256};

  bool has_scales() const { return scales != 0; }
  bool is_fp4() const { return kind.starts_with("mxf4"); }
  // What D, the scales of A and those of B begin at, and what is allocated.
  std::uint32_t scale_a_column() const { return n; }
  std::uint32_t scale_b_column() const { return n + 4; }
  std::uint32_t columns() const {
    return n + kScaleColumns <= 32 ? 32 : n + kScaleColumns <= 128 ? 128 : 512;
  }
  std::uint32_t form() const;
};

inline std::uint32_t element_code(const MmaCase& c, Format format) {
  if (c.is_fp4()) return 1;
  switch (format) {
    case Format::bf16:
    case Format::e5m2:
      return 1;
    case Format::tf32:
      return 2;
    case Format::e2m3:
      return 3;
    case Format::e3m2:
      return 4;
    case Format::e2m1:
      return 5;
    default:
      return 0;  // f16, e4m3
  }
}

inline std::uint32_t MmaCase::form() const {
  std::uint32_t bits = element_code(*this, a) << 7 | element_code(*this, b) << 10 |
                       (negates_a ? 1u << 13 : 0) | (negates_b ? 1u << 14 : 0) | n / 8 << 17;
  if (!has_scales()) return bits | (d == Format::f32 ? 1u << 4 : 0) | 128u / 16 << 24;
  return bits | scale_b_id << 4 | (scale == Format::e8m0 ? 1u << 23 : 0) | 128u / 128 << 27 |
         scale_a_id << 29;
}

// What the kernel finds in memory: `stage`, and columns of tensor memory, a lane after the other.
struct MmaMemory {
  explicit MmaMemory(const MmaCase& c)
      : columns(c.n + kScaleColumns), stage(kStageBytes), tensor(128 * columns) {}
  std::size_t columns;
  std::vector<std::uint8_t> stage;
  Words tensor;

  // 16 elements of 4 or 6 bits fill 8 or 12 of 16 bytes, but in the kinds of FP4 alone.
  void put(const MmaCase& c, bool is_a, std::size_t row, std::size_t k, std::uint64_t code) {
    const FloatFormat& layout = format_info(is_a ? c.a : c.b).layout;
    const auto bits = static_cast<std::size_t>(layout.bits() + layout.padding_bits);
    const std::size_t in_chunk = bits <= 8 && !c.is_fp4() ? 16 : 128 / bits;
    const std::size_t at =
        8 * (is_a ? c.a_place : c.b_place).byte(row, k / in_chunk) + k % in_chunk * bits;
    for (std::size_t bit = 0; bit < bits; ++bit) {
      std::uint8_t& byte = stage.at((at + bit) / 8);
      const auto mask = static_cast<std::uint8_t>(1u << ((at + bit) % 8));
      byte = static_cast<std::uint8_t>((byte & ~mask) | ((code >> bit & 1) != 0 ? mask : 0));
    }
  }
  // Byte j of the scales of a row, in each of the four 32-lane partitions.
  void put_scale(const MmaCase& c, bool is_a, std::size_t row, std::size_t j, std::uint32_t code) {
    const std::size_t column = (is_a ? c.scale_a_column() : c.scale_b_column()) + row / 32;
    const std::size_t byte = (is_a ? c.scale_a_id : c.scale_b_id) + j;
    for (std::size_t partition = 0; partition < 4; ++partition) {
      std::uint32_t& word = tensor.at((32 * partition + row % 32) * columns + column);
      word = (word & ~(0xFFu << (8 * byte))) | code << (8 * byte);
    }
  }
  std::uint32_t& d(std::size_t row, std::size_t n) { return tensor.at(row * columns + n); }

  Words words() const {
    Words all(kStageBytes / 4);
    std::memcpy(all.data(), stage.data(), kStageBytes);
    all.insert(all.end(), tensor.begin(), tensor.end());
    return all;
  }
};

// What may be different in a test of findings.
struct MmaText {
  std::string fence = "fence.proxy.async.shared::cta;";
  std::string before;  // the multiplication; %rd4, %rd5: descriptors, %r9: the instruction's
  std::string guard = "@%p2 ";
  std::string after_commit;
  std::size_t written_columns = 0;  // of tensor memory, in steps of 16; 0: all
};

inline std::string copy_to_stage() {
  std::string text = R"(mov.u32 %r1, stage;
    shl.b32 %r2, %i, 4;
    add.u32 %r2, %r1, %r2;
    mul.wide.u32 %rd1, %i, 16;
    add.u64 %rd1, %in0, %rd1;
)";
  for (std::size_t at = 0; at < kStageBytes; at += 16 * kMmaThreads)
    text += fmt::format(
        "ld.global.v4.u32 {{%r4, %r5, %r6, %r7}}, [%rd1+{0}];\n"
        "st.shared.v4.u32 [%r2+{0}], {{%r4, %r5, %r6, %r7}};\n",
        at);
  return text;
}

inline std::string copy_to_tensor_memory(std::size_t columns, std::size_t written) {
  std::string text = fmt::format(R"(and.b32 %r3, %i, 96;
    shl.b32 %r3, %r3, 16;
    add.u32 %r3, %r3, %r60;
    mul.wide.u32 %rd2, %i, {};
    add.u64 %rd2, %in0, %rd2;
)",
                                 4 * columns);
  for (std::size_t column = 0; column < written; column += 16) {
    for (std::size_t i = 0; i < 16; ++i)
      text += fmt::format("ld.global.u32 %x{}, [%rd2+{}];\n", i, kStageBytes + 4 * (column + i));
    text += fmt::format("tcgen05.st.sync.aligned.32x32b.x16.b32 [%r3+{}], {};\n", column,
                        register_list(0, 16));
  }
  return text + "tcgen05.wait::st.sync.aligned;\ntcgen05.fence::before_thread_sync;\n";
}

inline std::string copy_from_tensor_memory(std::size_t columns) {
  std::string text =
      fmt::format("mul.wide.u32 %rd2, %i, {};\nadd.u64 %rd2, %out0, %rd2;\n", 4 * columns);
  for (std::size_t column = 0; column < columns; column += 16) {
    text += fmt::format(
        "tcgen05.ld.sync.aligned.32x32b.x16.b32 {}, [%r3+{}];\ntcgen05.wait::ld.sync.aligned;\n",
        register_list(0, 16), column);
    for (std::size_t i = 0; i < 16; ++i)
      text += fmt::format("st.global.u32 [%rd2+{}], %x{};\n", 4 * (column + i), i);
  }
  return text;
}

inline std::string mma_body(const MmaCase& c, const MmaText& t) {
  const std::size_t columns = c.n + kScaleColumns;
  std::string text =
      ".reg .b32 %x<16>;\n" + copy_to_stage() + t.fence + "\n" +
      copy_to_tensor_memory(columns, t.written_columns == 0 ? columns : t.written_columns);
  text += fmt::format(R"(@%p2 mbarrier.init.shared::cta.b64 [barrier], 1;
    bar.sync 0;
    tcgen05.fence::after_thread_sync;
    shr.u32 %r8, %r1, 4;
    cvt.u64.u32 %rd3, %r8;
    add.u64 %rd4, %rd3, {:#x};
    add.u64 %rd5, %rd3, {:#x};
    mov.u32 %r9, {:#x};
    mov.u32 %r10, {};
    setp.ne.u32 %p4, %r10, 0;
    {}
)",
                      c.a_place.descriptor(), c.b_place.descriptor(), c.form(),
                      c.accumulates ? 1 : 0, t.before);
  const std::string scales =
      fmt::format(" [%r60+{}], [%r60+{}],", c.scale_a_column(), c.scale_b_column());
  text += fmt::format("{}tcgen05.mma.cta_group::1.kind::{}{}{} [%r60], %rd4, %rd5, %r9,{} %p4;\n",
                      t.guard, c.kind, c.has_scales() ? ".block_scale" : "", c.scale_vector,
                      c.has_scales() ? scales : "");
  text += fmt::format(
      R"(@%p2 tcgen05.commit.cta_group::1.mbarrier::arrive::one.shared::cluster.b64 [barrier];
    {}
    WAIT: mbarrier.try_wait.parity.shared::cta.b64 %p5, [barrier], 0;
    @!%p5 bra WAIT;
    tcgen05.fence::after_thread_sync;
)",
      t.after_commit);
  return with_tensor_memory(text + copy_from_tensor_memory(c.n), c.columns());
}

// The kernel of a case, for any memory; D as [row * n + column].
class MmaKernel {
 public:
  explicit MmaKernel(const MmaCase& c, const MmaText& text = {},
                     const std::string& target = "sm_110a")
      : kernel_(mma_body(c, text), kTensorGlobals, target), outputs_(128 * c.n) {
    kernel_.options.mma = MmaPolicy::model;
  }

  TensorOutcome run(const MmaMemory& memory) {
    return run_tensor(kernel_, kMmaThreads, memory.words(), outputs_);
  }
  Options& options() { return kernel_.options; }

 private:
  TestKernel kernel_;
  std::size_t outputs_;
};

}  // namespace assay::emulator
