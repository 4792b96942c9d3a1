// SPDX-License-Identifier: Apache-2.0
// The descriptors of tcgen05.mma: PTX ISA 9.7.16.4.1, table 40, and 9.7.16.4.2, tables 42 to 44.
// Each field that is not allowed, or not executed here, is a finding that names it.
#include "cuda/emulator/instructions/tcgen05_descriptor.hpp"

#include "cuda/emulator/instructions/tcgen05_finding_case.hpp"

namespace assay::emulator {
namespace {

TEST(InstructionDescriptor, IsNamedWithItsField) {
  const MmaCase f16 = f16_case(), nvfp4 = nvfp4_case();
  const MmaCase fp8 = {.kind = "f8f6f4", .scale_vector = "", .a = Format::e4m3, .b = Format::e4m3};
  const MmaCase tf32 = {.kind = "tf32", .scale_vector = "", .a = Format::tf32, .b = Format::tf32};
  expect_changes({
      {f16, flip("%r9", 1 << 2), kInvalid, "bits 2-2 (Sparsity) are 1, must be 0"},
      {f16, flip("%r9", 1 << 3), kInvalid, "bits 3-3 (Saturate)"},
      {f16, flip("%r9", 1 << 6), kInvalid, "bits 6-6 (reserved)"},
      {f16, flip("%r9", 1 << 23), kInvalid, "bits 23-23 (reserved)"},
      {f16, flip("%r9", 1 << 29), kInvalid, "bits 29-29 (reserved)"},
      {f16, flip("%r9", 1u << 31), kInvalid, "bits 30-31 (Maximum shift) are 2"},
      {f16, flip("%r9", 1 << 9), kInvalid, "atype is 4"},
      {f16, flip("%r9", 1 << 11), kInvalid, "btype is 2"},
      {f16, flip("%r9", 1 << 7), kUnsupported, "products of f16 and bf16"},
      {f16, flip("%r9", 3 << 4), kInvalid, "dtype is 2"},
      {f16, flip("%r9", 1 << 4 | 9 << 7), kInvalid, "dtype is 0"},  // BF16 with D of F16
      {tf32, flip("%r9", 1 << 4), kInvalid, "dtype is 0"},
      {tf32, flip("%r9", 3 << 7), kInvalid, "atype is 1"},
      {fp8, flip("%r9", 2 << 7), kInvalid, "atype is 2"},
      {fp8, flip("%r9", 6 << 10), kInvalid, "btype is 6"},
      {f16, flip("%r9", 1 << 15), kUnsupported, "transposed (MN-major) matrices are not supported"},
      {f16, flip("%r9", 1 << 16), kUnsupported, "transposed"},
      {nvfp4, flip("%r9", 1 << 15), kInvalid, "do not exist for the kind"},
      {f16, flip("%r9", 2 << 17), kInvalid, "M is 128, N 0"},
      {f16, flip("%r9", 32 << 17), kInvalid, "N 272"},
      {f16, flip("%r9", 1 << 17), kUnsupported, "N 24; an N in odd steps of 8"},
      {f16, flip("%r9", (8 ^ 4) << 24), kUnsupported, "M is 64, N 16; M = 64 is not supported"},
      {f16, flip("%r9", (8 ^ 16) << 24), kInvalid, "M is 256"},
      {nvfp4, flip("%r9", 3 << 27), kInvalid, "M is 256"},
      {nvfp4, flip("%r9", 1), kInvalid, "bits 0-1 (reserved) are 1"},
      {nvfp4, flip("%r9", 1 << 2), kInvalid, "bits 2-2 (Sparsity)"},
      {nvfp4, flip("%r9", 1 << 3), kInvalid, "bits 3-3 (reserved)"},
      {nvfp4, flip("%r9", 1 << 6), kInvalid, "bits 6-6 (reserved)"},
      {nvfp4, flip("%r9", 1 << 12), kInvalid, "bit 12 (reserved)"},
      {nvfp4, flip("%r9", 1 << 25), kInvalid, "bits 24-26 (reserved) are 2"},
      {nvfp4, flip("%r9", 2 << 7), kInvalid, "atype is 3"},
      {nvfp4, flip("%r9", 1u << 31), kUnsupported, "K = 96 is not supported"},
      {scaled_case("mxf8f6f4", "", 1), flip("%r9", 1u << 31), kInvalid, "bit 31 (reserved)"},
  });
}

TEST(InstructionDescriptor, IsNamedWithItsFieldOfScales) {
  const MmaCase nvfp4 = nvfp4_case(), mxf4 = scaled_case("mxf4", "", 2);
  expect_changes({
      {nvfp4, flip("%r9", 1 << 4), kInvalid, "a scale factor ID is 1, must be 0 for 4 scales"},
      {nvfp4, flip("%r9", 1 << 30), kInvalid, "a scale factor ID is 2"},
      {mxf4, flip("%r9", 1 << 29), kInvalid, "a scale factor ID is 1, must be 0 or 2 for 2"},
      {mxf4, flip("%r9", 3 << 4), kInvalid, "a scale factor ID is 3"},
      {mxf4, flip("%r9", 1 << 23), kInvalid, "the scale type (bit 23) is UE4M3"},
      {scaled_case("mxf8f6f4", "", 1), flip("%r9", 1 << 23), kInvalid, "is UE4M3"},
      {scaled_case("mxf4nvf4", ".block32", 2), flip("%r9", 1 << 23), kInvalid, "is UE4M3"},
  });
}

// Products do not tell a negated A from a negated B.
TEST(InstructionDescriptor, HoldsWhatTheTablesSay) {
  TensorMmaForm form;
  const std::uint32_t plain = 1 << 4 | 1 << 7 | 5 << 10 | 1 << 13 | 6 << 17 | 8 << 24;
  ASSERT_FALSE(read_instruction_descriptor(TensorKind::f8f6f4, 0, plain, form));
  EXPECT_EQ(form.a, Format::e5m2);
  EXPECT_EQ(form.b, Format::e2m1);
  EXPECT_EQ(form.d, Format::f32);
  EXPECT_EQ(form.n, 48u);
  EXPECT_EQ(form.k, 32u);
  EXPECT_TRUE(form.negates_a);
  EXPECT_FALSE(form.negates_b);
  const std::uint32_t scaled =
      2 << 4 | 1 << 7 | 1 << 10 | 1 << 14 | 32 << 17 | 1 << 23 | 1 << 27 | 0u << 29;
  ASSERT_FALSE(read_instruction_descriptor(TensorKind::mxf4, 2, scaled, form));
  EXPECT_EQ(form.a, Format::e2m1);
  EXPECT_EQ(form.b, Format::e2m1);
  EXPECT_EQ(form.n, 256u);
  EXPECT_EQ(form.k, 64u);
  EXPECT_FALSE(form.negates_a);
  EXPECT_TRUE(form.negates_b);
  EXPECT_EQ(form.scale, Format::e8m0);
  EXPECT_EQ(form.scale_a_id, 0u);
  EXPECT_EQ(form.scale_b_id, 2u);
}

TEST(SharedDescriptor, IsNamedWithItsField) {
  const MmaCase f16 = f16_case();
  expect_changes({
      {f16, flip("%rd4", 1ull << 15), kInvalid, "the descriptor of A, 0x"},
      {f16, flip("%rd4", 1ull << 15), kInvalid, "bits 14-15 (unused) are 2, must be 0"},
      {f16, flip("%rd5", 1ull << 30), kInvalid, "the descriptor of B, 0x"},
      {f16, flip("%rd5", 1ull << 30), kInvalid, "bits 30-31 (unused)"},
      {f16, flip("%rd4", 1ull << 46), kInvalid, "bits 46-48 (constant) are 0, must be 1"},
      {f16, flip("%rd4", 1ull << 48), kInvalid, "bits 46-48 (constant) are 5"},
      {f16, flip("%rd5", 1ull << 60), kInvalid, "bits 53-60 (constant) are 128, must be 0"},
      {f16, flip("%rd5", 3ull << 61), kInvalid, "swizzling mode 3 does not exist"},
      {f16, flip("%rd5", 5ull << 61), kInvalid, "swizzling mode 5"},
      {f16, flip("%rd5", 7ull << 61), kInvalid, "swizzling mode 7"},
      {f16, flip("%rd5", 1ull << 61), kUnsupported, "128-byte swizzling with 32-byte atomicity"},
      {f16, flip("%rd4", 1ull << 50), kUnsupported, "a matrix base offset (2)"},
      {f16, flip("%rd4", 1ull << 52), kUnsupported, "an absolute leading dimension"},
      // 18 bits of address: beyond the block's shared memory.
      {f16, flip("%rd4", 1ull << 13), FindingKind::out_of_bounds, "out of bounds"},
  });
}

// The examples of 9.7.16.3.3, of tf32 (4 bytes, T = 4), the first two chunks of 16 rows:
// Swizzle<0,4,3> o ((8,2),(4,4)):((4,32),(1,64)), Swizzle<1,4,3> o ((8,2),(4,4)):((8,64),(1,4)),
// and likewise of rows of 64 and 128 bytes.
TEST(SharedDescriptor, PlacesChunksAsTheExamplesOfPtxIsa) {
  struct Example {
    std::uint32_t swizzle_bytes, leading, stride;  // bytes
    std::uint32_t row, rows_8, chunk;              // elements: strides of the modes
  };
  for (const Example& e : {Example{0, 256, 128, 4, 32, 64}, Example{32, 16, 256, 8, 64, 4},
                           Example{64, 16, 512, 16, 128, 4}, Example{128, 16, 1024, 32, 256, 4}}) {
    const SharedMatrix matrix{4096, e.leading, e.stride, e.swizzle_bytes};
    for (std::uint32_t row = 0; row < 16; ++row)
      for (std::uint32_t chunk = 0; chunk < 2; ++chunk) {
        std::uint32_t byte = 4 * (row % 8 * e.row + row / 8 * e.rows_8 + chunk * e.chunk);
        const std::uint32_t mask = e.swizzle_bytes == 0 ? 0 : e.swizzle_bytes / 16 - 1;
        byte ^= (byte / 128 & mask) * 16;
        EXPECT_EQ(matrix.chunk(row, chunk), 4096 + byte) << e.swizzle_bytes << " " << row;
      }
  }
}

TEST(SharedDescriptor, HoldsAddressAndStridesInUnitsOfSixteenBytes) {
  SharedMatrix matrix;
  const std::uint64_t bits =
      0x2345ull | 0x1234ull << 16 | 0x3FFFull << 32 | 1ull << 46 | 4ull << 61;
  ASSERT_FALSE(read_shared_descriptor("A", bits, matrix));
  EXPECT_EQ(matrix.start, 0x23450u);
  EXPECT_EQ(matrix.leading, 0x12340u);
  EXPECT_EQ(matrix.stride, 0x3FFF0u);
  EXPECT_EQ(matrix.swizzle_bytes, 64u);
}

}  // namespace
}  // namespace assay::emulator
