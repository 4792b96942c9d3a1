// SPDX-License-Identifier: Apache-2.0
// Launches one defective kernel: emulator_defect SOURCE.cu FOLDER. FOLDER holds
// <target>/O3/<name>.ptx. `a` is 0 .. 255, `b` 256 zeros, `c` 256 words that nobody writes. Exit
// code 0: the driver reported an error, whose name is printed; 1: it did not; 2: the program could
// not get so far.
#include <cstdio>
#include <numeric>

#include "cuda/emulator/corpus/harness/device.hpp"
#include "cuda/emulator/defects/defect_source.hpp"

namespace assay::defects {
namespace {

constexpr int kCount = 256;

// Whether the launch went wrong, as it should.
bool launch_fails(const DefectSource& source, const std::filesystem::path& folder) {
  const corpus::Context context;
  const corpus::Module module(folder / context.target() / "O3" / (source.name + ".ptx"));
  std::vector<int> values(kCount);
  std::iota(values.begin(), values.end(), 0);
  CUdeviceptr a = 0;
  CORPUS_CU(cuMemAlloc, &a, kCount * sizeof(int));
  CORPUS_CU(cuMemcpyHtoD, a, values.data(), kCount * sizeof(int));
  const auto b = corpus::Array<int>::zeros(kCount);
  const corpus::Array<int> c(kCount);
  const CUfunction kernel = module.function("defect");
  if (source.frees_a) CORPUS_CU(cuMemFree, a);
  try {
    corpus::launch(kernel, {{source.blocks}, {source.threads}}, a, b, c, kCount);
  } catch (const corpus::DriverError& error) {
    std::puts(error.what());
    return true;
  }
  return false;
}

}  // namespace
}  // namespace assay::defects

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: emulator_defect SOURCE.cu FOLDER\n", stderr);
    return 2;
  }
  try {
    const auto source = assay::defects::read_defect_source(argv[1]);
    return assay::defects::launch_fails(source, argv[2]) ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "emulator_defect: %s\n", error.what());
    return 2;
  }
}
