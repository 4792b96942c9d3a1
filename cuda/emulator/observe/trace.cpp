// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/observe/trace.hpp"

#include <bit>
#include <charconv>
#include <cstring>
#include <vector>

#include <fmt/format.h>

#include "cuda/emulator/execute/cta.hpp"
#include "reference/format/format.hpp"

namespace assay::emulator {
namespace {

using Kind = ptx::Operand::Kind;

Result<bool> parse_position(std::string_view text, std::array<std::uint32_t, 3>& position) {
  std::size_t count = 0;
  const char* next = text.data();
  const char* const end = next + text.size();
  while (count < 3) {
    const auto [stop, error] = std::from_chars(next, end, position[count++]);
    if (error != std::errc{})
      return fail(ErrorCode::usage, "trace: '{}' is not {}", text, kTraceForm);
    if (stop == end) break;
    if (*stop != '.') return fail(ErrorCode::usage, "trace: '{}' is not {}", text, kTraceForm);
    next = stop + 1;
  }
  if (count == 2) return fail(ErrorCode::usage, "trace: '{}' has two of three numbers", text);
  return count == 1;
}

bool matches(const std::array<std::uint32_t, 3>& wanted, bool is_linear, std::uint64_t linear,
             const std::array<std::uint32_t, 3>& index) {
  return is_linear ? wanted[0] == linear : wanted == index;
}

std::string value_text(ptx::Type type, const std::byte* lane_bytes) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, lane_bytes, std::min(8, ptx::type_bytes(type)));
  const auto low = static_cast<std::uint32_t>(bits);
  switch (type) {
    case ptx::Type::f32:
      return fmt::format("{:#010x} ({})", low, std::bit_cast<float>(low));
    case ptx::Type::f64:
      return fmt::format("{:#018x} ({})", bits, std::bit_cast<double>(bits));
    case ptx::Type::f16:
      return fmt::format("{:#06x} ({})", low, decode(Format::f16, low));
    case ptx::Type::bf16:
      return fmt::format("{:#06x} ({})", low, decode(Format::bf16, low));
    case ptx::Type::s32:
      return fmt::format("{:#x} ({})", low, static_cast<std::int32_t>(low));
    case ptx::Type::s64:
      return fmt::format("{:#x} ({})", bits, static_cast<std::int64_t>(bits));
    default:
      return fmt::format("{:#x} ({})", bits, bits);
  }
}

// Untyped registers show the value that the instruction gives them: "%r1" in an add.f32 is an f32.
ptx::Type shown_as(ptx::Type declared, const ptx::Instruction& instruction) {
  if (declared != ptx::Type::b32 && declared != ptx::Type::b64) return declared;
  for (const std::string& modifier : instruction.modifiers)
    if (const auto type = ptx::parse_type(modifier);
        type && ptx::type_bytes(*type) == ptx::type_bytes(declared))
      return *type;
  return declared;
}

class Registers {
 public:
  Registers(Warp& warp, int lane)
      : warp_(warp),
        lane_(lane),
        info_(warp.cta().launch.program.infos[warp.pc()]),
        code_(warp.cta().launch.program.functions[info_.function]),
        source_(warp.cta().launch.program.module.functions[info_.function]) {}

  void add(const ptx::Operand& operand, std::string& text) const {
    if (operand.kind == Kind::reg) add(operand.index, text);
    for (const ptx::Operand& element : operand.elements)
      add(element, text);
  }

 private:
  void add(int index, std::string& text) const {
    const ptx::Register& reg = source_.registers[static_cast<std::size_t>(index)];
    const Slot slot = code_.register_slots[static_cast<std::size_t>(index)];
    text += text.empty() ? "" : " ";
    if (reg.type == ptx::Type::pred) {
      text += fmt::format("{}={}", reg.name, (warp_.predicate(slot) >> lane_) & 1);
      return;
    }
    const auto width = static_cast<std::size_t>(ptx::type_bytes(reg.type));
    text += fmt::format(
        "{}={}", reg.name,
        value_text(shown_as(reg.type, *info_.instruction),
                   warp_.lanes<std::byte>(slot) + static_cast<std::size_t>(lane_) * width));
  }

  Warp& warp_;
  int lane_;
  const OpInfo& info_;
  const Function& code_;
  const ptx::Function& source_;
};

// Stores and the like have no destination; what stands first there is a source.
bool has_destination(const ptx::Instruction& instruction) {
  return !instruction.operands.empty() &&
         (instruction.operands[0].kind == Kind::reg || instruction.operands[0].kind == Kind::pair ||
          instruction.operands[0].kind == Kind::vector);
}

}  // namespace

Result<TraceChoice> parse_trace(std::string_view text) {
  TraceChoice choice;
  const std::size_t colon = text.find(':');
  if (colon != std::string_view::npos) choice.kernel = text.substr(colon + 1);
  const std::string_view places = text.substr(0, colon);
  const std::size_t comma = places.find(',');
  if (comma == std::string_view::npos)
    return fail(ErrorCode::usage, "trace: '{}' is not {}", text, kTraceForm);
  ASSAY_ASSIGN(choice.thread_is_linear, parse_position(places.substr(0, comma), choice.thread));
  ASSAY_ASSIGN(choice.block_is_linear, parse_position(places.substr(comma + 1), choice.block));
  return choice;
}

bool is_traced(const Warp& warp, int lane) {
  const Cta& cta = warp.cta();
  const Launch& launch = cta.launch;
  const OpInfo& info = launch.program.infos[warp.pc()];
  if (info.instruction == nullptr || info.is_auxiliary) return false;
  const int line = info.source.file >= 0 ? info.source.line : info.ptx_line;
  if (launch.options.break_line != 0 && launch.options.break_line != line) return false;
  if (!launch.trace) return launch.options.break_line != 0;
  const TraceChoice& choice = *launch.trace;
  return (choice.kernel.empty() || choice.kernel == launch.kernel.name) &&
         matches(choice.thread, choice.thread_is_linear, warp.thread(lane),
                 warp.thread_index(lane)) &&
         matches(choice.block, choice.block_is_linear, cta.linear_index, cta.index);
}

std::string operand_text(Warp& warp, int lane, bool destinations) {
  const ptx::Instruction& instruction = *warp.cta().launch.program.infos[warp.pc()].instruction;
  const Registers registers(warp, lane);
  const std::size_t first_source = has_destination(instruction) ? 1 : 0;
  std::string text;
  for (std::size_t o = 0; o < instruction.operands.size(); ++o)
    if ((o < first_source) == destinations) registers.add(instruction.operands[o], text);
  return text;
}

std::string place_text(const Warp& warp, int lane) {
  const Program& program = warp.cta().launch.program;
  const Party at = party(warp, lane, warp.pc());
  const std::string source = at.file.empty() ? "" : fmt::format("{}:{} ", at.file, at.line);
  return fmt::format("block {} thread {}  {}(PTX line {})  {}", fmt::join(at.block, ","),
                     fmt::join(at.thread, ","), source, at.ptx_line,
                     program.infos[warp.pc()].instruction->spelled());
}

}  // namespace assay::emulator
