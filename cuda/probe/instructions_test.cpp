// SPDX-License-Identifier: Apache-2.0
// Oracle: PTX ISA's tables of descriptors and packing formats.
#include <set>

#include "cuda/probe/probe_case.hpp"

namespace assay::probe {
namespace {

// PTX ISA, "Instruction descriptor": tables 42 to 44, with M = 128 and N = 16.
TEST(ProbeInstructions, DescriptorsHaveTheFieldsOfTheTables) {
  const auto descriptor = [](std::string_view name) {
    return instruction_descriptor(instruction(name));
  };
  EXPECT_EQ(descriptor("tcgen05.f16"), 0x08040010u);
  EXPECT_EQ(descriptor("tcgen05.f16.f16"), 0x08040000u);
  EXPECT_EQ(descriptor("tcgen05.bf16"), 0x08040490u);
  EXPECT_EQ(descriptor("tcgen05.tf32"), 0x08040910u);
  EXPECT_EQ(descriptor("tcgen05.fp8.e4m3"), 0x08040010u);
  EXPECT_EQ(descriptor("tcgen05.fp8.e4m3.f16"), 0x08040000u);
  EXPECT_EQ(descriptor("tcgen05.fp8.e5m2"), 0x08040490u);
  EXPECT_EQ(descriptor("tcgen05.f8f6f4.e2m1"), 0x08040290u);
  EXPECT_EQ(descriptor("tcgen05.mxf8f6f4.e4m3"), 0x08840000u);
  EXPECT_EQ(descriptor("tcgen05.mxf8f6f4.e2m1"), 0x08840280u);
  EXPECT_EQ(descriptor("tcgen05.mxf4"), 0x08840480u);
  EXPECT_EQ(descriptor("tcgen05.mxf4nvf4.e8m0"), 0x08840480u);
  EXPECT_EQ(descriptor("tcgen05.mxf4nvf4.ue4m3"), 0x08040480u);
}

TEST(ProbeInstructions, EachHasAModelAndANameOfItsOwn) {
  std::set<std::string> names;
  for (const Instruction& x : instructions()) {
    SCOPED_TRACE(x.name());
    EXPECT_TRUE(names.insert(x.name()).second);
    for (const char* target : {"sm_100", "sm_103", "sm_110"})
      EXPECT_TRUE(find_tensor_core_model(x.model(target)));
  }
  EXPECT_EQ(instruction("tcgen05.mxf4nvf4.ue4m3").options("sm_110"),
            "--model sm_110/tcgen05.mxf4nvf4 --scale-format ue4m3");
  EXPECT_EQ(instruction("mma.fp8.e5m2.f16").options("sm_100"),
            "--model sm_100/mma.fp8.f16 --a-format e5m2 --b-format e5m2");
}

TEST(ProbeInstructions, RowsArePackedAsSharedMemoryWantsThem) {
  const auto counted = [](std::uint32_t count) {
    Codes codes(count);
    for (std::uint32_t k = 0; k < count; ++k)
      codes[k] = k;
    return codes;
  };
  EXPECT_EQ(pack_row(Format::tf32, counted(8)), counted(8));
  EXPECT_EQ(pack_row(Format::f16, counted(16))[7], 0x000F000Eu);
  EXPECT_EQ(pack_row(Format::e4m3, counted(32))[4], 0x13121110u);
  Codes nibbles = counted(64);
  for (std::uint32_t& code : nibbles)
    code %= 16;
  EXPECT_EQ(pack_row(Format::e2m1, nibbles),
            (Codes{0x76543210, 0xFEDCBA98, 0x76543210, 0xFEDCBA98, 0x76543210, 0xFEDCBA98,
                   0x76543210, 0xFEDCBA98}));
  nibbles.resize(32);
  EXPECT_EQ(pack_row(Format::e2m1, nibbles),
            (Codes{0x76543210, 0xFEDCBA98, 0, 0, 0x76543210, 0xFEDCBA98, 0, 0}));
  EXPECT_EQ(pack_scales(Codes{1, 2, 3, 4}), 0x04030201u);
}

}  // namespace
}  // namespace assay::probe
