// SPDX-License-Identifier: Apache-2.0
// A file of kernels, whatever its kind: PTX text, a cubin, or a fat binary of both.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reference/result.hpp"

namespace assay::audit {

struct KernelPart {
  enum class Kind { ptx, cubin };
  Kind kind = Kind::ptx;
  std::string name;      // the file's; of a fat binary's part "k.fatbin (PTX for sm_110a)"
  std::string target;    // "sm_110a"; empty outside a fat binary, which alone records it
  std::string contents;  // text, or the cubin's bytes

  std::span<const std::byte> bytes() const { return std::as_bytes(std::span(contents)); }
};

// By contents, not by name. Errors (usage): a damaged fat binary, or one with neither PTX nor
// machine code.
Result<std::vector<KernelPart>> split_kernel_file(std::string contents, const std::string& name);

}  // namespace assay::audit
