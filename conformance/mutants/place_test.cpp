// SPDX-License-Identifier: Apache-2.0
// Oracle: the values of E4M3, E2M1 and E8M0 in docs/formats.md.
#include "conformance/mutants/place.hpp"

#include <bit>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace assay {
namespace {

Place place_of(float value, Format to) {
  return find_place({Format::f32, to}, std::bit_cast<std::uint32_t>(value));
}

TEST(Place, LiesBelowOnOrAboveAMidpoint) {
  EXPECT_EQ(place_of(2.5f, Format::e2m1).below, 4u);
  EXPECT_EQ(place_of(2.5f, Format::e2m1).half, 0);
  EXPECT_EQ(place_of(std::nextafter(2.5f, 0.0f), Format::e2m1).half, -1);
  EXPECT_EQ(place_of(std::nextafter(-2.5f, -3.0f), Format::e2m1).half, 1);
  EXPECT_TRUE(place_of(-3, Format::e2m1).is_exact);
  EXPECT_TRUE(place_of(-3, Format::e2m1).is_negative);
  EXPECT_FALSE(place_of(2.5f, Format::e2m1).is_exact);
}

TEST(Place, KnowsTheMidpointBeyondTheLargestValue) {
  EXPECT_EQ(place_of(464, Format::e4m3).half, 0);
  EXPECT_EQ(place_of(464, Format::e4m3).below, 0x7Eu);
  EXPECT_EQ(place_of(61440, Format::e5m2).half, 0);
  const Cast to_e4m3{Format::f32, Format::e4m3};
  EXPECT_FALSE(is_within_range(to_e4m3, place_of(450, Format::e4m3)));
  EXPECT_TRUE(is_within_range(to_e4m3, place_of(448, Format::e4m3)));
  EXPECT_FALSE(
      is_within_range(to_e4m3, place_of(std::numeric_limits<float>::infinity(), Format::e4m3)));
}

TEST(Place, SignsGoOnlyWhereTheFormatHasThem) {
  const Place place = place_of(-1, Format::e8m0);
  EXPECT_EQ(signed_code({Format::f32, Format::e8m0}, place, 0x7F), 0x7Fu);
  EXPECT_EQ(signed_code({Format::f32, Format::e4m3}, place, 0x38), 0xB8u);
  EXPECT_EQ(signed_code({Format::f32, Format::tf32}, place, 1), 0x80002000u);
}

}  // namespace
}  // namespace assay
