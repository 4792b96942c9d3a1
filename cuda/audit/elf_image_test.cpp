// SPDX-License-Identifier: Apache-2.0
// Oracle: files built by hand from the System V ABI's layout, whole and damaged.
#include "cuda/audit/elf_image.hpp"

#include <gtest/gtest.h>

#include "cuda/audit/test_cubin.hpp"
#include "vectors/io/test_support.hpp"

namespace assay::audit {
namespace {

Result<ElfImage> parse(const std::vector<std::uint8_t>& file) {
  return parse_elf(std::as_bytes(std::span(file)), "k.cubin");
}

TEST(ElfImage, HasSectionsAndCapability) {
  TestCubin cubin(103);
  cubin.add(".nv.info", 0x70000000, 7, {1, 2, 3});
  const auto file = cubin.bytes();
  const auto image = parse(file);
  ASSERT_TRUE(image) << image.error().message;
  EXPECT_EQ(image->capability, 103);
  const Section* info = image->find(".nv.info");
  ASSERT_NE(info, nullptr);
  EXPECT_EQ(info->info, 7U);
  EXPECT_EQ(info->bytes.size(), 3U);
  EXPECT_EQ(info->bytes[2], std::byte{3});
  EXPECT_EQ(image->find(".nv"), nullptr);
}

TEST(ElfImage, RefusesWhatIsNoCubin) {
  auto file = TestCubin().bytes();
  EXPECT_EQ(error_of(parse({})), "usage: k.cubin: not an ELF64 file");
  EXPECT_EQ(error_of(parse({file.begin(), file.begin() + 63})),
            "usage: k.cubin: not an ELF64 file");
  file[18] = 62;
  EXPECT_EQ(error_of(parse(file)), "usage: k.cubin: an ELF file for machine 62, not a cubin (190)");
}

TEST(ElfImage, RefusesSectionsThatOverlapOrReachBeyondTheEnd) {
  TestCubin cubin;
  cubin.add("a", 1, 0, std::vector<std::uint8_t>(120));
  cubin.add("b", 1, 0, std::vector<std::uint8_t>(120));
  const auto file = cubin.bytes();
  const std::size_t headers = load<std::uint64_t>(std::as_bytes(std::span(file)), 40);
  const std::size_t size_of_a = headers + 64 + 32;
  auto damaged = file;
  damaged[size_of_a + 7] = 0x80;
  EXPECT_EQ(error_of(parse(damaged)),
            "usage: k.cubin: a section reaches beyond the end of the file");
  damaged = file;
  damaged[size_of_a + 1] = damaged[size_of_a + 64 + 1] = 1;
  EXPECT_EQ(error_of(parse(damaged)), "usage: k.cubin: sections overlap");
  damaged = file;  // offset and size add up to a small number
  std::fill_n(damaged.begin() + static_cast<std::ptrdiff_t>(headers) + 64 + 24, 8, 0xff);
  EXPECT_EQ(error_of(parse(damaged)),
            "usage: k.cubin: a section reaches beyond the end of the file");
  damaged = file;
  damaged[headers + 64 + 3] = 1;
  EXPECT_EQ(error_of(parse(damaged)),
            "usage: k.cubin: a section's name reaches beyond the string table");
}

// ptxas -lineinfo: .nv.merc.nv_debug_ptx_txt has the bytes of .nv_debug_ptx_txt.
TEST(ElfImage, TheSecondDescriptionSharesBytesWithTheFirst) {
  for (const bool is_second : {true, false}) {
    TestCubin cubin;
    cubin.add("a", 1, 0, std::vector<std::uint8_t>(1000, 7));
    cubin.add(is_second ? ".nv.merc.a" : "b", 1, 0, {});
    auto file = cubin.bytes();
    const std::size_t headers = load<std::uint64_t>(std::as_bytes(std::span(file)), 40);
    const std::size_t a = headers + 64, b = headers + 128;
    std::copy_n(file.begin() + static_cast<std::ptrdiff_t>(a) + 24, 16,
                file.begin() + static_cast<std::ptrdiff_t>(b) + 24);
    const auto image = parse(file);
    EXPECT_EQ(image.has_value(), is_second);
    if (image) {
      EXPECT_EQ(image->sections[2].bytes.size(), 1000U);
    }
  }
}

TEST(ElfImage, ASectionWithoutBytesInTheFileHasAnySize) {
  TestCubin cubin;
  cubin.add(".nv.shared.k", 8, 0, std::vector<std::uint8_t>(16));
  auto file = cubin.bytes();
  const std::size_t headers = load<std::uint64_t>(std::as_bytes(std::span(file)), 40);
  file[headers + 64 + 32 + 4] = 1;  // 4 GB
  const auto image = parse(file);
  ASSERT_TRUE(image) << image.error().message;
  ASSERT_NE(image->find(".nv.shared.k"), nullptr);
  EXPECT_TRUE(image->find(".nv.shared.k")->bytes.empty());
}

// Every single-byte damage and every truncation either parses or is refused; the sanitizers see the
// rest.
TEST(ElfImage, SurvivesEveryDamagedByteAndEveryTruncation) {
  TestCubin cubin;
  cubin.add(".nv.info", 0x70000000, 7, {4, 0x2f, 8, 0, 1, 0, 0, 0, 32, 0, 0, 0});
  cubin.add_kernel("k", 1, {0x7223, 0x794d});
  const auto file = cubin.bytes();
  int refused = 0;
  for (std::size_t i = 0; i < file.size(); ++i) {
    for (const int value : {0x00, 0x7f, 0x80, 0xff}) {
      auto damaged = file;
      damaged[i] = static_cast<std::uint8_t>(value);
      refused += !parse(damaged);
    }
    refused += !parse({file.begin(), file.begin() + static_cast<std::ptrdiff_t>(i)});
  }
  EXPECT_GT(refused, static_cast<int>(file.size()));
}

}  // namespace
}  // namespace assay::audit
