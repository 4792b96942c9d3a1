// SPDX-License-Identifier: Apache-2.0
// The debugger's view: instructions as a thread executes them, with the registers that they read
// and write, values with their bits, so that a result can be followed back to where its bits came
// from.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "cuda/emulator/execute/launch.hpp"
#include "cuda/emulator/execute/warp.hpp"
#include "reference/result.hpp"

namespace assay::emulator {

inline constexpr std::string_view kTraceForm =
    "THREAD,BLOCK[:KERNEL] with numbers like 33 or 1.2.0";
// Options::trace. Error (usage): another form.
Result<TraceChoice> parse_trace(std::string_view text);

// Whether Options::trace and Options::break_line (a line of the .cu, or of the PTX where there is
// no line information) choose this lane's execution of the warp's current operation.
bool is_traced(const Warp& warp, int lane);

// "%f3=0x40490fdb (3.1415927) %r1=0x7 (7)": the register operands of the current instruction;
// destinations or sources.
std::string operand_text(Warp& warp, int lane, bool destinations);
// "block 0,0,0 thread 5,0,0  k.cu:12 (PTX line 40)  fma.rn.f32"
std::string place_text(const Warp& warp, int lane);

}  // namespace assay::emulator
