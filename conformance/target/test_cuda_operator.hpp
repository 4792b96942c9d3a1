// SPDX-License-Identifier: Apache-2.0
// For tests of operators of the CUDA targets: a case from its tensors, and an emulated device.
#pragma once

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "conformance/judge/judge.hpp"
#include "conformance/suite/small_case.hpp"
#include "vectors/io/operators.hpp"

namespace assay {

inline CaseDescription operator_description(const std::string& op) {
  CaseDescription description;
  description.id = "s/g/c#1";
  description.op = op;
  description.bit_class = "B";
  return description;
}

// The case as a file's reader returns it.
inline CaseFile stored_case(const CaseDescription& description, const Tensors& tensors) {
  const TemporaryFolder folder = test_folder();
  write_case(folder / "c", description, views_of(tensors)).value();
  return read_case(folder / "c").value();
}

class CudaOperatorTest : public testing::Test {
 protected:
  TargetResult run(const CaseFile& test_case) { return target->run(test_case).value(); }

  std::string launches() const {
    for (const auto& [name, value] : target->evidence())
      if (name == "launches") return value;
    return "(none)";
  }

  const TemporaryFolder folder = test_folder();
  const std::unique_ptr<Target> target =
      make_target("cuda:emulated:sm_110a", {.timeout_ms = 60'000, .work_dir = folder.path()})
          .value();
};

}  // namespace assay
