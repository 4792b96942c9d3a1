// SPDX-License-Identifier: Apache-2.0
#include "vectors/io/manifest.hpp"

#include <gtest/gtest.h>

#include "vectors/io/atomic_file.hpp"
#include "vectors/io/test_support.hpp"

namespace assay {
namespace {

TEST(Manifest, RoundTrips) {
  const TemporaryFolder folder = test_folder();
  const Manifest manifest{{"core", {{"core/a/b#0", std::string(64, '0')}}}, {"empty", {}}};
  ASSERT_EQ(error_of(write_manifest(folder / "m.json", manifest)), "no error");
  EXPECT_EQ(read_manifest(folder / "m.json").value(), manifest);
}

TEST(Manifest, HasOneLineForEachCase) {
  const TemporaryFolder folder = test_folder();
  const std::string digest(64, 'a');
  ASSERT_TRUE(write_manifest(folder / "m.json", {{"s", {{"s/b#0", digest}, {"s/a#0", digest}}}}));
  const Bytes bytes = read_file(folder / "m.json").value();
  const std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  EXPECT_EQ(text,
            "{\n \"schema\": \"assay.manifest/1\",\n \"suites\": {\n  \"s\": {\n   \"s/a#0\": \"" +
                digest + "\",\n   \"s/b#0\": \"" + digest + "\"\n  }\n }\n}\n");
}

TEST(Manifest, ShortDigestIsNamed) {
  const TemporaryFolder folder = test_folder();
  ASSERT_TRUE(write_manifest(folder / "m.json", {{"s", {{"s/a#0", "abc"}}}}));
  EXPECT_EQ(error_of(read_manifest(folder / "m.json")),
            "invalid: " + (folder / "m.json").string() +
                ": /suites/s/s~1a#0: Failed to match regex specified by 'pattern' constraint. "
                "(value \"abc\")");
}

}  // namespace
}  // namespace assay
