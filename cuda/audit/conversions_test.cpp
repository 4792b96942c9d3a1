// SPDX-License-Identifier: Apache-2.0
// Oracle: the text itself, whose conversions are counted by hand; and grep over the PTX that nvcc
// writes, in the kernels' own test.
#include "cuda/audit/conversions.hpp"

#include <gtest/gtest.h>

#include "cuda/emulator/ptx/parse.hpp"
#include "vectors/io/test_support.hpp"

namespace assay::audit {
namespace {

std::string ptx_text(const std::string& target) {
  return ".version 9.0\n.target " + target + "\n.address_size 64\n" + R"(
.visible .entry narrow()
{
  .reg .b8 c; .reg .b16 h; .reg .b32 r; .reg .f32 f;
  mov.b32 r, 0;
  cvt.u8.u32 c, r;
  cvt.rn.f16x2.e2m1x2 r, c;
  cvt.rn.f16x2.e2m1x2 r, c;
  mov.b32 f, r;
  cvt.rn.satfinite.e4m3x2.f32 h, f, f;
  ret;
}
.visible .entry wide()
{
  .reg .b16 h; .reg .f32 f;
  mov.b32 f, 0f00000000;
  cvt.rn.f16.f32 h, f;
  ret;
}
)";
}

// A fat binary of uncompressed PTX entries (cuda/emulator/driver/fatbin.hpp): (capability, flags).
std::string fatbin_of(const std::vector<std::pair<int, std::uint32_t>>& targets) {
  const auto put = [](std::string& bytes, std::size_t at, std::uint64_t value, int size) {
    for (int i = 0; i < size; ++i)
      bytes[at + static_cast<std::size_t>(i)] = static_cast<char>(value >> 8 * i);
  };
  std::string entries;
  for (const auto& [capability, flags] : targets) {
    const char suffix = flags == 0x100000 ? 'a' : 'f';
    std::string text = ptx_text(fmt::format("sm_{}{}", capability, suffix));
    text.resize((text.size() + 7) / 8 * 8);
    std::string header(64, '\0');
    put(header, 0, 1, 2);
    put(header, 4, 64, 4);
    put(header, 8, text.size(), 8);
    put(header, 28, static_cast<std::uint64_t>(capability), 4);
    put(header, 40, flags, 8);
    entries += header + text;
  }
  std::string container(16, '\0');
  put(container, 0, 0xBA55ED50, 4);
  put(container, 4, 1, 2);
  put(container, 6, 16, 2);
  put(container, 8, entries.size(), 8);
  return container + entries;
}

constexpr std::uint32_t kOwn = 0x100000, kFamily = 0x200000;

std::string target_for(const std::string& fatbin, int major, int minor) {
  const auto module = ptx_for_device(std::as_bytes(std::span(fatbin)), major, minor, "k");
  return module ? module->target : module.error().message;
}

TEST(Conversions, AreCountedByFunctionAsSpelled) {
  const auto module = ptx::parse(ptx_text("sm_110a"), "k.ptx");
  ASSERT_TRUE(module) << module.error().message;
  EXPECT_EQ(
      narrow_conversions(*module),
      (Conversions{{"narrow", {{"cvt.rn.f16x2.e2m1x2", 2}, {"cvt.rn.satfinite.e4m3x2.f32", 1}}}}));
}

TEST(Conversions, ThePtxIsThatOfTheDevicesOwnTarget) {
  const auto fatbin = fatbin_of({{100, kOwn}, {100, kFamily}, {103, kOwn}, {110, kOwn}});
  EXPECT_EQ(target_for(fatbin, 10, 0), "sm_100a");
  EXPECT_EQ(target_for(fatbin, 10, 3), "sm_103a");
  EXPECT_EQ(target_for(fatbin, 11, 0), "sm_110a");
}

TEST(Conversions, ANewerDeviceTakesItsFamilysPtx) {
  const auto fatbin = fatbin_of({{100, kOwn}, {100, kFamily}, {103, kFamily}, {110, kFamily}});
  EXPECT_EQ(target_for(fatbin, 10, 1), "sm_100f");
  EXPECT_EQ(target_for(fatbin, 10, 7), "sm_103f");
  EXPECT_EQ(target_for(fatbin, 12, 0), "k: no PTX for compute capability 12.0");
}

TEST(Conversions, DamagedImagesAreErrors) {
  EXPECT_EQ(target_for("nothing of the kind", 11, 0), "not a fat binary");
  EXPECT_NE(target_for(fatbin_of({{110, kOwn}}).substr(0, 100), 11, 0).find("cut off"),
            std::string::npos);
}

}  // namespace
}  // namespace assay::audit
