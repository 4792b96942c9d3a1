// SPDX-License-Identifier: Apache-2.0
// cvt (PTX ISA 9.0, 9.7.9.21) and cvt.pack (9.7.9.22), by kinds of operands.
#pragma once

#include "cuda/emulator/instructions/float_forms.hpp"
#include "cuda/emulator/instructions/modifiers.hpp"

namespace assay::emulator {

// `to` and `from` are taken from the modifiers already.
Status convert_integers(OpBuilder& builder, Modifiers& modifiers, ptx::Type to, ptx::Type from);
Status convert_to_integer(OpBuilder& builder, Modifiers& modifiers, ptx::Type to, ptx::Type from);
Status convert_to_float(OpBuilder& builder, Modifiers& modifiers, ptx::Type to, ptx::Type from);
Status convert_floats(OpBuilder& builder, Modifiers& modifiers, ptx::Type to, ptx::Type from);
// Two or four values, or one tf32, by the names of the formats.
Status convert_packed(OpBuilder& builder, Modifiers& modifiers, std::string_view to,
                      std::string_view from);
Status convert_stochastically(OpBuilder& builder, Modifiers& modifiers, std::string_view to,
                              std::string_view from);
Status convert_and_pack(OpBuilder& builder);  // cvt.pack

// Emits d = run(a), where registers may be wider than the types (9.7.9.21): of the source the low
// bits count, the result is extended as its type has it.
Status emit_conversion(OpBuilder& builder, const Modifiers& modifiers, Handler run, ptx::Type to,
                       ptx::Type from, std::int64_t immediate);

}  // namespace assay::emulator
