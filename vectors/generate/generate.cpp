// SPDX-License-Identifier: Apache-2.0
// A case is its inputs, then what the reference makes of them, then the class of those bits.
#include "vectors/generate/generate.hpp"

#include <new>

#include "vectors/generate/case_kind.hpp"
#include "vectors/io/operators.hpp"

namespace assay {
namespace {

Status add_tensors(const CaseRecipe& recipe, const std::filesystem::path& data_dir,
                   GeneratedCase& result) {
  const CaseKind& kind = find_case_kind(recipe.op);
  ASSAY_TRY(kind.add_inputs(recipe, data_dir, result.tensors));
  ASSAY_ASSIGN(const Operator* const row, find_operator(recipe.op));
  ASSAY_ASSIGN(Tensors results, row->run(result.description, views_of(result.tensors), true));
  result.tensors.merge(results);
  ASSAY_ASSIGN(result.description.bit_class, kind.classify(recipe, result.tensors));
  return {};
}

}  // namespace

Result<GeneratedCase> generate_case(const CaseRecipe& recipe,
                                    const std::filesystem::path& data_dir) {
  GeneratedCase result{.description = {.id = recipe.id,
                                       .op = recipe.op,
                                       .profile = recipe.profile,
                                       .attributes = recipe.attributes,
                                       .bit_class = "",
                                       .seed = recipe.seed,
                                       .notes = recipe.notes,
                                       .degenerate = recipe.degenerate},
                       .tensors = {}};
  try {
    if (const Status status = add_tensors(recipe, data_dir, result); !status)
      return fail(status.error().code, "{}: {}", recipe.id, status.error().message);
  } catch (const std::bad_alloc&) {
    return fail(ErrorCode::invalid_vectors, "{}: the case does not fit in memory", recipe.id);
  }
  return result;
}

}  // namespace assay
