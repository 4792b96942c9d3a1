// SPDX-License-Identifier: Apache-2.0
// Runs the kernel silu on any inputs. Oracle: reference/arithmetic/silu_oracle.hpp, the C library's
// exp and MPFR.
#pragma once

#include "cuda/emulator/corpus/harness/case.hpp"
#include "reference/arithmetic/silu_oracle.hpp"

namespace assay::corpus {

inline void check_silu(const Module& module, const std::vector<float>& x) {
  MpfrSilu mpfr;
  std::vector<float> want;
  for (const float value : x)
    want.push_back(expected_silu(value, mpfr));
  const Array<float> device_x(x), y(x.size());
  launch(module.function("silu"), {{blocks_for(x.size(), 128)}, {128}}, device_x,
         static_cast<int>(x.size()), y);
  expect_equal(y.download(), want, "silu");
}

}  // namespace assay::corpus
