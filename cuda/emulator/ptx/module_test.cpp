// SPDX-License-Identifier: Apache-2.0
// Modules: header, variables, functions and their directives. Source of expectations: PTX ISA 9.0,
// 5.4 and chapter 11; which forms exist: ptxas 13.0 (ptxas_test.cpp).
#include "cuda/emulator/ptx/parse_test.hpp"

namespace assay::ptx {
namespace {

Module module(std::string_view items) {
  return parsed(module_text(items));
}

TEST(Module, TheHeaderIsKept) {
  const Module header = parsed(".version 8.7 .target sm_100f, debug, texmode_independent");
  EXPECT_EQ(header.version, "8.7");
  EXPECT_EQ(header.target, "sm_100f");
  EXPECT_EQ(header.target_options, (std::vector<std::string>{"debug", "texmode_independent"}));
  EXPECT_EQ(header.address_size, 64);
  EXPECT_EQ(header.name, "k.ptx");
}

TEST(Module, OtherVersionsAndAddressSizesAreRefused) {
  EXPECT_EQ(problem(".version 10.0\n.target sm_110a"),
            "k.ptx:1:10: PTX ISA 10.0 is not supported: 6.0 to 9.x are");
  EXPECT_EQ(problem(".version 5.0\n.target sm_110a"),
            "k.ptx:1:10: PTX ISA 5.0 is not supported: 6.0 to 9.x are");
  EXPECT_EQ(problem(".version 9.0\n.target sm_110a\n.address_size 32"),
            "k.ptx:3:15: addresses of 64 bits only are supported");
  EXPECT_EQ(problem(""), "k.ptx:1:1: expected \".version\", but here stands the end of the text");
}

TEST(Module, VariablesHaveSizeAndAlignment) {
  const Module m = module(
      ".global .align 16 .b8 a[3]; .const .f64 b[2][3]; .shared .v4 .u32 c; .global .u16 d, e[5];\n"
      ".extern .shared .align 128 .b8 dyn[];");
  ASSERT_EQ(m.variables.size(), 6u);
  const auto expect = [&](int index, std::string_view name, Space space, std::uint64_t bytes,
                          std::uint32_t align) {
    const Variable& v = m.variables[static_cast<std::size_t>(index)];
    EXPECT_EQ(v.name, name);
    EXPECT_EQ(v.space, space) << name;
    EXPECT_EQ(v.bytes, bytes) << name;
    EXPECT_EQ(v.align, align) << name;
    EXPECT_TRUE(v.init.empty()) << name;
  };
  expect(0, "a", Space::global, 3, 16);
  expect(1, "b", Space::constant, 48, 8);
  expect(2, "c", Space::shared, 16, 16);
  expect(3, "d", Space::global, 2, 2);
  expect(4, "e", Space::global, 10, 2);
  expect(5, "dyn", Space::shared, 0, 128);
  EXPECT_TRUE(m.variables[5].is_extern);
  EXPECT_EQ(m.variables[5].line, 5);
}

TEST(Module, LinkageAndAttributesAreKept) {
  const Module m = module(
      ".visible .global .u32 a; .weak .global .u32 b; .common .global .u32 c; .extern .global .u32 "
      "d;"
      ".global .attribute(.managed) .align 4 .u32 e; .global .attribute(.unified(1, 0x2)) .u32 f;");
  EXPECT_TRUE(m.variables[0].is_visible);
  EXPECT_TRUE(m.variables[1].is_weak);
  EXPECT_TRUE(m.variables[2].is_weak);
  EXPECT_TRUE(m.variables[3].is_extern);
  EXPECT_TRUE(m.variables[4].is_managed);
  EXPECT_FALSE(m.variables[5].is_managed);
}

TEST(Module, ADefinitionTakesThePlaceOfExternDeclarations) {
  const Module m = module(
      ".extern .global .u32 a;\n.extern .global .align 8 .u32 a;\n.global .u32 a = 3;\n"
      ".extern .global .u32 a;");
  ASSERT_EQ(m.variables.size(), 1u);
  EXPECT_FALSE(m.variables[0].is_extern);
  EXPECT_EQ(m.variables[0].init.size(), 4u);
  EXPECT_EQ(m.variables[0].align, 8u);
}

TEST(Module, TwoThingsDoNotShareAName) {
  EXPECT_EQ(problem(module_text(".global .u32 a;\n.global .u32 a;")),
            "k.ptx:5:14: a is declared already");
  EXPECT_EQ(problem(module_text(".global .u32 f;\n.func f() { ret; }")),
            "k.ptx:5:7: f is a variable");
  EXPECT_EQ(problem(module_text(".extern .global .u32 a;\n.shared .u32 a;")),
            "k.ptx:5:14: a is declared already");
}

TEST(Function, ParametersOfKernelsSayWhatTheyAre) {
  const Module m = module(
      ".visible .entry k(\n\t.param .u64 .ptr .align 1 k_param_0,\n\t.param .u64 .ptr .global "
      ".align 16 q,\n"
      "\t.param .align 8 .b8 s[24],\n\t.param .f32 f\n) { ret; }");
  const Function& k = m.functions.at(0);
  EXPECT_TRUE(k.is_entry);
  EXPECT_TRUE(k.is_visible);
  ASSERT_EQ(k.params.size(), 4u);
  EXPECT_EQ(k.params[0].align, 8u);  // the pointer's own: .ptr .align is of what it points to
  EXPECT_EQ(k.params[1].type, Type::u64);
  EXPECT_EQ(k.params[2].bytes, 24u);
  EXPECT_EQ(k.params[2].align, 8u);
  EXPECT_EQ(k.params[3].space, Space::param);
}

TEST(Function, TuningDirectivesAreKept) {
  const Module m = module(
      ".entry a() .reqntid 32, 2, 1 .minnctapersm 2 .maxnreg 64 .pragma \"nounroll\"; { ret; }\n"
      ".entry b() .maxntid 256 .reqnctapercluster 2, 1 .explicitcluster .maxclusterrank 4 { ret; "
      "}\n"
      ".func c() .noreturn .abi_preserve 4 .abi_preserve_control 2 { exit; }\n"
      ".entry d() .reqnctapercluster 2 .reqntid 32 .blocksareclusters { ret; }");
  using Extent = std::vector<std::uint32_t>;
  EXPECT_EQ(m.functions[0].required_threads, (Extent{32, 2, 1}));
  EXPECT_EQ(m.functions[0].min_ctas_per_sm, 2u);
  EXPECT_EQ(m.functions[0].max_registers, 64u);
  EXPECT_EQ(m.functions[1].max_threads, (Extent{256}));
  EXPECT_EQ(m.functions[1].cluster, (Extent{2, 1}));
  EXPECT_TRUE(m.functions[2].is_noreturn);
}

TEST(Function, ResultsAndRegisterParameters) {
  const Module m = module(
      ".func (.param .align 16 .b8 r[16]) f(.param .b32 a, .reg .pred p, .reg .f32 x) { ret; }");
  const Function& f = m.functions.at(0);
  EXPECT_FALSE(f.is_entry);
  EXPECT_EQ(f.results.at(0).bytes, 16u);
  EXPECT_EQ(f.params[0].space, Space::param);
  EXPECT_EQ(f.params[1].space, Space::reg);
  EXPECT_EQ(f.params[1].type, Type::pred);
  ASSERT_EQ(f.registers.size(), 2u);
  EXPECT_EQ(f.registers[1].name, "x");
}

TEST(Function, ADeclarationAndItsDefinitionAreOneFunction) {
  const Module m = module(
      ".extern .func (.param .b32 r) f\n(\n.param .b32 a\n)\n.noreturn\n;\n.func (.param .b32 r) "
      "f(.param "
      ".b32 a) { ret; }\n.entry k() { ret; }\n.func (.param .b32 r) f(.param .b32 a);");
  ASSERT_EQ(m.functions.size(), 2u);
  EXPECT_TRUE(m.functions[0].has_body);
  EXPECT_TRUE(m.functions[0].is_noreturn);
  EXPECT_FALSE(m.functions[0].is_extern);
}

TEST(Function, DeclarationsAgree) {
  EXPECT_EQ(problem(module_text(".func f(.param .b32 a);\n.func f(.param .b64 a) { ret; }")),
            "k.ptx:5:7: f is declared differently at line 4");
  EXPECT_EQ(problem(module_text(".func f() { ret; }\n.func f() { ret; }")),
            "k.ptx:5:7: f is defined already, at line 4");
}

TEST(Function, AnAliasIsTheFunctionThatItStandsFor) {
  const Module m = module(
      ".func g(); .func f() { ret; }\n.alias g, f;\n.entry k() { call g; l: .calltargets g; ret; "
      "}\n"
      ".global .u64 table[2] = {g, f};");
  const Function& k = m.functions.at(2);
  EXPECT_EQ(m.functions.at(static_cast<std::size_t>(k.body[0].operands[0].index)).name, "f");
  EXPECT_EQ(k.target_lists[0].functions, k.target_lists[0].functions);
  EXPECT_EQ(m.functions.at(static_cast<std::size_t>(k.target_lists[0].functions[0])).name, "f");
  EXPECT_EQ(m.variables[0].relocations[0].symbol, "f");
  EXPECT_EQ(problem(module_text(".func f() { ret; }\n.alias g, f;")),
            "k.ptx:5:8: g is not a function");
}

TEST(Module, DebugSectionsAreSkipped) {
  const Module m = module(
      ".section .debug_info\n{\n.b32 9867\n.b8 2, 3\n.b32 .debug_abbrev\n.b64 "
      "$L__tmp3+8\n$L__x:\n.b32 "
      "$L__a-$L__b\n}\n.entry k() { ret; }\n.section .debug_macinfo\t{\t}");
  EXPECT_EQ(m.functions.size(), 1u);
}

TEST(Module, FilesMayComeLastWithTimeAndSizeAndAnyNumber) {
  const Module m = module(
      ".entry k() {\n.loc 7 14 3\nret;\n.loc 4 20 9, function_name $L__info_string0+12, inlined_at "
      "7 15 2\n"
      "ret;\n.loc 9 1 1\nret;\n}\n.file 4 \"a.cuh\"\n.file 7 \"b.cu\", 1700000000, 1234\n.pragma "
      "\"x\";");
  EXPECT_EQ(m.files, (std::vector<std::string>{"a.cuh", "b.cu"}));
  const auto& body = m.functions.at(0).body;
  EXPECT_EQ(body[0].source.file, 1);
  EXPECT_EQ(body[0].source.line, 14);
  EXPECT_EQ(body[0].source.inlined_at, -1);
  EXPECT_EQ(body[1].source.file, 0);
  EXPECT_EQ(body[1].source.line, 20);
  const SourceLine& caller =
      m.functions.at(0).call_sites.at(static_cast<std::size_t>(body[1].source.inlined_at));
  EXPECT_EQ(caller.file, 1);
  EXPECT_EQ(caller.line, 15);
  EXPECT_EQ(caller.inlined_at, -1);
  EXPECT_EQ(body[2].source.file, -1);  // no .file 9
  EXPECT_EQ(body[2].source.inlined_at, -1);
}

// PTX ISA 11.5.4: the place where a function was inlined has a .loc before, the last of which says
// where its own function was inlined.
TEST(Module, InlinedFunctionsLeadToTheirCallers) {
  const Module m = module(
      ".entry k() {\n.loc 1 7 3\n.loc 2 4 3, function_name $L__s, inlined_at 1 7 3\n"
      ".loc 3 6 3, function_name $L__s, inlined_at 2 4 3\nret;\n"
      ".loc 2 4 3, function_name $L__s, inlined_at 1 8 3\n"
      ".loc 3 6 3, function_name $L__s, inlined_at 2 4 3\nret;\n"
      ".loc 3 6 3, function_name $L__s, inlined_at 2 4 3\nret;\n"
      ".loc 2 9 1, function_name $L__s, inlined_at 2 9 1\nret;\n}\n"
      ".file 1 \"k.cu\"\n.file 2 \"a.cuh\"\n.file 3 \"b.cuh\"");
  const auto chain = [&](std::size_t instruction) {
    std::string text;
    const Function& k = m.functions.at(0);
    for (const SourceLine* at = &k.body.at(instruction).source;;
         at = &k.call_sites.at(static_cast<std::size_t>(at->inlined_at))) {
      text += m.files.at(static_cast<std::size_t>(at->file)) + fmt::format(":{} ", at->line);
      if (at->inlined_at < 0) return text;
    }
  };
  EXPECT_EQ(chain(0), "b.cuh:6 a.cuh:4 k.cu:7 ");
  EXPECT_EQ(chain(1), "b.cuh:6 a.cuh:4 k.cu:8 ");
  EXPECT_EQ(chain(2), "b.cuh:6 a.cuh:4 k.cu:8 ");
  EXPECT_EQ(chain(3), "a.cuh:9 a.cuh:9 ");  // nothing before it: no circle
  EXPECT_EQ(m.functions.at(0).call_sites.size(), 5u);
}

TEST(Module, MisspeltDirectivesAreNamedWithTheClosestOne) {
  EXPECT_EQ(problem(module_text(".globl .u32 a;")),
            "k.ptx:4:1: .globl is not a directive that stands here (did you mean \".global\"?)");
  EXPECT_EQ(problem(module_text(".entry k() .maxtid 3 { ret; }")),
            "k.ptx:4:12: .maxtid is not a directive that stands here (did you mean \".maxntid\"?)");
  EXPECT_EQ(problem(module_text(".global .u33 a;")),
            "k.ptx:4:9: unknown type .u33 (did you mean \".u32\"?)");
  EXPECT_EQ(problem(kernel_text(".regs .b32 a;")),
            "k.ptx:5:1: .regs is not a directive that stands here (did you mean \".reg\"?)");
}

TEST(Module, BrokenDeclarationsAreRefused) {
  EXPECT_EQ(problem(module_text(".global .align 3 .u32 a;")),
            "k.ptx:4:16: an alignment is a power of two, not 3");
  EXPECT_EQ(problem(module_text(".global .u32 a[0];")),
            "k.ptx:4:16: an array has at least one element");
  EXPECT_EQ(problem(module_text(".global .u32 a[1000000000][1000000000];")),
            "k.ptx:4:14: a is larger than 2^48 bytes");
  EXPECT_EQ(problem(module_text(".global .pred a;")),
            "k.ptx:4:15: predicates exist in registers only");
  EXPECT_EQ(problem(module_text(".global .align 4 a;")),
            "k.ptx:4:18: expected a type, but here stands \"a\"");
  EXPECT_EQ(problem(module_text(".global .u32 \x80;")),
            "k.ptx:4:14: \"\\x80\": PTX has no such character here");
  EXPECT_EQ(problem(module_text(".entry k(.param .b32 a, .param .b32 a) { ret; }")),
            "k.ptx:4:40: two parameters are named a");
}

TEST(Module, MessagesStayShort) {
  const std::string name(1'000'000, 'a');
  EXPECT_LT(problem(module_text(".global .u32 " + name + ", " + name + ";")).size(), 500u);
  EXPECT_LT(problem(module_text("." + name)).size(), 500u);
}

TEST(Types, NamesAndSizesAgree) {
  EXPECT_EQ(type_bytes(Type::b128), 16);
  EXPECT_EQ(type_bytes(Type::bf16x2), 4);
  EXPECT_EQ(type_bytes(Type::pred), 0);
  for (int i = 1; i <= static_cast<int>(Type::f64); ++i) {
    const auto type = static_cast<Type>(i);
    EXPECT_EQ(parse_type(type_name(type)), type) << type_name(type);
  }
  EXPECT_EQ(parse_type("none"), std::nullopt);
  EXPECT_EQ(parse_type("e4m3x2"), std::nullopt);
  EXPECT_EQ(space_name(Space::constant), "const");
}

}  // namespace
}  // namespace assay::ptx
