// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/ptx/special_names.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace assay::ptx {
namespace {

constexpr std::string_view kNames[] = {"%tid",
                                       "%ntid",
                                       "%laneid",
                                       "%warpid",
                                       "%nwarpid",
                                       "%ctaid",
                                       "%nctaid",
                                       "%smid",
                                       "%nsmid",
                                       "%gridid",
                                       "%is_explicit_cluster",
                                       "%clusterid",
                                       "%nclusterid",
                                       "%cluster_ctaid",
                                       "%cluster_nctaid",
                                       "%cluster_ctarank",
                                       "%cluster_nctarank",
                                       "%lanemask_eq",
                                       "%lanemask_le",
                                       "%lanemask_lt",
                                       "%lanemask_ge",
                                       "%lanemask_gt",
                                       "%clock",
                                       "%clock_hi",
                                       "%clock64",
                                       "%globaltimer",
                                       "%globaltimer_lo",
                                       "%globaltimer_hi",
                                       "%reserved_smem_offset_begin",
                                       "%reserved_smem_offset_end",
                                       "%reserved_smem_offset_cap",
                                       "%reserved_smem_offset_0",
                                       "%reserved_smem_offset_1",
                                       "%total_smem_size",
                                       "%aggr_smem_size",
                                       "%dynamic_smem_size",
                                       "%current_graph_exec"};

// With the numbered ones.
std::vector<std::string> all_names() {
  std::vector<std::string> names(std::begin(kNames), std::end(kNames));
  for (int i = 0; i < 32; ++i)
    names.push_back(fmt::format("%envreg{}", i));
  for (int i = 0; i < 8; ++i) {
    names.push_back(fmt::format("%pm{}", i));
    names.push_back(fmt::format("%pm{}_64", i));
  }
  std::ranges::sort(names);
  return names;
}

}  // namespace

const std::vector<std::string>& special_register_names() {
  static const std::vector<std::string> names = all_names();
  return names;
}

bool is_special_register(std::string_view name) {
  return std::ranges::binary_search(special_register_names(), name);
}

}  // namespace assay::ptx
