// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/memory/row_access.hpp"

#include <bit>
#include <cstring>

#include "cuda/emulator/memory/global_memory.hpp"
#include "reference/simd_kernel.hpp"

#define ASSAY_ROWS [[gnu::always_inline]] static inline

namespace assay::emulator {
namespace {

constexpr std::size_t kGranules = kRowBytes / kGranule;

template <typename F>
ASSAY_ROWS void for_each_row(const RowAccess& access, F&& f) {
  for (Mask lanes = access.lanes; lanes != 0; lanes &= lanes - 1) {
    const int lane = std::countr_zero(lanes);
    f(lane, access.addresses[lane] - kSharedStart);
  }
}

ASSAY_ROWS bool are_inside(const RowAccess& access) {
  if (access.bytes < kRowBytes) return false;
  std::uint64_t rest = 0;
  bool is_outside = false;
  for_each_row(access, [&](int, std::uint64_t offset) {
    rest |= offset % kRowBytes;
    is_outside |= offset > access.bytes - kRowBytes;
  });
  return rest == 0 && !is_outside;
}

ASSAY_ROWS bool are_readable(const RowAccess& access) {
  constexpr std::uint64_t kAll = 0x0101010101010101u * kMayRead;
  std::uint64_t all = kAll;
  for_each_row(access, [&](int, std::uint64_t offset) {
    std::uint64_t states[2];
    std::memcpy(states, access.shadow + offset, sizeof states);
    all &= states[0] & states[1];
  });
  return all == kAll;
}

// The last writes are ordered before, or the lane's own.
ASSAY_ROWS bool are_ordered(const RowAccess& access, const RaceView& view) {
  constexpr Word kMine = kThreadBits | kTogetherFlag;
  Word suspect = 0;
  for_each_row(access, [&](int lane, std::uint64_t offset) {
    const Word mine = view.word(lane, kByteBits, 0);
    const Word* const writers = access.words.writer + offset / kGranule;
    for (std::size_t g = 0; g < kGranules; ++g)
      suspect |= writers[g] >= view.limit ? (writers[g] ^ mine) & kMine : 0;
  });
  return suspect == 0;
}

// note_read of all bytes of each granule.
ASSAY_ROWS void note_rows(const RowAccess& access, const RaceView& view) {
  const Word own = warp_bit(view.warp), fresh = (view.first & kTickBits) | own | kByteBits;
  for_each_row(access, [&](int lane, std::uint64_t offset) {
    const Word mine = view.word(lane, kByteBits, 0);
    Word* const readers = access.words.reader + offset / kGranule;
    Word* const sets = access.words.other + offset / kGranule;
    for (std::size_t g = 0; g < kGranules; ++g) {
      const Word set = sets[g], reader = readers[g], differs = reader ^ mine;
      const bool is_new = (set < view.limit) | ((set & kByteBits) == 0);
      sets[g] = is_new ? fresh : set | own;
      const Word flag = (differs & kLaneBits) != 0 ? kTogetherFlag : reader & kTogetherFlag;
      const Word bytes = (reader & kByteBits) != 0 ? reader & kByteBits : kByteBits;
      const bool joins = ((differs & (kTickBits | kWarpBits)) == 0) & (flag != 0);
      readers[g] = joins ? (mine & ~kByteBits) | flag | bytes : mine;
    }
  });
}

ASSAY_ROWS bool load_body(const RowAccess& access, const RaceView& view, std::byte* to) {
  if (!are_inside(access) || !are_readable(access) || !are_ordered(access, view)) return false;
  note_rows(access, view);
  for_each_row(access, [&](int lane, std::uint64_t offset) {
    std::memcpy(to + static_cast<std::size_t>(lane) * kRowBytes, access.memory + offset, kRowBytes);
  });
  return true;
}

namespace portable {
bool load(const RowAccess& access, const RaceView& view, std::byte* to) {
  return load_body(access, view, to);
}
}  // namespace portable
#if defined(__x86_64__)
namespace avx2 {
ASSAY_AVX2 bool load(const RowAccess& access, const RaceView& view, std::byte* to) {
  return load_body(access, view, to);
}
}  // namespace avx2
namespace avx512 {
ASSAY_AVX512 bool load(const RowAccess& access, const RaceView& view, std::byte* to) {
  return load_body(access, view, to);
}
}  // namespace avx512
#endif

}  // namespace

bool load_rows(const RowAccess& access, const RaceView& view, std::byte* to) {
  static const auto kernel = ASSAY_KERNEL(load);
  return kernel(access, view, to);
}

}  // namespace assay::emulator
