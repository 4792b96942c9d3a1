// SPDX-License-Identifier: Apache-2.0
// For tests: one mma.sync, its operands as matrices of codes, run in a kernel. Operands are placed,
// and results read, by CuTe's layouts.
#pragma once

#include <bit>
#include <cmath>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "cuda/emulator/instructions/cute_fragments.hpp"
#include "cuda/emulator/test_kernel.hpp"
#include "reference/arithmetic/mma_tile.hpp"

namespace assay::emulator {

using Words = std::vector<std::uint32_t>;
using Code = std::uint64_t;  // of a matrix element

// An instruction, and codes of its operands: a by (row, k), b by (k, column) as [column][k].
struct MmaCase {
  std::string spelling;  // behind "mma.sync.aligned."
  const FragmentCase* fragment;
  std::size_t accumulator_bits = 32;
  std::string target = "sm_110a";

  std::size_t m() const { return fragment->m; }
  std::size_t k() const { return fragment->k; }
};

struct Operands {
  std::vector<std::vector<Code>> a, b, c;  // [row][k], [column][k], [row][column]
};

inline const FragmentCase& fragment(std::size_t bits, std::size_t m, std::size_t k) {
  for (const FragmentCase& c : cute_fragments())
    if (c.bits == bits && c.m == m && c.k == k) return c;
  throw std::runtime_error("no such fragment");
}

class MmaLayout {
 public:
  explicit MmaLayout(const MmaCase& mma)
      : mma_(mma),
        accumulator_(cute_accumulator(mma.m())),
        words_(mma.fragment->bits == 64 ? 2 : 1) {
    a_ = registers(mma.fragment->a.values(), mma.fragment->bits);
    b_ = registers(mma.fragment->b.values(), mma.fragment->bits);
    c_ = registers(accumulator_.values(), mma.accumulator_bits);
  }

  // 32-bit words of each lane: A, B, C.
  Words pack(const Operands& operands) const {
    Words words(32 * lane_words());
    for (std::size_t lane = 0; lane < 32; ++lane) {
      std::uint32_t* const at = &words[lane * lane_words()];
      const std::size_t bits = mma_.fragment->bits;
      for (std::size_t v = 0; v < mma_.fragment->a.values(); ++v) {
        const std::size_t index = mma_.fragment->a(lane, v);
        put(at, v * bits, bits, operands.a[index % mma_.m()][index / mma_.m()]);
      }
      for (std::size_t v = 0; v < mma_.fragment->b.values(); ++v) {
        const std::size_t index = mma_.fragment->b(lane, v);
        put(at + a_ * words_, v * bits, bits, operands.b[index % 8][index / 8]);
      }
      for (std::size_t v = 0; v < accumulator_.values(); ++v) {
        const std::size_t index = accumulator_(lane, v);
        put(at + (a_ + b_) * words_, v * mma_.accumulator_bits, mma_.accumulator_bits,
            operands.c[index % mma_.m()][index / mma_.m()]);
      }
    }
    return words;
  }

  std::vector<std::vector<Code>> unpack(const Words& words) const {
    std::vector<std::vector<Code>> d(mma_.m(), std::vector<Code>(8));
    for (std::size_t lane = 0; lane < 32; ++lane)
      for (std::size_t v = 0; v < accumulator_.values(); ++v) {
        const std::size_t index = accumulator_(lane, v);
        const std::size_t bits = mma_.accumulator_bits, bit = v * bits;
        Code code = words[lane * c_ * words_ + bit / 32] >> (bit % 32);
        if (bits == 64) code |= Code{words[lane * c_ * words_ + bit / 32 + 1]} << 32;
        if (bits == 16) code &= 0xFFFF;
        d[index % mma_.m()][index / mma_.m()] = code;
      }
    return d;
  }

  // Registers x0, x1, ... in the order A, B, C; D is written over C.
  std::string body() const {
    const std::string type = words_ == 2 ? "b64" : "b32";
    std::string text = fmt::format(".reg .{} %x<32>;\n", type);
    text +=
        fmt::format("mul.wide.u32 %rd1, %i, {};\nadd.u64 %rd1, %in0, %rd1;\n", 4 * lane_words());
    text +=
        fmt::format("mul.wide.u32 %rd2, %i, {};\nadd.u64 %rd2, %out0, %rd2;\n", 4 * c_ * words_);
    for (std::size_t r = 0; r < a_ + b_ + c_; ++r)
      text += fmt::format("ld.global.{} %x{}, [%rd1+{}];\n", type, r, 4 * words_ * r);
    text += fmt::format("mma.sync.aligned.{} {}, {}, {}, {}{};\n", spelling(), list(a_ + b_, c_),
                        list(0, a_), list(a_, b_), list(a_ + b_, c_), "");
    for (std::size_t r = 0; r < c_; ++r)
      text += fmt::format("st.global.{} [%rd2+{}], %x{};\n", type, 4 * words_ * r, a_ + b_ + r);
    return text;
  }
  std::size_t result_words() const { return 32 * c_ * words_; }

 private:
  std::size_t lane_words() const { return (a_ + b_ + c_) * words_; }
  const std::string& spelling() const { return mma_.spelling; }
  std::size_t registers(std::size_t values, std::size_t bits) const {
    return std::max<std::size_t>(values * bits / (32 * words_), 1);
  }
  static void put(std::uint32_t* at, std::size_t bit, std::size_t bits, Code code) {
    at[bit / 32] |= static_cast<std::uint32_t>(code << (bit % 32));
    if (bits == 64) at[bit / 32 + 1] |= static_cast<std::uint32_t>(code >> 32);
  }
  static std::string list(std::size_t first, std::size_t count) {
    std::string text;
    for (std::size_t r = 0; r < count; ++r)
      text += fmt::format("{}%x{}", r == 0 ? "{" : ", ", first + r);
    return text + "}";
  }

  const MmaCase& mma_;
  CuteLayout accumulator_;
  std::size_t words_, a_ = 0, b_ = 0, c_ = 0;
};

struct MmaOutcome {
  std::vector<std::vector<Code>> d;
  std::vector<Finding> findings;
};

inline MmaOutcome run(const MmaCase& mma, const Operands& operands,
                      MmaPolicy policy = MmaPolicy::certified) {
  const MmaLayout layout(mma);
  TestKernel kernel(layout.body(), "", mma.target);
  kernel.options.mma = policy;
  kernel.options.target = mma.target;
  Words out(layout.result_words());
  kernel.run({1, 1, 1}, {32, 1, 1}, layout.pack(operands), out);
  return {layout.unpack(out), kernel.findings};
}

inline Operands make(const MmaCase& mma, const std::function<Code()>& a,
                     const std::function<Code()>& b, const std::function<Code()>& c) {
  Operands operands;
  const auto fill = [](std::size_t rows, std::size_t columns, const std::function<Code()>& draw) {
    std::vector<std::vector<Code>> matrix(rows, std::vector<Code>(columns));
    for (auto& row : matrix)
      for (Code& code : row)
        code = draw();
    return matrix;
  };
  operands.a = fill(mma.m(), mma.k(), a);
  operands.b = fill(8, mma.k(), b);
  operands.c = fill(mma.m(), 8, c);
  return operands;
}

// Of values that the format has.
inline Code encode_exactly(Format format, double value) {
  if (format == Format::f64) return std::bit_cast<Code>(value);
  if (format == Format::f32 || format == Format::tf32)
    return std::bit_cast<std::uint32_t>(static_cast<float>(value));
  static std::map<Format, std::map<Code, Code>> known;  // by format and binary64 bits
  std::map<Code, Code>& codes = known[format];
  if (codes.empty())
    for (Code code = 0; code < Code{1} << (8 * format_bytes(format)); ++code)
      codes.emplace(std::bit_cast<Code>(decode(format, code)), code);
  return codes.at(std::bit_cast<Code>(value));
}

struct FloatCase {
  Format a, b, accumulator;
  std::size_t m, k;
};

inline std::string spelling_of(const FloatCase& c) {
  const auto name = [](Format format) { return format_info(format).name; };
  return fmt::format("m{}n8k{}.row.col.{}.{}.{}.{}", c.m, c.k, name(c.accumulator), name(c.a),
                     name(c.b), name(c.accumulator));
}

inline const std::vector<FloatCase>& float_cases() {
  using enum Format;
  static const std::vector<FloatCase> cases = {
      {f16, f16, f32, 16, 8},    {f16, f16, f32, 16, 16},   {f16, f16, f16, 16, 8},
      {f16, f16, f16, 16, 16},   {bf16, bf16, f32, 16, 8},  {bf16, bf16, f32, 16, 16},
      {tf32, tf32, f32, 16, 4},  {tf32, tf32, f32, 16, 8},  {e4m3, e4m3, f32, 16, 32},
      {e4m3, e5m2, f32, 16, 32}, {e5m2, e4m3, f32, 16, 32}, {e5m2, e5m2, f32, 16, 32},
      {e4m3, e4m3, f16, 16, 32}, {e5m2, e4m3, f16, 16, 32}, {e4m3, e5m2, f32, 16, 16},
      {e4m3, e4m3, f16, 16, 16}, {f64, f64, f64, 8, 4},     {f64, f64, f64, 16, 4},
      {f64, f64, f64, 16, 8},    {f64, f64, f64, 16, 16}};
  return cases;
}

inline MmaCase case_of(const FloatCase& c) {
  const auto bits = [](Format format) {
    return static_cast<std::size_t>(8 * format_bytes(format));
  };
  return {spelling_of(c), &fragment(bits(c.a), c.m, c.k), bits(c.accumulator)};
}

}  // namespace assay::emulator
