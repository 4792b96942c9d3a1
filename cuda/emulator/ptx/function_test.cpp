// SPDX-License-Identifier: Apache-2.0
// Bodies of functions: scopes, registers, labels. Source of expectations: PTX ISA 9.0, 5.4.6, 6.2,
// 9.7.12, 11.2; which forms exist: ptxas 13.0 (ptxas_test.cpp).
#include "cuda/emulator/ptx/parse_test.hpp"

namespace assay::ptx {
namespace {

TEST(Registers, ARangeNamesRegistersThatExistOnceUsed) {
  const Function k =
      kernel(".reg .b32 %r<4000000000>; mov.b32 %r12, %r3999999999; mov.b32 %r12, 0;");
  ASSERT_EQ(k.registers.size(), 2u);
  EXPECT_EQ(k.registers[0].name, "%r12");
  EXPECT_EQ(k.registers[1].name, "%r3999999999");
  EXPECT_EQ(k.body[1].operands[0].index, 0);
  EXPECT_EQ(problem(kernel_text(".reg .b32 %r<4>; mov.b32 %r4, 0;")),
            "k.ptx:5:26: %r4 is not declared");
}

TEST(Registers, UntypedFloatsAndBytesAreRegisters) {
  const Function k =
      kernel(".reg .b32 %f<3>; .reg .b8 b; mov.f32 %f1, 0f3F800000; mov.b16 {b, _}, 0;");
  EXPECT_EQ(register_of(k, k.body[0].operands[0]).type, Type::b32);
  EXPECT_EQ(register_of(k, k.body[1].operands[0].elements[0]).type, Type::b8);
}

TEST(Registers, VectorsAreTheirElements) {
  const Function k = kernel(
      ".reg .v4 .f32 v; .reg .v2 .b32 w<2>; mov.f32 v.x, v.w; mov.b32 w1.g, 0; ld.global.v4.f32 v, "
      "[p];");
  ASSERT_EQ(k.registers.size(), 6u);
  EXPECT_EQ(k.registers[3].name, "v.w");
  EXPECT_EQ(k.registers[3].vector, 4);
  EXPECT_EQ(k.body[0].operands[0].index, 0);
  EXPECT_EQ(k.body[0].operands[1].index, 3);
  EXPECT_EQ(k.registers[static_cast<std::size_t>(k.body[1].operands[0].index)].name, "w1.y");
  const Operand& whole = k.body[2].operands[0];
  EXPECT_EQ(whole.kind, Operand::Kind::vector);
  ASSERT_EQ(whole.elements.size(), 4u);
  EXPECT_EQ(whole.elements[2].name, "v.z");
  const Function colours = kernel(".reg .v4 .b32 v; f v.r, v.g, v.b, v.a;");
  for (int i = 0; i < 4; ++i)
    EXPECT_EQ(colours.body[0].operands[static_cast<std::size_t>(i)].index, i);
  EXPECT_EQ(problem(kernel_text(".reg .v2 .b32 w; mov.b32 w.z, 0;")),
            "k.ptx:5:27: w has 2 elements");
}

TEST(Scopes, InlineAssemblyReusesNames) {
  const Function k = kernel(
      ".reg .pred P; setp.eq.s32 P, 1, 2;\n{ .reg .pred P; .reg .b32 t; setp.eq.s32 P, 1, 2; "
      "mov.b32 t, "
      "0; }\n{ .reg .b64 t; mov.b64 t, 0; }\n@P ret;");
  ASSERT_EQ(k.registers.size(), 4u);
  EXPECT_EQ(k.body[0].operands[0].index, 0);
  EXPECT_EQ(k.body[1].operands[0].index, 1);
  EXPECT_EQ(register_of(k, k.body[2].operands[0]).type, Type::b32);
  EXPECT_EQ(register_of(k, k.body[3].operands[0]).type, Type::b64);
  EXPECT_EQ(k.body[4].guard, 0);
}

TEST(Scopes, ARangeOfTheOuterScopeServesTheInnerOne) {
  const Function k = kernel(".reg .b32 %r<4>; { mov.b32 %r1, 0; } mov.b32 %r1, 1;");
  EXPECT_EQ(k.registers.size(), 1u);
}

TEST(Scopes, NamesEndWithTheirScope) {
  EXPECT_EQ(problem(kernel_text("{ .reg .b32 t; }\nmov.b32 t, 0;")),
            "k.ptx:6:9: t is not declared");
  EXPECT_EQ(problem(kernel_text(".reg .b32 t;\n.reg .b64 t;")),
            "k.ptx:6:11: t is declared already");
  EXPECT_EQ(problem(kernel_text(".reg .b32 %r<4>, %r<6>;")), "k.ptx:5:18: %r is declared already");
  EXPECT_EQ(problem(kernel_text(".reg .b32 %r<4>, %r2;")), "k.ptx:5:18: %r2 is declared already");
  EXPECT_EQ(problem(kernel_text("L:\n.reg .b32 L;")), "k.ptx:6:11: L is declared already");
  EXPECT_EQ(problem(kernel_text(".reg .b32 L;\nL:")), "k.ptx:6:1: L is declared already");
}

TEST(Scopes, DepthIsBounded) {
  EXPECT_EQ(problem(kernel_text(std::string(100000, '{'))),
            "k.ptx:5:63: scopes are nested more than 64 deep");
}

TEST(Labels, AScopesOwnLabelComesFirstWhereverItStands) {
  const Function k = kernel("L: { bra L; L: ret; } bra L; { bra L; bra M; } M:");
  ASSERT_EQ(k.labels.size(), 3u);
  EXPECT_EQ(k.labels[0].instruction, 0);
  EXPECT_EQ(k.labels[1].instruction, 1);
  EXPECT_EQ(k.labels[2].instruction, 5);  // behind the last instruction
  EXPECT_EQ(k.body[0].operands[0].index, 1);
  EXPECT_EQ(k.body[2].operands[0].index, 0);
  EXPECT_EQ(k.body[3].operands[0].index, 0);
  EXPECT_EQ(k.body[4].operands[0].index, 2);
  EXPECT_EQ(k.body[4].operands[0].kind, Operand::Kind::label);
}

TEST(Labels, AreNotSeenFromOutside) {
  EXPECT_EQ(problem(kernel_text("bra L; { L: ret; }")), "k.ptx:5:5: L is not declared");
  EXPECT_EQ(problem(kernel_text("L: ret;\nL: ret;")), "k.ptx:6:1: L is declared already");
}

TEST(Labels, ListsOfTargetsNameThem) {
  const Function k = kernel(
      ".reg .b32 i; ts: .branchtargets $L__BB0_2, L, L; brx.idx i, ts; $L__BB0_2: ret; L: ret;");
  EXPECT_EQ(k.target_lists.at(0).labels, (std::vector<int>{0, 1, 1}));
  EXPECT_EQ(k.body[0].operands[1].kind, Operand::Kind::target_list);
  EXPECT_EQ(k.body[0].operands[1].index, 0);
  EXPECT_EQ(problem(kernel_text("ts: .branchtargets A;")), "k.ptx:5:20: A is not declared");
}

TEST(Variables, OfTheFunctionAreThoseOfItsScopes) {
  const Function k = kernel(
      ".shared .align 4 .b8 _ZZ1kE4tile[4224]; .shared .u64 bar; .local .align 8 .b8 depot[16];\n"
      "{ .param .b64 param0; { .param .align 8 .b8 param0[16]; st.param.b64 [param0+8], 0; } }");
  ASSERT_EQ(k.variables.size(), 5u);
  EXPECT_EQ(k.variables[1].bytes, 8u);
  EXPECT_EQ(k.variables[2].space, Space::local);
  const Operand& address = k.body[0].operands[0];
  EXPECT_TRUE(address.elements[0].variable.in_function);
  EXPECT_EQ(address.elements[0].variable.index, 4);
  EXPECT_EQ(problem(kernel_text(".global .u32 a;")),
            "k.ptx:5:1: .global is not a directive that stands here (did you mean \".local\"?)");
}

TEST(Variables, ParametersAndResultsAreCountedBehindThem) {
  const Module m =
      parsed(module_text(".func (.param .b32 r) f(.param .b32 a, .param .b32 b) { .local .b32 v, "
                         "w; f [r], [a], [b], [w]; }"));
  std::vector<int> indices;
  for (const Operand& operand : m.functions.at(0).body.at(0).operands)
    indices.push_back(operand.elements.at(0).variable.index);
  EXPECT_EQ(indices, (std::vector<int>{4, 2, 3, 1}));
}

TEST(Instructions, KeepOpcodeModifiersGuardAndPlace) {
  const Function k = kernel(
      ".reg .pred p; .reg .b32 a;\n.loc 1 9 3\n\n@!p "
      "mbarrier.try_wait.parity.acquire.cta.shared::cta.b64 p, "
      "[a], 0;\n@ p ret;\nadd .s32 a, a, 1;");
  EXPECT_EQ(k.body[0].opcode, "mbarrier");
  EXPECT_EQ(k.body[0].spelled(), "mbarrier.try_wait.parity.acquire.cta.shared::cta.b64");
  EXPECT_TRUE(k.body[0].has("shared::cta"));
  EXPECT_FALSE(k.body[0].has("shared"));
  EXPECT_TRUE(k.body[0].guard_negated);
  EXPECT_EQ(k.body[0].line, 8);
  EXPECT_EQ(k.body[0].source.line, 9);
  EXPECT_FALSE(k.body[1].guard_negated);
  EXPECT_EQ(k.body[1].guard, 0);
  EXPECT_EQ(k.body[2].guard, -1);
  EXPECT_EQ(k.body[2].modifiers, std::vector<std::string>{"s32"});
}

TEST(Instructions, AGuardIsAPredicate) {
  EXPECT_EQ(problem(kernel_text(".reg .b32 a; @a ret;")), "k.ptx:5:15: a is not a predicate");
  EXPECT_EQ(problem(kernel_text("@q ret;")), "k.ptx:5:2: q is not declared");
  EXPECT_EQ(problem(kernel_text("@%tid.x ret;")), "k.ptx:5:2: %tid is not a predicate");
}

TEST(Instructions, SayWhatStandsInTheWrongPlace) {
  EXPECT_EQ(problem(kernel_text("ret")), "k.ptx:6:1: expected an operand, but here stands \"}\"");
  EXPECT_EQ(problem(kernel_text(".reg .b32 a; mov.b32 a 3;")),
            "k.ptx:5:24: expected \",\" or \";\", but here stands \"3\"");
  EXPECT_EQ(problem(kernel_text(";")),
            "k.ptx:5:1: expected an instruction, a label or a directive, but here stands \";\"");
  EXPECT_EQ(
      problem(module_text(".entry k() { ret;")),
      "k.ptx:4:18: expected an instruction, a label or a directive, but here stands the end of "
      "the text");
  EXPECT_EQ(problem(kernel_text("mov.b32 %tidd.x, 0;")),
            "k.ptx:5:9: %tidd is not declared (did you mean \"%tid\"?)");
}

}  // namespace
}  // namespace assay::ptx
