// SPDX-License-Identifier: Apache-2.0
// For tests of instructions: a few lines of PTX over arrays of inputs, run on the emulator in this
// process, one element a thread, by the handlers of every SIMD path, which must agree.
//
//   PtxFunction<float, float, float> divide("div.rn.f32 %d, %a, %b;");
//   std::vector<float> quotients = divide({1, 2}, {3, 7});
//
// The inputs are in %a, %b, %c, %e, the result is %d: registers of the size of the C++ type (.b8 to
// .b64). Free registers: as TestKernel's.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <tuple>
#include <type_traits>

#include "cuda/emulator/test_kernel.hpp"
#include "reference/simd_path.hpp"

namespace assay::emulator {

inline std::string ptx_test_body(const std::string& body, int out_bytes,
                                 const std::vector<int>& in_bytes) {
  constexpr std::array kNames{"%a", "%b", "%c", "%e"};
  std::string text = fmt::format("  .reg .b{} %d;\n  .reg .b64 %at, %base;\n", 8 * out_bytes);
  for (std::size_t i = 0; i < in_bytes.size(); ++i) {
    const int bytes = in_bytes[i];
    text += fmt::format(
        "  .reg .b{0} {1};\n"
        "  ld.global.u64 %base, [%in0+{2}];\n"
        "  mul.wide.u32 %at, %i, {3};\n"
        "  add.u64 %at, %base, %at;\n"
        "  ld.global.b{0} {1}, [%at];\n",
        8 * bytes, kNames[i], 8 * i, bytes);
  }
  return text + "  " + body +
         fmt::format(
             "\n  mul.wide.u32 %at, %i, {0};\n"
             "  add.u64 %at, %out0, %at;\n"
             "  st.global.b{1} [%at], %d;\n",
             out_bytes, 8 * out_bytes);
}

// The kernel around the lines, once for each SIMD path, and its runs on arrays as bytes.
class PtxKernels {
 public:
  // Throws std::runtime_error where the text does not decode.
  PtxKernels(const std::string& body, const std::string& target, int out_bytes,
             const std::vector<int>& in_bytes)
      : out_bytes_(static_cast<std::size_t>(out_bytes)) {
    const SimdPath usual = simd_path();
    const std::string module = test_module(ptx_test_body(body, out_bytes, in_bytes), "", target);
    for (const SimdPath path : available_simd_paths()) {
      EXPECT_TRUE(force_simd_path(path));
      kernels_.push_back(std::make_unique<TestKernel>(TestKernel::Whole{}, module));
    }
    EXPECT_TRUE(force_simd_path(usual));
  }

  // One array an input, each of kBlock elements times `blocks`.
  std::vector<std::byte> run(const std::vector<std::vector<std::byte>>& in, std::uint32_t blocks) {
    std::vector<std::byte> result;
    for (std::size_t k = 0; k < kernels_.size(); ++k) {
      const std::vector<std::byte> out = run_one(*kernels_[k], in, blocks);
      if (k == 0) result = out;
      EXPECT_TRUE(out == result) << simd_path_name(available_simd_paths()[k]) << " differs";
    }
    return result;
  }

  static constexpr std::uint32_t kBlock = 64;

 private:
  std::vector<std::byte> run_one(TestKernel& kernel, const std::vector<std::vector<std::byte>>& in,
                                 std::uint32_t blocks) const {
    std::vector<std::uint64_t> inputs;
    for (const auto& column : in)
      inputs.push_back(kernel.upload(column));
    const std::uint64_t source = kernel.upload(inputs);
    std::vector<std::byte> out(std::size_t{blocks} * kBlock * out_bytes_);
    const std::uint64_t target = kernel.upload(out);
    kernel.launch({blocks, 1, 1}, {kBlock, 1, 1}, {source, target});
    EXPECT_TRUE(kernel.findings.empty()) << kernel.finding_texts();
    EXPECT_TRUE(kernel.memory().read(target, out.data(), out.size()));
    inputs.insert(inputs.end(), {source, target});
    for (const std::uint64_t buffer : inputs)
      EXPECT_TRUE(kernel.memory().free(buffer));
    return out;
  }

  std::size_t out_bytes_;
  std::vector<std::unique_ptr<TestKernel>> kernels_;
};

template <typename Out, typename... In>
class PtxFunction {
 public:
  explicit PtxFunction(const std::string& body, const std::string& target = "sm_110a")
      : kernels_(body, target, sizeof(Out), {static_cast<int>(sizeof(In))...}) {}

  std::vector<Out> operator()(const std::vector<In>&... in) {
    const std::size_t count = std::get<0>(std::tie(in...)).size();
    const std::size_t blocks = (count + PtxKernels::kBlock - 1) / PtxKernels::kBlock;
    const std::vector<std::byte> bytes =
        kernels_.run({padded(in, blocks)...}, static_cast<std::uint32_t>(blocks));
    std::vector<Out> out(count);
    std::memcpy(out.data(), bytes.data(), count * sizeof(Out));
    return out;
  }

 private:
  template <typename T>
  static std::vector<std::byte> padded(const std::vector<T>& values, std::size_t blocks) {
    std::vector<std::byte> bytes(blocks * PtxKernels::kBlock * sizeof(T));
    std::memcpy(bytes.data(), values.data(), values.size() * sizeof(T));
    return bytes;
  }

  PtxKernels kernels_;
};

template <typename T>
std::string hexadecimal(const T& value) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof(T));
  return fmt::format("{:#x} ", bits);
}

// Compares the instruction with `expected`, a function of the same inputs, bit for bit.
template <typename Out, typename... In>
void expect_function(const std::string& body, const std::vector<std::tuple<In...>>& inputs,
                     const std::type_identity_t<std::function<Out(In...)>>& expected,
                     const std::string& target = "sm_110a") {
  PtxFunction<Out, In...> function(body, target);
  std::tuple<std::vector<In>...> columns;
  for (const auto& row : inputs)
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (std::get<I>(columns).push_back(std::get<I>(row)), ...);
    }
  (std::index_sequence_for<In...>{});
  const std::vector<Out> actual = std::apply(function, columns);
  int shown = 0;
  for (std::size_t i = 0; i < inputs.size() && shown < 5; ++i) {
    const Out wanted = std::apply(expected, inputs[i]);
    if (std::memcmp(&wanted, &actual[i], sizeof(Out)) == 0) continue;
    ++shown;
    const std::string row =
        std::apply([](const In&... in) { return (hexadecimal(in) + ...); }, inputs[i]);
    ADD_FAILURE() << body << " of " << row << "is " << hexadecimal(actual[i]) << "not "
                  << hexadecimal(wanted);
  }
}

// One value.
template <typename Out, typename... In>
Out apply_ptx(const std::string& body, In... in) {
  return PtxFunction<Out, In...>(body)(std::vector<In>{in}...).at(0);
}

// Why the module does not decode; empty where it does.
inline std::string decode_error(const std::string& body, const std::string& target = "sm_110a") {
  try {
    const TestKernel kernel(body, "", target);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

}  // namespace assay::emulator
