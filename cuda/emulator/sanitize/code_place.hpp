// SPDX-License-Identifier: Apache-2.0
// Where an operation comes from: the line of the PTX, and of the .cu that a programmer would look
// at.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace assay::emulator {

class Program;
struct OpInfo;

struct FileLine {
  std::string file;
  int line = 0;
};

struct CodePlace {
  int ptx_line = 0;
  std::string file;  // of the .cu, empty without line information
  int line = 0;
  // Of an operation of an inlined function: its own line, where that function was called, where the
  // caller was called, and so on. Else empty.
  std::vector<FileLine> inlined;

  std::string text() const;  // "k.cu:7 (PTX line 40, inlined: b.cuh:6 from a.cuh:4 from k.cu:7)"
};

// Its line is the first of the inlined ones that lies in the folder of the kernel's file: a
// programmer's own header, but not a library's. Where there is none, the operation's own.
CodePlace code_place(const Program& program, const OpInfo& info);

nlohmann::json to_json(const CodePlace& place);

}  // namespace assay::emulator
