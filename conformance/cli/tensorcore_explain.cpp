// SPDX-License-Identifier: Apache-2.0
#include "conformance/cli/tensorcore_explain.hpp"

#include <cmath>

#include "conformance/cli/output.hpp"
#include "conformance/cli/value_text.hpp"

namespace assay::cli {
namespace {

using nlohmann::json;

double value_of(const FusedTermTrace& term) {
  const double value = std::ldexp(static_cast<double>(term.significand), term.unit);
  return term.negative ? -value : value;
}

double scaled(std::int64_t integer, int unit) {
  return std::ldexp(static_cast<double>(integer), unit);
}

int unit_of(const DotChoice& choice, const FusedStepTrace& step) {
  return step.max_exponent - choice.model->step.fraction_bits;
}

// "k = 3", of a group "k >= 16", or "c".
std::string term_name(const DotChoice& choice, const std::vector<std::size_t>& products,
                      std::size_t i) {
  if (i == products.size()) return "c";
  return fmt::format("k {} {}", choice.model->step.group > 1 ? ">=" : "=", products[i]);
}

void print_term(const std::string& name, const FusedTermTrace& term, int unit) {
  const std::string lost =
      term.lost_bits == 0
          ? ""
          : fmt::format("  lost {} bit{}, {}", term.lost_bits, term.lost_bits == 1 ? "" : "s",
                        value_text(value_of(term) - scaled(term.kept, unit)));
  write_out("  {:<7} {:<34} exponent {:>4}  kept {}{}\n", name, readable_value(value_of(term)),
            term.exponent, term.kept, lost);
}

void print_step(const DotChoice& choice, const FusedStepTrace& step,
                const std::vector<std::size_t>& products, std::size_t number) {
  const Format format = choice.accumulator();
  if (step.is_special) {
    write_out("step {}: NaN or Inf among the operands, {}\n", number,
              code_text(format, step.result));
    return;
  }
  const int unit = unit_of(choice, step);
  write_out("step {}: emax {}, grid 2^{}\n", number, step.max_exponent, unit);
  for (std::size_t i = 0; i < step.terms.size(); ++i) {
    // Products that are zero say nothing, unless they set the grid.
    const FusedTermTrace& term = step.terms[i];
    if (term.significand != 0 || term.exponent == step.max_exponent)
      print_term(term_name(choice, products, i), term, unit);
  }
  write_out("  sum     {} * 2^{} = {}, {}: {}\n", step.sum, unit,
            readable_value(scaled(step.sum, unit)), sum_rounding_name(choice.model->step.rounding),
            code_text(format, step.result));
}

json term_json(const std::vector<std::size_t>& products, std::size_t i, const FusedTermTrace& term,
               int unit) {
  return {{"k", i < products.size() ? json(products[i]) : json()},
          {"value", value_text(value_of(term))},
          {"exponent", term.exponent},
          {"kept", term.kept},
          {"lost_bits", term.lost_bits},
          {"lost", value_text(value_of(term) - scaled(term.kept, unit))}};
}

json step_json(const DotChoice& choice, const FusedStepTrace& step,
               const std::vector<std::size_t>& products) {
  const Format format = choice.accumulator();
  json object = {{"products", products},
                 {"c", code_json(format, step.c)},
                 {"special", step.is_special},
                 {"result", code_json(format, step.result)}};
  if (step.is_special) return object;
  const int unit = unit_of(choice, step);
  object["emax"] = step.max_exponent;
  object["grid_exponent"] = unit;
  object["sum"] = step.sum;
  object["terms"] = json::array();
  for (std::size_t i = 0; i < step.terms.size(); ++i)
    object["terms"].push_back(term_json(products, i, step.terms[i], unit));
  return object;
}

}  // namespace

void print_trace(const DotChoice& choice, const TensorCoreTrace& trace) {
  const Format format = choice.accumulator();
  for (std::size_t i = 0; i < trace.steps.size(); ++i)
    print_step(choice, trace.steps[i], trace.products[i], i + 1);
  if (trace.has_addition)
    write_out("addition to nearest even: {} + {}\n", code_text(format, trace.addend),
              code_text(format, trace.sum));
}

json trace_json(const DotChoice& choice, const TensorCoreTrace& trace) {
  const Format format = choice.accumulator();
  json object = {{"steps", json::array()}, {"addition", nullptr}};
  for (std::size_t i = 0; i < trace.steps.size(); ++i)
    object["steps"].push_back(step_json(choice, trace.steps[i], trace.products[i]));
  if (trace.has_addition)
    object["addition"] = {{"c", code_json(format, trace.addend)},
                          {"sum", code_json(format, trace.sum)}};
  return object;
}

}  // namespace assay::cli
