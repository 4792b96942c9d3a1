// SPDX-License-Identifier: Apache-2.0
// assay_tensor_core_probe: what this device's tensor cores make of rows of operands, as files that
// `assay tensorcore --file` holds against a model. Exit codes: 0; 1: a driver call failed; 2:
// usage; 4: no device.
#include <algorithm>
#include <bit>
#include <cstdlib>

#include <CLI/CLI.hpp>

#include "cuda/backend/device.hpp"
#include "cuda/probe/probe_rows.hpp"
#include "vectors/io/safetensors.hpp"

namespace assay::probe {
namespace {

using cuda::Buffer;
using cuda::CudaResult;
using cuda::CudaStatus;

struct Options {
  std::string driver, folder;
  std::int64_t rows = 4096;
};

struct Instruction {
  Format format;
  bool has_f16_result;
};
constexpr Instruction kInstructions[] = {{Format::f16, true},
                                         {Format::bf16, false},
                                         {Format::tf32, false},
                                         {Format::e4m3, true},
                                         {Format::e5m2, true}};

template <typename T>
Tensor tensor_of(std::vector<std::int64_t> shape, const std::vector<T>& values) {
  Tensor tensor(Dtype::u32, std::move(shape));
  std::ranges::transform(values, tensor.as<std::uint32_t>().begin(),
                         [](T value) { return std::bit_cast<std::uint32_t>(value); });
  return tensor;
}

template <typename T>
std::span<const std::byte> bytes_of(const std::vector<T>& values) {
  return std::as_bytes(std::span(values));
}

class Probe {
 public:
  explicit Probe(std::shared_ptr<const cuda::Device> device) : device_(std::move(device)) {}

  // Results of the kernel of that name, one word a row. `c` is binary32 or binary16 in words.
  CudaResult<std::vector<std::uint32_t>> results(const std::string& kernel, const Rows& rows,
                                                 std::span<const std::byte> c) const {
    ASSAY_ASSIGN(const CUfunction function, device_->kernel("mma_rows", kernel));
    ASSAY_ASSIGN(const auto a, Buffer::upload(device_, bytes_of(pack(rows, rows.a)), "a"));
    ASSAY_ASSIGN(const auto b, Buffer::upload(device_, bytes_of(pack(rows, rows.b)), "b"));
    ASSAY_ASSIGN(const auto accumulators, Buffer::upload(device_, c, "c"));
    std::vector<std::uint32_t> words(static_cast<std::size_t>(rows.count));
    ASSAY_ASSIGN(const auto out, Buffer::allocate(device_, words.size() * 4, "d"));
    {
      ASSAY_ASSIGN(const auto current, cuda::CurrentContext::push(*device_));
      ASSAY_TRY(cuda::launch(*device_, kernel.c_str(), function,
                             {.x = static_cast<unsigned>(rows.count), .threads = 32}, nullptr,
                             a.address(), b.address(), accumulators.address(), out.address()));
    }
    ASSAY_TRY(out.download(std::as_writable_bytes(std::span(words))));
    return words;
  }

  CudaResult<Tensors> run(const Instruction& instruction, std::int64_t count) const {
    const Rows rows = make_rows(instruction.format, count);
    const std::string kernel = "rows_" + std::string(format_info(instruction.format).name);
    Tensors tensors;
    const std::vector<std::int64_t> matrix{rows.count, rows.columns}, vector{rows.count};
    tensors.emplace("a", tensor_of(matrix, widen(rows.format, rows.a)));
    tensors.emplace("b", tensor_of(matrix, widen(rows.format, rows.b)));
    tensors.emplace("c", tensor_of(vector, rows.c));
    ASSAY_ASSIGN(const auto f32, results(kernel, rows, bytes_of(rows.c)));
    tensors.emplace("d_f32", tensor_of(vector, f32));
    if (!instruction.has_f16_result) return tensors;
    ASSAY_ASSIGN(const auto f16, results(kernel + "_f16", rows, bytes_of(rows.c_f16_codes)));
    tensors.emplace("d_f16", tensor_of(vector, widen(Format::f16, f16)));
    return tensors;
  }

 private:
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
  const Metadata metadata{
      {"device", (*device)->name()},
      {"compute_capability", fmt::format("{}.{}", (*device)->major(), (*device)->minor())}};
  for (const Instruction& instruction : kInstructions) {
    const auto tensors = probe.run(instruction, options.rows);
    if (!tensors) return failed(tensors.error().message, 1);
    const std::filesystem::path path =
        std::filesystem::path(options.folder) /
        fmt::format("{}.safetensors", format_info(instruction.format).name);
    if (const auto written = write_safetensors(path, views_of(*tensors), metadata); !written)
      return failed(written.error().message, 2);
    fmt::print("{}\n", path.string());
  }
  return 0;
}

}  // namespace
}  // namespace assay::probe

int main(int argc, char** argv) {
  assay::probe::Options options;
  const char* const named = std::getenv("ASSAY_CUDA_DRIVER");
  options.driver = named != nullptr ? named : assay::cuda::kGpuDriver;
  CLI::App app("Records what mma.sync makes of rows of operands");
  app.add_option("--driver", options.driver, "The CUDA driver's library ($ASSAY_CUDA_DRIVER)");
  app.add_option("--rows", options.rows, "Rows of each format (4096)")
      ->check(CLI::Range(std::int64_t{8}, std::int64_t{1} << 20));
  app.add_option("-o,--output", options.folder, "Folder for FORMAT.safetensors")->required();
  app.footer(
      "Example: assay_tensor_core_probe -o probe && "
      "assay tensorcore --model sm_100/mma.f16 --file probe/f16.safetensors");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return assay::probe::run(options);
}
