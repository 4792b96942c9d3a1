// SPDX-License-Identifier: Apache-2.0
#include "cuda/audit/budget.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>

#include <fmt/format.h>

#include "cuda/audit/machine_account.hpp"
#include "cuda/audit/sass_opcodes.hpp"
#include "reference/suggest.hpp"
#include "vectors/io/json_file.hpp"

namespace assay::audit {
namespace {

constexpr std::string_view kSchema = "assay.sass_budget/1";

std::vector<std::string> known_quantities() {
  std::vector<std::string> known{"instructions", "registers", "stack_bytes", "shared_bytes",
                                 "local_accesses"};
  for (const std::string_view name : sass_names())
    known.emplace_back(name);
  return known;
}

// "0x3fb": an opcode that has no name.
bool is_number(const std::string& name) {
  return name.size() == 5 && name.starts_with("0x");
}

Result<Range> parse_range(const nlohmann::json& value, const std::string& where) {
  Range range;
  if (value.is_number_unsigned()) {
    range.min = range.max = value.get<std::uint64_t>();
    return range;
  }
  if (!value.is_object() || value.empty())
    return fail(ErrorCode::usage, "{}: {} is no count and no {{\"min\": N, \"max\": N}}", where,
                excerpt(value));
  for (const auto& [key, limit] : value.items()) {
    if ((key != "min" && key != "max") || !limit.is_number_unsigned())
      return fail(ErrorCode::usage, "{}: {}: {} is not understood", where, quoted(key),
                  excerpt(limit));
    (key == "min" ? range.min : range.max) = limit.get<std::uint64_t>();
  }
  if (range.min && range.max && *range.min > *range.max)
    return fail(ErrorCode::usage, "{}: no number is {}", where, range.text());
  return range;
}

Result<std::map<std::string, Range>> parse_kernel(const nlohmann::json& value,
                                                  const std::string& where) {
  static const std::vector<std::string> known = known_quantities();
  if (!value.is_object()) return fail(ErrorCode::usage, "{}: expected an object", where);
  std::map<std::string, Range> limits;
  for (const auto& [quantity, range] : value.items()) {
    if (!is_number(quantity) && std::ranges::find(known, quantity) == known.end())
      return fail(ErrorCode::usage, "{}: unknown quantity {}{}", where, quoted(quantity),
                  did_you_mean(quantity, known));
    ASSAY_ASSIGN(limits[quantity], parse_range(range, fmt::format("{}: {}", where, quantity)));
  }
  return limits;
}

Result<KernelLimits> parse_kernels(const nlohmann::json& value, const std::string& where) {
  if (!value.is_object()) return fail(ErrorCode::usage, "{}: expected an object", where);
  KernelLimits kernels;
  for (const auto& [kernel, limits] : value.items()) {
    ASSAY_ASSIGN(kernels[kernel],
                 parse_kernel(limits, fmt::format("{}: kernel {}", where, quoted(kernel))));
  }
  return kernels;
}

// "sm_110a" and "sm_110" are 110: a cubin does not record the suffix.
Result<int> parse_capability(const std::string& target, const std::string& where) {
  int capability = 0;
  const char* const end = target.data() + target.size();
  if (!target.starts_with("sm_") ||
      std::from_chars(target.data() + 3, end, capability).ec != std::errc{})
    return fail(ErrorCode::usage, "{}: {} is no target such as sm_110a", where, quoted(target));
  return capability;
}

Result<std::vector<std::string>> parse_words(const nlohmann::json& value,
                                             const std::string& where) {
  const bool is_list = value.is_array() && std::ranges::all_of(value, [](const auto& word) {
                         return word.is_string();
                       });
  if (!is_list) return fail(ErrorCode::usage, "{}: expected a list of words", where);
  return value.get<std::vector<std::string>>();
}

Result<std::vector<std::string>> parse_accounted(const nlohmann::json& value,
                                                 const std::string& where) {
  const std::vector<std::string> known(accounted_opcodes().begin(), accounted_opcodes().end());
  ASSAY_ASSIGN(auto opcodes, parse_words(value, where));
  for (const std::string& opcode : opcodes)
    if (std::ranges::find(known, opcode) == known.end())
      return fail(ErrorCode::usage, "{}: PTX accounts for no {}{}", where, quoted(opcode),
                  did_you_mean(opcode, known));
  return opcodes;
}

Status parse_targets(const nlohmann::json& value, const std::string& where, Budget& budget) {
  for (const auto& [target, kernels] : value.items()) {
    ASSAY_ASSIGN(const int capability, parse_capability(target, where));
    ASSAY_ASSIGN(budget.targets[capability],
                 parse_kernels(kernels, fmt::format("{}: {}", where, target)));
  }
  return {};
}

Status parse_required(const nlohmann::json& value, const std::string& where, Budget& budget) {
  for (const auto& [kernel, forms] : value.items()) {
    ASSAY_ASSIGN(budget.required[kernel],
                 parse_words(forms, fmt::format("{}: {}", where, quoted(kernel))));
  }
  return {};
}

Status parse_field(const std::string& key, const nlohmann::json& value, const std::string& name,
                   Budget& budget) {
  const std::string where = fmt::format("{}: {}", name, quoted(key));
  if (key == "kernels") {
    ASSAY_ASSIGN(budget.kernels, parse_kernels(value, where));
  } else if (key == "targets" && value.is_object()) {
    return parse_targets(value, where, budget);
  } else if (key == "as_ptx") {
    ASSAY_ASSIGN(budget.as_ptx, parse_accounted(value, where));
  } else if (key == "require" && value.is_object()) {
    return parse_required(value, where, budget);
  } else if (key == "compiler" && value.is_string()) {
    budget.compiler = value.get<std::string>();
  } else if (key == "identical_ptx" && value.is_boolean()) {
    budget.is_ptx_identical = value.get<bool>();
  } else {
    return fail(ErrorCode::usage, "{}: {} is not understood", where, excerpt(value));
  }
  return {};
}

std::optional<std::uint64_t> measure(const KernelSass& kernel, const std::string& quantity) {
  if (quantity == "instructions") return kernel.instructions;
  if (quantity == "registers") return kernel.registers;
  if (quantity == "stack_bytes") return kernel.stack_bytes;
  if (quantity == "shared_bytes") return kernel.shared_bytes;
  if (quantity == "local_accesses") return kernel.local_accesses();
  return kernel.count(quantity);
}

void check_kernel(const std::map<std::string, Range>& limits, const KernelSass& kernel,
                  std::vector<BudgetFinding>& findings) {
  for (const auto& [quantity, range] : limits) {
    const auto value = measure(kernel, quantity);
    if (value && range.holds(*value)) continue;
    findings.push_back(
        {kernel.name, fmt::format("{}: {}, expected {}", quantity,
                                  value ? std::to_string(*value) : "not recorded", range.text())});
  }
}

void check_kernels(const KernelLimits& kernels, const SassHistogram& histogram,
                   std::vector<BudgetFinding>& findings) {
  for (const auto& [name, limits] : kernels) {
    const auto kernel = std::ranges::find(histogram.kernels, name, &KernelSass::name);
    if (kernel == histogram.kernels.end()) {
      findings.push_back({name, "has a budget, but is not in the file"});
    } else {
      check_kernel(limits, *kernel, findings);
    }
  }
}

}  // namespace

std::string Range::text() const {
  if (min && max)
    return *min == *max ? fmt::format("{}", *min) : fmt::format("{} to {}", *min, *max);
  return min ? fmt::format("at least {}", *min) : fmt::format("at most {}", max.value_or(0));
}

Result<Budget> parse_budget(std::string_view text, const std::string& name) {
  const Result<nlohmann::json> document = parse_json(text, name);
  if (!document) return fail(ErrorCode::usage, "{}", document.error().message);
  if (!document->is_object() || document->value("schema", nlohmann::json()) != kSchema)
    return fail(ErrorCode::usage, "{}: \"schema\" is not \"{}\"", name, kSchema);
  Budget budget;
  for (const auto& [key, value] : document->items())
    if (key != "schema") ASSAY_TRY(parse_field(key, value, name, budget));
  if (budget.kernels.empty() && budget.targets.empty())
    return fail(ErrorCode::usage, "{}: no kernel has a budget", name);
  return budget;
}

const KernelLimits* limits_for(const Budget& budget, const SassHistogram& histogram) {
  if (!budget.compiler.empty() && budget.compiler != histogram.compiler) return nullptr;
  const auto target = budget.targets.find(histogram.capability);
  return target == budget.targets.end() ? nullptr : &target->second;
}

std::vector<BudgetFinding> check_budget(const Budget& budget, const SassHistogram& histogram) {
  std::vector<BudgetFinding> findings;
  check_kernels(budget.kernels, histogram, findings);
  if (budget.targets.empty()) return findings;
  if (!budget.targets.contains(histogram.capability))
    findings.push_back({"", fmt::format("sm_{} has no budget", histogram.capability)});
  const KernelLimits* const limits = limits_for(budget, histogram);
  if (!limits) return findings;
  check_kernels(*limits, histogram, findings);
  for (const KernelSass& kernel : histogram.kernels)
    if (!limits->contains(kernel.name)) findings.push_back({kernel.name, "has no budget"});
  return findings;
}

}  // namespace assay::audit
