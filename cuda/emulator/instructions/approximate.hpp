// SPDX-License-Identifier: Apache-2.0
// Instructions whose bits the PTX ISA leaves open within an error bound: .approx and .full (9.7.3,
// 9.7.4). They are correctly rounded to nearest even, but where the ISA says otherwise (div.approx
// by huge divisors), and marked as unspecified (OpInfo::is_unspecified): hardware may give other
// bits.
#pragma once

#include "cuda/emulator/program/decode.hpp"

namespace assay::emulator {

// ex2, lg2, sin, cos, tanh, rsqrt, rcp, sqrt, div.
Status decode_approximate(OpBuilder& builder);

}  // namespace assay::emulator
