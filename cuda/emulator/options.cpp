// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/options.hpp"

#include <charconv>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <utility>

namespace assay::emulator {
namespace {

std::optional<std::string_view> variable(const char* name) {
  const char* const text = std::getenv(name);
  if (text == nullptr || *text == '\0') return std::nullopt;
  return text;
}

auto bad(const char* name, std::string_view value, std::string_view allowed) {
  return fail(ErrorCode::usage, "{}={}: may be {}", name, value, allowed);
}

// A whole number that T holds; `least` and no sign.
template <typename T>
Status read_number(const char* name, T least, T& number) {
  const auto text = variable(name);
  if (!text) return {};
  const char* const end = text->data() + text->size();
  const auto [rest, error] = std::from_chars(text->data(), end, number);
  if (error == std::errc{} && rest == end && number >= least) return {};
  return bad(name, *text, fmt::format("a whole number from {} on", least));
}

// "WORD" or "WORD:SEED" of one of the words that take a seed.
Result<std::uint64_t> read_seed(const char* name, std::string_view value, std::string_view text,
                                std::string_view allowed) {
  std::uint64_t seed = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), seed);
  if (error != std::errc{} || rest != text.data() + text.size()) return bad(name, value, allowed);
  return seed;
}

Status read_target(Options& options) {
  constexpr const char* kName = "ASSAY_EMULATE_SM";
  const auto text = variable(kName);
  if (!text) return {};
  if (*text != "110a" && *text != "103a" && *text != "100a")
    return bad(kName, *text, "110a, 103a or 100a");
  options.target = "sm_" + std::string(*text);
  return {};
}

Status read_mma(Options& options) {
  constexpr const char* kName = "ASSAY_EMULATE_MMA";
  const auto text = variable(kName);
  if (!text) return {};
  constexpr std::pair<std::string_view, MmaPolicy> kPolicies[] = {
      {"certified", MmaPolicy::certified}, {"model", MmaPolicy::model}, {"fma", MmaPolicy::fma}};
  for (const auto& [word, policy] : kPolicies) {
    if (*text != word) continue;
    options.mma = policy;
    return {};
  }
  return bad(kName, *text, "certified, model or fma");
}

Status read_async(Options& options) {
  constexpr const char* kName = "ASSAY_EMULATE_ASYNC";
  constexpr std::string_view kAllowed = "eager, lazy, random or random:SEED";
  const auto text = variable(kName);
  if (!text) return {};
  if (*text == "eager") {
    options.async = AsyncPolicy::eager;
  } else if (*text == "lazy") {
    options.async = AsyncPolicy::lazy;
  } else if (*text == "random") {
    options.async = AsyncPolicy::random;
  } else if (text->starts_with("random:")) {
    options.async = AsyncPolicy::random;
    ASSAY_ASSIGN(options.async_seed, read_seed(kName, *text, text->substr(7), kAllowed));
  } else {
    return bad(kName, *text, kAllowed);
  }
  return {};
}

Status read_schedule(Options& options) {
  constexpr const char* kName = "ASSAY_EMULATE_SCHEDULE";
  constexpr std::string_view kAllowed = "fair or fuzz:SEED";
  const auto text = variable(kName);
  if (!text || *text == "fair") return {};
  if (!text->starts_with("fuzz:")) return bad(kName, *text, kAllowed);
  options.schedule = Schedule::fuzzed;
  ASSAY_ASSIGN(options.schedule_seed, read_seed(kName, *text, text->substr(5), kAllowed));
  return {};
}

}  // namespace

Result<Options> options_from_environment() {
  Options options;
  ASSAY_TRY(read_target(options));
  ASSAY_TRY(read_mma(options));
  ASSAY_TRY(read_async(options));
  ASSAY_TRY(read_schedule(options));
  ASSAY_TRY(read_number("ASSAY_EMULATE_THREADS", 0, options.threads));
  ASSAY_TRY(read_number("ASSAY_EMULATE_MAX_FINDINGS", 1, options.max_findings));
  ASSAY_TRY(read_number<std::uint64_t>("ASSAY_EMULATE_MAX_STEPS", 0, options.max_steps));
  ASSAY_TRY(read_number("ASSAY_EMULATE_BREAK", 1, options.break_line));
  options.profile_path = variable("ASSAY_EMULATE_PROFILE").value_or("");
  options.profile = !options.profile_path.empty();
  options.findings_path = variable("ASSAY_EMULATE_FINDINGS").value_or("");
  options.trace = variable("ASSAY_EMULATE_TRACE").value_or("");
  return options;
}

}  // namespace assay::emulator
