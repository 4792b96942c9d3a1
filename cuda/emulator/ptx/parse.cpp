// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/ptx/parse.hpp"

#include <limits>

#include "cuda/emulator/ptx/parser.hpp"
#include "reference/suggest.hpp"

namespace assay::ptx {

Status skip_braces(TokenStream& words) {
  ASSAY_TRY(words.expect("{"));
  for (std::size_t depth = 1; depth > 0;) {
    if (words.current().kind == TokenKind::end) return words.expected("\"}\"");
    if (words.current().kind == TokenKind::invalid) return words.error("");
    const Token passed = words.advance();
    if (passed.is("{")) ++depth;
    if (passed.is("}")) --depth;
  }
  return {};
}

Status skip_section(TokenStream& words) {
  if (words.current().kind != TokenKind::dotted && words.current().kind != TokenKind::identifier)
    return words.expected("the name of a section");
  words.advance();
  return skip_braces(words);
}

Status skip_pragma(TokenStream& words) {
  do {
    ASSAY_TRY(words.expect(TokenKind::string, "a string"));
  } while (words.accept(","));
  return words.expect(";");
}

tl::unexpected<Error> unknown_directive(const TokenStream& words,
                                        const std::vector<std::string>& known) {
  if (words.current().kind != TokenKind::dotted) return words.expected("a directive");
  const std::string word(words.current().text);
  return words.error(
      fmt::format("{} is not a directive that stands here{}", word, did_you_mean(word, known)));
}

Result<Module> parse(std::string_view text, std::string_view name) {
  // Lines, columns and indices are int.
  if (text.size() > std::numeric_limits<int>::max())
    return fail(ErrorCode::usage, "{}: PTX of more than 2 GB is not read", name);
  Module module;
  module.name = name;
  TokenStream words(text, name);
  ASSAY_TRY(ModuleParser(words, module).run());
  return module;
}

}  // namespace assay::ptx
