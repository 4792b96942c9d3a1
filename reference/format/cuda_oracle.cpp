// SPDX-License-Identifier: Apache-2.0
// The tables of cuda_oracle.hpp. One struct a family of header functions, overloaded on the source;
// a family that lacks a source (cuda_fp8.h has no binary16 to E8M0) just lacks the overload.
#include "reference/format/cuda_oracle.hpp"

#ifdef ASSAY_HAS_CUDA_HEADERS
#include <cstring>

#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_fp4.h>
#include <cuda_fp6.h>
#include <cuda_fp8.h>

namespace assay {
namespace {

using Half = __half_raw;
using Bfloat16 = __nv_bfloat16_raw;

template <__nv_saturation_t S, __nv_fp8_interpretation_t K>
struct ToFp8 {
  static constexpr const char* kName = "to_fp8";
  static std::uint8_t code(float x) { return __nv_cvt_float_to_fp8(x, S, K); }
  static std::uint8_t code(double x) { return __nv_cvt_double_to_fp8(x, S, K); }
  static std::uint8_t code(Half x) { return __nv_cvt_halfraw_to_fp8(x, S, K); }
  static std::uint8_t code(Bfloat16 x) { return __nv_cvt_bfloat16raw_to_fp8(x, S, K); }
};

template <__nv_fp6_interpretation_t K, cudaRoundMode R>
struct ToFp6 {
  static constexpr const char* kName = "to_fp6";
  static std::uint8_t code(float x) { return __nv_cvt_float_to_fp6(x, K, R); }
  static std::uint8_t code(double x) { return __nv_cvt_double_to_fp6(x, K, R); }
  static std::uint8_t code(Half x) { return __nv_cvt_halfraw_to_fp6(x, K, R); }
  static std::uint8_t code(Bfloat16 x) { return __nv_cvt_bfloat16raw_to_fp6(x, K, R); }
};

template <cudaRoundMode R>
struct ToFp4 {
  static constexpr const char* kName = "to_fp4";
  static std::uint8_t code(float x) { return __nv_cvt_float_to_fp4(x, __NV_E2M1, R); }
  static std::uint8_t code(double x) { return __nv_cvt_double_to_fp4(x, __NV_E2M1, R); }
  static std::uint8_t code(Half x) { return __nv_cvt_halfraw_to_fp4(x, __NV_E2M1, R); }
  static std::uint8_t code(Bfloat16 x) { return __nv_cvt_bfloat16raw_to_fp4(x, __NV_E2M1, R); }
};

template <__nv_saturation_t S, cudaRoundMode R>
struct ToE8m0 {
  static constexpr const char* kName = "to_e8m0";
  static std::uint8_t code(float x) { return __nv_cvt_float_to_e8m0(x, S, R); }
  static std::uint8_t code(double x) { return __nv_cvt_double_to_e8m0(x, S, R); }
  static std::uint8_t code(Bfloat16 x) { return __nv_cvt_bfloat16raw_to_e8m0(x, S, R); }
};

struct ToHalf {
  static constexpr const char* kName = "2half";
  static std::uint16_t code(float x) { return Half(__float2half_rn(x)).x; }
  static std::uint16_t code(double x) { return Half(__double2half(x)).x; }
};

struct ToBfloat16 {
  static constexpr const char* kName = "2bfloat16";
  static std::uint16_t code(float x) { return Bfloat16(__float2bfloat16_rn(x)).x; }
  static std::uint16_t code(double x) { return Bfloat16(__double2bfloat16(x)).x; }
};

struct ToHalfZero {
  static constexpr const char* kName = "2half_rz";
  static std::uint16_t code(float x) { return Half(__float2half_rz(x)).x; }
};

struct ToBfloat16Zero {
  static constexpr const char* kName = "2bfloat16_rz";
  static std::uint16_t code(float x) { return Bfloat16(__float2bfloat16_rz(x)).x; }
};

template <typename Family, typename Source>
void convert_array(std::span<const std::byte> source, std::span<std::byte> codes) {
  using Code = decltype(Family::code(Source{}));
  const std::size_t count = source.size() / sizeof(Source);
  for (std::size_t i = 0; i < count; ++i) {
    Source value;
    std::memcpy(&value, source.data() + i * sizeof(Source), sizeof(Source));
    const Code code = Family::code(value);
    std::memcpy(codes.data() + i * sizeof(Code), &code, sizeof(Code));
  }
}

class Table {
 public:
  template <typename Family>
  void add(Format to, CastPolicy policy, Rounding rounding) {
    add_source<Family, float>(Cast{Format::f32, to, policy, rounding}, "float");
    add_source<Family, double>(Cast{Format::f64, to, policy, rounding}, "double");
    add_source<Family, Half>(Cast{Format::f16, to, policy, rounding}, "halfraw");
    add_source<Family, Bfloat16>(Cast{Format::bf16, to, policy, rounding}, "bfloat16raw");
  }

  std::vector<HeaderConversion> rows;

 private:
  template <typename Family, typename Source>
  void add_source(const Cast& cast, const char* source) {
    // A call would also convert the argument: only an overload for this very source counts.
    if constexpr (
        requires(std::uint8_t(*f)(Source)) { f = Family::code; } ||
        requires(std::uint16_t(*f)(Source)) { f = Family::code; })
      rows.push_back(
          {fmt::format("{}_{}", source, Family::kName), cast, convert_array<Family, Source>});
  }
};

std::vector<HeaderConversion> make_conversions() {
  using enum CastPolicy;
  Table table;
  table.add<ToFp8<__NV_SATFINITE, __NV_E4M3>>(Format::e4m3, cuda_satfinite, Rounding::rn);
  table.add<ToFp8<__NV_NOSAT, __NV_E4M3>>(Format::e4m3, cuda_nosat, Rounding::rn);
  table.add<ToFp8<__NV_SATFINITE, __NV_E5M2>>(Format::e5m2, cuda_satfinite, Rounding::rn);
  table.add<ToFp8<__NV_NOSAT, __NV_E5M2>>(Format::e5m2, cuda_nosat, Rounding::rn);
  table.add<ToFp6<__NV_E2M3, cudaRoundNearest>>(Format::e2m3, cuda_satfinite, Rounding::rn);
  table.add<ToFp6<__NV_E2M3, cudaRoundZero>>(Format::e2m3, cuda_satfinite, Rounding::rz);
  table.add<ToFp6<__NV_E3M2, cudaRoundNearest>>(Format::e3m2, cuda_satfinite, Rounding::rn);
  table.add<ToFp6<__NV_E3M2, cudaRoundZero>>(Format::e3m2, cuda_satfinite, Rounding::rz);
  table.add<ToFp4<cudaRoundNearest>>(Format::e2m1, cuda_satfinite, Rounding::rn);
  table.add<ToFp4<cudaRoundZero>>(Format::e2m1, cuda_satfinite, Rounding::rz);
  table.add<ToE8m0<__NV_SATFINITE, cudaRoundZero>>(Format::e8m0, cuda_satfinite, Rounding::rz);
  table.add<ToE8m0<__NV_SATFINITE, cudaRoundPosInf>>(Format::e8m0, cuda_satfinite, Rounding::rp);
  table.add<ToE8m0<__NV_NOSAT, cudaRoundZero>>(Format::e8m0, cuda_nosat, Rounding::rz);
  table.add<ToE8m0<__NV_NOSAT, cudaRoundPosInf>>(Format::e8m0, cuda_nosat, Rounding::rp);
  table.add<ToHalf>(Format::f16, cuda_nosat, Rounding::rn);
  table.add<ToBfloat16>(Format::bf16, cuda_nosat, Rounding::rn);
  table.add<ToHalfZero>(Format::f16, cuda_nosat, Rounding::rz);
  table.add<ToBfloat16Zero>(Format::bf16, cuda_nosat, Rounding::rz);
  return table.rows;
}

double half_value(__half_raw raw) {
  return __half2float(__half(raw));
}

double bfloat16_value(std::uint16_t bits) {
  return __bfloat162float(__nv_bfloat16(__nv_bfloat16_raw{bits}));
}

template <__nv_fp8_interpretation_t K>
double fp8_value(std::uint32_t code) {
  return half_value(__nv_cvt_fp8_to_halfraw(static_cast<__nv_fp8_storage_t>(code), K));
}

template <__nv_fp6_interpretation_t K>
double fp6_value(std::uint32_t code) {
  return half_value(__nv_cvt_fp6_to_halfraw(static_cast<__nv_fp6_storage_t>(code), K));
}

std::vector<HeaderDecoding> make_decodings() {
  return {
      {"fp8_to_halfraw", Format::e4m3, 256, fp8_value<__NV_E4M3>},
      {"fp8_to_halfraw", Format::e5m2, 256, fp8_value<__NV_E5M2>},
      {"fp6_to_halfraw", Format::e2m3, 64, fp6_value<__NV_E2M3>},
      {"fp6_to_halfraw", Format::e3m2, 64, fp6_value<__NV_E3M2>},
      {"fp4_to_halfraw", Format::e2m1, 16,
       [](std::uint32_t code) {
         const auto storage = static_cast<__nv_fp4_storage_t>(code);
         return half_value(__nv_cvt_fp4_to_halfraw(storage, __NV_E2M1));
       }},
      {"e8m0_to_bf16raw", Format::e8m0, 256,
       [](std::uint32_t code) {
         const auto storage = static_cast<__nv_fp8_storage_t>(code);
         return bfloat16_value(__nv_cvt_e8m0_to_bf16raw(storage).x);
       }},
      {"half2float", Format::f16, 1 << 16,
       [](std::uint32_t code) { return half_value({static_cast<std::uint16_t>(code)}); }},
      {"bfloat162float", Format::bf16, 1 << 16,
       [](std::uint32_t code) { return bfloat16_value(static_cast<std::uint16_t>(code)); }},
  };
}

}  // namespace

const std::vector<HeaderConversion>& header_conversions() {
  static const std::vector<HeaderConversion> conversions = make_conversions();
  return conversions;
}

const std::vector<HeaderDecoding>& header_decodings() {
  static const std::vector<HeaderDecoding> decodings = make_decodings();
  return decodings;
}

}  // namespace assay
#else
namespace assay {

const std::vector<HeaderConversion>& header_conversions() {
  static const std::vector<HeaderConversion> none;
  return none;
}

const std::vector<HeaderDecoding>& header_decodings() {
  static const std::vector<HeaderDecoding> none;
  return none;
}

}  // namespace assay
#endif
