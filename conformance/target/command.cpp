// SPDX-License-Identifier: Apache-2.0
// Shell quoting (POSIX.1-2017, XCU 2.2) and the search of $PATH.
#include "conformance/target/command.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <sstream>
#include <string_view>

#include <unistd.h>

namespace assay {
namespace {

// Appends what one backslash stands for. `at` is the backslash; moves to the last character used.
void take_escape(std::string_view text, bool in_quotes, std::size_t& at, std::string& word) {
  const bool escapes = !in_quotes || std::string_view("$`\"\\").find(text[at + 1]) != text.npos;
  if (!escapes) word += '\\';
  word += text[++at];
}

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("/._-+:,=@%").find(c) != std::string_view::npos;
}

std::string shell_quote(const std::string& word) {
  if (!word.empty() && std::ranges::all_of(word, is_plain)) return word;
  std::string quoted = "'";
  for (const char c : word)
    quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

bool is_executable(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(path, ignored) && access(path.c_str(), X_OK) == 0;
}

}  // namespace

Result<std::vector<std::string>> split_command(const std::string& command) {
  std::vector<std::string> words;
  std::optional<std::string> word;  // an empty one is a word, too: ''
  char quote = '\0';
  for (std::size_t at = 0; at < command.size(); ++at) {
    const char c = command[at];
    const bool is_blank = c == ' ' || c == '\t' || c == '\n';
    if (quote == '\0' && is_blank) {
      if (word) words.push_back(*std::move(word));
      word.reset();
      continue;
    }
    if (!word) word.emplace();
    if (c == quote) {
      quote = '\0';
    } else if (quote == '\0' && (c == '\'' || c == '"')) {
      quote = c;
    } else if (c == '\\' && quote != '\'') {
      if (at + 1 == command.size()) return fail(ErrorCode::usage, "command ends in a backslash");
      take_escape(command, quote == '"', at, *word);
    } else {
      *word += c;
    }
  }
  if (quote != '\0') return fail(ErrorCode::usage, "command {}: {} is not closed", command, quote);
  if (word) words.push_back(*std::move(word));
  if (words.empty()) return fail(ErrorCode::usage, "the command is empty");
  return words;
}

std::string shell_command(const std::vector<std::string>& words) {
  std::string command;
  for (const std::string& word : words)
    command += (command.empty() ? "" : " ") + shell_quote(word);
  return command;
}

Result<std::string> find_program(const std::string& name) {
  if (name.find('/') != std::string::npos) {
    if (is_executable(name)) return name;
    return fail(ErrorCode::target_unavailable, "{}: no such executable file", name);
  }
  const char* path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "/usr/bin:/bin" : path);
  for (std::string folder; std::getline(folders, folder, ':');) {
    const std::string candidate = (folder.empty() ? "." : folder) + "/" + name;
    if (is_executable(candidate)) return candidate;
  }
  return fail(ErrorCode::target_unavailable, "{}: no such command in $PATH", name);
}

}  // namespace assay
