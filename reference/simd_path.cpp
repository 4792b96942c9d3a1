// SPDX-License-Identifier: Apache-2.0
#include "reference/simd_path.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "reference/suggest.hpp"

namespace assay {
namespace {

constexpr std::array<std::string_view, 3> kNames{"portable", "avx2", "avx512"};
constexpr const char* kVariable = "ASSAY_SIMD";

// The paths are nested: what can run one can run those before it.
std::size_t count_available() {
#if defined(__x86_64__)
  if (!__builtin_cpu_supports("avx2")) return 1;
  const bool has_avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                          __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  return has_avx512 ? 3 : 2;
#else
  return 1;
#endif
}

Status check_available(SimdPath path, std::string_view origin) {
  const auto available = available_simd_paths();
  if (std::ranges::find(available, path) != available.end()) return {};
  std::string names;
  for (const SimdPath each : available)
    names += (names.empty() ? "" : ", ") + std::string(simd_path_name(each));
  return fail(ErrorCode::usage, "{}{}: this machine cannot run it; available: {}", origin,
              simd_path_name(path), names);
}

// What ASSAY_SIMD asks for; nothing where it is unset or empty.
Result<std::optional<SimdPath>> requested_path() {
  const char* name = std::getenv(kVariable);
  if (name == nullptr || *name == '\0') return std::nullopt;
  const auto path = parse_simd_path(name);
  if (!path) return fail(ErrorCode::usage, "{}: {}", kVariable, path.error().message);
  ASSAY_TRY(check_available(*path, fmt::format("{}: ", kVariable)));
  return *path;
}

SimdPath initial_path() {
  const auto requested = requested_path();
  return requested && *requested ? **requested : available_simd_paths().back();
}

std::atomic<SimdPath>& current_path() {
  static std::atomic<SimdPath> path = initial_path();
  return path;
}

}  // namespace

std::string_view simd_path_name(SimdPath path) {
  return kNames[static_cast<std::size_t>(path)];
}

Result<SimdPath> parse_simd_path(std::string_view name) {
  const auto found = std::ranges::find(kNames, name);
  if (found != kNames.end()) return static_cast<SimdPath>(found - kNames.begin());
  return fail(ErrorCode::usage, "unknown SIMD path \"{}\"{}: must be {}", name,
              did_you_mean(name, {kNames.begin(), kNames.end()}), fmt::join(kNames, ", "));
}

std::span<const SimdPath> available_simd_paths() {
  static constexpr std::array kPaths{SimdPath::portable, SimdPath::avx2, SimdPath::avx512};
  static const std::size_t count = count_available();
  return std::span(kPaths).first(count);
}

SimdPath simd_path() {
  return current_path().load(std::memory_order_relaxed);
}

Status check_simd_environment() {
  ASSAY_TRY(requested_path());
  return {};
}

Status force_simd_path(SimdPath path) {
  ASSAY_TRY(check_available(path, "SIMD path "));
  current_path().store(path, std::memory_order_relaxed);
  return {};
}

}  // namespace assay
