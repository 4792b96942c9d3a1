// SPDX-License-Identifier: Apache-2.0
// Fat binaries: built by hand here, and by nvcc where it is installed. The oracle for unpacking is
// nvcc itself: the same module stored without compression.
#include "cuda/emulator/driver/fatbin.hpp"

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>

namespace assay::emulator {
namespace {

using Bytes = std::vector<std::byte>;

template <typename T>
void put(Bytes& bytes, std::size_t offset, T value) {
  if (bytes.size() < offset + sizeof value) bytes.resize(offset + sizeof value);
  std::memcpy(bytes.data() + offset, &value, sizeof value);
}

// One entry: 64 bytes of header, then the payload padded to 8.
Bytes make_entry(std::uint16_t kind, std::uint32_t capability, std::uint64_t flags,
                 std::string_view payload, std::uint64_t unpacked = 0) {
  Bytes entry(64);
  const std::size_t padded = (payload.size() + 7) / 8 * 8;
  put<std::uint16_t>(entry, 0, kind);
  put<std::uint16_t>(entry, 2, 0x101);
  put<std::uint32_t>(entry, 4, 64);
  put<std::uint64_t>(entry, 8, padded);
  put<std::uint32_t>(entry, 16, unpacked == 0 ? 0 : static_cast<std::uint32_t>(payload.size()));
  put<std::uint32_t>(entry, 28, capability);
  put<std::uint64_t>(entry, 40, flags);
  put<std::uint64_t>(entry, 56, unpacked);
  entry.resize(64 + padded);
  std::memcpy(entry.data() + 64, payload.data(), payload.size());
  return entry;
}

Bytes make_container(const std::vector<Bytes>& entries) {
  Bytes bytes(16);
  for (const Bytes& entry : entries)
    bytes.insert(bytes.end(), entry.begin(), entry.end());
  put<std::uint32_t>(bytes, 0, kFatbinMagic);
  put<std::uint16_t>(bytes, 4, 1);
  put<std::uint16_t>(bytes, 6, 16);
  put<std::uint64_t>(bytes, 8, bytes.size() - 16);
  return bytes;
}

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

TEST(Fatbin, ReadsKindTargetAndTextOfEveryEntry) {
  const Bytes container =
      make_container({make_entry(2, 110, 0x100011,
                                 "\x7f"
                                 "ELF"),
                      make_entry(1, 110, 0x100011, ".version 9.0\n"),
                      make_entry(1, 100, 0x200011, "family"), make_entry(1, 90, 0x11, "plain")});
  EXPECT_EQ(fatbin_bytes(container.data()), container.size());
  const auto entries = parse_fatbin(container);
  ASSERT_TRUE(entries) << entries.error().message;
  ASSERT_EQ(entries->size(), 4u);
  EXPECT_EQ((*entries)[0].kind, FatbinEntry::Kind::cubin);
  EXPECT_EQ((*entries)[1].kind, FatbinEntry::Kind::ptx);
  EXPECT_EQ((*entries)[1].target(), "sm_110a");
  EXPECT_EQ((*entries)[2].target(), "sm_100f");
  EXPECT_EQ((*entries)[3].target(), "sm_90");
  EXPECT_EQ(unpack_text((*entries)[1]), ".version 9.0\n");
}

TEST(Fatbin, EveryCutIsAnErrorAndNoneReadsBeyondTheEnd) {
  const Bytes container =
      make_container({make_entry(1, 110, 0x11, "first text"), make_entry(1, 100, 0x11, "second")});
  for (std::size_t size = 0; size < container.size(); ++size) {
    const Bytes cut(container.begin(), container.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_FALSE(parse_fatbin(cut)) << size;  // the exact allocation lets AddressSanitizer look
  }
}

TEST(Fatbin, DamagedSizesAreErrors) {
  const Bytes good = make_container({make_entry(1, 110, 0x11, "text")});
  const std::tuple<std::size_t, std::uint64_t, const char*> damages[] = {
      {16 + 8, ~std::uint64_t{0}, "reaches beyond"},  // payload size
      {16 + 8, 1 << 20, "reaches beyond"},
      {8, ~std::uint64_t{0}, "cut off"}};  // container size
  for (const auto& [offset, value, message] : damages) {
    Bytes bad = good;
    put<std::uint64_t>(bad, offset, value);
    const auto entries = parse_fatbin(bad);
    ASSERT_FALSE(entries) << offset;
    EXPECT_NE(entries.error().message.find(message), std::string::npos) << entries.error().message;
  }
  Bytes version = good;
  put<std::uint16_t>(version, 4, 2);
  EXPECT_FALSE(parse_fatbin(version));
  Bytes bomb = make_container({make_entry(1, 110, 0x8011, "text", std::uint64_t{1} << 40)});
  EXPECT_FALSE(parse_fatbin(bomb));
}

// The sequences by the block format's description: token, literals, distance (little-endian),
// lengths of 15 and more going on in further bytes.
TEST(Lz4, UnpacksLiteralsMatchesAndLongLengths) {
  using namespace std::string_literals;
  EXPECT_EQ(unpack_lz4(bytes_of("\x50"
                                "hello"),
                       5),
            "hello");
  // "abc", then 9 bytes from distance 3, then "!".
  EXPECT_EQ(unpack_lz4(bytes_of("\x35"
                                "abc\x03\x00\x10!"s),
                       13),
            "abcabcabcabc!");
  // One 'x', then 15 + 255 + 2 + 4 bytes from distance 1: overlapping, long.
  EXPECT_EQ(unpack_lz4(bytes_of("\x1fx\x01\x00\xff\x02\x00"s), 277), std::string(277, 'x'));
  // 15 + 5 literals.
  EXPECT_EQ(unpack_lz4(bytes_of("\xf0\x05"
                                "abcdefghijklmnopqrst"),
                       20),
            "abcdefghijklmnopqrst");
}

TEST(Lz4, DamageIsAnError) {
  using namespace std::string_literals;
  const std::pair<std::string, std::size_t> damaged[] = {{"\x50hell"s, 5},  // literals cut off
                                                         {"\xf0"s, 20},     // length cut off
                                                         {"\x35"
                                                          "abc\x00\x00\x10!"s,
                                                          13},  // distance 0
                                                         {"\x35"
                                                          "abc\x04\x00\x10!"s,
                                                          13},  // before the start
                                                         {"\x35"
                                                          "abc\x03\x00\x10!"s,
                                                          12},  // more than announced
                                                         {"\x35"
                                                          "abc\x03\x00\x10!"s,
                                                          14},  // less
                                                         {"\x35"
                                                          "abc\x03"s,
                                                          13}};  // distance cut off
  for (const auto& [text, size] : damaged)
    EXPECT_FALSE(unpack_lz4(bytes_of(text), size)) << size;
}

#ifdef ASSAY_FATBINS
Bytes read(const std::string& mode) {
  std::ifstream file(std::string(ASSAY_FATBINS) + "/" + mode + ".fatbin", std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const auto bytes = bytes_of(text);
  return {bytes.begin(), bytes.end()};
}

std::vector<std::string> texts(const std::string& mode, FatbinEntry::Packing packing) {
  const Bytes container = read(mode);
  const auto entries = parse_fatbin(container);
  EXPECT_TRUE(entries) << mode << ": " << entries.error().message;
  if (!entries) return {};
  std::vector<std::string> result;
  for (const FatbinEntry& entry : *entries) {
    if (entry.kind != FatbinEntry::Kind::ptx) continue;
    EXPECT_EQ(entry.packing, packing) << mode;
    const auto text = unpack_text(entry);
    EXPECT_TRUE(text) << mode << ": " << text.error().message;
    result.push_back(entry.target() + "\n" + text.value_or(""));
  }
  return result;
}

TEST(Fatbin, EveryCompressionOfNvccUnpacksToWhatItStoresWithoutOne) {
  const auto plain = texts("none", FatbinEntry::Packing::none);
  ASSERT_EQ(plain.size(), 3u);
  EXPECT_EQ(plain[0].substr(0, 8), "sm_100f\n");
  EXPECT_EQ(plain[1].substr(0, 8), "sm_103a\n");
  EXPECT_EQ(plain[2].substr(0, 8), "sm_110a\n");
  for (const std::string& text : plain)
    EXPECT_NE(text.find(".target " + text.substr(0, 7)), std::string::npos) << text;
  EXPECT_EQ(texts("default", FatbinEntry::Packing::zstd), plain);
  EXPECT_EQ(texts("size", FatbinEntry::Packing::zstd), plain);
  EXPECT_EQ(texts("balance", FatbinEntry::Packing::zstd), plain);
  EXPECT_EQ(texts("speed", FatbinEntry::Packing::lz4), plain);
}

// Any byte wrong: an error or another text, never a crash (under AddressSanitizer: no stray read).
TEST(Fatbin, NoDamagedByteLeadsOutside) {
  for (const char* mode : {"speed", "default"}) {
    const Bytes good = read(mode);
    for (std::size_t at = 0; at < good.size(); at += 3) {
      Bytes bad = good;
      bad[at] ^= std::byte{0x91};
      const auto entries = parse_fatbin(bad);
      if (!entries) continue;
      for (const FatbinEntry& entry : *entries)
        if (entry.kind == FatbinEntry::Kind::ptx) static_cast<void>(unpack_text(entry));
    }
  }
}
#endif

}  // namespace
}  // namespace assay::emulator
