// SPDX-License-Identifier: Apache-2.0
#include "cuda/audit/budget.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "cuda/audit/sass_opcodes.hpp"
#include "reference/suggest.hpp"
#include "vectors/io/json_file.hpp"

namespace assay::audit {
namespace {

constexpr std::string_view kSchema = "assay.sass_budget/1";

std::vector<std::string> known_quantities() {
  std::vector<std::string> known{"instructions", "registers", "stack_bytes", "local_accesses"};
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

std::optional<std::uint64_t> measure(const KernelSass& kernel, const std::string& quantity) {
  if (quantity == "instructions") return kernel.instructions;
  if (quantity == "registers") return kernel.registers;
  if (quantity == "stack_bytes") return kernel.stack_bytes;
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
  for (const auto& [key, value] : document->items()) {
    if (key == "schema") continue;
    if (key != "kernels" || !value.is_object())
      return fail(ErrorCode::usage, "{}: {}: expected an object \"kernels\"", name, quoted(key));
    for (const auto& [kernel, limits] : value.items()) {
      ASSAY_ASSIGN(budget.kernels[kernel],
                   parse_kernel(limits, fmt::format("{}: kernel {}", name, quoted(kernel))));
    }
  }
  if (budget.kernels.empty()) return fail(ErrorCode::usage, "{}: no kernel has a budget", name);
  return budget;
}

std::vector<BudgetFinding> check_budget(const Budget& budget, const SassHistogram& histogram) {
  std::vector<BudgetFinding> findings;
  for (const auto& [name, limits] : budget.kernels) {
    const auto kernel = std::ranges::find(histogram.kernels, name, &KernelSass::name);
    if (kernel == histogram.kernels.end()) {
      findings.push_back({name, "has a budget, but is not in the file"});
    } else {
      check_kernel(limits, *kernel, findings);
    }
  }
  return findings;
}

}  // namespace assay::audit
