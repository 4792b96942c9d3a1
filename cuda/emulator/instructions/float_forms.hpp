// SPDX-License-Identifier: Apache-2.0
// The modifiers that floating-point instructions share.
#pragma once

#include "cuda/emulator/instructions/float_functions.hpp"
#include "cuda/emulator/instructions/modifiers.hpp"

namespace assay::emulator {

// Takes .rn .rz .rm .rp: Error where there is none and `required`.
inline Result<RoundingMode> take_rounding(const OpBuilder& builder, Modifiers& modifiers,
                                          bool required) {
  const int mode = modifiers.take_one<int>({{"rn", 0}, {"rz", 1}, {"rm", 2}, {"rp", 3}}, -1);
  if (mode < 0 && required) return builder.unsupported("needs a rounding: .rn, .rz, .rm or .rp");
  return static_cast<RoundingMode>(std::max(mode, 0));
}

inline Status emit_with_modes(OpBuilder& builder, const Modifiers& modifiers, Handler run,
                              ptx::Type destination, std::initializer_list<ptx::Type> sources,
                              const FloatModes& modes) {
  ASSAY_ASSIGN(Op* const op,
               emit(builder, modifiers, run, OpClass::floating, destination, sources));
  op->immediate = modes.packed();
  return {};
}

}  // namespace assay::emulator
