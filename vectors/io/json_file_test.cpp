// SPDX-License-Identifier: Apache-2.0
// Oracles: RFC 8259 for what is JSON, the schemas of vectors/schema/ for what is allowed.
#include "vectors/io/json_file.hpp"

#include <gtest/gtest.h>

#include "vectors/io/test_support.hpp"

namespace assay {
namespace {

std::string parse_error(const std::string& text) {
  return error_of(parse_json(text, "f"));
}

std::string manifest_error(const std::string& text) {
  return error_of(parse_json(text, "f", Schema::manifest));
}

std::string nested(int levels) {
  const auto count = static_cast<std::size_t>(levels);
  return std::string(count, '[') + std::string(count, ']');
}

TEST(JsonFile, ParseErrorNamesLineAndColumn) {
  const std::string message = parse_error("{\n  \"a\": ,\n}");
  EXPECT_TRUE(message.starts_with("invalid: f: not JSON: parse error at line 2, column 8"))
      << message;
}

TEST(JsonFile, TrailingTextIsAnError) {
  EXPECT_NE(parse_error("{} x"), "no error");
}

TEST(JsonFile, InvalidUtf8IsAnError) {
  EXPECT_NE(parse_error("\"\xff\""), "no error");
}

TEST(JsonFile, NumberBeyondBinary64IsAnError) {
  EXPECT_NE(parse_error("1e999"), "no error");
}

TEST(JsonFile, CommentIsAnError) {
  EXPECT_NE(parse_error("{} // c"), "no error");
}

TEST(JsonFile, RepeatedKeyIsAnError) {
  EXPECT_EQ(parse_error(R"({"a": 1, "b": {"a": 2}, "a": 3})"),
            "invalid: f: key \"a\" is repeated in one object");
}

TEST(JsonFile, RepeatedKeyIsFoundBehindAnEscape) {
  EXPECT_EQ(parse_error(R"([{"a": 1, "\u0061": 2}])"),
            "invalid: f: key \"a\" is repeated in one object");
}

TEST(JsonFile, SameKeyInDifferentObjectsIsLegal) {
  EXPECT_EQ(parse_error(R"([{"a": {"a": 1}}, {"a": 2}])"), "no error");
}

TEST(JsonFile, NestingStopsAt64Levels) {
  EXPECT_EQ(parse_error(nested(64)), "no error");
  EXPECT_EQ(parse_error(nested(65)), "invalid: f: nested deeper than 64 levels");
  EXPECT_EQ(parse_error(std::string(10'000'000, '[')), "invalid: f: nested deeper than 64 levels");
}

TEST(JsonSchema, UnknownFieldIsNamedWithTheNearestKnownOne) {
  EXPECT_EQ(manifest_error(R"({"schema": "assay.manifest/1", "suits": {}})"),
            "invalid: f: /: unknown field \"suits\" (did you mean \"suites\"?)");
}

TEST(JsonSchema, ViolationNamesPointerAndValue) {
  EXPECT_EQ(manifest_error(R"({"schema": "assay.manifest/1", "suites": {"s": {"s/a~b#0": 7}}})"),
            "invalid: f: /suites/s/s~1a~0b#0: Value type not permitted by 'type' constraint. "
            "(value 7)");
}

TEST(JsonSchema, PatternIsEnforced) {
  const std::string digest(64, 'A');
  EXPECT_NE(manifest_error(R"({"schema": "assay.manifest/1", "suites": {"s": {"c": ")" + digest +
                           "\"}}}"),
            "no error");
}

TEST(JsonSchema, MissingFieldIsNamed) {
  EXPECT_EQ(manifest_error(R"({"schema": "assay.manifest/1"})"),
            "invalid: f: /: Missing required property 'suites'. (value "
            "{\"schema\":\"assay.manifest/1\"})");
}

TEST(JsonSchema, OtherMajorVersionIsRefusedBeforeAnythingElse) {
  EXPECT_EQ(manifest_error(R"({"schema": "assay.manifest/2", "new_field": 1})"),
            "invalid: f: /schema: \"assay.manifest/2\" cannot be read, only \"assay.manifest/1\"");
}

TEST(JsonSchema, MistypedValueIsNamedWithTheNearestAllowedOne) {
  EXPECT_EQ(error_of(parse_json(R"({"name": "p", "dataflow": "factored", "accumulation": "exakt",
                "weights_recipe": "modelopt", "fp8_quantize": "true_division_rne_satfinite",
                "combine": "fma_slot_order", "nan": "one_class"})",
                                "f", Schema::profile)),
            "invalid: f: /accumulation: \"exakt\" is not one of the allowed values (did you mean "
            "\"exact\"?)");
}

TEST(JsonSchema, LongValueIsCutInTheMessage) {
  const std::string message = manifest_error("[\"" + std::string(1000, 'x') + "\"]");
  EXPECT_LT(message.size(), 200u) << message;
  EXPECT_NE(message, "no error");
}

TEST(JsonFile, MissingFileIsNamed) {
  EXPECT_EQ(error_of(read_json("/no/such.json", Schema::manifest)),
            "invalid: /no/such.json: cannot read: No such file or directory");
}

TEST(JsonFile, ValuesStopAtAMillion) {
  std::string text = "[0";
  for (int i = 2; i < 1'000'000; ++i)
    text += ",0";
  EXPECT_EQ(parse_error(text + "]"), "no error");  // the array is a value, too
  EXPECT_EQ(parse_error(text + ",0]"), "invalid: f: more than 1000000 values");
  EXPECT_EQ(parse_error(text + ",{}]"), "invalid: f: more than 1000000 values");
}

TEST(JsonFile, QuotedIsPrintableAscii) {
  EXPECT_EQ(quoted("a\x1b[2J\n\xc2\x9b\xff"), R"("a\u001b[2J\n\u009b\ufffd")");
}

}  // namespace
}  // namespace assay
