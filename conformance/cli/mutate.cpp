// SPDX-License-Identifier: Apache-2.0
// assay mutate: runs the catalogue of wrong implementations on suites, and says which case kills
// which.
#include <algorithm>
#include <memory>
#include <mutex>
#include <set>

#include "conformance/cli/case_set.hpp"
#include "conformance/cli/options.hpp"
#include "conformance/cli/output.hpp"
#include "conformance/cli/progress.hpp"
#include "conformance/cli/verbs.hpp"
#include "conformance/judge/judge.hpp"
#include "conformance/mutants/mutant.hpp"
#include "conformance/report/json_text.hpp"
#include "conformance/target/interrupt.hpp"
#include "conformance/target/target.hpp"
#include "vectors/io/temporary_folder.hpp"

namespace assay::cli {
namespace {

struct MutateOptions {
  std::vector<std::string> sources;
  SelectionOptions selection;
  WorkOptions work;
  bool json = false;
};

// One mutant's fate: cases that it answers, those that find it out, and the first of them.
struct Fate {
  const Mutant* mutant;
  std::unique_ptr<Target> target;
  std::size_t cases = 0, kills = 0;
  std::size_t first = 0;  // index of a case; meaningful where kills > 0
};

struct Trial {
  std::vector<Fate> fates;
  std::set<std::string> operators;  // of the cases
  std::vector<std::string> ids;
};

Result<std::vector<Fate>> all_fates() {
  std::vector<Fate> fates;
  for (const Mutant& mutant : mutants()) {
    ASSAY_ASSIGN(auto target, make_target("mutant:" + mutant.name, {}));
    fates.push_back({&mutant, std::move(target)});
  }
  return fates;
}

// Which mutants answer the case, and which of those are found out.
Status try_case(const NamedCase& named, std::size_t index, Trial& trial, std::mutex& mutex) {
  ASSAY_ASSIGN(const CaseFile test_case, named.open());
  ASSAY_TRY(check_case_tensors(test_case));
  std::vector<std::pair<Fate*, bool>> verdicts;
  for (Fate& fate : trial.fates) {
    ASSAY_ASSIGN(const TargetResult result, fate.target->run(test_case));
    if (result.outcome == TargetOutcome::unsupported) continue;
    verdicts.emplace_back(&fate, is_failure(judge(test_case, result).status));
  }
  const std::scoped_lock lock(mutex);
  trial.operators.insert(test_case.description.op);
  for (const auto& [fate, is_killed] : verdicts) {
    ++fate->cases;
    if (!is_killed) continue;
    fate->first = fate->kills == 0 ? index : std::min(fate->first, index);
    ++fate->kills;
  }
  return {};
}

Status try_cases(const MutateOptions& options, const std::vector<NamedCase>& cases, Trial& trial) {
  Progress progress("mutate", cases.size(), options.work.quiet);
  std::mutex mutex;
  for (const NamedCase& each : cases)
    trial.ids.push_back(each.id);
  return for_each_case(cases.size(), options.work.jobs, [&](std::size_t i) -> Status {
    ASSAY_TRY(try_case(cases[i], i, trial, mutex));
    progress.step(cases[i].id);
    return {};
  });
}

// Mutants of operators that no case is of are not on trial.
void drop_others(Trial& trial) {
  std::erase_if(trial.fates,
                [&](const Fate& fate) { return !trial.operators.contains(fate.mutant->op); });
}

std::size_t count_survivors(const Trial& trial) {
  return static_cast<std::size_t>(std::ranges::count(trial.fates, std::size_t{0}, &Fate::kills));
}

void print_text(const Trial& trial) {
  std::size_t width = 6;
  for (const Fate& fate : trial.fates)
    width = std::max(width, fate.mutant->name.size());
  write_out("{:<{}}  {:>6}  {:>6}  {}\n", "mutant", width, "kills", "cases", "first killed by");
  for (const Fate& fate : trial.fates)
    write_out("{:<{}}  {:>6}  {:>6}  {}\n", fate.mutant->name, width, fate.kills, fate.cases,
              fate.kills > 0 ? trial.ids[fate.first] : "SURVIVED");
  const std::size_t survivors = count_survivors(trial);
  write_out("{}: {} of {} mutants killed\n", survivors == 0 ? "PASS" : "FAIL",
            trial.fates.size() - survivors, trial.fates.size());
}

nlohmann::json to_json(const Mutant& mutant) {
  return {{"name", mutant.name},
          {"operator", mutant.op},
          {"imitates", mutant.imitates},
          {"description", mutant.description}};
}

void print_json(const MutateOptions& options, const Trial& trial) {
  nlohmann::json all = nlohmann::json::array();
  for (const Fate& fate : trial.fates) {
    nlohmann::json& object = all.emplace_back(to_json(*fate.mutant));
    object["cases"] = fate.cases;
    object["kills"] = fate.kills;
    if (fate.kills > 0) object["first"] = trial.ids[fate.first];
  }
  write_text(stdout, json_text({{"schema", "assay.mutate/1"},
                                {"sources", options.sources},
                                {"survivors", count_survivors(trial)},
                                {"mutants", all}}));
}

int list_mutants(bool as_json) {
  nlohmann::json all = nlohmann::json::array();
  for (const Mutant& mutant : mutants()) {
    all.push_back(to_json(mutant));
    if (!as_json) write_out("{}  ({})\n    {}\n", mutant.name, mutant.imitates, mutant.description);
  }
  if (as_json) write_text(stdout, json_text({{"schema", "assay.mutants/1"}, {"mutants", all}}));
  return kPass;
}

Result<int> mutate(const MutateOptions& options) {
  if (options.sources.empty()) return list_mutants(options.json);
  ASSAY_ASSIGN(const Selection selection, options.selection.parse());
  ASSAY_ASSIGN(const TemporaryFolder work, TemporaryFolder::make());
  std::vector<NamedCase> cases;
  for (const std::string& source : options.sources) {
    ASSAY_ASSIGN(auto found,
                 find_case_set(source, {selection, options.work.data_dir, work.path(), true}));
    std::ranges::move(found, std::back_inserter(cases));
  }
  Trial trial;
  ASSAY_ASSIGN(trial.fates, all_fates());
  ASSAY_TRY(try_cases(options, cases, trial));
  if (interrupted()) return kInterrupted;
  drop_others(trial);
  if (trial.fates.empty())
    return fail(ErrorCode::too_few_cases, "no mutant imitates what these {} cases ask for",
                cases.size());
  options.json ? print_json(options, trial) : print_text(trial);
  return count_survivors(trial) == 0 ? kPass : kMismatch;
}

}  // namespace

void add_mutate(CLI::App& app, int& exit_code) {
  CLI::App* verb = app.add_subcommand("mutate", "Try to kill every wrong implementation");
  const auto options = std::make_shared<MutateOptions>();
  verb->add_option("cases", options->sources,
                   "Suites, folders of case files or case files; none: list the mutants");
  options->selection.add_to(*verb);
  options->work.add_to(*verb);
  verb->add_flag("--json", options->json, "Print the table as JSON");
  verb->footer(
      "Examples:\n"
      "  assay mutate\n"
      "  assay mutate casts quantize\n"
      "  assay mutate casts --filter '*_e2m1_*' --json\n"
      "  assay check casts --target mutant:cast.e2m1.five_up\n"
      "A mutant is tried on the cases that ask for what it imitates. One that passes them all, or\n"
      "that none of them asks for, survives; mutants of other operators take no part.\n"
      "Exit codes: 0 all killed, 1 a survivor, 5 no mutant took part");
  verb->callback([options, &exit_code] { exit_code = finish(mutate(*options)); });
}

}  // namespace assay::cli
