// SPDX-License-Identifier: Apache-2.0
// The quantile function z(p) of the normal distribution solves z'' = z z'^2 with z(1/2) = 0 and
// z'(1/2) = sqrt(2 pi) (differentiate Phi(z(p)) = p twice). Integrating that by the classical
// Runge-Kutta method needs no logarithm and no exponential, whose last bits differ between
// libraries.
#include "vectors/generate/normal.hpp"

#include <array>
#include <bit>

#include "reference/multiversion.hpp"

namespace assay {
namespace {

constexpr int kSegments = 4096;
constexpr int kSegmentShift = 19;
constexpr int kSteps = 32;  // per segment; leaves an error below 1e-7 at the last quantile
constexpr double kSqrtTwoPi = 2.5066282746310002;

struct Point {
  double z, slope;
};

Point derivative(Point at) {
  return {at.slope, at.z * at.slope * at.slope};
}

Point advance(Point at, Point rate, double step) {
  return {at.z + step * rate.z, at.slope + step * rate.slope};
}

Point runge_kutta(Point at, double step) {
  const Point k1 = derivative(at);
  const Point k2 = derivative(advance(at, k1, step / 2));
  const Point k3 = derivative(advance(at, k2, step / 2));
  const Point k4 = derivative(advance(at, k3, step));
  const Point mean{(k1.z + 2 * k2.z + 2 * k3.z + k4.z) / 6,
                   (k1.slope + 2 * k2.slope + 2 * k3.slope + k4.slope) / 6};
  return advance(at, mean, step);
}

// |z| in segment i at place f in [0, 2^19) is start[i] + rise[i] * f.
struct Quantiles {
  std::array<float, kSegments> start, rise;
};

Quantiles integrate() {
  Quantiles quantiles{};
  Point point{0, kSqrtTwoPi};
  for (std::size_t i = 0; i < kSegments; ++i) {
    quantiles.start[i] = static_cast<float>(point.z);
    // The last segment would end at infinity.
    if (i + 1 < kSegments)
      for (int step = 0; step < kSteps; ++step)
        point = runge_kutta(point, 0.5 / kSegments / kSteps);
    else
      point.z = double{kNormalCut};
    const double width = static_cast<double>(1 << kSegmentShift);
    quantiles.rise[i] = static_cast<float>((point.z - double{quantiles.start[i]}) / width);
  }
  return quantiles;
}

ASSAY_MULTIVERSION
void interpolate(const float* start, const float* rise, const std::uint32_t* words, float* values,
                 std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint32_t word = words[i];
    const std::uint32_t segment = (word >> kSegmentShift) & (kSegments - 1);
    const auto place = static_cast<std::int32_t>(word & ((1u << kSegmentShift) - 1));
    const float magnitude = start[segment] + rise[segment] * static_cast<float>(place);
    const std::uint32_t sign = word & 0x80000000u;
    values[i] = std::bit_cast<float>(std::bit_cast<std::uint32_t>(magnitude) | sign);
  }
}

}  // namespace

void normal_from_words(std::span<const std::uint32_t> words, std::span<float> values) {
  static const Quantiles quantiles = integrate();
  interpolate(quantiles.start.data(), quantiles.rise.data(), words.data(), values.data(),
              words.size());
}

}  // namespace assay
