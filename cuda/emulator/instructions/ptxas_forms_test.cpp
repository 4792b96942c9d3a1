// SPDX-License-Identifier: Apache-2.0
// Which forms exist: of some ten thousand spellings of arithmetic, comparison, move, conversion and
// tcgen05 instructions, most of them wrong, the decoder takes those that ptxas takes, and no
// others, for each target. What ptxas takes beyond PTX ISA 9.0 is listed. Without ptxas the tests
// skip.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include <unistd.h>

#include "cuda/emulator/instructions/ptx_test.hpp"

namespace assay::emulator {
namespace {

using Strings = std::vector<std::string>;

const Strings kTypes{"u8",     "u16", "u32",   "u64", "s8",    "s16",   "s32",
                     "s64",    "b16", "b32",   "b64", "f16",   "f16x2", "bf16",
                     "bf16x2", "f32", "f32x2", "f64", "u16x2", "s16x2", "pred"};

// "a{b,c}" is "ab" and "ac".
Strings expand(const std::string& pattern) {
  const std::size_t open = pattern.find('{');
  if (open == std::string::npos) return {pattern};
  const std::size_t close = pattern.find('}', open);
  Strings result;
  std::istringstream choices(pattern.substr(open + 1, close - open - 1) + ",");
  for (std::string choice; std::getline(choices, choice, ',');)
    for (const std::string& tail : expand(pattern.substr(close + 1)))
      result.push_back(pattern.substr(0, open) + choice + tail);
  return result;
}

// The registers of TestKernel that hold a type.
std::string register_class(const std::string& type) {
  static const std::map<std::string, std::string> classes{
      {"u8", "c"},     {"s8", "c"},     {"e2m1x2", "c"}, {"u16", "h"},    {"s16", "h"},
      {"b16", "h"},    {"f16", "h"},    {"bf16", "h"},   {"u32", "r"},    {"s32", "r"},
      {"b32", "r"},    {"f16x2", "r"},  {"bf16x2", "r"}, {"u16x2", "r"},  {"s16x2", "r"},
      {"tf32", "r"},   {"f32", "f"},    {"u64", "rd"},   {"s64", "rd"},   {"b64", "rd"},
      {"f32x2", "rd"}, {"f64", "d"},    {"pred", "p"},   {"e4m3x2", "h"}, {"e5m2x2", "h"},
      {"e2m3x2", "h"}, {"e3m2x2", "h"}, {"ue8m0x2", "h"}};
  return classes.at(type);
}

// "add.T T T T": T stands for a type, W for the type of twice its width.
void add_forms(std::set<std::string>& forms, const std::string& text, const std::string& type) {
  static const std::map<std::string, std::string> wide{
      {"u16", "u32"}, {"s16", "s32"}, {"u32", "u64"}, {"s32", "s64"}};
  const std::size_t space = text.find(' ');
  std::string form = text.substr(0, space);
  if (const std::size_t at = form.find(".T"); at != std::string::npos)
    form.replace(at, 2, "." + type);
  std::istringstream operands(text.substr(space + 1));
  std::map<std::string, int> used;
  const char* separator = " ";
  for (std::string operand; operands >> operand; separator = ", ") {
    const auto doubled = wide.find(type);
    if (operand == "W") operand = doubled == wide.end() ? type : doubled->second;
    if (operand == "T") operand = type;
    const bool is_literal = operand.find_first_of("%_0123456789") == 0;
    const std::string name = is_literal ? operand : register_class(operand);
    form +=
        is_literal ? separator + operand : fmt::format("{}%{}{}", separator, name, ++used[name]);
  }
  forms.insert(form + ";");
}

const Strings kPatterns{
    "{add,sub}{,.rn,.rz,.rm,.rp}{,.ftz}{,.sat}.T T T T",
    "{add,sub}{,.rn,.rz,.rm,.rp}{,.ftz}{,.sat}.f32.T f32 T f32",
    "{add,sub}.cc.T T T T",
    "{addc,subc}{,.cc}.T T T T",
    "mul{,.rn,.rz,.rm,.rp}{,.ftz}{,.sat}.T T T T",
    "mul.{lo,hi,wide}.T T T T",
    "mul.{lo,hi,wide}.T W T T",
    "mad{,.lo,.hi,.wide}{,.sat,.cc}.T T T T T",
    "mad.wide{,.sat,.cc}.T W T T W",
    "madc{,.lo,.hi}{,.cc}.T T T T T",
    "mul24{,.lo,.hi}{,.sat}.T T T T",
    "mad24{,.lo,.hi}{,.sat}.T T T T T",
    "{fma,mad}{,.rn,.rz,.rm,.rp}{,.ftz}{,.sat,.relu}.T T T T T",
    "{fma,mad}{,.rn,.rz,.rm,.rp}{,.ftz,.sat}.f32.T f32 T T f32",
    "div{,.rn,.rz,.rm,.rp,.approx,.full}{,.ftz}.T T T T",
    "{rcp,sqrt,rsqrt}{,.rn,.rz,.rm,.rp,.approx}{,.ftz}.T T T",
    "{ex2,lg2,sin,cos,tanh}{,.approx}{,.ftz}.T T T",
    "{rem,and,or,xor}.T T T T",
    "sad.T T T T T",
    "{abs,neg,not,cnot,brev}{,.ftz}.T T T",
    "{min,max}{,.ftz,.relu}{,.NaN}{,.xorsign.abs,.abs,.xorsign}.T T T T",
    "{min,max}{,.ftz,.relu}{,.NaN}{,.xorsign.abs,.abs,.xorsign}.T T T T T",
    "{shl,shr}.T T T u32",
    "shf{.l,.r,}{,.clamp,.wrap}.T T T T u32",
    "prmt.T{,.f4e,.b4e,.rc8,.ecl,.ecr,.rc16} T T T T",
    "lop3.T T T T T 64",
    "lop3{.or,.and,}.b32 b32 b32 b32 b32 1 pred",
    "lop3{.or,.and,}.b32 %r1|%p1 b32 b32 b32 1 pred",
    "lop3{.or,.and,}.b32 _|%p1 b32 b32 b32 1 pred",
    "{popc,clz}.T u32 T",
    "bfind{,.shiftamt}.T u32 T",
    "bfe.T T T u32 u32",
    "bfi.T T T T u32 u32",
    "fns.T T T T T",
    "bmsk{,.clamp,.wrap}.T T T T",
    "szext{,.clamp,.wrap}.T T T u32",
    "dp4a.{u32,s32,u16}.{u32,s32,b32} b32 b32 b32 b32",
    "dp2a{,.lo,.hi}.{u32,s32,u16}.{u32,s32,b32} b32 b32 b32 b32",
    "setp.{eq,ne,lt,le,gt,ge,lo,ls,hi,hs,equ,neu,ltu,leu,gtu,geu,num,nan}{,.ftz}.T pred T T",
    "setp.{eq,lo,ltu}{,.and,.or,.xor,.not}.T pred T T pred",
    "setp.{eq,lo,ltu}.T %p1|%p2 T T",
    "set.{eq,lt,lo,ltu,num}{,.ftz}.T.{b16,u16,s16} T u16 u16",
    "set.{eq,lt,lo,ltu,num}{,.ftz}.T.{f16,bf16} T f16 f16",
    "set.{eq,lt,lo,ltu,num}{,.ftz}.T.{b32,u32,s32} T u32 u32",
    "set.{eq,lt,lo,ltu,num}{,.ftz}.T.{f16x2,bf16x2} T u32 u32",
    "set.{eq,lt,lo,ltu,num}{,.ftz}.T.{b64,u64,s64} T u64 u64",
    "set.{eq,lt,ltu,num}{,.ftz}{,.and}.T.f32 T f32 f32",
    "set.{eq,lt,ltu,num}{,.ftz}.T.f64 T f64 f64",
    "selp.T T T T pred",
    "slct{,.ftz}.T.s32 T T T s32",
    "slct{,.ftz}.T.f32 T T T f32",
    "slct{,.ftz}.T.u32 T T T u32",
    "testp.{finite,infinite,number,notanumber,normal,subnormal}.T pred T",
    "copysign{,.ftz}.T T T T",
    "mov{,.ftz}.T T T",
    "cvt{,.sat}{,.rni,.rn}.T.{u8,s8} T u8",
    "cvt{,.sat}{,.rni,.rn}.T.{u16,s16} T u16",
    "cvt{,.sat}{,.rni,.rn,.rz,.rm,.rp}.T.{u32,s32} T u32",
    "cvt{,.sat}{,.rni,.rn,.rz,.rm,.rp}.T.{u64,s64} T u64",
    "cvt{,.rni,.rzi,.rmi,.rpi,.rn,.rz,.rm,.rp,.rna}{,.ftz}{,.sat,.relu,.satfinite}.T.f32 T f32",
    "cvt{,.rni,.rzi,.rmi,.rpi,.rn,.rz,.rm,.rp}{,.ftz}{,.sat,.relu,.satfinite}.T.f64 T f64",
    "cvt{,.rni,.rzi,.rmi,.rpi,.rn,.rz,.rm,.rp}{,.ftz}{,.sat,.relu,.satfinite}.T.f16 T f16",
    "cvt{,.rni,.rzi,.rmi,.rpi,.rn,.rz,.rm,.rp}{,.ftz}{,.sat,.relu,.satfinite}.T.bf16 T bf16",
    "cvt{,.rn,.rz}.relu.satfinite{,.ftz}.T.f32 T f32",
    "cvt{,.rn,.rz,.rp,.rm,.rna}{,.relu}{,.satfinite}.{e4m3x2,e5m2x2,e2m3x2}.f32 u16 f32 f32",
    "cvt{,.rn,.rz,.rp,.rm,.rna}{,.relu}{,.satfinite}.{e3m2x2,ue8m0x2}.f32 u16 f32 f32",
    "cvt{,.rn,.rz,.rp,.rm,.rna}{,.relu}{,.satfinite}.{f16x2,bf16x2}.f32 u32 f32 f32",
    "cvt{,.rn,.rz,.rp,.rm}{,.relu}{,.satfinite}.e2m1x2.f32 u8 f32 f32",
    "cvt{,.rn,.rz,.rp}{,.relu}{,.satfinite}.{e4m3x2,e5m2x2,e2m3x2}.{f16x2,bf16x2} u16 u32",
    "cvt{,.rn,.rz,.rp}{,.relu}{,.satfinite}.{e3m2x2,ue8m0x2}.{f16x2,bf16x2} u16 u32",
    "cvt{,.rn,.rz,.rp}{,.relu}{,.satfinite}.e2m1x2.{f16x2,bf16x2} u8 u32",
    "cvt{,.rn,.rz,.rp}{,.relu}{,.satfinite}.{f16x2,bf16x2}.{e4m3x2,e5m2x2,e2m3x2} u32 u16",
    "cvt{,.rn,.rz,.rp}{,.relu}{,.satfinite}.{f16x2,bf16x2}.{e3m2x2,ue8m0x2} u32 u16",
    "cvt{,.rn,.rz,.rp}{,.relu}{,.satfinite}.{f16x2,bf16x2}.e2m1x2 u32 u8",
    "cvt{,.rn,.rz,.rm,.rna}{,.relu}{,.satfinite}.tf32.f32 b32 f32",
    "cvt.rs{,.relu}{,.satfinite}.{f16x2,bf16x2}.f32 b32 f32 f32 b32",
    "cvt.pack{,.sat}.{u16,s16,u8,s8,u4,s4,u2,s2,u32}.s32 b32 s32 s32",
    "cvt.pack{,.sat}.{u16,s16,u8,s8,u4,s4,u2,s2,u32}.s32.b32 b32 s32 s32 b32",
};

const Strings kVectors{
    "cvt.rs{,.relu}{,.satfinite}.{e4m3x4,e5m2x4,e2m3x4,e3m2x4}.f32 %r1, <%f1, %f2, %f3, %f4>, %r2;",
    "cvt.rs{,.relu}{,.satfinite}.e2m1x4.f32 %h1, <%f1, %f2, %f3, %f4>, %r2;",
    "mov.{b32,u32,f32} {%r1,%f1}, <%h1, %h2>;",
    "mov.{b64,s64,f64} {%rd1,%d1}, <{%r1,%f1}, {%r2,%f2}>;",
    "mov.b64 %rd1, <%h1, %h2, %h3, %h4>;",
    "mov.b16 %h1, <%c1, %c2>;",
    "mov.b32 %r1, <%c1, %c2, %c3, %c4>;",
    "mov.b32 <%c1, %c2, %c3, %c4>, %r1;",
    "mov.b32 <%h1, {%h2,_}>, %r1;",
    "mov.b64 <{%r1,%f1,_}, %r2>, %rd1;",
    "mov.b64 <%h1, %h2, %h3, %h4>, %rd1;",
    "mov.b16 <%c1, %c2>, %h1;",
    "mov.b32 %r1, <%r2, %r3>;",
    "mov.b32 %r1, <%h1, %h2, %h3>;",
    "tcgen05.alloc{.cta_group::1,}{.sync,}{.aligned,}{,.shared::cta}{.b32,} [%rd1], 32;",
    "tcgen05.alloc.cta_group::1.sync.aligned{.shared,.shared::cluster,.global}.b32 [%rd1], 32;",
    "tcgen05.alloc.cta_group::1.sync.aligned.shared::cta.b32 [{%r1,%rd1}], "
    "{%r2,16,64,96,512,1024};",
    "tcgen05.dealloc.cta_group::1.sync.aligned{.b32,} {%r1,%rd1,0}, {%r2,16,64,96,512,1024};",
    "tcgen05.relinquish_alloc_permit{.cta_group::1,}{.sync,}{.aligned,};",
    "tcgen05.ld{.sync,}{.aligned,}.32x32b{.x1,.x2,.x3,.x4,}{.b32,} <%r1, %r2>, [{%r3,%rd1,%r3+8}];",
    "tcgen05.st{.sync,}{.aligned,}.32x32b{.x1,.x2,.x3,.x4,}{.b32,} [{%r3,%rd1,%r3+8}], <%r1, 7>;",
    "tcgen05.{ld,st}.sync.aligned.32x32b.x1.b32 {%r1,[%r2]}, {%r1,[%r2],<%r1>};",
    "tcgen05.ld.sync.aligned.32x32b.x1.b32 <%r1>, [%r2], 8;",
    "tcgen05.st.sync.aligned.32x32b.x1.b32 [%r2], 8, <%r1>;",
    "tcgen05.{wait::ld,wait::st}{.sync,}{.aligned,}{,.cta_group::1};",
    "tcgen05.{fence::before_thread_sync,fence::after_thread_sync}{,.sync,.aligned};",
    "tcgen05.commit{.cta_group::1,}{.mbarrier::arrive::one,}{,.shared::cluster,.shared::cta}{.b64,}"
    " "
    "[%rd1];",
    "tcgen05.mma{.cta_group::1,}{.kind::f16,.kind::tf32,.kind::f8f6f4,.kind::f64,}{,.block_scale,"
    ".collector::a::discard} [{%r1,%rd1}], {%rd1,%r1}, %rd2, {%r2,%rd2}, {%p1,!%p1,1,0};",
    "tcgen05.mma.cta_group::1.kind::{f16,mxf8f6f4,mxf4,mxf4nvf4}{,.block_scale}{,.scale_vec::1X,"
    ".scale_vec::2X,.scale_vec::4X,.block16,.block32} [%r1], %rd1, %rd2, %r2, {[%r3],[%rd3]}, "
    "[%r4], "
    "%p1;",
};

std::set<std::string> all_forms() {
  std::set<std::string> forms;
  for (const std::string& pattern : kPatterns)
    for (const std::string& text : expand(pattern))
      for (const std::string& type : kTypes)
        add_forms(forms, text, type);
  for (const std::string& pattern : kVectors)
    for (std::string text : expand(pattern)) {
      std::ranges::replace(text, '<', '{');
      std::ranges::replace(text, '>', '}');
      forms.insert(text);
    }
  return forms;
}

// What ptxas 13.0 takes although PTX ISA 9.0 has no such form.
bool is_beyond_the_isa(const std::string& form) {
  static const Strings beyond{
      "addc.{,cc.}{u,s}16 ",
      "subc.{,cc.}{u,s}16 ",
      "madc.{lo,hi}.{,cc.}{u,s}16 ",
      "fma.{rz,rm,rp}.{,relu.}bf16{,x2} ",
      "rcp.{rn,rz,rm,rp}.ftz.f64 ",
      "cvt.{f16.bf16,bf16.f16} ",
      "tcgen05.{ld,st}.sync.32x32b.",
      "tcgen05.dealloc.cta_group::1.sync.aligned.b32 {%r1,0}, {96,1024}",
  };
  for (const std::string& pattern : beyond)
    for (const std::string& start : expand(pattern))
      if (form.starts_with(start)) return true;
  return false;
}

class Forms : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (std::string_view(ASSAY_PTXAS).ends_with("NOTFOUND")) GTEST_SKIP() << "there is no ptxas";
  }
};

// Lines of the module that ptxas complains about; it may see others once those are gone.
std::set<std::size_t> lines_in_error(const std::string& module, const std::string& target) {
  const auto folder = std::filesystem::temp_directory_path();
  const std::string path = (folder / fmt::format("assay_forms_{}", ::getpid())).string();
  std::ofstream(path + ".ptx") << module;
  const int status = std::system(fmt::format("{} -arch={} -O0 --compile-only {}.ptx -o /dev/null "
                                             "2> {}.log",
                                             ASSAY_PTXAS, target, path, path)
                                     .c_str());
  std::set<std::size_t> lines;
  std::ifstream log(path + ".log");
  for (std::string line; std::getline(log, line);) {
    const std::size_t at = line.find(", line ");
    if (at != std::string::npos && line.find("error") != std::string::npos)
      lines.insert(std::stoul(line.substr(at + 7)));
  }
  std::filesystem::remove(path + ".ptx");
  std::filesystem::remove(path + ".log");
  EXPECT_EQ(status == 0, lines.empty());
  return lines;
}

std::set<std::string> taken_by_ptxas(const std::set<std::string>& forms,
                                     const std::string& target) {
  Strings left(forms.begin(), forms.end());
  const std::string empty = test_module("@", "", target);
  const auto before = static_cast<std::size_t>(
      std::count(empty.begin(), empty.begin() + static_cast<long>(empty.find("@\n")), '\n'));
  while (true) {
    const auto errors =
        lines_in_error(test_module(fmt::format("{}", fmt::join(left, "\n")), "", target), target);
    if (errors.empty()) return {left.begin(), left.end()};
    Strings rest;
    for (std::size_t i = 0; i < left.size(); ++i)
      if (!errors.contains(before + 1 + i)) rest.push_back(left[i]);
    if (rest.size() == left.size()) return {};
    left = std::move(rest);
  }
}

TEST_P(Forms, AreThoseOfPtxas) {
  const std::string target = GetParam();
  const std::set<std::string> forms = all_forms();
  const std::set<std::string> taken = taken_by_ptxas(forms, target);
  EXPECT_GT(forms.size(), 10000u);
  EXPECT_GT(taken.size(), 2000u);
  int shown = 0;
  for (const std::string& form : forms) {
    const std::string error = decode_error(form, target);
    const bool is_wanted = taken.contains(form) && !is_beyond_the_isa(form);
    if (error.empty() == is_wanted || ++shown > 20) continue;
    ADD_FAILURE() << form << (is_wanted ? " is refused: " + error : " is taken");
  }
}

INSTANTIATE_TEST_SUITE_P(Targets, Forms,
                         testing::Values("sm_100a", "sm_103a", "sm_110a", "sm_110", "sm_110f"));

}  // namespace
}  // namespace assay::emulator
