// SPDX-License-Identifier: Apache-2.0
// Launches: parameters, limits, what findings become.
#include <filesystem>
#include <fstream>

#include <nlohmann/json.hpp>

#include "cuda/emulator/driver/api_under_test.hpp"

namespace assay::emulator {
namespace {

// Set before any test calls cuInit; a limit of steps as well.
const std::string kFindingsPath = [] {
  const auto name = "assay-findings-" + std::to_string(getpid()) + ".json";
  std::string path = (std::filesystem::temp_directory_path() / name).string();
  setenv("ASSAY_EMULATE_FINDINGS", path.c_str(), 1);
  setenv("ASSAY_EMULATE_MAX_STEPS", "1000000", 1);
  return path;
}();

class LaunchTest : public DriverTest {
 protected:
  static void TearDownTestSuite() { std::filesystem::remove(kFindingsPath); }
  void SetUp() override {
    DriverTest::SetUp();
    module_ = load(kTestModule);
  }

  static nlohmann::json findings() {
    std::ifstream file(kFindingsPath);
    return nlohmann::json::parse(file);
  }

  // Launches `name`, expects the code and the finding, and that the context keeps the error.
  void expect_failure(const char* name, std::vector<void*> params, CUresult code,
                      const char* kind) {
    const std::size_t before = findings().size();
    testing::internal::CaptureStderr();
    EXPECT_EQ(run(function(module_, name), 1, std::move(params)), code) << name;
    const std::string said = testing::internal::GetCapturedStderr();
    EXPECT_NE(said.find(name), std::string::npos) << said;
    const nlohmann::json all = findings();
    ASSERT_EQ(all.size(), before + 1);
    EXPECT_EQ(all.back().at("kind"), kind);
    EXPECT_EQ(all.back().at("kernel"), name);
    CUdeviceptr address = 0;
    EXPECT_EQ(cu.cuCtxSynchronize(), code);
    EXPECT_EQ(cu.cuMemAlloc_v2(&address, 4), code);
    EXPECT_EQ(cu.cuStreamSynchronize(nullptr), code);
  }

  CUmodule module_ = nullptr;
};

TEST_F(LaunchTest, AGridComputes) {
  std::vector<float> values(1000);
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<float>(i);
  CUdeviceptr data = upload(values);
  float factor = 0.5f;
  unsigned count = 1000;
  void* params[] = {&data, &factor, &count};
  EXPECT_EQ(cu.cuLaunchKernel(function(module_, "scale"), 8, 1, 1, 128, 1, 1, 0, nullptr, params,
                              nullptr),
            CUDA_SUCCESS);
  EXPECT_EQ(cu.cuCtxSynchronize(), CUDA_SUCCESS);
  const auto result = download<float>(data, 1000);
  for (std::size_t i = 0; i < values.size(); ++i)
    EXPECT_EQ(result[i], values[i] * 0.5f);
}

// Once in a process, and it is no error.
TEST_F(LaunchTest, ResultsThatPtxLeavesOpenAreNoted) {
  const CUmodule module = load(R"(.version 9.0
.target sm_100
.address_size 64
.visible .entry open_bits(.param .u64 out)
{
  .reg .f32 %f<3>;
  .reg .b64 %rd<2>;
  ld.param.u64 %rd1, [out];
  mov.f32 %f1, 0f3F000000;
  rsqrt.approx.f32 %f2, %f1;
  st.global.f32 [%rd1], %f2;
  ret;
}
)");
  CUdeviceptr out = allocate(4);
  testing::internal::CaptureStderr();
  EXPECT_EQ(run(function(module, "open_bits"), 1, {&out}), CUDA_SUCCESS);
  EXPECT_EQ(run(function(module, "open_bits"), 1, {&out}), CUDA_SUCCESS);
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "assay emulator: note: open_bits: PTX leaves the bits of rsqrt.approx.f32 at PTX line "
            "10 open; a GPU may give others\n");
  EXPECT_EQ(download<float>(out, 1).at(0), 0x1.6a09e6p0f);  // the binary32 nearest to sqrt(2)
}

TEST_F(LaunchTest, ParametersArriveWhereTheirTypesPutThem) {
  CUdeviceptr out = allocate(32);
  signed char a = -5;
  short b = -1234;
  std::uint64_t c[2] = {1, 0x1122334455667788}, d = 0xFFEEDDCCBBAA9988;
  EXPECT_EQ(run(function(module_, "take_all"), 1, {&out, &a, &b, c, &d}), CUDA_SUCCESS);
  const std::vector<std::uint64_t> expected{static_cast<std::uint64_t>(-5),
                                            static_cast<std::uint64_t>(-1234), c[1], d};
  EXPECT_EQ(download<std::uint64_t>(out, 4), expected);
  // The same from a buffer.
  ASSERT_EQ(cu.cuMemsetD8_v2(out, 0, 32), CUDA_SUCCESS);
  struct {
    CUdeviceptr out;
    signed char a;
    short b;
    std::uint64_t c[2];
    std::uint64_t d;
  } packed = {out, a, b, {c[0], c[1]}, d};
  std::size_t size = sizeof packed;
  void* extra[] = {reinterpret_cast<void*>(CU_LAUNCH_PARAM_BUFFER_POINTER_AS_INT), &packed,
                   reinterpret_cast<void*>(CU_LAUNCH_PARAM_BUFFER_SIZE_AS_INT), &size,
                   reinterpret_cast<void*>(CU_LAUNCH_PARAM_END_AS_INT)};
  const CUfunction take_all = function(module_, "take_all");
  EXPECT_EQ(cu.cuLaunchKernel(take_all, 1, 1, 1, 1, 1, 1, 0, nullptr, nullptr, extra),
            CUDA_SUCCESS);
  EXPECT_EQ(download<std::uint64_t>(out, 4), expected);
  size = 39;
  EXPECT_EQ(cu.cuLaunchKernel(take_all, 1, 1, 1, 1, 1, 1, 0, nullptr, nullptr, extra),
            CUDA_ERROR_INVALID_VALUE);
  void* params[] = {&out, &a, &b, c, &d};
  EXPECT_EQ(cu.cuLaunchKernel(take_all, 1, 1, 1, 1, 1, 1, 0, nullptr, params, extra),
            CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cu.cuLaunchKernel(take_all, 1, 1, 1, 1, 1, 1, 0, nullptr, nullptr, nullptr),
            CUDA_ERROR_INVALID_VALUE);
  params[2] = nullptr;
  EXPECT_EQ(cu.cuLaunchKernel(take_all, 1, 1, 1, 1, 1, 1, 0, nullptr, params, nullptr),
            CUDA_ERROR_INVALID_VALUE);
}

TEST_F(LaunchTest, ModuleVariablesAreTheSameForHostAndKernel) {
  CUdeviceptr counter = 0, out = allocate(8 * 4), table = 0;
  unsigned by = 10;
  ASSERT_EQ(cu.cuModuleGetGlobal_v2(&counter, nullptr, module_, "counter"), CUDA_SUCCESS);
  EXPECT_EQ(run(function(module_, "bump"), 32, {&by}), CUDA_SUCCESS);
  EXPECT_EQ(download<unsigned>(counter, 1)[0], 3u + 320);
  ASSERT_EQ(cu.cuModuleGetGlobal_v2(&table, nullptr, module_, "table"), CUDA_SUCCESS);
  const float seven = 7;
  ASSERT_EQ(cu.cuMemcpyHtoD_v2(table + 4, &seven, 4), CUDA_SUCCESS);
  EXPECT_EQ(run(function(module_, "read_table"), 8, {&out}), CUDA_SUCCESS);
  EXPECT_EQ(download<float>(out, 8), (std::vector<float>{1, 7, -4, 8, 1, 7, -4, 8}));
}

TEST_F(LaunchTest, DynamicSharedMemoryNeedsItsAttributeBeyond48KiB) {
  CUdeviceptr out = allocate(64 * 4);
  const CUfunction reverse = function(module_, "reverse");
  EXPECT_EQ(run(reverse, 64, {&out}, 64 * 4), CUDA_SUCCESS);
  const auto result = download<unsigned>(out, 64);
  for (unsigned i = 0; i < 64; ++i)
    EXPECT_EQ(result[i], 63 - i);
  EXPECT_EQ(run(reverse, 64, {&out}, 49152), CUDA_SUCCESS);
  EXPECT_EQ(run(reverse, 64, {&out}, 49153), CUDA_ERROR_INVALID_VALUE);
  const auto opt_in = CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES;
  EXPECT_EQ(cu.cuFuncSetAttribute(reverse, opt_in, 232449), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cu.cuFuncSetAttribute(reverse, opt_in, 232448), CUDA_SUCCESS);
  EXPECT_EQ(run(reverse, 64, {&out}, 232448), CUDA_SUCCESS);
  EXPECT_EQ(run(reverse, 64, {&out}, 232449), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(cu.cuFuncSetAttribute(function(module_, "static_shared"), opt_in, 232448),
            CUDA_ERROR_INVALID_VALUE);
}

TEST_F(LaunchTest, LaunchesBeyondTheLimitsAreRefusedAndLeaveTheContextInOrder) {
  const CUfunction bounded = function(module_, "bounded");
  const auto launch = [&](unsigned gx, unsigned gy, unsigned bx, unsigned by, unsigned bz) {
    return cu.cuLaunchKernel(bounded, gx, gy, 1, bx, by, bz, 0, nullptr, nullptr, nullptr);
  };
  EXPECT_EQ(launch(0, 1, 1, 1, 1), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(launch(1, 1, 0, 1, 1), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(launch(1, 65536, 1, 1, 1), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(launch(1, 1, 65, 1, 1), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(launch(1, 1, 1025, 1, 1), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(launch(1, 1, 1, 1, 65), CUDA_ERROR_INVALID_VALUE);
  EXPECT_EQ(launch(1, 1, 64, 1, 1), CUDA_SUCCESS);
  EXPECT_EQ(run(nullptr, 1, {}), CUDA_ERROR_INVALID_HANDLE);
  EXPECT_EQ(cu.cuLaunchKernel(bounded, 1, 1, 1, 1, 1, 1, 0, reinterpret_cast<CUstream>(this),
                              nullptr, nullptr),
            CUDA_ERROR_INVALID_HANDLE);
  EXPECT_EQ(cu.cuLaunchCooperativeKernel(bounded, 100000, 1, 1, 64, 1, 1, 0, nullptr, nullptr),
            CUDA_ERROR_COOPERATIVE_LAUNCH_TOO_LARGE);
  EXPECT_EQ(cu.cuLaunchCooperativeKernel(bounded, 20, 1, 1, 64, 1, 1, 0, nullptr, nullptr),
            CUDA_SUCCESS);
  EXPECT_EQ(cu.cuCtxSynchronize(), CUDA_SUCCESS);
}

TEST_F(LaunchTest, LaunchAttributesAreReadAndClustersRefused) {
  CUlaunchAttribute attributes[2]{};
  attributes[0].id = CU_LAUNCH_ATTRIBUTE_PROGRAMMATIC_STREAM_SERIALIZATION;
  attributes[1].id = CU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION;
  attributes[1].value.clusterDim = {1, 1, 1};
  CUlaunchConfig config{2, 1, 1, 32, 1, 1, 0, nullptr, attributes, 2};
  const CUfunction bounded = function(module_, "bounded");
  EXPECT_EQ(cu.cuLaunchKernelEx(&config, bounded, nullptr, nullptr), CUDA_SUCCESS);
  attributes[1].value.clusterDim = {2, 1, 1};
  testing::internal::CaptureStderr();
  EXPECT_EQ(cu.cuLaunchKernelEx(&config, bounded, nullptr, nullptr), CUDA_ERROR_NOT_SUPPORTED);
  EXPECT_NE(testing::internal::GetCapturedStderr().find("cluster"), std::string::npos);
  attributes[1].id = static_cast<CUlaunchAttributeID>(13);  // a node that the device may update
  EXPECT_EQ(cu.cuLaunchKernelEx(&config, bounded, nullptr, nullptr), CUDA_ERROR_NOT_SUPPORTED);
  EXPECT_EQ(cu.cuLaunchKernelEx(nullptr, bounded, nullptr, nullptr), CUDA_ERROR_INVALID_VALUE);
  config.attrs = nullptr;
  EXPECT_EQ(cu.cuLaunchKernelEx(&config, bounded, nullptr, nullptr), CUDA_ERROR_INVALID_VALUE);
}

TEST_F(LaunchTest, AStoreBeyondAnAllocationIsAnIllegalAddress) {
  CUdeviceptr address = allocate(64) + 64;
  unsigned value = 1;
  expect_failure("store", {&address, &value}, CUDA_ERROR_ILLEGAL_ADDRESS, "out_of_bounds");
  EXPECT_NE(findings().back().at("allocation").get<std::string>().find("past its end"),
            std::string::npos);
}

TEST_F(LaunchTest, AStoreToFreedMemoryIsAnIllegalAddress) {
  CUdeviceptr address = allocate(64);
  ASSERT_EQ(cu.cuMemFree_v2(address), CUDA_SUCCESS);
  unsigned value = 1;
  expect_failure("store", {&address, &value}, CUDA_ERROR_ILLEGAL_ADDRESS, "use_after_free");
}

TEST_F(LaunchTest, AStoreToAnOddAddressIsMisaligned) {
  CUdeviceptr address = allocate(64) + 2;
  unsigned value = 1;
  expect_failure("store", {&address, &value}, CUDA_ERROR_MISALIGNED_ADDRESS, "misaligned");
}

TEST_F(LaunchTest, ATrapIsALaunchFailure) {
  expect_failure("trapped", {}, CUDA_ERROR_LAUNCH_FAILED, "trap");
}

TEST_F(LaunchTest, AnEndlessLoopIsATimeout) {
  expect_failure("spin", {}, CUDA_ERROR_LAUNCH_TIMEOUT, "step_limit");
}

TEST_F(LaunchTest, AFailedContextRecoversByDestructionOnly) {
  EXPECT_EQ(run(function(module_, "trapped"), 1, {}), CUDA_ERROR_LAUNCH_FAILED);
  EXPECT_EQ(cu.cuCtxSynchronize(), CUDA_ERROR_LAUNCH_FAILED);
  EXPECT_EQ(cu.cuCtxDestroy_v2(context_), CUDA_SUCCESS);
  EXPECT_EQ(cu.cuCtxCreate_v2(&context_, 0, 0), CUDA_SUCCESS);
  EXPECT_EQ(run(function(load(kTestModule), "bounded"), 1, {}), CUDA_SUCCESS);
  EXPECT_EQ(cu.cuCtxSynchronize(), CUDA_SUCCESS);
}

}  // namespace
}  // namespace assay::emulator
