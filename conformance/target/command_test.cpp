// SPDX-License-Identifier: Apache-2.0
// Splitting of commands. Oracle: a POSIX shell splits the same text into the same words.
#include "conformance/target/command.hpp"

#include <cstdio>
#include <filesystem>

#include <gtest/gtest.h>

namespace assay {
namespace {

// The words as /bin/sh sees them, each followed by a newline.
std::string shell_words(const std::string& command) {
  std::string text;
  FILE* shell = popen(("printf '%s\\n' " + command).c_str(), "r");
  for (int c; (c = std::fgetc(shell)) != EOF;)
    text += static_cast<char>(c);
  pclose(shell);
  return text;
}

TEST(SplitCommand, AgreesWithTheShell) {
  for (const std::string command : {"a b  c", "  a\tb ", "'a b' \"c d\"", "a'b c'd", "''", "a '' b",
                                    "\"a\\\"b\"", "a\\ b", "'a\\b'", "\"a\\b\"", "\"a\\\\b\"",
                                    "\"\\$x \\`\"", "\"it's\"", "'say \"x\"'", "\\'", "ä"}) {
    const auto words = split_command(command);
    ASSERT_TRUE(words) << command << ": " << words.error().message;
    std::string text;
    for (const std::string& word : *words)
      text += word + "\n";
    EXPECT_EQ(text, shell_words(command)) << command;
  }
}

TEST(SplitCommand, NothingIsExpanded) {
  EXPECT_EQ(*split_command("a $HOME *|; >x {case}"),
            (std::vector<std::string>{"a", "$HOME", "*|;", ">x", "{case}"}));
}

TEST(SplitCommand, OpenQuotesAndEmptyCommandsAreUsageErrors) {
  for (const std::string command : {"", "  ", "a 'b", "a \"b", "\"a\\\"", "a \\"}) {
    const auto words = split_command(command);
    ASSERT_FALSE(words) << command;
    EXPECT_EQ(words.error().code, ErrorCode::usage);
  }
}

TEST(ShellCommand, SplitsBackIntoItsWords) {
  const std::vector<std::string> words{"plain",       "",     "two words", "it's",
                                       "$HOME \"x\"", "a\\b", "*"};
  EXPECT_EQ(*split_command(shell_command(words)), words);
  EXPECT_EQ(shell_command({"a/b-c", "d e"}), "a/b-c 'd e'");
  std::string text;
  for (const std::string& word : words)
    text += word + "\n";
  EXPECT_EQ(shell_words(shell_command(words)), text);
}

TEST(FindProgram, SearchesPathForNamesOnly) {
  EXPECT_TRUE(std::filesystem::exists(*find_program("sh")));
  EXPECT_EQ(*find_program("/bin/sh"), "/bin/sh");
  for (const std::string name : {"no-such-command-here", "/no/such/file", "/tmp", "/etc/passwd"}) {
    const auto program = find_program(name);
    ASSERT_FALSE(program) << name;
    EXPECT_EQ(program.error().code, ErrorCode::target_unavailable);
    EXPECT_NE(program.error().message.find(name), std::string::npos);
  }
}

}  // namespace
}  // namespace assay
