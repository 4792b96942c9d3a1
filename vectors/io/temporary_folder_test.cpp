// SPDX-License-Identifier: Apache-2.0
#include "vectors/io/temporary_folder.hpp"

#include <gtest/gtest.h>

#include "vectors/io/atomic_file.hpp"
#include "vectors/io/test_support.hpp"

namespace assay {
namespace {

TEST(TemporaryFolder, IsRemovedWithEverythingInIt) {
  std::filesystem::path path;
  {
    const TemporaryFolder folder = test_folder();
    path = folder.path();
    std::filesystem::create_directory(folder / "d");
    ASSERT_TRUE(write_file(folder / "d/f", "x"));
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST(TemporaryFolder, IsRemovedOnceByItsLastOwner) {
  TemporaryFolder folder = test_folder();
  {
    const TemporaryFolder owner = std::move(folder);
    EXPECT_TRUE(std::filesystem::is_directory(owner.path()));
  }
  EXPECT_TRUE(folder.path().empty());
}

TEST(TemporaryFolder, IsMadeBelowItsParent) {
  const TemporaryFolder parent = test_folder();
  const auto child = TemporaryFolder::make(parent.path());
  EXPECT_EQ(child->path().parent_path(), parent.path());
  EXPECT_EQ(error_of(TemporaryFolder::make(parent / "no")),
            "usage: " + (parent / "no").string() +
                ": cannot make a temporary folder: No such file or directory");
}

}  // namespace
}  // namespace assay
