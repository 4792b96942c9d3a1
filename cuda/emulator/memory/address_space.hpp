// SPDX-License-Identifier: Apache-2.0
// Where the state spaces lie in the generic address space, how large they may be, and what kernels
// may do with a byte.
#pragma once

#include <cstdint>

namespace assay::emulator {

// Generic addresses (PTX ISA 5.1.7): a window each; global addresses are generic ones.
inline constexpr std::uint64_t kSharedWindow = 0x0100'0000'0000;  // + offset in shared memory
inline constexpr std::uint64_t kLocalWindow = 0x0180'0000'0000;   // + offset in the thread's memory
inline constexpr std::uint64_t kParamWindow = 0x01C0'0000'0000;   // + offset in the parameter block
// Addresses of functions: + index in Program::functions. Nothing can be read there.
inline constexpr std::uint64_t kFunctionWindow = 0x00F0'0000'0000;
inline constexpr std::uint64_t kWindowBytes = 0x0040'0000'0000;
inline constexpr std::uint64_t kGlobalBase = 0x0200'0000'0000;
// Where shared memory begins in its space: below lie bytes that the hardware keeps to itself
// (CUDA programming guide: 1 KB a block from compute capability 8.0 on), and null pointers.
inline constexpr std::uint32_t kSharedStart = 1024;

// CUDA C++ programming guide, technical specifications of compute capability 10.x and 11.x: bytes
// of local memory a thread and of shared memory a block; of a kernel's parameters, PTX ISA 7.6.
inline constexpr std::uint32_t kLocalLimit = 512 * 1024, kSharedLimit = 227 * 1024;
inline constexpr std::uint32_t kKernelParamLimit = 32764;

// What a kernel may do with a byte: bit 0, write it; bit 1, read it (it has been written). One
// state a byte of global and of shared memory.
enum class ByteState : std::uint8_t {
  unaddressable = 0,
  uninitialized = 1,
  constant = 2,
  initialized = 3,
  in_flight = 4,               // an asynchronous copy will write it (shared memory)
  mbarrier = 8,                // part of an mbarrier object (shared memory)
  uninitialized_constant = 16  // read-only, before the host has written it
};
inline constexpr std::uint8_t kMayWrite = 1, kMayRead = 2;

}  // namespace assay::emulator
