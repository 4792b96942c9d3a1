// SPDX-License-Identifier: Apache-2.0
// The families of instructions: one function each that adds its decoders to the table.
#pragma once

#include "cuda/emulator/program/decode.hpp"

namespace assay::emulator {

// add sub mul mad div abs neg min max, of integers and of floating-point numbers, and the four
// below.
void add_arithmetic(InstructionTable& table);
void add_integer_arithmetic(InstructionTable& table);       // rem sad vabsdiff4, carry chains
void add_integer_multiplications(InstructionTable& table);  // mul24 mad24
void add_dot_products(InstructionTable& table);             // dp4a dp2a
void add_float_arithmetic(InstructionTable& table);  // fma rcp sqrt copysign, .approx functions
void add_logic(InstructionTable& table);             // and or xor not cnot lop3
void add_bit_operations(InstructionTable& table);    // shl shr shf bfe bfi prmt popc clz brev bfind
                                                     // fns bmsk szext
void add_comparisons(InstructionTable& table);       // setp set selp slct testp
void add_moves(InstructionTable& table);             // mov (with packing), special registers
void add_conversions(InstructionTable& table);       // cvt, cvt.pack
void add_memory(InstructionTable& table);            // ld ldu st cvta isspacep prefetch mapa ...
void add_atomics(InstructionTable& table);           // atom red
void add_warp_operations(InstructionTable& table);   // shfl vote match redux activemask elect
void add_mma(InstructionTable& table);               // mma ldmatrix stmatrix movmatrix
void add_async_copies(InstructionTable& table);      // cp.async, cp.async.bulk, commit and wait
void add_mbarrier(InstructionTable& table);          // mbarrier.*, fence.mbarrier_init
void add_tcgen05(InstructionTable& table);           // tcgen05.*
void add_fences(InstructionTable& table);            // membar fence
void add_control(InstructionTable& table);  // bra brx call ret exit trap bar barrier nanosleep

void add_barriers(InstructionTable& table);  // bar barrier; called by add_control

}  // namespace assay::emulator
