// SPDX-License-Identifier: Apache-2.0
// Oracle: the same machine with a table of functions instead of a switch; unsigned, so it wraps.
#include "cuda/emulator/corpus/harness/case.hpp"

namespace assay::corpus {
namespace {

struct Machine {
  unsigned accumulator = 1, kept = 0;
  int at = 0, steps = 0;
};

int as_signed(unsigned value) {
  return static_cast<int>(value);
}

constexpr void (*kOperations[13])(Machine&) = {
    [](Machine& m) { m.accumulator += 7; },
    [](Machine& m) { m.accumulator -= m.kept; },
    [](Machine& m) { m.accumulator *= 3; },
    [](Machine& m) { m.accumulator ^= 0x5A5A; },
    [](Machine& m) { m.kept = m.accumulator; },
    [](Machine& m) { m.accumulator = ~m.accumulator; },
    [](Machine& m) { m.accumulator >>= 3; },
    [](Machine& m) { m.accumulator = (m.accumulator << 2) + m.kept; },
    [](Machine& m) { m.accumulator += m.kept; },
    [](Machine& m) {
      if (as_signed(m.accumulator) < as_signed(m.kept)) m.accumulator = m.kept;
    },
    [](Machine& m) { m.at += m.accumulator & 1 ? 2 : 0; },
    [](Machine& m) {
      if (m.steps % 5 == 0) m.at -= m.at < 2 ? m.at : 2;
    },
    [](Machine& m) { m.accumulator = as_signed(m.accumulator) % 1009 + m.at; },
};

int interpret(const unsigned char* program, int length) {
  Machine machine;
  for (; machine.at < length && machine.steps < 200; ++machine.at, ++machine.steps)
    kOperations[program[machine.at] % 13](machine);
  return as_signed(machine.accumulator + static_cast<unsigned>(machine.steps) * 65536);
}

void check_shape(CUfunction kernel, int programs, int length) {
  Random random(static_cast<std::uint64_t>(length));
  const auto code = random.vector(static_cast<std::size_t>(programs) * length,
                                  [&] { return static_cast<unsigned char>(random.u32()); });
  std::vector<int> want(programs);
  for (int i = 0; i < programs; ++i)
    want[i] = interpret(code.data() + i * length, length);
  const Array<unsigned char> device_code(code);
  const Array<int> out(programs);
  launch(kernel, {{2}, {static_cast<unsigned>(programs) / 2}}, device_code, length, out);
  expect_equal(out.download(), want, "accumulator");
}

}  // namespace

void switch_table(const Module& module) {
  const CUfunction kernel = module.function("switch_table");
  check_shape(kernel, 2, 1);
  check_shape(kernel, 66, 31);
  check_shape(kernel, 256, 64);
}

}  // namespace assay::corpus
