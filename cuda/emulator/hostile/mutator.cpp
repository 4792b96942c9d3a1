// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/hostile/mutator.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <sstream>

namespace assay::emulator {
namespace {

// A part of a line: from, length.
struct Token {
  std::size_t begin = 0, size = 0;
  std::string of(const std::string& line) const { return line.substr(begin, size); }
};

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '%' || c == '$' ||
         c == '.' || c == ':';
}

std::vector<Token> tokens(const std::string& line) {
  std::vector<Token> found;
  for (std::size_t at = 0; at < line.size();) {
    std::size_t end = at;
    while (end < line.size() && is_word(line[end]))
      ++end;
    if (end > at) found.push_back({at, end - at});
    at = std::max(end, at + 1);
  }
  return found;
}

bool is_instruction(const std::string& line) {
  const std::size_t first = line.find_first_not_of(" \t");
  if (first == std::string::npos || line.find_last_of(';') == std::string::npos) return false;
  return std::islower(static_cast<unsigned char>(line[first])) != 0 || line[first] == '@';
}

// Index of the opcode among the tokens: behind the guard.
std::size_t opcode_index(const std::string& line) {
  const std::size_t first = line.find_first_not_of(" \t");
  return first != std::string::npos && line[first] == '@' ? 1 : 0;
}

// "ld.global.v4.u32": "ld", "global", "v4", "u32".
std::vector<std::string> parts(const std::string& opcode) {
  std::vector<std::string> result;
  std::istringstream stream(opcode);
  for (std::string part; std::getline(stream, part, '.');)
    result.push_back(part);
  return result;
}

std::string join(const std::vector<std::string>& opcode) {
  std::string text;
  for (const std::string& part : opcode)
    text += (text.empty() ? "" : ".") + part;
  return text;
}

// What may stand for one another: registers of a name ("%rd"), numbers, names.
std::string kind_of(const std::string& operand) {
  if (std::isdigit(static_cast<unsigned char>(operand[0])) != 0) return "1";
  if (operand[0] != '%') return "name";
  return operand.substr(0, operand.find_first_of("0123456789"));
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  std::istringstream stream{std::string(text)};
  for (std::string line; std::getline(stream, line);)
    lines.push_back(line);
  return lines;
}

// The first byte of shared, local and parameter memory, of functions, and of global memory.
constexpr std::array<std::uint64_t, 5> kWindows{0x100'0000'0000, 0x180'0000'0000, 0x1C0'0000'0000,
                                                0xF0'0000'0000, 0x200'0000'0000};

}  // namespace

std::uint64_t MutationRandom::next() {
  std::uint64_t z = state_ += 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

PtxMutator::PtxMutator(const std::vector<std::string>& texts) {
  for (const std::string& text : texts)
    for (const std::string& line : lines_of(text)) {
      if (!is_instruction(line)) continue;
      instructions_.push_back(line);
      const auto words = tokens(line);
      const std::size_t first = opcode_index(line);
      if (first >= words.size()) continue;
      const auto opcode = parts(words[first].of(line));
      Lines& known = modifiers_[opcode[0]];
      known.insert(known.end(), opcode.begin() + 1, opcode.end());
      for (std::size_t w = first + 1; w < words.size(); ++w)
        operands_[kind_of(words[w].of(line))].push_back(words[w].of(line));
    }
}

std::string PtxMutator::mutate(std::string_view text, std::uint64_t seed) const {
  MutationRandom random(seed);
  Lines lines = lines_of(text);
  for (std::size_t changes = 1 + random.below(4); changes > 0 && !lines.empty(); --changes)
    change(lines, random);
  std::string result;
  for (const std::string& line : lines)
    result += line + "\n";
  return result;
}

// Half of all powers of two and what lies beside them; windows of the generic address space and
// what lies up to 4 KB behind them.
std::string PtxMutator::number(MutationRandom& random) const {
  std::uint64_t value = std::uint64_t{1} << random.below(64);
  const std::size_t choice = random.below(4);
  if (choice == 0) value = random.below(40);
  if (choice == 1) value = kWindows[random.below(kWindows.size())] + random.below(4096);
  value += random.below(3) - 1;
  return random.below(8) == 0 ? "-" + std::to_string(value & 0xFFFF) : std::to_string(value);
}

void PtxMutator::change_operand(std::string& line, MutationRandom& random) const {
  const auto words = tokens(line);
  const std::size_t first = opcode_index(line) + 1;
  if (words.size() <= first) return;
  const Token token = words[first + random.below(words.size() - first)];
  const auto known = operands_.find(kind_of(token.of(line)));
  const bool is_swap = random.below(3) != 0 && known != operands_.end();
  line.replace(token.begin, token.size,
               is_swap ? known->second[random.below(known->second.size())] : number(random));
}

void PtxMutator::change_modifier(std::string& line, MutationRandom& random) const {
  const auto words = tokens(line);
  const std::size_t first = opcode_index(line);
  if (words.size() <= first) return;
  std::vector<std::string> opcode = parts(words[first].of(line));
  const auto known = modifiers_.find(opcode[0]);
  if (known == modifiers_.end() || known->second.empty()) return;
  const std::string& other = known->second[random.below(known->second.size())];
  const auto at = static_cast<std::ptrdiff_t>(1 + random.below(opcode.size()));
  const bool is_behind = at == static_cast<std::ptrdiff_t>(opcode.size());
  switch (is_behind ? 0 : random.below(6)) {
    case 0:
      opcode.insert(opcode.begin() + at, other);
      break;
    case 1:
      opcode.erase(opcode.begin() + at);
      break;
    default:
      opcode[static_cast<std::size_t>(at)] = other;
  }
  line.replace(words[first].begin, words[first].size, join(opcode));
}

void PtxMutator::change_number(std::string& line, MutationRandom& random) const {
  std::vector<Token> numbers;
  for (const Token& token : tokens(line))
    if (kind_of(token.of(line)) == "1") numbers.push_back(token);
  if (numbers.empty()) return;
  const Token token = numbers[random.below(numbers.size())];
  line.replace(token.begin, token.size, number(random));
}

void PtxMutator::change_guard(std::string& line, MutationRandom& random) const {
  const std::size_t first = line.find_first_not_of(" \t");
  if (line[first] == '@') {
    line.erase(0, line.find(' ', first));
  } else {
    line.insert(
        first, (random.below(2) == 0 ? "@%p" : "@!%p") + std::to_string(1 + random.below(4)) + " ");
  }
}

void PtxMutator::change(Lines& lines, MutationRandom& random) const {
  const std::size_t at = random.below(lines.size());
  const auto place = lines.begin() + static_cast<std::ptrdiff_t>(at);
  if (!is_instruction(lines[at])) {
    if (random.below(4) != 0) return change(lines, random);
    if (random.below(4) != 0) return change_number(lines[at], random);
    if (lines[at].empty()) return;
    lines[at][random.below(lines[at].size())] = static_cast<char>(' ' + random.below(95));
    return;
  }
  switch (random.below(16)) {
    case 0:
      lines.erase(place);
      return;
    case 1:
      std::swap(lines[at], lines[random.below(lines.size())]);
      return;
    case 2:
      return change_guard(lines[at], random);
    case 3:
    case 4:
      return change_number(lines[at], random);
    case 5:
    case 6:
    case 7:
      return change_modifier(lines[at], random);
    case 8:
    case 9:
    case 10:
    case 11:
      if (instructions_.empty()) return;
      lines.insert(place, instructions_[random.below(instructions_.size())]);
      return;
    default:
      return change_operand(lines[at], random);
  }
}

}  // namespace assay::emulator
