// SPDX-License-Identifier: Apache-2.0
// Oracles: a file written by the Python package safetensors 0.5.3, and the format's own rules.
// Every malformed file is one test, with its whole message.
#include <gtest/gtest.h>

#include "vectors/io/atomic_file.hpp"
#include "vectors/io/sha256.hpp"
#include "vectors/io/test_safetensors.hpp"

namespace assay {
namespace {

// safetensors.serialize() of the tensors that the test names, in order of appearance there.
constexpr std::string_view kPythonFile =
    "a0010000000000007b225f5f6d657461646174615f5f223a7b22736f75726365223a227361666574656e736f"
    "727320302e352e33227d2c226e223a7b226474797065223a22493634222c227368617065223a5b5d2c226461"
    "74615f6f666673657473223a5b302c385d7d2c22656d707479223a7b226474797065223a22463332222c2273"
    "68617065223a5b302c345d2c22646174615f6f666673657473223a5b382c385d7d2c2268696464656e5f7374"
    "61746573223a7b226474797065223a22463332222c227368617065223a5b312c322c325d2c22646174615f6f"
    "666673657473223a5b382c32345d7d2c22696473223a7b226474797065223a22493332222c22736861706522"
    "3a5b335d2c22646174615f6f666673657473223a5b32342c33365d7d2c227363616c6573223a7b2264747970"
    "65223a2246385f45344d33222c227368617065223a5b325d2c22646174615f6f666673657473223a5b33362c"
    "33385d7d2c22636f646573223a7b226474797065223a225538222c227368617065223a5b312c335d2c226461"
    "74615f6f666673657473223a5b33382c34315d7d7d20202020202020feffffffffffffff0000803f00000080"
    "0000c07f0040e04300000000ffffffffffffff7f7e801032ff";

Bytes from_hex(std::string_view digits) {
  Bytes bytes;
  for (std::size_t i = 0; i < digits.size(); i += 2)
    bytes.push_back(std::byte(std::stoi(std::string(digits.substr(i, 2)), nullptr, 16)));
  return bytes;
}

template <typename T>
std::vector<T> values(const Safetensors& file, const std::string& name) {
  const auto elements = file.tensors().at(name).as<T>();
  return {elements.begin(), elements.end()};
}

TEST(SafetensorsRead, ReadsAFileOfThePythonPackage) {
  const auto file = Safetensors::parse(from_hex(kPythonFile), "f").value();
  EXPECT_EQ(file.metadata(), (Metadata{{"source", "safetensors 0.5.3"}}));
  EXPECT_EQ(file.tensors().size(), 6u);
  EXPECT_EQ(values<std::int64_t>(file, "n"), std::vector<std::int64_t>{-2});
  EXPECT_EQ(values<float>(file, "empty"), std::vector<float>{});
  EXPECT_EQ(values<std::uint32_t>(file, "hidden_states"),
            (std::vector<std::uint32_t>{0x3F800000, 0x80000000, 0x7FC00000, 0x43E04000}));
  EXPECT_EQ(values<std::int32_t>(file, "ids"), (std::vector<std::int32_t>{0, -1, 0x7FFFFFFF}));
  EXPECT_EQ(values<std::uint8_t>(file, "scales"), (std::vector<std::uint8_t>{0x7E, 0x80}));
  EXPECT_EQ(values<std::uint8_t>(file, "codes"), (std::vector<std::uint8_t>{0x10, 0x32, 0xFF}));
  EXPECT_EQ(file.tensors().at("hidden_states").shape, (std::vector<std::int64_t>{1, 2, 2}));
  EXPECT_EQ(file.tensors().at("scales").dtype, Dtype::f8_e4m3);
}

TEST(SafetensorsRead, ViewsOutliveTheObjectThatACopyWasMadeOf) {
  Safetensors copy;
  {
    const auto file = Safetensors::parse(from_hex(kPythonFile), "f").value();
    copy = file;
  }
  EXPECT_EQ(values<std::int64_t>(copy, "n"), std::vector<std::int64_t>{-2});
}

TEST(SafetensorsRead, DefaultConstructedHasNoTensors) {
  EXPECT_TRUE(Safetensors().tensors().empty());
}

TEST(SafetensorsRead, MisalignedTensorIsRealigned) {
  const std::string header = R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
                             R"("b":{"dtype":"F32","shape":[1],"data_offsets":[1,5]}})";
  const Safetensors file = parse(header, std::string("\x07\x00\x00\x80\x3f", 5)).value();
  const TensorView tensor = file.tensors().at("b");
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(tensor.bytes.data()) % 4, 0u);
  EXPECT_EQ(tensor.as<float>()[0], 1.0f);
}

TEST(SafetensorsRead, AlignedTensorIsNotCopied) {
  Bytes bytes = from_hex(kPythonFile);
  const std::byte* begin = bytes.data();
  const std::size_t size = bytes.size();
  const auto file = Safetensors::parse(std::move(bytes), "f").value();
  const std::byte* data = file.tensors().at("hidden_states").bytes.data();
  EXPECT_TRUE(data >= begin && data < begin + size);
}

TEST(SafetensorsRead, Sha256IsOfTheWholeFile) {
  const std::string text = length_prefix(2) + "{}";
  EXPECT_EQ(Safetensors::parse(bytes_of(text), "f").value().sha256(), hex(sha256(text)));
}

TEST(SafetensorsRead, EmptyHeaderHasNoTensors) {
  EXPECT_EQ(parse_error("{}"), "no error");
}

TEST(SafetensorsRead, OpenNamesTheFile) {
  const TemporaryFolder folder = test_folder();
  ASSERT_TRUE(write_file(folder / "f", "1234567"));
  EXPECT_EQ(error_of(Safetensors::open(folder / "f")),
            "invalid: " + (folder / "f").string() +
                ": 7 bytes are too few for a safetensors file, which starts with 8");
}

TEST(SafetensorsRead, HeaderLengthOf2To63) {
  EXPECT_EQ(
      error_of(Safetensors::parse(bytes_of(length_prefix(std::uint64_t{1} << 63) + "{}"), "f")),
      "invalid: f: header length 9223372036854775808 is over the limit of 100000000");
}

TEST(SafetensorsRead, HeaderLengthOverTheLimitWithinTheFile) {
  const std::uint64_t length = 100'000'001;
  EXPECT_EQ(error_of(Safetensors::parse(
                bytes_of(length_prefix(length) + "{}" + std::string(length - 2, ' ')), "f")),
            "invalid: f: header length 100000001 is over the limit of 100000000");
}

TEST(SafetensorsRead, HeaderLengthPastTheEnd) {
  EXPECT_EQ(error_of(Safetensors::parse(bytes_of(length_prefix(3) + "{}"), "f")),
            "invalid: f: header length 3 runs past the end of the file of 10 bytes");
}

TEST(SafetensorsRead, HeaderMustStartWithABrace) {
  EXPECT_EQ(parse_error(" {}"), "invalid: f: header does not start with '{'");
  EXPECT_EQ(parse_error("[]"), "invalid: f: header does not start with '{'");
  EXPECT_EQ(parse_error(""), "invalid: f: header does not start with '{'");
}

TEST(SafetensorsRead, HeaderThatIsNotJson) {
  EXPECT_TRUE(parse_error("{\"x\"").starts_with("invalid: f: header: not JSON: parse error"));
}

TEST(SafetensorsRead, OpenReadsNoMoreThanExpected) {
  const TemporaryFolder folder = test_folder();
  ASSERT_TRUE(write_file(folder / "f", length_prefix(2) + "{}"));
  EXPECT_EQ(error_of(Safetensors::open(folder / "f", 9)),
            "invalid: " + (folder / "f").string() + ": has 10 bytes, at most 9 are expected");
  EXPECT_EQ(error_of(Safetensors::open(folder / "f", 10)), "no error");
}

TEST(SafetensorsRead, HeaderOfAMillionValues) {
  std::string header = R"({"x":[0)";
  for (int i = 0; i < 1'000'000; ++i)
    header += ",0";
  EXPECT_EQ(parse_error(header + "]}"), "invalid: f: header: more than 1000000 values");
}

// What read_safetensors_metadata says of a file with these bytes.
std::string metadata_error(const std::string& bytes) {
  const TemporaryFolder folder = test_folder();
  EXPECT_TRUE(write_file(folder / "f", bytes));
  std::string message = error_of(read_safetensors_metadata(folder / "f"));
  const std::string path = (folder / "f").string();
  if (const auto at = message.find(path); at != std::string::npos)
    message.replace(at, path.size(), "f");
  return message;
}

TEST(SafetensorsRead, MetadataNeedsTheHeaderAlone) {
  const TemporaryFolder folder = test_folder();
  const std::string header = R"({"__metadata__":{"k":"v"},"x":{}})";
  ASSERT_TRUE(write_file(folder / "f", length_prefix(header.size()) + header));
  std::filesystem::resize_file(folder / "f", std::uintmax_t{1} << 43);  // no memory holds it all
  const auto metadata = read_safetensors_metadata(folder / "f");
  ASSERT_TRUE(metadata) << error_of(metadata);
  EXPECT_EQ(*metadata, (Metadata{{"k", "v"}}));
}

TEST(SafetensorsRead, MetadataOfABrokenHeaderIsAnError) {
  EXPECT_EQ(metadata_error("1234567"),
            "invalid: f: 7 bytes are too few for a safetensors file, which starts with 8");
  EXPECT_EQ(metadata_error(length_prefix(100'000'001) + "{}"),
            "invalid: f: header length 100000001 is over the limit of 100000000");
  EXPECT_EQ(metadata_error(length_prefix(3) + "{}"),
            "invalid: f: header length 3 runs past the end of the file of 10 bytes");
  EXPECT_EQ(metadata_error(length_prefix(2) + "[]"), "invalid: f: header does not start with '{'");
  EXPECT_EQ(metadata_error(length_prefix(19) + R"({"__metadata__":[]})"),
            "invalid: f: __metadata__ is not a JSON object");
}

}  // namespace
}  // namespace assay
