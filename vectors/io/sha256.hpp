// SPDX-License-Identifier: Apache-2.0
// SHA-256 (FIPS 180-4), computed by OpenSSL.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace assay {

using Sha256 = std::array<std::uint8_t, 32>;

// The digest of the pieces joined together.
Sha256 sha256(std::span<const std::span<const std::byte>> pieces);
Sha256 sha256(std::string_view text);
std::string hex(const Sha256& digest);  // 64 lowercase digits

}  // namespace assay
