// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/instructions/modifiers.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "reference/suggest.hpp"

namespace assay::emulator {

bool Modifiers::take(std::string_view name) {
  asked_.emplace_back(name);
  const auto found = std::ranges::find(left_, name);
  if (found == left_.end()) return false;
  left_.erase(found);
  return true;
}

Result<ptx::Type> Modifiers::take_type() {
  for (auto it = left_.begin(); it != left_.end(); ++it)
    if (const auto type = ptx::parse_type(*it)) {
      left_.erase(it);
      return *type;
    }
  return builder_.unsupported("needs a type");
}

Status Modifiers::finish() const {
  if (left_.empty()) return {};
  return builder_.unsupported(fmt::format("the modifier .{} is not supported{}", left_.front(),
                                          did_you_mean(left_.front(), asked_)));
}

Result<Op*> emit(OpBuilder& builder, const Modifiers& modifiers, Handler run, OpClass op_class,
                 ptx::Type destination, std::initializer_list<ptx::Type> sources) {
  ASSAY_TRY(modifiers.finish());
  if (run == nullptr) return builder.unsupported("does not take this type");
  ASSAY_TRY(builder.expect_operands(sources.size() + 1, sources.size() + 1));
  std::vector<Slot> slots;
  for (const ptx::Type type : sources) {
    ASSAY_ASSIGN(const Slot slot, builder.source(slots.size() + 1, type));
    slots.push_back(slot);
  }
  ASSAY_ASSIGN(const Slot dst, builder.destination(0, destination));
  Op& op = builder.emit(run, op_class);
  op.dst = dst;
  const std::array direct{&op.a, &op.b, &op.c};
  for (std::size_t i = 0; i < std::min(slots.size(), direct.size()); ++i)
    *direct[i] = slots[i];
  if (slots.size() > direct.size())
    op.list = builder.program().keep(std::vector<Slot>(slots.begin() + 3, slots.end()));
  return &op;
}

}  // namespace assay::emulator
