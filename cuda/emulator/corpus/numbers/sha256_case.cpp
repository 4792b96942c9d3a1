// SPDX-License-Identifier: Apache-2.0
// Oracle: OpenSSL's SHA-256. The round constants are the first 32 fraction bits of the cube roots
// of the first 64 primes (FIPS 180-4, section 4.2.2), found here by integer search.
#include <openssl/sha.h>

#include "cuda/emulator/corpus/harness/case.hpp"

namespace assay::corpus {
namespace {

__extension__ using Wide = unsigned __int128;

// floor(cube root of prime * 2^32): the largest r with r^3 <= prime * 2^96.
std::uint32_t cube_root_fraction(unsigned prime) {
  std::uint64_t root = 0;
  for (int bit = 34; bit >= 0; --bit) {
    const std::uint64_t next = root | std::uint64_t{1} << bit;
    if (Wide{next} * next * next <= Wide{prime} << 96) root = next;
  }
  return static_cast<std::uint32_t>(root);
}

std::vector<std::uint32_t> round_constants() {
  std::vector<std::uint32_t> constants;
  for (unsigned n = 2; constants.size() < 64; ++n) {
    bool prime = true;
    for (unsigned d = 2; d * d <= n; ++d)
      prime = prime && n % d != 0;
    if (prime) constants.push_back(cube_root_fraction(n));
  }
  return constants;
}

void check_shape(const Module& module, unsigned length, unsigned count) {
  Random random(length);
  const auto messages =
      random.vector(length * count + 1, [&] { return static_cast<unsigned char>(random.u32()); });
  std::vector<std::uint32_t> want;
  for (unsigned i = 0; i < count; ++i) {
    unsigned char digest[32];
    SHA256(messages.data() + i * length, length, digest);
    for (int word = 0; word < 8; ++word) {
      std::uint32_t value = 0;
      for (int byte = 0; byte < 4; ++byte)
        value = value << 8 | digest[4 * word + byte];
      want.push_back(value);
    }
  }
  const Array<unsigned char> device_messages(messages);
  const Array<std::uint32_t> digests(want.size());
  launch(module.function("sha256"), {{blocks_for(count, 32)}, {32}}, device_messages, length, count,
         digests);
  expect_equal(digests.download(), want, "digest");
}

}  // namespace

void sha256(const Module& module) {
  module.set_global("round_constants", round_constants());
  for (const unsigned length : {0u, 3u, 55u, 56u, 64u, 119u, 200u})
    check_shape(module, length, 40);
}

}  // namespace assay::corpus
