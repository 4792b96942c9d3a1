// SPDX-License-Identifier: Apache-2.0
// Initial values of variables. Source of expectations: PTX ISA 9.0, 5.4.3 to 5.4.5, in the bytes of
// the host (little-endian, as the device); which forms exist: ptxas 13.0 (ptxas_test.cpp).
#include <array>
#include <cstring>

#include "cuda/emulator/ptx/parse_test.hpp"

namespace assay::ptx {
namespace {

Variable variable(std::string_view declaration) {
  const Module module =
      parsed(module_text(".global .u32 x; .func f() { ret; }\n" + std::string(declaration)));
  return module.variables.empty() ? Variable{} : module.variables.back();
}

template <typename T, std::size_t N>
std::vector<std::byte> bytes(const std::array<T, N>& values) {
  std::vector<std::byte> result(sizeof values);
  std::memcpy(result.data(), values.data(), sizeof values);
  return result;
}

std::string refusal(std::string_view declaration) {
  const std::string text = problem(module_text(".global .u32 x;\n" + std::string(declaration)));
  return text.substr(std::min(text.size(), text.find(' ') + 1));
}

TEST(Initializer, IntegersAreCutToTheType) {
  EXPECT_EQ(variable(".global .u8 a[3] = {256, -1, 0x1FE};").init,
            bytes(std::array<std::uint8_t, 3>{0, 255, 254}));
  EXPECT_EQ(variable(".global .s64 a = -2;").init, bytes(std::array<std::int64_t, 1>{-2}));
}

TEST(Initializer, WhatIsNotGivenIsZero) {
  EXPECT_EQ(variable(".global .align 4 .b8 a[8] = {0, 0, 128, 63};").init,
            bytes(std::array<float, 2>{1.0f, 0.0f}));
  EXPECT_EQ(variable(".global .u16 a[2][3] = {{1}, {2, 3}};").init,
            bytes(std::array<std::uint16_t, 6>{1, 0, 0, 2, 3, 0}));
}

TEST(Initializer, AnOpenExtentIsThatOfTheValues) {
  const Variable open = variable(".global .u32 a[][2] = {{1, 2}, {3}, {}};");
  EXPECT_EQ(open.bytes, 24u);
  EXPECT_EQ(open.init, bytes(std::array<std::uint32_t, 6>{1, 2, 3, 0, 0, 0}));
}

TEST(Initializer, RealNumbersTakeTheTypesPrecision) {
  EXPECT_EQ(variable(".global .f32 a[3] = {.1, 0f80000000, 1e5};").init,
            bytes(std::array<float, 3>{.1f, -0.0f, 1e5f}));
  EXPECT_EQ(variable(".global .f64 a[2] = {.1, 0dFFF0000000000000};").init,
            bytes(std::array<std::uint64_t, 2>{0x3FB999999999999A, 0xFFF0000000000000}));
  EXPECT_EQ(variable(".global .b32 a = 0f3F800000;").init, bytes(std::array<float, 1>{1}));
}

TEST(Initializer, VectorsAreGroupsOfTheirElements) {
  const Variable vector = variable(".global .v2 .f32 a[2] = {{1.0, 2.0}, {3.0}};");
  EXPECT_EQ(vector.bytes, 16u);
  EXPECT_EQ(vector.align, 8u);
  EXPECT_EQ(vector.init, bytes(std::array<float, 4>{1, 2, 3, 0}));
}

TEST(Initializer, AddressesBecomeRelocations) {
  const Variable table = variable(".global .u64 a[4] = {x, generic(x)+4, 7, f};");
  ASSERT_EQ(table.relocations.size(), 3u);
  EXPECT_EQ(table.relocations[0].symbol, "x");
  EXPECT_FALSE(table.relocations[0].generic);
  EXPECT_EQ(table.relocations[1].offset, 8u);
  EXPECT_EQ(table.relocations[1].addend, 4);
  EXPECT_TRUE(table.relocations[1].generic);
  EXPECT_EQ(table.relocations[2].offset, 24u);
  EXPECT_EQ(table.relocations[2].symbol, "f");
  EXPECT_EQ(table.init, bytes(std::array<std::uint64_t, 4>{0, 0, 7, 0}));
}

TEST(Initializer, AMaskSelectsOneByteOfAnAddress) {
  const Variable table =
      variable(".global .b8 a[3] = {5, 0xFF00(x), 0xFF00000000000000(generic(x)+8)};");
  ASSERT_EQ(table.relocations.size(), 2u);
  EXPECT_EQ(table.relocations[0].byte, 1);
  EXPECT_EQ(table.relocations[0].bytes, 1);
  EXPECT_EQ(table.relocations[1].byte, 7);
  EXPECT_EQ(table.relocations[1].addend, 8);
  EXPECT_TRUE(table.relocations[1].generic);
}

TEST(Initializer, AnAddressAloneIsOfAllBytes) {
  EXPECT_EQ(variable(".global .u64 a = x;").relocations.at(0).byte, -1);
}

TEST(Initializer, WhatDoesNotFitIsRefused) {
  EXPECT_EQ(refusal(".global .u32 a[2] = {1, 2, 3};"), "more initial values than a has elements");
  EXPECT_EQ(refusal(".global .u32 a[2][2] = {1, 2};"), "expected \"{\", but here stands \"1\"");
  EXPECT_EQ(refusal(".global .f32 a = 1;"), "a .f32 has no initial value of this type");
  EXPECT_EQ(refusal(".global .u32 a = 1.5;"), "a .u32 has no initial value of this type");
  EXPECT_EQ(refusal(".global .u16 a = x;"), "a .u16 does not hold an address");
  EXPECT_EQ(refusal(".global .u8 a = 0xFFFF(x);"),
            "a mask selects one byte of an address: 0xFF, 0xFF00, ...");
  EXPECT_EQ(refusal(".global .u8 a = 0(x);"),
            "a mask selects one byte of an address: 0xFF, 0xFF00, ...");
  EXPECT_EQ(refusal(".global .u64 a = y;"),
            "the initial value of a names y, which is not declared");
  EXPECT_EQ(refusal(".shared .u32 a = 1;"), ".shared variables have no initial values");
}

TEST(Initializer, AShortTextDoesNotAskForMuchMemory) {
  const std::string limit = "initial values of a module take at most 67108864 bytes";
  EXPECT_EQ(refusal(".global .u8 a[1000000000] = {1};"), limit);
  EXPECT_EQ(refusal(".global .u8 a[][1000000000] = {{}, {}};"), limit);
  EXPECT_EQ(refusal(".global .u8 a[40000000] = {1}, b[40000000] = {1};"), limit);
  EXPECT_EQ(variable(".global .u8 a[1000000000];").bytes, 1000000000u);
}

}  // namespace
}  // namespace assay::ptx
