// SPDX-License-Identifier: Apache-2.0
// Operands. Source of expectations: PTX ISA 9.0, chapter 6, 9.7.12.5 (call) and the syntax of the
// instructions named; which forms exist: ptxas 13.0 (ptxas_test.cpp).
#include "cuda/emulator/ptx/parse_test.hpp"

namespace assay::ptx {
namespace {

using Kind = Operand::Kind;

constexpr std::string_view kNames =
    ".global .align 8 .b8 g[64]; .shared .u64 bar; .func (.param .b32 r) f(.param .b32 a, .param "
    ".b32 b);\n";

// Operands of the last instruction of a body with registers a, b (.b32), d (.b64), p, q (.pred).
std::vector<Operand> operands(std::string_view instruction) {
  const Function k = kernel(
      ".reg .b32 a, b, %r<4>; .reg .b64 d; .reg .pred p, q;\n" + std::string(instruction), kNames);
  return k.body.empty() ? std::vector<Operand>{} : k.body.back().operands;
}

TEST(Operand, LiteralsAreBits) {
  const auto all =
      operands("f 5, -1, 0xFFFFFFFFU, 0f3F800000, 0d3FF0000000000000, 1.5, (1 << 4) | 3;");
  EXPECT_EQ(all[0].kind, Kind::integer);
  EXPECT_EQ(all[1].bits, ~0ull);
  EXPECT_EQ(all[2].bits, 0xFFFFFFFFu);
  EXPECT_EQ(all[3].kind, Kind::real);
  EXPECT_FALSE(all[3].is_f64);
  EXPECT_EQ(all[3].bits, 0x3F800000u);
  EXPECT_TRUE(all[4].is_f64);
  EXPECT_EQ(all[5].bits, 0x3FF8000000000000u);
  EXPECT_EQ(all[6].bits, 19u);
}

TEST(Operand, SpecialRegistersHaveElementsInTheirName) {
  const auto all = operands("f %tid.x, %laneid, %envreg31, WARP_SZ, %ntid;");
  EXPECT_EQ(all[0].kind, Kind::special);
  EXPECT_EQ(all[0].name, "%tid.x");
  EXPECT_EQ(all[1].name, "%laneid");
  EXPECT_EQ(all[2].name, "%envreg31");
  EXPECT_EQ(all[3].kind, Kind::special);
  EXPECT_EQ(all[3].name, "WARP_SZ");
  EXPECT_EQ(all[4].name, "%ntid");
}

TEST(Operand, AddressesHaveABaseAndAnOffset) {
  const auto all = operands("f [d+16], [d+-4], [d-4], [a], [g+4*2], [bar], [1024+8], [p];");
  for (const Operand& address : {all[0], all[1], all[2], all[3], all[4], all[5], all[6]})
    EXPECT_EQ(address.kind, Kind::address);
  EXPECT_EQ(all[0].elements[0].kind, Kind::reg);
  EXPECT_EQ(all[0].offset, 16);
  EXPECT_EQ(all[1].offset, -4);
  EXPECT_EQ(all[2].offset, -4);
  EXPECT_EQ(all[3].offset, 0);
  EXPECT_EQ(all[4].offset, 8);
  EXPECT_EQ(all[4].elements[0].kind, Kind::variable);
  EXPECT_EQ(all[4].elements[0].offset, 0);
  EXPECT_FALSE(all[4].elements[0].variable.in_function);
  EXPECT_EQ(all[5].elements[0].variable.index, 1);
  EXPECT_EQ(all[6].elements[0].kind, Kind::integer);
  EXPECT_EQ(all[6].elements[0].bits, 1032u);
}

TEST(Operand, KernelParametersAreVariablesOfTheFunction) {
  const auto all = operands("ld.param.b64 d, [n+4];");
  EXPECT_TRUE(all[1].elements[0].variable.in_function);
  EXPECT_EQ(all[1].elements[0].variable.index, 1);  // no variables; p is 0, n is 1
  EXPECT_EQ(all[1].offset, 4);
}

TEST(Operand, TensorCoordinatesFollowTheBase) {
  const auto all = operands("cp [a], [d, {a, 5}], [bar], {b, 0};");
  ASSERT_EQ(all.size(), 4u);
  ASSERT_EQ(all[1].elements.size(), 3u);
  EXPECT_EQ(all[1].elements[2].bits, 5u);
  EXPECT_EQ(all[3].kind, Kind::vector);
}

TEST(Operand, NamesOfVariablesAreAddressesToBeMoved) {
  const auto all = operands("mov.b64 d, g+8;");
  EXPECT_EQ(all[1].kind, Kind::variable);
  EXPECT_EQ(all[1].offset, 8);
}

TEST(Operand, ElementsOfArraysAreAddresses) {
  const Function k = kernel(
      ".reg .b32 a; .reg .b64 d; .shared .u32 s[8]; ld.shared.u32 a, s[3]; mov.b64 d, s[1];");
  EXPECT_EQ(k.body[0].operands[1].kind, Kind::address);
  EXPECT_EQ(k.body[0].operands[1].offset, 12);
  EXPECT_EQ(k.body[1].operands[1].kind, Kind::variable);
  EXPECT_EQ(k.body[1].operands[1].offset, 4);
}

TEST(Operand, VectorsHoldRegistersLiteralsAndSinks) {
  const auto all = operands("mov.b64 {a, _}, d; ");
  EXPECT_EQ(all[0].elements[1].kind, Kind::sink);
  const auto literals = operands("st.v4 [d], {%r0, 0, -1, 0f00000000};");
  ASSERT_EQ(literals[1].elements.size(), 4u);
  EXPECT_EQ(literals[1].elements[2].bits, ~0ull);
  EXPECT_EQ(literals[1].elements[3].kind, Kind::real);
}

TEST(Operand, PairsOfDestinationsMayHaveASink) {
  for (const std::string_view text : {"p|q", "_|q", "p|_", "a|p"}) {
    const auto all = operands("setp.eq.and.s32 " + std::string(text) + ", a, 1, !p;");
    EXPECT_EQ(all[0].kind, Kind::pair) << text;
    EXPECT_EQ(all[0].elements[0].kind, text[0] == '_' ? Kind::sink : Kind::reg) << text;
    EXPECT_EQ(all[0].elements[1].kind, text[2] == '_' ? Kind::sink : Kind::reg) << text;
    EXPECT_TRUE(all[3].is_negated);
    EXPECT_FALSE(all[1].is_negated);
  }
}

TEST(Operand, AnExclamationMarkBeforeANumberIsLogic) {
  const auto all = operands("f !5, !p;");
  EXPECT_EQ(all[0].kind, Kind::integer);
  EXPECT_EQ(all[0].bits, 0u);
  EXPECT_TRUE(all[1].is_negated);
  EXPECT_EQ(problem(kernel_text("f !n;")), "k.ptx:5:4: ! does not apply to n");
}

TEST(Call, HasAllItsForms) {
  constexpr std::string_view kParams = ".param .b32 x, y, z; ";
  const auto with = [&](std::string_view call) {
    return operands(std::string(kParams) + std::string(call));
  };
  const auto full = with("call.uni (x), f, (y, z);");
  ASSERT_EQ(full.size(), 3u);
  EXPECT_EQ(full[0].kind, Kind::arguments);
  EXPECT_EQ(full[1].kind, Kind::function);
  EXPECT_EQ(full[1].name, "f");
  EXPECT_EQ(full[2].elements.size(), 2u);
  EXPECT_EQ(full[2].elements[1].variable.index, 2);
  const auto bare = with("call f;");
  ASSERT_EQ(bare.size(), 1u);
  EXPECT_EQ(bare[0].kind, Kind::function);
  const auto no_result = with("call.uni f, (a, 3);");
  EXPECT_EQ(no_result[1].elements[0].kind, Kind::reg);
  EXPECT_EQ(no_result[1].elements[1].kind, Kind::integer);
  const auto no_arguments = with("call (x), f, ();");
  EXPECT_TRUE(no_arguments[2].elements.empty());
}

TEST(Call, ThroughARegisterNamesAPrototypeOrTargets) {
  const Function k = kernel(
      ".reg .b64 %rd1; .param .b32 x, y;\n"
      "proto : .callprototype (.param .b32 _) _ (.param .b64 _, .param .align 8 .b8 _[16]) "
      ".noreturn;\n"
      "list: .calltargets f;\n"
      "call\n(x), \n%rd1, \n(\ny\n)\n, proto;\ncall (x), %rd1, (y), list;",
      kNames);
  ASSERT_EQ(k.prototypes.size(), 1u);
  EXPECT_EQ(k.prototypes[0].results.at(0).bytes, 4u);
  EXPECT_EQ(k.prototypes[0].params.at(1).bytes, 16u);
  EXPECT_EQ(k.body[0].operands[3].kind, Kind::prototype);
  EXPECT_EQ(k.body[1].operands[3].kind, Kind::target_list);
  EXPECT_EQ(k.target_lists[0].functions, std::vector<int>{0});
  EXPECT_TRUE(k.labels.empty());
  EXPECT_EQ(k.body[0].line, 9);
}

TEST(Operand, WhatIsNoAddressIsRefused) {
  EXPECT_EQ(problem(kernel_text("ld [_];")), "k.ptx:5:5: _ is not an address");
  EXPECT_EQ(problem(kernel_text("ld [%tid.x];")), "k.ptx:5:5: %tid is not an address");
  EXPECT_EQ(problem(kernel_text("ld [1.5];")), "k.ptx:5:5: 1.5 is not an address");
  EXPECT_EQ(problem(kernel_text("ld [n+1.5];")), "k.ptx:5:6: an offset is an integer");
  EXPECT_EQ(problem(kernel_text("ld [n;")), "k.ptx:5:6: expected \"]\", but here stands \";\"");
  EXPECT_EQ(problem(kernel_text("ld {{n}};")),
            "k.ptx:5:5: expected an operand, but here stands \"{\"");
  EXPECT_EQ(problem(kernel_text("ld [[n]];")),
            "k.ptx:5:5: expected an operand, but here stands \"[\"");
}

}  // namespace
}  // namespace assay::ptx
