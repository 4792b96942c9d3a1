// SPDX-License-Identifier: Apache-2.0
// Binary64 operations in PTX's rounding directions, on integers. Results to nearest even are the
// machine's; these are for .rz, .rm and .rp, which are rare. IEEE 754-2019, sections 4.3, 6.3, 7.4.
#pragma once

#include "cuda/emulator/instructions/directed_rounding.hpp"

namespace assay::emulator {

// NaN results are canonical. A sum that is exactly zero follows with_zero_sign.
double soft_fma(double a, double b, double c, RoundingMode mode);
double soft_add(double a, double b, RoundingMode mode);
double soft_multiply(double a, double b, RoundingMode mode);
double soft_divide(double a, double b, RoundingMode mode);
double soft_sqrt(double a, RoundingMode mode);

}  // namespace assay::emulator
