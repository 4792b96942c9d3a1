// SPDX-License-Identifier: Apache-2.0
// From a PTX type to a C++ type: for_...(type, f) calls f.operator()<T>() for the types of one
// class, and gives a null handler for others. Registers without a sign are unsigned integers.
#pragma once

#include <cstdint>
#include <string_view>

#include "cuda/emulator/program/op.hpp"
#include "cuda/emulator/ptx/ast.hpp"

namespace assay::emulator {

inline bool is_float(ptx::Type type) {
  return type >= ptx::Type::f16;
}
inline bool is_signed(ptx::Type type) {
  return type >= ptx::Type::s8 && type <= ptx::Type::s64;
}
inline bool is_unsigned(ptx::Type type) {
  return type >= ptx::Type::u8 && type <= ptx::Type::u64;
}
inline bool is_untyped(ptx::Type type) {
  return type >= ptx::Type::b8 && type <= ptx::Type::b128;
}
// What instructions that only move bits take: b, u, s of 16 to 64 bits, f32 and f64.
inline bool is_basic(ptx::Type type) {
  const int bytes = ptx::type_bytes(type);
  if (is_float(type)) return type == ptx::Type::f32 || type == ptx::Type::f64;
  return bytes >= 2 && bytes <= 8;
}
inline bool is_integer(ptx::Type type) {
  return is_signed(type) || is_unsigned(type);
}

// b16 ... b64, or what has its size.
inline ptx::Type bits_type(int bytes) {
  switch (bytes) {
    case 1:
      return ptx::Type::b8;
    case 2:
      return ptx::Type::b16;
    case 4:
      return ptx::Type::b32;
    case 8:
      return ptx::Type::b64;
    default:
      return ptx::Type::b128;
  }
}

template <typename F>
Handler for_unsigned(ptx::Type type, F f) {
  switch (type) {
    case ptx::Type::u16:
      return f.template operator()<std::uint16_t>();
    case ptx::Type::u32:
      return f.template operator()<std::uint32_t>();
    case ptx::Type::u64:
      return f.template operator()<std::uint64_t>();
    default:
      return nullptr;
  }
}

template <typename F>
Handler for_signed(ptx::Type type, F f) {
  switch (type) {
    case ptx::Type::s16:
      return f.template operator()<std::int16_t>();
    case ptx::Type::s32:
      return f.template operator()<std::int32_t>();
    case ptx::Type::s64:
      return f.template operator()<std::int64_t>();
    default:
      return nullptr;
  }
}

template <typename F>
Handler for_integers(ptx::Type type, F f) {
  return is_signed(type) ? for_signed(type, f) : for_unsigned(type, f);
}

// u32, u64, s32, s64.
template <typename F>
Handler for_words(ptx::Type type, F f) {
  switch (type) {
    case ptx::Type::u32:
      return f.template operator()<std::uint32_t>();
    case ptx::Type::u64:
      return f.template operator()<std::uint64_t>();
    case ptx::Type::s32:
      return f.template operator()<std::int32_t>();
    case ptx::Type::s64:
      return f.template operator()<std::int64_t>();
    default:
      return nullptr;
  }
}

// By size alone: unsigned integers of 16, 32 and 64 bits.
template <typename F>
Handler for_sizes(ptx::Type type, F f) {
  switch (ptx::type_bytes(type)) {
    case 2:
      return f.template operator()<std::uint16_t>();
    case 4:
      return f.template operator()<std::uint32_t>();
    case 8:
      return f.template operator()<std::uint64_t>();
    default:
      return nullptr;
  }
}

// b16, b32, b64 only.
template <typename F>
Handler for_untyped(ptx::Type type, F f) {
  return is_untyped(type) ? for_sizes(type, f) : nullptr;
}

}  // namespace assay::emulator
