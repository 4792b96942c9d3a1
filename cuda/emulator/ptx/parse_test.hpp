// SPDX-License-Identifier: Apache-2.0
// What the parser's tests share: texts around a snippet, and looks into the module.
#pragma once

#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "cuda/emulator/ptx/parse.hpp"

namespace assay::ptx {

inline std::string module_text(std::string_view items) {
  return ".version 9.0\n.target sm_110a\n.address_size 64\n" + std::string(items);
}

// A kernel k whose body begins at column 1 of line 5 of the text.
inline std::string kernel_text(std::string_view body, std::string_view before = "") {
  return module_text(std::string(before) + ".entry k(.param .b64 p, .param .b32 n) {\n" +
                     std::string(body) + "\n}\n");
}

inline Module parsed(const std::string& text) {
  auto module = parse(text, "k.ptx");
  EXPECT_TRUE(module) << module.error().message;
  return module ? *std::move(module) : Module{};
}

inline Function kernel(std::string_view body, std::string_view before = "") {
  const Module module = parsed(kernel_text(body, before));
  return module.functions.empty() ? Function{} : module.functions.back();
}

// The error's message; empty where there is none.
inline std::string problem(const std::string& text) {
  const auto module = parse(text, "k.ptx");
  return module ? "" : module.error().message;
}

inline const Register& register_of(const Function& function, const Operand& operand) {
  return function.registers.at(static_cast<std::size_t>(operand.index));
}

}  // namespace assay::ptx
