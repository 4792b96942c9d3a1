// SPDX-License-Identifier: Apache-2.0
// Decoders of instructions that exist for integers and for floating-point numbers under one opcode.
// arithmetic.cpp picks by the types among the modifiers.
#pragma once

#include "cuda/emulator/program/decode.hpp"

namespace assay::emulator {

Status integer_add(OpBuilder& builder);
Status integer_sub(OpBuilder& builder);
Status integer_mul(OpBuilder& builder);
Status integer_mad(OpBuilder& builder);
Status integer_div(OpBuilder& builder);
Status integer_abs(OpBuilder& builder);
Status integer_neg(OpBuilder& builder);
Status integer_min(OpBuilder& builder);
Status integer_max(OpBuilder& builder);

// add.cc, mad.hi.cc, ...: the carry flag is written (9.7.2); `reads`: addc and its kind.
Status carry_add(OpBuilder& builder, bool reads);
Status carry_sub(OpBuilder& builder, bool reads);
Status carry_mad(OpBuilder& builder, bool reads);

Status float_add(OpBuilder& builder);
Status float_sub(OpBuilder& builder);
Status float_mul(OpBuilder& builder);
Status float_fma(OpBuilder& builder);  // and mad
Status float_div(OpBuilder& builder);
Status float_abs(OpBuilder& builder);
Status float_neg(OpBuilder& builder);
Status float_min(OpBuilder& builder);
Status float_max(OpBuilder& builder);
Status float_copysign(OpBuilder& builder);

}  // namespace assay::emulator
