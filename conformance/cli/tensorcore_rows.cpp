// SPDX-License-Identifier: Apache-2.0
#include "conformance/cli/tensorcore_rows.hpp"

#include <bit>
#include <cmath>
#include <optional>

#include "conformance/cli/cast_value.hpp"
#include "conformance/cli/output.hpp"
#include "conformance/cli/tensor_files.hpp"
#include "conformance/cli/value_text.hpp"
#include "conformance/report/json_text.hpp"
#include "reference/format/cast.hpp"
#include "vectors/io/mma_rows.hpp"
#include "vectors/io/tensor.hpp"

namespace assay::cli {
namespace {

using nlohmann::json;

// From binary32 bits. tf32 codes are such words.
class Encoder {
 public:
  static Result<Encoder> make(Format format) {
    Encoder encoder(format);
    if (format == Format::f32 || format == Format::tf32) return encoder;
    ASSAY_ASSIGN(encoder.cast_, nearest_cast(Format::f32, format));
    return encoder;
  }

  std::uint32_t nearest(std::uint32_t bits) const {
    return cast_ ? static_cast<std::uint32_t>(cast_code(*cast_, bits)) : bits;
  }
  // Error (invalid_vectors): no value of the format.
  Result<std::uint32_t> exact(std::uint32_t bits, const std::string& where) const {
    const std::uint32_t code = nearest(bits);
    const double value = decode(Format::f32, bits), decoded = decode(format_, code);
    if (decoded == value || (std::isnan(decoded) && std::isnan(value))) return code;
    return fail(ErrorCode::invalid_vectors, "{}: {} is no value of {}", where,
                code_text(Format::f32, bits), format_info(format_).name);
  }

 private:
  explicit Encoder(Format format) : format_(format) {}

  Format format_;
  std::optional<Cast> cast_;
};

Result<std::vector<std::uint32_t>> encode_row(const Encoder& encoder, std::string_view name,
                                              std::span<const std::uint32_t> matrix,
                                              std::size_t row, std::size_t columns) {
  std::vector<std::uint32_t> codes;
  for (std::size_t k = 0; k < columns; ++k) {
    ASSAY_ASSIGN(const std::uint32_t code,
                 encoder.exact(matrix[row * columns + k], fmt::format("{}[{}, {}]", name, row, k)));
    codes.push_back(code);
  }
  return codes;
}

struct Mismatch {
  std::size_t row;
  std::uint32_t expected, actual;
};

struct Verdict {
  std::vector<std::uint32_t> results;  // codes of the accumulator
  std::size_t judged = 0, mismatches = 0, not_certified = 0;
  std::optional<Mismatch> first;
};

std::string result_name(Format accumulator) {
  return fmt::format("d_{}", format_info(accumulator).name);
}

// From the rows' words to codes.
class RowEncoder {
 public:
  static Result<RowEncoder> make(const DotChoice& choice, const MmaRows& rows) {
    ASSAY_ASSIGN(Encoder a, Encoder::make(choice.a));
    ASSAY_ASSIGN(Encoder b, Encoder::make(choice.b));
    ASSAY_ASSIGN(Encoder c, Encoder::make(choice.accumulator()));
    ASSAY_ASSIGN(Encoder scale, Encoder::make(choice.scales.format));
    return RowEncoder{rows, a, b, c, scale};
  }

  Result<DotOperands> operands(std::size_t row, bool zero_c) const {
    const auto columns = static_cast<std::size_t>(rows.columns);
    const auto blocks = static_cast<std::size_t>(rows.blocks);
    DotOperands x;
    ASSAY_ASSIGN(x.a, encode_row(a, "a", rows.a, row, columns));
    ASSAY_ASSIGN(x.b, encode_row(b, "b", rows.b, row, columns));
    ASSAY_ASSIGN(x.a_scales, encode_row(scale, "a_scale", rows.a_scale, row, blocks));
    ASSAY_ASSIGN(x.b_scales, encode_row(scale, "b_scale", rows.b_scale, row, blocks));
    x.c = zero_c ? 0 : c.nearest(rows.c[row]);
    return x;
  }

  const MmaRows& rows;
  Encoder a, b, c, scale;
};

Result<Verdict> compute_rows(const DotChoice& choice, const RowsOptions& options,
                             const MmaRows& rows) {
  ASSAY_ASSIGN(const RowEncoder encoder, RowEncoder::make(choice, rows));
  const auto expected = choice.accumulator() == Format::f32 ? rows.d_f32 : rows.d_f16;
  Verdict verdict;
  for (std::size_t row = 0; row < static_cast<std::size_t>(rows.rows); ++row) {
    ASSAY_ASSIGN(DotOperands operands, encoder.operands(row, options.zero_c));
    ASSAY_ASSIGN(const DotResult result, compute_dot(choice, std::move(operands)));
    verdict.results.push_back(result.code);
    if (result.doubt != MmaDoubt::none) ++verdict.not_certified;
    if (expected.empty() || result.doubt != MmaDoubt::none) continue;
    ASSAY_ASSIGN(const std::uint32_t want,
                 encoder.c.exact(expected[row],
                                 fmt::format("{}[{}]", result_name(choice.accumulator()), row)));
    ++verdict.judged;
    if (want == result.code) continue;
    ++verdict.mismatches;
    if (!verdict.first) verdict.first = Mismatch{row, want, result.code};
  }
  return verdict;
}

// As in files of rows: binary32 bits of the results.
Result<std::string> write_results(const DotChoice& choice, const RowsOptions& options,
                                  const Verdict& verdict) {
  Tensor tensor(Dtype::u32, {static_cast<std::int64_t>(verdict.results.size())});
  const auto words = tensor.as<std::uint32_t>();
  for (std::size_t i = 0; i < words.size(); ++i)
    words[i] = std::bit_cast<std::uint32_t>(
        static_cast<float>(decode(choice.accumulator(), verdict.results[i])));
  Tensors tensors;
  tensors.emplace(result_name(choice.accumulator()), std::move(tensor));
  return write_safetensors(
      options.output, views_of(tensors),
      {{"model", choice.model->name}, {"policy", std::string(dot_policy_name(choice.policy))}});
}

json verdict_json(const DotChoice& choice, const RowsOptions& options, const MmaRows& rows,
                  const Verdict& verdict) {
  const Format format = choice.accumulator();
  json object = {{"schema", "assay.tensorcore_rows/1"},
                 {"file", options.input.string()},
                 {"model", choice.model->name},
                 {"policy", dot_policy_name(choice.policy)},
                 {"tensor", result_name(format)},
                 {"rows", rows.rows},
                 {"products", rows.columns},
                 {"judged", verdict.judged},
                 {"mismatches", verdict.mismatches},
                 {"not_certified", verdict.not_certified},
                 {"first_mismatch", nullptr}};
  if (verdict.first)
    object["first_mismatch"] = {{"row", verdict.first->row},
                                {"expected", code_json(format, verdict.first->expected)},
                                {"actual", code_json(format, verdict.first->actual)}};
  return object;
}

void print_verdict(const DotChoice& choice, const RowsOptions& options, const MmaRows& rows,
                   const Verdict& verdict) {
  const Format format = choice.accumulator();
  write_out("{}: {} rows of {} products, {}\n", options.input.string(), rows.rows, rows.columns,
            choice.model->name);
  if (choice.policy == DotPolicy::certified)
    write_out("  certified {} of {} rows\n", verdict.results.size() - verdict.not_certified,
              verdict.results.size());
  if (verdict.judged > 0)
    write_out("  {} of {} results differ from {}\n", verdict.mismatches, verdict.judged,
              result_name(format));
  if (verdict.first)
    write_out("  first: row {}\n    expected {}\n    actual   {}\n", verdict.first->row,
              code_text(format, verdict.first->expected), code_text(format, verdict.first->actual));
}

}  // namespace

Result<int> judge_rows(const DotChoice& choice, const RowsOptions& options) {
  ASSAY_ASSIGN(const MmaRows rows, read_mma_rows(options.input));
  if (choice.has_scales() == (rows.blocks == 0))
    return fail(ErrorCode::invalid_vectors, "{}: {} a_scale and b_scale for {}",
                options.input.string(), choice.has_scales() ? "holds no" : "holds",
                choice.model->name);
  const bool has_results = !(choice.accumulator() == Format::f32 ? rows.d_f32 : rows.d_f16).empty();
  if (!has_results && options.output.empty())
    return fail(ErrorCode::usage, "{}: holds no {} to compare with; --output writes the results",
                options.input.string(), result_name(choice.accumulator()));
  ASSAY_ASSIGN(const Verdict verdict, in_file(options.input, compute_rows(choice, options, rows)));
  json object = verdict_json(choice, options, rows, verdict);
  if (!options.output.empty()) {
    ASSAY_ASSIGN(object["sha256"], write_results(choice, options, verdict));
  }
  if (options.json)
    write_text(stdout, json_text(object));
  else
    print_verdict(choice, options, rows, verdict);
  return verdict.mismatches > 0 ? kMismatch : kPass;
}

}  // namespace assay::cli
