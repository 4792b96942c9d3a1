// SPDX-License-Identifier: Apache-2.0
// Oracle: the examples of FIPS 180-4 (NIST, "Examples with Intermediate Values", SHA256.pdf) and
// the long messages of FIPS 180-2, appendix B.3.
#include "vectors/io/sha256.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace assay {
namespace {

TEST(Sha256, OneBlockExample) {
  EXPECT_EQ(hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Sha256, TwoBlockExample) {
  EXPECT_EQ(hex(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(Sha256, AMillionTimesA) {
  EXPECT_EQ(hex(sha256(std::string(1'000'000, 'a'))),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, OfNothing) {
  EXPECT_EQ(hex(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Sha256, PiecesAreJoined) {
  const std::string a = "ab", b, c = "c";
  const std::vector pieces{std::as_bytes(std::span(a)), std::as_bytes(std::span(b)),
                           std::as_bytes(std::span(c))};
  EXPECT_EQ(sha256(pieces), sha256("abc"));
}

}  // namespace
}  // namespace assay
