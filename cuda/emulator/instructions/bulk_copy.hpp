// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda/emulator/program/decode.hpp"

namespace assay::emulator {

Status decode_bulk_copy(OpBuilder& builder);    // cp.async.bulk: bulk_copy.cpp
Status decode_bulk_reduce(OpBuilder& builder);  // cp.reduce.async.bulk: bulk_copy.cpp

}  // namespace assay::emulator
