// SPDX-License-Identifier: Apache-2.0
// Hostile PTX by hand: sizes, calls and stacks at the limits of how the emulator lays memory out.
#include <gtest/gtest.h>

#include "cuda/emulator/hostile/hostile_run.hpp"
#include "cuda/emulator/test_kernel.hpp"

namespace assay::emulator {
namespace {

// What became of it: why it was refused, or its findings.
std::string fate(const std::string& body, const std::string& globals = "") {
  const HostileOutcome outcome = run_hostile(test_module(body, globals));
  EXPECT_EQ(outcome.breach, "");
  return outcome.refusal + outcome.findings;
}

testing::AssertionResult says(const std::string& text, const std::string& part) {
  if (text.find(part) != std::string::npos) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "'" << text << "' does not say '" << part << "'";
}

constexpr const char* kIdentity = R"(
.func (.param .b32 result) identity(.param .b32 x)
{
  .reg .b32 %r1;
  ld.param.b32 %r1, [x];
  st.param.b32 [result], %r1;
  ret;
}
)";

TEST(HostileLayout, LocalVariablesBeyondTheLimitAreRefused) {
  for (const char* bytes : {"524289", "4294967296", "4294967280", "281474976710655"})
    EXPECT_TRUE(says(fate(fmt::format(".local .b8 large[{}];", bytes)), "local memory")) << bytes;
  EXPECT_EQ(fate(".local .b8 large[500000];"), "");
}

TEST(HostileLayout, LocalVariablesOfFunctionsBeyondTheLimitAreRefused) {
  for (const char* bytes : {"524289", "4294967296", "4294967280"})
    EXPECT_TRUE(says(fate("call large;", fmt::format(".func large()\n{{\n .local .b8 a[{}];\n"
                                                     " ret;\n}}\n",
                                                     bytes)),
                     "local memory"))
        << bytes;
}

TEST(HostileLayout, SharedVariablesBeyondTheLimitAreRefused) {
  for (const char* bytes : {"232449", "4294967296", "4294967200", "281474976710655"})
    EXPECT_TRUE(says(
        fate("st.shared.u32 [large], %i;", fmt::format(".shared .align 4 .b8 large[{}];", bytes)),
        "shared memory"))
        << bytes;
}

TEST(HostileLayout, ParametersOfCallsThatWrapAroundAreRefused) {
  EXPECT_TRUE(says(fate(R"(
    .param .b8 first[4294967280];
    .param .b8 second[64];
    st.param.b32 [second+60], %i;
  )"),
                   "parameters"));
}

TEST(HostileLayout, ParametersOfKernelsThatWrapAroundAreRefused) {
  EXPECT_TRUE(says(fate("", R"(
.entry large(.param .b8 first[4294967280], .param .b8 second[64])
{
  .reg .b32 %r1;
  ld.param.u32 %r1, [second];
  ret;
}
)"),
                   "parameters"));
}

TEST(HostileLayout, AVariableOfAnotherSpaceIsNoArgument) {
  for (const char* space : {".local", ".shared"})
    EXPECT_TRUE(says(fate(fmt::format(R"(
    {} .b8 array[4096];
    .param .b32 result;
    {} .b32 argument;
    call (result), identity, (argument);
  )",
                                      space, space),
                          kIdentity),
                     "argument: arguments must be .param variables"))
        << space;
}

TEST(HostileLayout, AKernelIsNoCallee) {
  const char* kernel = R"(
.entry victim(.param .b8 large[4000])
{
  ret;
}
)";
  EXPECT_TRUE(says(fate(R"(
    .param .b8 argument[4000];
    call victim, (argument);
  )",
                        kernel),
                   "victim"));
  EXPECT_TRUE(says(fate(R"(
    .param .b8 argument[4000];
    SHAPE: .callprototype _ (.param .b8 _[4000]);
    mov.u64 %rd1, victim;
    call %rd1, (argument), SHAPE;
  )",
                        kernel),
                   "which is no function"));
}

// The stack pointer is odd, and the callee, whose frame begins at a multiple of 16, has no local
// variables: the bytes between are the stack's, those behind are not.
TEST(HostileLayout, TheBytesBetweenTwoFramesExistAndThoseBehindDoNot) {
  const char* callee = R"(
.func touch(.param .b64 where)
{
  .reg .b64 %rd1;
  ld.param.b64 %rd1, [where];
  st.local.b8 [%rd1], 1;
  ret;
}
)";
  const auto touch = [&](int byte) {
    return fate(fmt::format(R"(
    .param .b64 where;
    mov.u64 %rd3, 1;
    alloca.u64 %rd1, %rd3, 16;
    add.u64 %rd1, %rd1, {};
    st.param.b64 [where], %rd1;
    call touch, (where);
  )",
                            byte),
                callee);
  };
  for (const int byte : {0, 1, 2, 15})
    EXPECT_EQ(touch(byte), "") << byte;
  EXPECT_TRUE(says(touch(16), "local memory"));
}

TEST(HostileLayout, ABodyWithoutAReturnEndsWhereItsTextEnds) {
  EXPECT_EQ(fate(R"(
    call last;
    st.global.u32 [%out], %i;
  )",
                 ".func last()\n{\n .reg .b32 %r1;\n mov.u32 %r1, 1;\n}\n.func empty()\n{\n}\n"),
            "");
}

TEST(HostileLayout, ALabelAtTheEndOfTheTextIsAReturn) {
  EXPECT_EQ(fate("", ".entry jump()\n{\n bra END;\nEND:\n}\n"), "");
}

}  // namespace
}  // namespace assay::emulator
