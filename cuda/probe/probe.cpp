// SPDX-License-Identifier: Apache-2.0
// assay_tensor_core_probe: what this device's tensor cores make of rows of operands, as files that
// `assay tensorcore --file` holds against a model, and what that says about the open questions.
// Exit codes: 0; 1: a driver call failed, or a control row is wrong; 2: usage; 4: no device.
#include <algorithm>
#include <cstdlib>

#include <CLI/CLI.hpp>

#include "cuda/backend/device.hpp"
#include "cuda/probe/record.hpp"
#include "reference/suggest.hpp"

namespace assay::probe {
namespace {

using cuda::Buffer;
using cuda::CudaResult;

struct Options {
  std::string driver, folder;
  std::vector<std::string> names;
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
    if (x.result == Format::f16)  // PTX says nothing of the upper half of tensor memory's words
      for (std::uint32_t& word : results)
        word &= 0xFFFF;
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

// The instructions of those names; all where there are none.
Result<std::vector<Instruction>> chosen(const std::vector<std::string>& names) {
  std::vector<Instruction> found;
  std::vector<std::string> known;
  for (const Instruction& instruction : instructions()) {
    known.push_back(instruction.name());
    if (names.empty() || std::ranges::count(names, instruction.name()) > 0)
      found.push_back(instruction);
  }
  for (const std::string& name : names)
    if (std::ranges::count(known, name) == 0)
      return fail(ErrorCode::usage, "{}: no such instruction{}; --list has them", name,
                  did_you_mean(name, known));
  return found;
}

int run(const Options& options) {
  const auto wanted = chosen(options.names);
  if (!wanted) return failed(wanted.error().message, 2);
  auto driver = cuda::load_driver(options.driver);
  if (!driver) return failed(driver.error().message, 4);
  auto device = cuda::Device::open(*driver);
  if (!device) return failed(device.error().message, 4);
  std::error_code error;
  std::filesystem::create_directories(options.folder, error);
  if (error) return failed(fmt::format("{}: {}", options.folder, error.message()), 2);
  const ProbedDevice probed{(*device)->name(), (*device)->major(), (*device)->minor()};
  const Probe probe(*device);
  bool is_trustworthy = true;
  for (const Instruction& instruction : *wanted) {
    const Rows rows = make_rows(instruction, options.rows);
    const auto results = probe.run(instruction, rows);
    if (!results)
      return failed(fmt::format("{}: {}", instruction.name(), results.error().message), 1);
    const auto answers = write_record(options.folder, probed, instruction, rows, *results);
    if (!answers) return failed(answers.error().message, 2);
    fmt::print("{}", answers_text(*answers));
    is_trustworthy = is_trustworthy && answers->at("wrong_controls").empty();
  }
  return is_trustworthy ? 0 : 1;
}

void list() {
  for (const Instruction& instruction : instructions())
    fmt::print("{}\n", instruction.name());
}

}  // namespace
}  // namespace assay::probe

int main(int argc, char** argv) {
  assay::probe::Options options;
  const char* const named = std::getenv("ASSAY_CUDA_DRIVER");
  options.driver = named != nullptr ? named : assay::cuda::kGpuDriver;
  CLI::App app("Records what matrix instructions make of rows of operands");
  app.add_option("--driver", options.driver, "The CUDA driver's library ($ASSAY_CUDA_DRIVER)");
  app.add_option("instructions", options.names, "Which of those that --list prints (all)");
  bool asks_for_list = false;
  app.add_flag("--list", asks_for_list, "Print the names of the instructions");
  app.add_option("--rows", options.rows, "Rows of each instruction (4096)")
      ->check(CLI::Range(std::int64_t{32}, std::int64_t{1} << 20));
  const CLI::Option* const output =
      app.add_option("-o,--output", options.folder,
                     "Folder for NAME.safetensors, NAME.json with the answers, and NAME.options,\n"
                     "the options of assay tensorcore that hold the rows against a model");
  app.footer(
      "Example: assay_tensor_core_probe tcgen05.f16 -o probe && "
      "assay tensorcore $(cat probe/tcgen05.f16.options)");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (asks_for_list) {
    assay::probe::list();
    return 0;
  }
  if (output->count() == 0) return assay::probe::failed("--output is needed", 2);
  return assay::probe::run(options);
}
