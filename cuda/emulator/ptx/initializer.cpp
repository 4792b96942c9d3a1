// SPDX-License-Identifier: Apache-2.0
// Initial values (PTX ISA 9.0, 5.4.4): numbers, addresses of variables and functions, and single
// bytes of addresses, 0xFF00(name).
#include <algorithm>
#include <bit>

#include "cuda/emulator/ptx/declaration.hpp"
#include "cuda/emulator/ptx/literal.hpp"

namespace assay::ptx {
namespace {

class InitializerParser {
 public:
  InitializerParser(TokenStream& words, std::vector<std::uint64_t> extents, Variable& variable,
                    std::uint64_t room)
      : words_(words), extents_(std::move(extents)), variable_(variable), room_(room) {
    strides_.resize(extents_.size());
    auto stride = static_cast<std::uint64_t>(type_bytes(variable.type));
    for (std::size_t level = extents_.size(); level-- > 0;) {
      strides_[level] = stride;
      stride *= extents_[level];
    }
  }

  Status group(std::size_t level, std::uint64_t offset) {
    if (level == extents_.size()) return value(offset);
    ASSAY_TRY(words_.expect("{"));
    if (words_.accept("}")) return {};
    const bool is_open = level == 0 && extents_[0] == 0;
    std::uint64_t count = 0;
    do {
      if (!is_open && count == extents_[level])
        return words_.error(
            fmt::format("more initial values than {} has elements", variable_.name));
      ASSAY_TRY(group(level + 1, offset + count * strides_[level]));
      ++count;
    } while (words_.accept(","));
    if (is_open && count > room_ / strides_[0]) return too_large();
    if (is_open) variable_.bytes = count * strides_[0];
    return words_.expect("}");
  }

 private:
  Status value(std::uint64_t offset) {
    const Token first = words_.current();
    if (first.kind == TokenKind::identifier && !first.is("WARP_SZ")) return address(offset, -1);
    if (!begins_expression(first)) return words_.expected("an initial value");
    ASSAY_ASSIGN(const Literal literal, parse_expression(words_));
    if (words_.at("(")) {
      const int byte = std::countr_zero(literal.bits) / 8;
      if (!literal.is_integer() || literal.bits != 0xFFull << (8 * byte % 64))
        return words_.error(first, "a mask selects one byte of an address: 0xFF, 0xFF00, ...");
      words_.advance();
      ASSAY_TRY(address(offset, byte));
      return words_.expect(")");
    }
    const auto bits = converted(literal);
    if (!bits)
      return words_.error(
          first, fmt::format("a .{} has no initial value of this type", type_name(variable_.type)));
    return store(offset, *bits);
  }

  // The literal in the variable's type. Integers are cut to size; real numbers initialize floating
  // types, and untyped ones of their own size.
  std::optional<std::uint64_t> converted(const Literal& literal) const {
    const Type type = variable_.type;
    const bool is_float = type_name(type).find('f') != std::string_view::npos;
    if (literal.is_integer()) return is_float ? std::nullopt : std::optional(literal.bits);
    const bool is_f32 = literal.kind == Literal::Kind::f32;
    if (type == (is_f32 ? Type::b32 : Type::b64) || type == (is_f32 ? Type::f32 : Type::f64))
      return literal.bits;
    if (type == Type::f32)
      return std::bit_cast<std::uint32_t>(static_cast<float>(std::bit_cast<double>(literal.bits)));
    if (type == Type::f64) {
      const auto bits = static_cast<std::uint32_t>(literal.bits);
      return std::bit_cast<std::uint64_t>(static_cast<double>(std::bit_cast<float>(bits)));
    }
    return std::nullopt;
  }

  // NAME+addend, generic(NAME)+addend
  Status address(std::uint64_t offset, int byte) {
    Relocation relocation;
    relocation.offset = offset;
    relocation.bytes = type_bytes(variable_.type);
    relocation.byte = byte;
    relocation.generic = words_.at("generic") && words_.ahead().is("(");
    if (relocation.generic) {
      words_.advance();
      words_.advance();
    }
    ASSAY_ASSIGN(const Token name, words_.expect(TokenKind::identifier, "a variable or function"));
    relocation.symbol = name.text;
    if (relocation.generic) ASSAY_TRY(words_.expect(")"));
    if (words_.at("+") || words_.at("-")) {
      ASSAY_ASSIGN(const Literal addend, parse_expression(words_));
      if (!addend.is_integer()) return words_.error(name, "an address is moved by whole bytes");
      relocation.addend = static_cast<std::int64_t>(addend.bits);
    }
    if (byte < 0 && relocation.bytes < 4)
      return words_.error(name,
                          fmt::format("a .{} does not hold an address", type_name(variable_.type)));
    ASSAY_TRY(store(offset, 0));
    variable_.relocations.push_back(std::move(relocation));
    return {};
  }

  Status store(std::uint64_t offset, std::uint64_t bits) {
    const auto bytes = static_cast<std::uint64_t>(type_bytes(variable_.type));
    const std::uint64_t size = std::max(variable_.bytes, offset + bytes);
    if (size > room_) return too_large();
    if (variable_.init.size() < size) variable_.init.resize(size);
    for (std::uint64_t byte = 0; byte < std::min<std::uint64_t>(bytes, 8); ++byte)
      variable_.init[offset + byte] = static_cast<std::byte>(bits >> (8 * byte));
    return {};
  }

  tl::unexpected<Error> too_large() const {
    return words_.error(
        fmt::format("initial values of a module take at most {} bytes", kMaxInitializedBytes));
  }

  TokenStream& words_;
  std::vector<std::uint64_t> extents_, strides_;
  Variable& variable_;
  std::uint64_t room_;
};

}  // namespace

Status parse_initializer(TokenStream& words, std::vector<std::uint64_t> extents, Variable& variable,
                         std::uint64_t& room) {
  ASSAY_TRY(words.expect("="));
  ASSAY_TRY(InitializerParser(words, std::move(extents), variable, room).group(0, 0));
  variable.init.resize(variable.init.empty() ? 0 : variable.bytes);
  room -= variable.init.size();
  return {};
}

}  // namespace assay::ptx
