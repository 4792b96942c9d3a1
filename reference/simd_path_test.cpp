// SPDX-License-Identifier: Apache-2.0
#include "reference/simd_path.hpp"

#include <cstdlib>

#include <gtest/gtest.h>

#include "reference/simd_kernel.hpp"
#include "reference/simd_test.hpp"

namespace assay {
namespace {

// Sets ASSAY_SIMD, and back to what it was.
class Environment {
 public:
  explicit Environment(const char* value) { setenv("ASSAY_SIMD", value, 1); }
  ~Environment() {
    if (had_) {
      setenv("ASSAY_SIMD", before_.c_str(), 1);
    } else {
      unsetenv("ASSAY_SIMD");
    }
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  bool had_ = std::getenv("ASSAY_SIMD") != nullptr;
  std::string before_ = had_ ? std::getenv("ASSAY_SIMD") : "";
};

TEST(SimdPath, NamesParseToTheirPaths) {
  for (const SimdPath path : {SimdPath::portable, SimdPath::avx2, SimdPath::avx512}) {
    const auto parsed = parse_simd_path(simd_path_name(path));
    ASSERT_TRUE(parsed);
    EXPECT_EQ(*parsed, path);
  }
}

TEST(SimdPath, AnUnknownNameIsAnErrorWithTheNearest) {
  const auto parsed = parse_simd_path("avx51");
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().code, ErrorCode::usage);
  EXPECT_EQ(
      parsed.error().message,
      "unknown SIMD path \"avx51\" (did you mean \"avx512\"?): must be portable, avx2, avx512");
}

TEST(SimdPath, AvailablePathsStartWithPortableAndAreNested) {
  const auto paths = available_simd_paths();
  ASSERT_GE(paths.size(), 1u);
  for (std::size_t i = 0; i < paths.size(); ++i)
    EXPECT_EQ(paths[i], static_cast<SimdPath>(i));
}

int chosen_kernel() {
  return 0;
}

TEST(SimdPath, AForcedPathIsTheOneKernelsArePickedBy) {
  struct Kernels {
    static int portable() { return chosen_kernel(); }
    static int avx2() { return chosen_kernel() + 1; }
    static int avx512() { return chosen_kernel() + 2; }
  };
  for (const SimdPath path : available_simd_paths()) {
    const ForcedSimdPath forced(path);
    EXPECT_EQ(simd_path(), path);
    EXPECT_EQ(pick_kernel(&Kernels::portable, &Kernels::avx2, &Kernels::avx512)(),
              static_cast<int>(path));
  }
}

TEST(SimdPath, TheEnvironmentMayNameAnAvailablePath) {
  for (const SimdPath path : available_simd_paths()) {
    const Environment environment(std::string(simd_path_name(path)).c_str());
    EXPECT_TRUE(check_simd_environment());
  }
  const Environment environment("");
  EXPECT_TRUE(check_simd_environment()) << "empty counts as unset";
}

TEST(SimdPath, AnUnknownPathInTheEnvironmentIsAnErrorThatNamesTheVariable) {
  const Environment environment("sse2");
  const Status status = check_simd_environment();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::usage);
  EXPECT_EQ(status.error().message,
            "ASSAY_SIMD: unknown SIMD path \"sse2\": must be portable, avx2, avx512");
}

TEST(SimdPath, APathThatThisMachineLacksIsAnErrorWithThoseItHas) {
  if (available_simd_paths().size() == 3) GTEST_SKIP() << "this machine has every path";
  const Status status = force_simd_path(SimdPath::avx512);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::usage);
  EXPECT_NE(status.error().message.find("available: portable"), std::string::npos);
}

}  // namespace
}  // namespace assay
