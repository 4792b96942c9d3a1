// SPDX-License-Identifier: Apache-2.0
// The matrix instructions that the probe asks, and how their kernels take rows (mma_rows.cu,
// tcgen05_rows.cu).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "reference/format/format.hpp"

namespace assay::probe {

struct Scales {
  Format format = Format::e8m0;
  int block = 32;  // elements of one
};

struct Instruction {
  std::string family;  // "mma", "tcgen05": of <family>_rows.cu
  std::string kind;    // of the model, behind its target and family: "f16", "mxf4nvf4"
  std::string kernel;
  Format a = Format::f16, b = Format::f16;
  Format result = Format::f32;  // and of c
  int columns = 16;             // K
  std::optional<Scales> scales = {};

  std::string model(const std::string& target) const;  // "sm_100/tcgen05.f16.f16"
  // Names its file: "tcgen05.mxf4nvf4.ue4m3", "mma.f16.f16".
  std::string name() const;
  // The options that `assay tensorcore` takes for it, other than the file.
  std::string options(const std::string& target) const;
  int blocks() const { return scales ? columns / scales->block : 0; }  // of a row
};

std::vector<Instruction> instructions();

// PTX ISA, "Instruction descriptor", of tcgen05.mma: M = 128, N = 16, K-major, dense, the first
// scales of a word.
std::uint32_t instruction_descriptor(const Instruction& instruction);

// The code of -0: the sign bit.
std::uint32_t negative_zero(Format format);

// A row of codes as eight words: each 16 bytes hold half of it, the first element in the low bits.
// Elements of four bits are packed to the end of the 16 bytes by mxf4 and mxf4nvf4, elsewhere to
// the end of the first eight (PTX ISA, "Packing formats of elements in Tensor and Shared memory").
std::vector<std::uint32_t> pack_row(Format format, std::span<const std::uint32_t> codes);

// The scales of a row in one word, the first in the low byte.
std::uint32_t pack_scales(std::span<const std::uint32_t> codes);

}  // namespace assay::probe
