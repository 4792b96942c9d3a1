// SPDX-License-Identifier: Apache-2.0
// Selections. Oracles: POSIX fnmatch's rules for the globs; sha256sum for the shards.
#include "conformance/suite/selection.hpp"

#include <fstream>

#include <gtest/gtest.h>

#include "conformance/suite/small_case.hpp"

namespace assay {
namespace {

Selection only(std::vector<std::string> filters, std::vector<std::string> excludes = {}) {
  return {std::move(filters), std::move(excludes), {}};
}

TEST(Selection, NoFilterSelectsAll) {
  EXPECT_TRUE(Selection{}.selects("suite/group/variant#0"));
}

TEST(Selection, GlobsMatchTheWholeIdAcrossSlashes) {
  EXPECT_TRUE(only({"suite/*"}).selects("suite/group/variant#0"));
  EXPECT_TRUE(only({"*ties*"}).selects("suite/ties/t1#0"));
  EXPECT_FALSE(only({"ties"}).selects("suite/ties/t1#0"));
  EXPECT_TRUE(only({"suite/t[0-9]#?"}).selects("suite/t7#0"));
  EXPECT_FALSE(only({"suite/t[0-9]#?"}).selects("suite/t7#10"));
}

TEST(Selection, AnyFilterSelectsAndAnyExcludeWins) {
  const Selection selection = only({"a*", "b*"}, {"*x", "*y"});
  EXPECT_TRUE(selection.selects("a1"));
  EXPECT_TRUE(selection.selects("b1"));
  EXPECT_FALSE(selection.selects("c1"));
  EXPECT_FALSE(selection.selects("ax"));
  EXPECT_FALSE(selection.selects("by"));
}

TEST(Selection, GlobOfAnIdMatchesThatIdOnly) {
  for (const std::string id : {"s/g/v#0", "s/*/v#0", "s/[ab]/v#0", "s/?/v#0", "s/\\a/v"}) {
    EXPECT_TRUE(only({glob_of(id)}).selects(id)) << id;
    EXPECT_FALSE(only({glob_of(id)}).selects(id + "0")) << id;
  }
  EXPECT_FALSE(only({glob_of("s/*/v")}).selects("s/a/v"));
  EXPECT_FALSE(only({glob_of("s/[ab]/v")}).selects("s/a/v"));
}

TEST(Selection, EveryCaseIsInExactlyOneShard) {
  std::vector<int> sizes(5);
  for (int i = 0; i < 200; ++i) {
    const std::string id = "suite/group/variant#" + std::to_string(i);
    int owners = 0;
    for (std::int64_t shard = 1; shard <= 5; ++shard) {
      if (!Selection{{}, {}, {shard, 5}}.selects(id)) continue;
      ++owners;
      ++sizes[static_cast<std::size_t>(shard - 1)];
    }
    EXPECT_EQ(owners, 1) << id;
  }
  for (const int size : sizes)
    EXPECT_GT(size, 20);
}

TEST(Selection, ShardsAreSha256ModuloCount) {
  // printf abc | sha256sum: ba7816bf8f01cfea...; 0xba7816bf8f01cfea % 7 = 2, % 1000 = 74.
  EXPECT_TRUE((Selection{{}, {}, {3, 7}}.selects("abc")));
  EXPECT_FALSE((Selection{{}, {}, {2, 7}}.selects("abc")));
  EXPECT_TRUE((Selection{{}, {}, {75, 1000}}.selects("abc")));
}

TEST(Selection, ShardsAreParsedStrictly) {
  const Shard shard = *parse_shard("2/8");
  EXPECT_EQ(shard.index, 2);
  EXPECT_EQ(shard.count, 8);
  for (const std::string text : {"", "2", "0/8", "9/8", "-1/8", "1/0", "1/", "/1", "1/2/3", "a/b",
                                 "1 /2", "99999999999999999999/99999999999999999999"}) {
    const auto result = parse_shard(text);
    ASSERT_FALSE(result) << text;
    EXPECT_EQ(result.error().code, ErrorCode::usage);
    EXPECT_NE(result.error().message.find(text), std::string::npos);
  }
}

TEST(Selection, AnEmptySelectionIsAnErrorThatNamesTheFilter) {
  struct Recipe {
    std::string id;
  };
  const std::vector<Recipe> recipes{{"a"}, {"b"}};
  const auto one = select_cases(recipes, only({"b"}));
  ASSERT_TRUE(one);
  EXPECT_EQ(one->size(), 1U);
  EXPECT_EQ(one->front().id, "b");
  const auto none = select_cases(recipes, {{"x*"}, {"y*"}, {1, 2}});
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, ErrorCode::too_few_cases);
  EXPECT_EQ(none.error().message,
            "no case selected: --filter 'x*' --exclude 'y*' --shard 1/2 leaves none of 2");
  EXPECT_EQ(only({"it's"}).text(), "--filter 'it'\\''s'");
}

class FindCases : public testing::Test {
 protected:
  void write(const std::string& id) const {
    write_small_case(folder.path(),
                     [&](CaseDescription& description, Tensors&) { description.id = id; });
  }
  TemporaryFolder folder = test_folder();
};

TEST_F(FindCases, FindsCasesInSubfoldersSortedById) {
  for (const std::string id : {"s/b/v#0", "s/a/v#1", "s/a/v#0"})
    write(id);
  std::ofstream(folder.path() / "s/readme.txt") << "no case";
  const auto cases = find_cases(folder.path());
  ASSERT_TRUE(cases) << cases.error().message;
  std::vector<std::string> ids;
  for (const CaseLocation& each : *cases)
    ids.push_back(each.id);
  EXPECT_EQ(ids, (std::vector<std::string>{"s/a/v#0", "s/a/v#1", "s/b/v#0"}));
  EXPECT_EQ(cases->front().path, folder.path() / "s/a/v#0.safetensors");
}

TEST_F(FindCases, TheIdIsTheDescriptionsWhereverTheFileLies) {
  write("s/a/v#0");
  EXPECT_EQ(find_cases(folder.path() / "s/a")->front().id, "s/a/v#0");
  EXPECT_EQ(find_cases(folder.path() / "s/a/v#0.safetensors")->front().id, "s/a/v#0");
}

TEST_F(FindCases, ErrorsNameThePath) {
  EXPECT_EQ(find_cases(folder.path() / "absent").error().code, ErrorCode::usage);
  EXPECT_EQ(find_cases(folder.path()).error().code, ErrorCode::too_few_cases);
  std::ofstream(folder.path() / "bad.safetensors") << "garbage";
  const auto bad = find_cases(folder.path());
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().code, ErrorCode::invalid_vectors);
  EXPECT_NE(bad.error().message.find("bad.safetensors"), std::string::npos);
}

TEST_F(FindCases, AnIdThatOccursTwiceIsAnError) {
  write("s/a/v#0");
  std::filesystem::copy(folder.path() / "s/a/v#0.safetensors", folder.path() / "copy.safetensors");
  const auto cases = find_cases(folder.path());
  ASSERT_FALSE(cases);
  EXPECT_EQ(cases.error().code, ErrorCode::invalid_vectors);
  EXPECT_NE(cases.error().message.find("copy.safetensors"), std::string::npos);
}

}  // namespace
}  // namespace assay
