// SPDX-License-Identifier: Apache-2.0
// The outside oracle of silu: MPFR, with no error estimate of ours beyond a count of roundings.
// Where one precision does not settle the rounding, a higher one does.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <stdexcept>

#include <mpfr.h>

namespace assay {

inline std::uint32_t bits_of(float x) {
  return std::bit_cast<std::uint32_t>(x);
}
inline float from_bits(std::uint32_t bits) {
  return std::bit_cast<float>(bits);
}

class MpfrSilu {
 public:
  MpfrSilu() {
    for (Workspace& w : workspaces_)
      mpfr_inits2(w.precision, w.result, w.below, nullptr);
  }
  ~MpfrSilu() {
    for (Workspace& w : workspaces_)
      mpfr_clears(w.result, w.below, nullptr);
  }
  MpfrSilu(const MpfrSilu&) = delete;
  MpfrSilu& operator=(const MpfrSilu&) = delete;

  // x is not 0 and |x| <= 2^20, where e^|x| is far from MPFR's largest number.
  float operator()(float x) {
    for (Workspace& w : workspaces_) {
      const auto [below, above] = ends(w, x);
      if (bits_of(below) == bits_of(above)) return below;
    }
    throw std::runtime_error("320 bits do not settle a rounding of silu");
  }

 private:
  struct Workspace {
    mpfr_prec_t precision;
    mpfr_t result;
    mpfr_t below;
  };
  struct Ends {
    float below;
    float above;
  };

  // Three roundings, each of relative error 2^-precision at most, stay below four ulps;
  // mpfr_get_flt rounds once, among the subnormals too.
  static Ends ends(Workspace& w, float x) {
    mpfr_set_flt(w.result, -x, MPFR_RNDN);
    mpfr_exp(w.result, w.result, MPFR_RNDN);
    mpfr_add_ui(w.result, w.result, 1, MPFR_RNDN);
    mpfr_d_div(w.result, static_cast<double>(x), w.result, MPFR_RNDN);
    mpfr_set(w.below, w.result, MPFR_RNDN);
    for (int ulp = 0; ulp < 4; ++ulp) {
      mpfr_nextbelow(w.below);
      mpfr_nextabove(w.result);
    }
    return {mpfr_get_flt(w.below, MPFR_RNDN), mpfr_get_flt(w.result, MPFR_RNDN)};
  }

  std::array<Workspace, 3> workspaces_{{{64, {}, {}}, {128, {}, {}}, {320, {}, {}}}};
};

}  // namespace assay
