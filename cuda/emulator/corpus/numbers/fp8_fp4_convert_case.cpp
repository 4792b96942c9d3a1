// SPDX-License-Identifier: Apache-2.0
// Oracle: the host code of the same NVIDIA headers. All 2^16 pairs of bytes are decoded; encoded
// are every sign, exponent and a few fractions around each format's rounding boundaries.
#include "cuda/emulator/corpus/harness/case.hpp"
#include "cuda/emulator/corpus/numbers/fp8_fp4_convert.cuh"

namespace assay::corpus {
namespace {

std::vector<float> interesting_floats() {
  Random random(1);
  std::vector<float> values;
  for (std::uint32_t top = 0; top < 1u << 9; ++top)
    for (const std::uint32_t fraction :
         {0x000000u, 0x000001u, 0x7FFFFFu, 0x400000u, 0x3FFFFFu, 0x400001u, 0x080000u, 0x07FFFFu,
          0x0C0000u, random.u32() >> 9})
      values.push_back(bits_as<float>(top << 23 | fraction));
  return values;
}

// The headers take some conversions through binary64, and PTX leaves open what a NaN becomes there.
void leave_out_nans(std::vector<float>& values) {
  std::erase_if(values, [](float value) { return value != value; });
}

void check_encode(CUfunction kernel) {
  std::vector<float> in = interesting_floats();
  leave_out_nans(in);
  const int pairs = static_cast<int>(in.size() / 2);
  std::vector<std::uint16_t> want(static_cast<std::size_t>(pairs) * kEncodings);
  for (int i = 0; i < pairs; ++i) {
    int row = 0;
    encode_all(in[2 * i], in[2 * i + 1], [&](unsigned result) {
      want[row++ * pairs + i] = static_cast<std::uint16_t>(result);
    });
  }
  const Array<float> device_in(in);
  const Array<std::uint16_t> out(want.size());
  launch(kernel, {{blocks_for(pairs, 128)}, {128}}, device_in, pairs, out);
  expect_equal(out.download(), want, "encoding * " + std::to_string(pairs) + " + pair");
}

void check_decode(CUfunction kernel) {
  constexpr unsigned kCount = 1u << 16;
  std::vector<std::uint32_t> want(kCount * kDecodings);
  for (unsigned bits = 0; bits < kCount; ++bits) {
    int row = 0;
    decode_all(bits, [&](unsigned result) { want[row++ * kCount + bits] = result; });
  }
  const Array<std::uint32_t> out(want.size());
  launch(kernel, {{kCount / 256}, {256}}, out);
  expect_equal(out.download(), want, "decoding * 65536 + bits");
}

}  // namespace

void fp8_fp4_convert(const Module& module) {
  check_encode(module.function("encode_narrow"));
  check_decode(module.function("decode_narrow"));
}

}  // namespace assay::corpus
