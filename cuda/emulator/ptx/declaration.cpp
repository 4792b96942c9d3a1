// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/ptx/declaration.hpp"

#include <bit>
#include <limits>

#include "cuda/emulator/ptx/literal.hpp"
#include "reference/suggest.hpp"

namespace assay::ptx {
namespace {

constexpr std::size_t kMaxExtents = 16;

const std::vector<std::string>& type_words() {
  static const std::vector<std::string> words = [] {
    std::vector<std::string> all{".align", ".attribute", ".ptr", ".v2", ".v4"};
    for (int type = static_cast<int>(Type::pred); type <= static_cast<int>(Type::f64); ++type)
      all.push_back(fmt::format(".{}", type_name(static_cast<Type>(type))));
    return all;
  }();
  return words;
}

Result<std::uint32_t> parse_align(TokenStream& words) {
  const Token at = words.current();
  ASSAY_ASSIGN(const std::uint64_t align, parse_count(words, 1u << 16));
  if (!std::has_single_bit(align))
    return words.error(at, fmt::format("an alignment is a power of two, not {}", align));
  return static_cast<std::uint32_t>(align);
}

// .attribute(.managed), .attribute(.unified(1, 2))
Status parse_attribute(TokenStream& words, DeclaredType& type) {
  ASSAY_TRY(words.expect("("));
  do {
    ASSAY_ASSIGN(const Token name, words.expect(TokenKind::dotted, "an attribute"));
    if (name.is(".managed")) {
      type.is_managed = true;
    } else if (name.is(".unified")) {
      ASSAY_TRY(words.expect("("));
      ASSAY_TRY(parse_expression(words));
      ASSAY_TRY(words.expect(","));
      ASSAY_TRY(parse_expression(words));
      ASSAY_TRY(words.expect(")"));
    } else {
      return words.error(name, fmt::format("unknown attribute {}{}", name.text,
                                           did_you_mean(name.text, {".managed", ".unified"})));
    }
  } while (words.accept(","));
  return words.expect(")");
}

// After .ptr: the space and alignment of what a pointer points to.
Status parse_pointee(TokenStream& words) {
  for (const std::string_view space : {".global", ".shared", ".local", ".const", ".param"})
    if (words.accept(space)) break;
  if (words.accept(".align")) ASSAY_TRY(parse_align(words));
  return {};
}

// Extents as given; a first one of 0 is left to the initializer, or never known.
Result<std::vector<std::uint64_t>> parse_extents(TokenStream& words) {
  std::vector<std::uint64_t> extents;
  while (words.accept("[")) {
    if (extents.size() == kMaxExtents)
      return words.error(fmt::format("an array has at most {} dimensions", kMaxExtents));
    const bool is_open = extents.empty() && words.at("]");
    const Token at = words.current();
    ASSAY_ASSIGN(const std::uint64_t extent,
                 is_open ? Result<std::uint64_t>(0)
                         : parse_count(words, std::numeric_limits<std::int64_t>::max()));
    if (!is_open && extent == 0) return words.error(at, "an array has at least one element");
    extents.push_back(extent);
    ASSAY_TRY(words.expect("]"));
  }
  return extents;
}

// The product, where it is below 2^48: more than any device addresses.
std::optional<std::uint64_t> product(const std::vector<std::uint64_t>& extents,
                                     std::uint64_t bytes) {
  for (const std::uint64_t extent : extents) {
    if (extent != 0 && bytes > (1ull << 48) / extent) return std::nullopt;
    bytes *= extent;
  }
  return bytes;
}

}  // namespace

Result<Type> parse_type_word(TokenStream& words) {
  const Token& word = words.current();
  if (word.kind != TokenKind::dotted) return words.expected("a type");
  const auto type = parse_type(word.text.substr(1));
  if (!type)
    return words.error(
        fmt::format("unknown type {}{}", word.text, did_you_mean(word.text, type_words())));
  words.advance();
  return *type;
}

Result<DeclaredType> parse_declared_type(TokenStream& words, bool is_param) {
  DeclaredType declared;
  while (words.current().kind == TokenKind::dotted) {
    if (words.accept(".align")) {
      ASSAY_ASSIGN(declared.align, parse_align(words));
    } else if (words.accept(".attribute")) {
      ASSAY_TRY(parse_attribute(words, declared));
    } else if (is_param && words.accept(".ptr")) {
      ASSAY_TRY(parse_pointee(words));
    } else if (words.at(".v2") || words.at(".v4")) {
      declared.vector = words.advance().text.back() - '0';
    } else {
      ASSAY_ASSIGN(declared.type, parse_type_word(words));
    }
  }
  if (declared.type == Type::none) return words.expected("a type");
  return declared;
}

Result<Variable> parse_declarator(TokenStream& words, const DeclaredType& type, Space space,
                                  std::uint64_t& room) {
  ASSAY_ASSIGN(const Token name, words.expect(TokenKind::identifier, "the name of a variable"));
  Variable variable;
  variable.name = name.text;
  variable.space = space;
  variable.type = type.type;
  variable.line = name.line;
  variable.is_managed = type.is_managed;
  const auto element = static_cast<std::uint64_t>(type_bytes(type.type) * type.vector);
  if (element == 0) return words.error(name, "predicates exist in registers only");
  variable.align = type.align != 0 ? type.align : static_cast<std::uint32_t>(element);
  ASSAY_ASSIGN(std::vector<std::uint64_t> extents, parse_extents(words));
  const auto bytes = product(extents, element);
  if (!bytes) return words.error(name, fmt::format("{} is larger than 2^48 bytes", name.text));
  variable.bytes = *bytes;
  if (!words.at("=")) return variable;
  if (space != Space::global && space != Space::constant)
    return words.error(fmt::format(".{} variables have no initial values", space_name(space)));
  if (type.vector > 1) extents.push_back(static_cast<std::uint64_t>(type.vector));
  ASSAY_TRY(parse_initializer(words, std::move(extents), variable, room));
  return variable;
}

Result<std::vector<Variable>> parse_parameters(TokenStream& words) {
  std::vector<Variable> parameters;
  if (!words.accept("(") || words.accept(")")) return parameters;
  do {
    const bool is_register = words.at(".reg");
    if (!is_register && !words.at(".param")) return words.expected(".param or .reg");
    words.advance();
    ASSAY_ASSIGN(const DeclaredType type, parse_declared_type(words, true));
    std::uint64_t no_room = 0;
    if (is_register && type.type == Type::pred) {
      const Token name = words.current();
      ASSAY_TRY(words.expect(TokenKind::identifier, "a name"));
      parameters.emplace_back();
      parameters.back().name = name.text;
      parameters.back().space = Space::reg;
      parameters.back().type = type.type;
      parameters.back().line = name.line;
      continue;
    }
    ASSAY_ASSIGN(Variable parameter,
                 parse_declarator(words, type, is_register ? Space::reg : Space::param, no_room));
    parameters.push_back(std::move(parameter));
  } while (words.accept(","));
  ASSAY_TRY(words.expect(")"));
  return parameters;
}

}  // namespace assay::ptx
