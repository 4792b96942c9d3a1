// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/options.hpp"

#include <charconv>
#include <cstdlib>
#include <optional>
#include <string_view>
#include <utility>

#include "cuda/emulator/observe/trace.hpp"

namespace assay::emulator {
namespace {

std::optional<std::string_view> variable(const char* name) {
  const char* const text = std::getenv(name);
  if (text == nullptr || *text == '\0') return std::nullopt;
  return text;
}

auto bad(std::string_view name, std::string_view value, std::string_view allowed) {
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
Result<std::uint64_t> read_seed(std::string_view name, std::string_view value,
                                std::string_view text, std::string_view allowed) {
  std::uint64_t seed = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), seed);
  if (error != std::errc{} || rest != text.data() + text.size()) return bad(name, value, allowed);
  return seed;
}

// Passes a variable that is set to the function that reads such an option.
Status read(const char* name, Options& options,
            Status (*set)(Options&, std::string_view, std::string_view)) {
  const auto text = variable(name);
  return text ? set(options, name, *text) : Status();
}

}  // namespace

Status set_target(Options& options, std::string_view name, std::string_view text) {
  if (text != "110a" && text != "103a" && text != "100a")
    return bad(name, text, "110a, 103a or 100a");
  options.target = "sm_" + std::string(text);
  return {};
}

Status set_mma(Options& options, std::string_view name, std::string_view text) {
  constexpr std::pair<std::string_view, MmaPolicy> kPolicies[] = {
      {"certified", MmaPolicy::certified}, {"model", MmaPolicy::model}, {"fma", MmaPolicy::fma}};
  for (const auto& [word, policy] : kPolicies) {
    if (text != word) continue;
    options.mma = policy;
    return {};
  }
  return bad(name, text, "certified, model or fma");
}

Status set_async(Options& options, std::string_view name, std::string_view text) {
  constexpr std::string_view kAllowed = "eager, lazy, random or random:SEED";
  options.async_seed = 0;
  if (text == "eager") {
    options.async = AsyncPolicy::eager;
  } else if (text == "lazy") {
    options.async = AsyncPolicy::lazy;
  } else if (text == "random") {
    options.async = AsyncPolicy::random;
  } else if (text.starts_with("random:")) {
    options.async = AsyncPolicy::random;
    ASSAY_ASSIGN(options.async_seed, read_seed(name, text, text.substr(7), kAllowed));
  } else {
    return bad(name, text, kAllowed);
  }
  return {};
}

Status set_schedule(Options& options, std::string_view name, std::string_view text) {
  constexpr std::string_view kAllowed = "fair or fuzz:SEED";
  options.schedule = Schedule::fair;
  if (text == "fair") return {};
  if (!text.starts_with("fuzz:")) return bad(name, text, kAllowed);
  options.schedule = Schedule::fuzzed;
  ASSAY_ASSIGN(options.schedule_seed, read_seed(name, text, text.substr(5), kAllowed));
  return {};
}

Result<Options> options_from_environment() {
  Options options;
  ASSAY_TRY(read("ASSAY_EMULATE_SM", options, set_target));
  ASSAY_TRY(read("ASSAY_EMULATE_MMA", options, set_mma));
  ASSAY_TRY(read("ASSAY_EMULATE_ASYNC", options, set_async));
  ASSAY_TRY(read("ASSAY_EMULATE_SCHEDULE", options, set_schedule));
  ASSAY_TRY(read_number("ASSAY_EMULATE_THREADS", 0, options.threads));
  ASSAY_TRY(read_number("ASSAY_EMULATE_MAX_FINDINGS", 1, options.max_findings));
  ASSAY_TRY(read_number<std::uint64_t>("ASSAY_EMULATE_MAX_STEPS", 0, options.max_steps));
  ASSAY_TRY(read_number("ASSAY_EMULATE_BREAK", 1, options.break_line));
  options.profile_path = variable("ASSAY_EMULATE_PROFILE").value_or("");
  options.profile = !options.profile_path.empty();
  options.findings_path = variable("ASSAY_EMULATE_FINDINGS").value_or("");
  options.trace = variable("ASSAY_EMULATE_TRACE").value_or("");
  if (!options.trace.empty() && !parse_trace(options.trace))
    return bad("ASSAY_EMULATE_TRACE", options.trace, kTraceForm);
  return options;
}

}  // namespace assay::emulator
