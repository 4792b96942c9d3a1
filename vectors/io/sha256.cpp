// SPDX-License-Identifier: Apache-2.0
// OpenSSL's EVP interface, which picks the processor's SHA instructions where it has them.
#include "vectors/io/sha256.hpp"

#include <memory>
#include <stdexcept>

#include <fmt/format.h>
#include <openssl/evp.h>

namespace assay {

Sha256 sha256(std::span<const std::span<const std::byte>> pieces) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        EVP_MD_CTX_free);
  Sha256 digest{};
  bool ok = context && EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) == 1;
  for (const auto piece : pieces)
    ok = ok && EVP_DigestUpdate(context.get(), piece.data(), piece.size()) == 1;
  ok = ok && EVP_DigestFinal_ex(context.get(), digest.data(), nullptr) == 1;
  if (!ok) throw std::runtime_error("OpenSSL cannot compute SHA-256");
  return digest;
}

Sha256 sha256(std::string_view text) {
  const auto piece = std::as_bytes(std::span(text));
  return sha256(std::span(&piece, 1));
}

std::string hex(const Sha256& digest) {
  std::string digits;
  for (const std::uint8_t byte : digest)
    digits += fmt::format("{:02x}", byte);
  return digits;
}

}  // namespace assay
