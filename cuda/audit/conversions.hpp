// SPDX-License-Identifier: Apache-2.0
// Conversions to and from formats of 8 bits and fewer (PTX ISA 9.0, "cvt"): instructions that only
// a device of that kind has, so that kernels which contain them compute such values in hardware.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>

#include "cuda/emulator/ptx/ast.hpp"
#include "reference/result.hpp"

namespace assay::audit {

// How often each instruction, as spelled ("cvt.rn.f16x2.e2m1x2"), stands in each function.
using Conversions = std::map<std::string, std::map<std::string, int>>;

Conversions narrow_conversions(const ptx::Module& module);

// The PTX of a fat binary that serves a device of this compute capability: that of its own target,
// "sm_103a", else of the newest in its family, "sm_100f". Errors (usage): none, or damaged.
Result<ptx::Module> ptx_for_device(std::span<const std::byte> fatbin, int major, int minor,
                                   const std::string& name);

}  // namespace assay::audit
