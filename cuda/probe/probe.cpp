// SPDX-License-Identifier: Apache-2.0
// assay_tensor_core_probe: what this device's tensor cores make of rows of operands, as files that
// `assay tensorcore --file` holds against a model, and what that says about the open questions.
// Exit codes: 0; 1: a driver call failed, or a control row is wrong; 2: usage; 4: no device.
#include <algorithm>
#include <cstdlib>

#include <CLI/CLI.hpp>

#include "cuda/backend/device.hpp"
#include "cuda/probe/record.hpp"

namespace assay::probe {
namespace {

using cuda::Buffer;
using cuda::CudaResult;

struct Options {
  std::string driver, folder, family = "mma";
  std::int64_t rows = 4096;
};

// Operands of every row as the kernels take them.
struct Words {
  std::vector<std::uint32_t> a, b, a_scales, b_scales, c;

  Words(const Instruction& instruction, const std::vector<Row>& rows) {
    for (const Row& row : rows) {
      for (const std::uint32_t word : pack_row(instruction.a, row.a))
        a.push_back(word);
      for (const std::uint32_t word : pack_row(instruction.b, row.b))
        b.push_back(word);
      a_scales.push_back(pack_scales(row.a_scales));
      b_scales.push_back(pack_scales(row.b_scales));
      c.push_back(row.c);
    }
  }
};

class Probe {
 public:
  explicit Probe(std::shared_ptr<const cuda::Device> device) : device_(std::move(device)) {}

  // Codes of the results, one a row.
  CudaResult<std::vector<std::uint32_t>> run(const Instruction& x, const Rows& rows) const {
    const Words words(x, rows.all);
    std::vector<std::uint32_t> results(rows.all.size());
    ASSAY_ASSIGN(const CUfunction function, device_->kernel(x.family + "_rows", x.kernel));
    ASSAY_ASSIGN(const Buffer a, upload(words.a, "a"));
    ASSAY_ASSIGN(const Buffer b, upload(words.b, "b"));
    ASSAY_ASSIGN(const Buffer a_scales, upload(words.a_scales, "a_scales"));
    ASSAY_ASSIGN(const Buffer b_scales, upload(words.b_scales, "b_scales"));
    ASSAY_ASSIGN(const Buffer c, upload(words.c, "c"));
    ASSAY_ASSIGN(const Buffer d, Buffer::allocate(device_, results.size() * 4, "d"));
    const auto count = static_cast<std::uint32_t>(results.size());
    ASSAY_ASSIGN(const auto current, cuda::CurrentContext::push(*device_));
    if (x.family == "mma") {
      ASSAY_TRY(cuda::launch(*device_, x.kernel.c_str(), function, {.x = count, .threads = 32},
                             nullptr, a.address(), b.address(), c.address(), d.address()));
    } else {
      ASSAY_TRY(cuda::launch(*device_, x.kernel.c_str(), function,
                             {.x = (count + 7) / 8, .threads = 128}, nullptr, a.address(),
                             b.address(), a_scales.address(), b_scales.address(), c.address(),
                             d.address(), count, instruction_descriptor(x)));
    }
    ASSAY_TRY(d.download(std::as_writable_bytes(std::span(results))));
    return results;
  }

 private:
  CudaResult<Buffer> upload(const std::vector<std::uint32_t>& words, const char* what) const {
    return Buffer::upload(device_, std::as_bytes(std::span(words)), what);
  }

  std::shared_ptr<const cuda::Device> device_;
};

int failed(const std::string& message, int code) {
  fmt::print(stderr, "assay_tensor_core_probe: {}\n", message);
  return code;
}

int run(const Options& options) {
  auto driver = cuda::load_driver(options.driver);
  if (!driver) return failed(driver.error().message, 4);
  auto device = cuda::Device::open(*driver);
  if (!device) return failed(device.error().message, 4);
  const Probe probe(*device);
  Record record((*device)->name(), (*device)->major(), (*device)->minor(), options.folder);
  for (const Instruction& instruction : instructions_of(options.family)) {
    const Rows rows = make_rows(instruction, options.rows);
    const auto results = probe.run(instruction, rows);
    if (!results)
      return failed(fmt::format("{}: {}", instruction.name(), results.error().message), 1);
    if (const Status added = record.add(instruction, rows, *results); !added)
      return failed(added.error().message, 2);
  }
  if (const Status written = record.write(options.family); !written)
    return failed(written.error().message, 2);
  return record.is_trustworthy() ? 0 : 1;
}

}  // namespace
}  // namespace assay::probe

int main(int argc, char** argv) {
  assay::probe::Options options;
  const char* const named = std::getenv("ASSAY_CUDA_DRIVER");
  options.driver = named != nullptr ? named : assay::cuda::kGpuDriver;
  CLI::App app("Records what matrix instructions make of rows of operands");
  app.add_option("--driver", options.driver, "The CUDA driver's library ($ASSAY_CUDA_DRIVER)");
  app.add_option("--instructions", options.family, "mma: mma.sync; tcgen05: tcgen05.mma")
      ->check(CLI::IsMember({"mma", "tcgen05"}))
      ->capture_default_str();
  app.add_option("--rows", options.rows, "Rows of each instruction (4096)")
      ->check(CLI::Range(std::int64_t{32}, std::int64_t{1} << 20));
  app.add_option("-o,--output", options.folder,
                 "Folder for INSTRUCTION.safetensors, INSTRUCTIONS.json with the answers, and\n"
                 "INSTRUCTIONS_models.txt, a line of options of assay tensorcore for each file")
      ->required();
  app.footer(
      "Example: assay_tensor_core_probe --instructions tcgen05 -o probe && "
      "assay tensorcore --model sm_100/tcgen05.f16 --file probe/tcgen05.f16.safetensors");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return assay::probe::run(options);
}
