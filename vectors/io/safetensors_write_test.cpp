// SPDX-License-Identifier: Apache-2.0
// Oracle: the byte layout that safetensors.hpp promises, spelled out.
#include <gtest/gtest.h>

#include "vectors/io/atomic_file.hpp"
#include "vectors/io/safetensors.hpp"
#include "vectors/io/sha256.hpp"
#include "vectors/io/test_support.hpp"

namespace assay {
namespace {

Tensors some_tensors() {
  Tensors tensors;
  tensors["b"] = Tensor(Dtype::u8, {3});
  tensors["z"] = Tensor(Dtype::f32, {1, 2});
  tensors["c"] = Tensor(Dtype::i32, {});
  tensors["a"] = Tensor(Dtype::f8_e4m3, {0, 16});
  tensors["n"] = Tensor(Dtype::i64, {1});
  tensors["z"].as<float>()[1] = -1.0f;
  tensors["b"].as<std::uint8_t>()[2] = 0xAB;
  return tensors;
}

std::string text_of(const std::filesystem::path& path) {
  const Bytes bytes = read_file(path).value();
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

TEST(SafetensorsWrite, BytesAreCanonical) {
  const TemporaryFolder folder = test_folder();
  const Tensors tensors = some_tensors();
  ASSERT_TRUE(write_safetensors(folder / "f", views_of(tensors), {{"k", "v"}, {"j", "\xC3\xA9"}}));
  const std::string header =
      "{\"__metadata__\":{\"j\":\"\xC3\xA9\",\"k\":\"v\"},"
      R"("a":{"data_offsets":[20,20],"dtype":"F8_E4M3","shape":[0,16]},)"
      R"("b":{"data_offsets":[20,23],"dtype":"U8","shape":[3]},)"
      R"("c":{"data_offsets":[8,12],"dtype":"I32","shape":[]},)"
      R"("n":{"data_offsets":[0,8],"dtype":"I64","shape":[1]},)"
      R"("z":{"data_offsets":[12,20],"dtype":"F32","shape":[1,2]}})";
  const std::size_t padded = (header.size() + 7) / 8 * 8;
  std::string expected{static_cast<char>(padded & 0xFF), static_cast<char>(padded >> 8)};
  expected += std::string(6, '\0') + header + std::string(padded - header.size(), ' ');
  expected += std::string(8 + 4 + 4, '\0') + std::string("\x00\x00\x80\xBF", 4);
  expected += std::string("\x00\x00\xAB", 3);
  EXPECT_EQ(text_of(folder / "f"), expected);
}

TEST(SafetensorsWrite, ReturnsTheSha256OfTheFile) {
  const TemporaryFolder folder = test_folder();
  const Tensors tensors = some_tensors();
  const std::string digest = write_safetensors(folder / "f", views_of(tensors), {}).value();
  EXPECT_EQ(digest, hex(sha256(text_of(folder / "f"))));
  EXPECT_EQ(digest, Safetensors::open(folder / "f").value().sha256());
}

TEST(SafetensorsWrite, RoundTrips) {
  const TemporaryFolder folder = test_folder();
  const Tensors tensors = some_tensors();
  const Metadata metadata{{"key \"quoted\"", "line\nbreak"}};
  ASSERT_TRUE(write_safetensors(folder / "f", views_of(tensors), metadata));
  const Safetensors file = Safetensors::open(folder / "f").value();
  EXPECT_EQ(file.metadata(), metadata);
  ASSERT_EQ(file.tensors().size(), tensors.size());
  for (const auto& [name, tensor] : tensors) {
    SCOPED_TRACE(name);
    const TensorView& actual = file.tensors().at(name);
    EXPECT_EQ(actual.dtype, tensor.dtype());
    EXPECT_EQ(actual.shape, tensor.shape());
    EXPECT_TRUE(std::ranges::equal(actual.bytes, tensor.view().bytes));
  }
}

TEST(SafetensorsWrite, ViewThatDoesNotFitItsShapeIsABug) {
  const TemporaryFolder folder = test_folder();
  const Tensor tensor(Dtype::f32, {2});
  TensorView view = tensor.view();
  view.shape = {3};
  EXPECT_EQ(error_of(write_safetensors(folder / "f", {{"x", view}}, {})),
            "internal: tensor x: 8 bytes do not fit F32 [3]");
  EXPECT_TRUE(names_in(folder).empty());
}

TEST(SafetensorsWrite, ReservedNameIsABug) {
  const Tensor tensor(Dtype::u8, {1});
  EXPECT_EQ(error_of(write_safetensors("unused", {{"__metadata__", tensor.view()}}, {})),
            "internal: tensor __metadata__: the format reserves this name");
}

TEST(SafetensorsWrite, UnwritablePathIsAUsageError) {
  EXPECT_EQ(error_of(write_safetensors("/no/such", {}, {})),
            "usage: /no/such: cannot write: No such file or directory");
}

}  // namespace
}  // namespace assay
