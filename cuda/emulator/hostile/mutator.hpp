// SPDX-License-Identifier: Apache-2.0
// Changes PTX text so that much of it still is PTX: other operands, numbers, modifiers, guards and
// sizes; instructions that come, go and move. What it puts in comes from the texts that it was made
// of, and from a list of numbers at which addresses, sizes and shifts change their nature.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace assay::emulator {

// SplitMix64 (Steele, Lea, Flood 2014).
class MutationRandom {
 public:
  explicit MutationRandom(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next();
  std::size_t below(std::size_t count) { return count == 0 ? 0 : next() % count; }

 private:
  std::uint64_t state_;
};

class PtxMutator {
 public:
  explicit PtxMutator(const std::vector<std::string>& texts);

  // One to four changes; the same seed changes the same text in the same way.
  std::string mutate(std::string_view text, std::uint64_t seed) const;

 private:
  using Lines = std::vector<std::string>;
  void change(Lines& lines, MutationRandom& random) const;
  void change_operand(std::string& line, MutationRandom& random) const;
  void change_modifier(std::string& line, MutationRandom& random) const;
  void change_number(std::string& line, MutationRandom& random) const;
  void change_guard(std::string& line, MutationRandom& random) const;
  std::string number(MutationRandom& random) const;

  Lines instructions_;                                   // of all texts
  std::map<std::string, Lines, std::less<>> modifiers_;  // by opcode
  std::map<std::string, Lines, std::less<>> operands_;   // by kind: "%r", "1", "name"
};

}  // namespace assay::emulator
