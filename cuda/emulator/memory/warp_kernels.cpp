// SPDX-License-Identifier: Apache-2.0
// Written as plain loops that compilers vectorize, compiled once for each vector extension. Words
// of global memory are shared by host threads without locks; each is read and written whole, as
// aligned 64-bit elements are on every machine that this runs on, and any mixture of them is a
// valid state.
#include "cuda/emulator/memory/warp_kernels.hpp"

#include <bit>
#include <cstring>

#include "cuda/emulator/memory/global_memory.hpp"
#include "cuda/emulator/memory/race_notes.hpp"
#include "reference/simd_kernel.hpp"

#define ASSAY_KERNEL_PART [[gnu::always_inline]] static inline

namespace assay::emulator {
namespace {

// Words of eight granules: a register of AVX-512, two of AVX2, four of SSE2. Comparisons give all
// bits or none.
constexpr std::size_t kBlock = 8;
using Words = Word __attribute__((vector_size(kBlock * sizeof(Word))));

ASSAY_KERNEL_PART bool any(const Words& words) {
  Word all = 0;
  for (std::size_t g = 0; g < kBlock; ++g)
    all |= words[g];
  return all != 0;
}

// Lanes side by side, from `first_lane` on. What the loops need is here by value: they store words,
// which might be anything that is pointed to.
struct Dense {
  std::uint64_t offset;  // in the region
  std::size_t bytes, granules;
  Word limit, oldest, own;  // own: the warp's bit in reader sets
  Words first;              // what the lanes would write into the first eight granules
  Word step;                // and what more into the next ones

  [[gnu::always_inline]] Dense(const Region& region, std::uint64_t region_offset, int first_lane,
                               int lanes, std::uint32_t lane_bytes)
      : offset(region_offset),
        bytes(static_cast<std::size_t>(lanes) * lane_bytes),
        granules(bytes / kGranule),
        limit(region.view.limit),
        oldest(region.view.oldest),
        own(warp_bit(region.view.warp)) {
    const int log = std::countr_zero(lane_bytes);
    const int up = log < 2 ? 2 - log : 0, down = log > 2 ? log - 2 : 0;
    const Word word = region.view.word(first_lane, kByteBits, up != 0 ? kSharedOutFlag : 0);
    first = Words{0, 1, 2, 3, 4, 5, 6, 7} << up >> down;
    first = (first << kThreadShift) + word;
    step = (kBlock << up >> down) << kThreadShift;
  }
};

constexpr Word each_byte(std::uint8_t bits) {
  return 0x0101010101010101u * bits;
}

// Has every byte the bit? A multiple of 32 of them.
ASSAY_KERNEL_PART bool all_have(const std::uint8_t* shadow, std::size_t bytes, std::uint8_t bit) {
  Words missing{};
  std::size_t b = 0;
  for (; b + sizeof missing <= bytes; b += sizeof missing) {
    Words states;
    std::memcpy(&states, shadow + b, sizeof states);
    missing |= ~states;
  }
  for (std::size_t g = 0; b < bytes; ++g, b += sizeof(Word)) {
    Word states;
    std::memcpy(&states, shadow + b, sizeof states);
    missing[g] |= ~states;
  }
  missing &= each_byte(bit);
  return !any(missing);
}

// Are there words that whole-word comparisons do not prove ordered?
template <bool kGlobal>
ASSAY_KERNEL_PART bool has_suspect(const Dense& dense, const Word* words) {
  Words suspect{}, mine = dense.first;
  for (std::size_t block = 0; block < dense.granules; block += kBlock, mine += dense.step) {
    Words word;
    std::memcpy(&word, words + block, sizeof word);
    const Words differs = word ^ mine;
    const Words concurrent =
        reinterpret_cast<Words>(word >= dense.limit) & differs & (kThreadBits | kTogetherFlag);
    if (kGlobal) {
      suspect |=
          reinterpret_cast<Words>(word >= dense.oldest) & (concurrent | (differs & kChunkBits));
    } else {
      suspect |= concurrent;
    }
  }
  return any(suspect);
}

ASSAY_KERNEL_PART bool has_suspect_set(const Dense& dense, const Word* sets) {
  Words suspect{};
  for (std::size_t block = 0; block < dense.granules; block += kBlock) {
    Words set;
    std::memcpy(&set, sets + block, sizeof set);
    suspect |= reinterpret_cast<Words>(set >= dense.limit) & set;
  }
  suspect &= kWarpSetBits & ~dense.own;
  return any(suspect);
}

// a where the condition (all bits or none) holds, else b.
ASSAY_KERNEL_PART void choose(const Words& condition, const Words& a, const Words& b,
                              Words& result) {
  result = (condition & a) | (~condition & b);
}

// note_plain_read of all bytes of each granule.
template <bool kGlobal>
ASSAY_KERNEL_PART void note_reads(const Dense& dense, Word* readers, Word* others) {
  Words mine = dense.first;
  const Words fresh = ((mine & kTickBits) | dense.own) | kByteBits;
  for (std::size_t block = 0; block < dense.granules; block += kBlock, mine += dense.step) {
    Words reader, other, kept;
    std::memcpy(&reader, readers + block, sizeof reader);
    std::memcpy(&other, others + block, sizeof other);
    const Words differs = reader ^ mine;
    if (kGlobal) {
      const Words is_other = reinterpret_cast<Words>(reader >= dense.oldest) &
                             reinterpret_cast<Words>((differs & (kChunkBits | kWarpBits)) != 0);
      choose(is_other, reader, other, kept);
    } else {
      const Words joins = reinterpret_cast<Words>(other >= dense.limit) &
                          reinterpret_cast<Words>((other & kByteBits) != 0);
      choose(joins, other | dense.own, fresh, kept);
    }
    std::memcpy(others + block, &kept, sizeof kept);
    // Another lane's read at the same moment, or one that several lanes shared: of its bytes.
    const Words is_other_lane = reinterpret_cast<Words>((differs & kLaneBits) != 0);
    const Words flag = (is_other_lane | reader) & kTogetherFlag;
    const Words joins = reinterpret_cast<Words>((differs & (kTickBits | kWarpBits)) == 0) &
                        reinterpret_cast<Words>(flag != 0) &
                        reinterpret_cast<Words>((reader & kByteBits) != 0);
    Words noted;
    choose(joins, (mine & (reader | ~kByteBits)) | kTogetherFlag, mine, noted);
    std::memcpy(readers + block, &noted, sizeof noted);
  }
}

ASSAY_KERNEL_PART void note_writes(const Dense& dense, Word* writers) {
  Words mine = dense.first;
  for (std::size_t block = 0; block < dense.granules; block += kBlock, mine += dense.step)
    std::memcpy(writers + block, &mine, sizeof mine);
}

template <bool kGlobal>
ASSAY_KERNEL_PART bool read_words(const Dense& dense, const ShadowWords& words) {
  if (has_suspect<kGlobal>(dense, words.writer)) return false;
  note_reads<kGlobal>(dense, words.reader, words.other);
  return true;
}

template <bool kGlobal>
ASSAY_KERNEL_PART bool write_words(const Dense& dense, const ShadowWords& words) {
  if (has_suspect<kGlobal>(dense, words.writer)) return false;
  if (has_suspect<kGlobal>(dense, words.reader)) return false;
  if (kGlobal ? has_suspect<true>(dense, words.other) : has_suspect_set(dense, words.other))
    return false;
  note_writes(dense, words.writer);
  return true;
}

ASSAY_KERNEL_PART bool load_dense(const Region& region, const Dense& dense, std::byte* to) {
  if (!all_have(region.shadow + dense.offset, dense.bytes, kMayRead)) return false;
  if (region.words.writer != nullptr) {
    const ShadowWords words = region.words + dense.offset / kGranule;
    const bool is_ordered =
        region.view.is_global ? read_words<true>(dense, words) : read_words<false>(dense, words);
    if (!is_ordered) return false;
  }
  std::memcpy(to, region.data + dense.offset, dense.bytes);
  return true;
}

ASSAY_KERNEL_PART bool store_dense(const Region& region, const Dense& dense,
                                   const std::byte* from) {
  if (!all_have(region.shadow + dense.offset, dense.bytes, kMayWrite)) return false;
  if (region.words.writer != nullptr) {
    const ShadowWords words = region.words + dense.offset / kGranule;
    const bool is_ordered =
        region.view.is_global ? write_words<true>(dense, words) : write_words<false>(dense, words);
    if (!is_ordered) return false;
  }
  std::memset(region.shadow + dense.offset, static_cast<int>(ByteState::initialized), dense.bytes);
  std::memcpy(region.data + dense.offset, from, dense.bytes);
  return true;
}

// --- single lanes -----------------------------------------------------------------------------

// memcpy of a size that is known only now: a call for each lane would cost more than all else.
ASSAY_KERNEL_PART void copy_lane(std::byte* to, const std::byte* from, std::uint32_t bytes) {
  switch (bytes) {
    case 1:
      *to = *from;
      return;
    case 2:
      std::memcpy(to, from, 2);
      return;
    case 4:
      std::memcpy(to, from, 4);
      return;
    case 8:
      std::memcpy(to, from, 8);
      return;
    case 16:
      std::memcpy(to, from, 16);
      return;
    default:
      std::memcpy(to, from, bytes);
  }
}

template <std::size_t kBytes>
ASSAY_KERNEL_PART void repeat(std::byte* to, const std::byte* from, int count) {
  std::byte value[kBytes];
  std::memcpy(value, from, kBytes);
  for (int l = 0; l < count; ++l)
    std::memcpy(to + static_cast<std::size_t>(l) * kBytes, value, kBytes);
}

ASSAY_KERNEL_PART void repeat_lane(std::byte* to, const std::byte* from, std::uint32_t bytes,
                                   int count) {
  switch (bytes) {
    case 2:
      return repeat<2>(to, from, count);
    case 4:
      return repeat<4>(to, from, count);
    case 8:
      return repeat<8>(to, from, count);
    case 16:
      return repeat<16>(to, from, count);
    default:
      for (int l = 0; l < count; ++l)
        std::memcpy(to + static_cast<std::size_t>(l) * bytes, from, bytes);
  }
}

ASSAY_KERNEL_PART void mark_written(std::uint8_t* shadow, std::uint32_t bytes) {
  constexpr auto kWritten = static_cast<std::uint8_t>(ByteState::initialized);
  constexpr std::byte kStates[16] = {
      std::byte{kWritten}, std::byte{kWritten}, std::byte{kWritten}, std::byte{kWritten},
      std::byte{kWritten}, std::byte{kWritten}, std::byte{kWritten}, std::byte{kWritten},
      std::byte{kWritten}, std::byte{kWritten}, std::byte{kWritten}, std::byte{kWritten},
      std::byte{kWritten}, std::byte{kWritten}, std::byte{kWritten}, std::byte{kWritten}};
  if (bytes <= sizeof kStates) {
    copy_lane(reinterpret_cast<std::byte*>(shadow), kStates, bytes);
  } else {
    std::memset(shadow, kWritten, bytes);
  }
}

template <typename T>
ASSAY_KERNEL_PART bool has_bits(const std::uint8_t* shadow, std::uint8_t bit) {
  T states;
  std::memcpy(&states, shadow, sizeof states);
  const auto wanted = static_cast<T>(each_byte(bit));
  return (states & wanted) == wanted;
}

ASSAY_KERNEL_PART bool lane_has(const std::uint8_t* shadow, std::uint32_t bytes, std::uint8_t bit) {
  switch (bytes) {
    case 2:
      return has_bits<std::uint16_t>(shadow, bit);
    case 4:
      return has_bits<std::uint32_t>(shadow, bit);
    case 8:
      return has_bits<std::uint64_t>(shadow, bit);
    case 16:
      return has_bits<std::uint64_t>(shadow, bit) && has_bits<std::uint64_t>(shadow + 8, bit);
    default:
      for (std::uint32_t b = 0; b < bytes; ++b)
        if ((shadow[b] & bit) == 0) return false;
      return true;
  }
}

// The bytes of a lane in its first granule; all its other granules it has whole.
ASSAY_KERNEL_PART Word lane_bytes(std::uint64_t offset, std::uint32_t bytes) {
  return bytes >= kGranule ? kByteBits : ((Word{1} << bytes) - 1) << (offset % kGranule);
}

template <bool kGlobal>
ASSAY_KERNEL_PART bool read_lane_words(const RaceView& view, const ShadowWords& words, Word mine,
                                       std::size_t granules) {
  for (std::size_t g = 0; g < granules; ++g)
    if (!is_clear<kGlobal>(view, load_word(words.writer + g), mine)) return false;
  for (std::size_t g = 0; g < granules; ++g)
    note_plain_read<kGlobal>(view, mine, words + g);
  return true;
}

template <bool kGlobal>
ASSAY_KERNEL_PART bool write_lane_words(const RaceView& view, const ShadowWords& words, Word mine,
                                        std::size_t granules) {
  for (std::size_t g = 0; g < granules; ++g) {
    if (!is_clear<kGlobal>(view, load_word(words.writer + g), mine)) return false;
    if (!is_clear<kGlobal>(view, load_word(words.reader + g), mine)) return false;
    const Word other = load_word(words.other + g);
    if (kGlobal ? !is_clear<true>(view, other, mine) : !is_set_clear(view, other)) return false;
  }
  for (std::size_t g = 0; g < granules; ++g)
    note_any_write(mine, words + g);
  return true;
}

ASSAY_KERNEL_PART bool load_lane(const Region& region, std::uint64_t offset, std::uint32_t bytes,
                                 int lane, Word flags) {
  if (!lane_has(region.shadow + offset, bytes, kMayRead)) return false;
  if (region.words.writer == nullptr) return true;
  const ShadowWords words = region.words + offset / kGranule;
  const std::size_t granules = (bytes + kGranule - 1) / kGranule;
  const Word mine = region.view.word(lane, lane_bytes(offset, bytes), flags);
  return region.view.is_global ? read_lane_words<true>(region.view, words, mine, granules)
                               : read_lane_words<false>(region.view, words, mine, granules);
}

ASSAY_KERNEL_PART bool store_lane(const Region& region, std::uint64_t offset, std::uint32_t bytes,
                                  int lane, const std::byte* from) {
  if (!lane_has(region.shadow + offset, bytes, kMayWrite)) return false;
  if (region.words.writer != nullptr) {
    const ShadowWords words = region.words + offset / kGranule;
    const std::size_t granules = (bytes + kGranule - 1) / kGranule;
    const Word mine = region.view.word(lane, lane_bytes(offset, bytes), 0);
    const bool is_ordered = region.view.is_global
                                ? write_lane_words<true>(region.view, words, mine, granules)
                                : write_lane_words<false>(region.view, words, mine, granules);
    if (!is_ordered) return false;
  }
  mark_written(region.shadow + offset, bytes);
  copy_lane(region.data + offset, from, bytes);
  return true;
}

// --- whole warps ------------------------------------------------------------------------------

// Active lanes from `first` on, side by side (step: a lane's bytes) or at one address (step 0).
struct Run {
  int first = 0, count = 1;
  std::uint64_t step = 0;

  Mask lanes() const { return (count == kLanes ? kAllLanes : (1u << count) - 1) << first; }
};

ASSAY_KERNEL_PART bool is_regular(const std::uint64_t* addresses, std::uint64_t step) {
  std::uint64_t differs = 0;
  for (std::uint64_t lane = 0; lane < kLanes; ++lane)
    differs |= addresses[lane] ^ (addresses[0] + lane * step);
  return differs == 0;
}

ASSAY_KERNEL_PART Run next_run(const WarpRequest& request, Mask active) {
  Run run{std::countr_zero(active), 1, request.bytes};
  const std::uint64_t* const addresses = request.addresses;
  if (active == kAllLanes) {
    if (is_regular(addresses, request.bytes)) return {0, kLanes, request.bytes};
    if (is_regular(addresses, 0)) return {0, kLanes, 0};
  }
  const auto follows = [&](int lane) {
    return lane < kLanes && (active >> lane & 1) != 0 &&
           addresses[lane] == addresses[lane - 1] + run.step;
  };
  if (run.first + 1 < kLanes && addresses[run.first + 1] == addresses[run.first]) run.step = 0;
  while (follows(run.first + run.count))
    ++run.count;
  return run;
}

// In the region as a whole, aligned, and, where races are looked for, without split granules.
ASSAY_KERNEL_PART bool fits(const Region& region, const WarpRequest& request, const Run& run,
                            std::uint64_t offset) {
  const std::uint64_t bytes = request.bytes + static_cast<std::uint64_t>(run.count - 1) * run.step;
  const std::uint64_t least = request.bytes >= kGranule ? kGranule : request.bytes;
  return bytes <= region.size && offset <= region.size - bytes &&
         (offset & (request.align - 1)) == 0 &&
         (region.words.writer == nullptr || (offset & (least - 1)) == 0);
}

ASSAY_KERNEL_PART bool is_dense(const WarpRequest& request, const Run& run, std::uint64_t offset) {
  const std::size_t bytes = static_cast<std::size_t>(run.count) * request.bytes;
  return run.step != 0 && bytes % (kBlock * kGranule) == 0 && offset % kGranule == 0 &&
         std::has_single_bit(request.bytes);
}

// Lanes of the run that were not served.
ASSAY_KERNEL_PART Mask load_run(const Region& region, const WarpRequest& request, const Run& run,
                                std::byte* to) {
  const std::uint64_t offset = request.addresses[run.first] - region.begin;
  if (!fits(region, request, run, offset)) return run.lanes();
  if (is_dense(request, run, offset) &&
      load_dense(region, Dense(region, offset, run.first, run.count, request.bytes), to))
    return 0;
  if (run.step == 0 && run.count > 1) {
    if (!load_lane(region, offset, request.bytes, run.first, kTogetherFlag)) return run.lanes();
    repeat_lane(to, region.data + offset, request.bytes, run.count);
    return 0;
  }
  Mask left = 0;
  for (int l = 0; l < run.count; ++l) {
    const std::uint64_t distance = static_cast<std::uint64_t>(l) * request.bytes;
    if (load_lane(region, offset + distance, request.bytes, run.first + l, 0)) {
      copy_lane(to + distance, region.data + offset + distance, request.bytes);
    } else {
      left |= 1u << (run.first + l);
    }
  }
  return left;
}

ASSAY_KERNEL_PART Mask store_run(const Region& region, const WarpRequest& request, const Run& run,
                                 const std::byte* from) {
  const std::uint64_t offset = request.addresses[run.first] - region.begin;
  if (!fits(region, request, run, offset)) return run.lanes();
  if (is_dense(request, run, offset) &&
      store_dense(region, Dense(region, offset, run.first, run.count, request.bytes), from))
    return 0;
  Mask left = 0;
  for (int l = 0; l < run.count; ++l) {
    const auto lane = static_cast<std::uint64_t>(l);
    if (!store_lane(region, offset + lane * run.step, request.bytes, run.first + l,
                    from + lane * request.bytes))
      left |= 1u << (run.first + l);
  }
  return left;
}

ASSAY_KERNEL_PART Mask load_body(const Region& region, const WarpRequest& request,
                                 std::byte* data) {
  Mask left = 0;
  for (Mask active = request.active; active != 0;) {
    const Run run = next_run(request, active);
    left |=
        load_run(region, request, run, data + static_cast<std::size_t>(run.first) * request.bytes);
    active &= ~run.lanes();
  }
  return left;
}

ASSAY_KERNEL_PART Mask store_body(const Region& region, const WarpRequest& request,
                                  const std::byte* data) {
  Mask left = 0;
  for (Mask active = request.active; active != 0;) {
    const Run run = next_run(request, active);
    left |=
        store_run(region, request, run, data + static_cast<std::size_t>(run.first) * request.bytes);
    active &= ~run.lanes();
  }
  return left;
}

#define ASSAY_WARP_KERNELS(TARGET)                                                             \
  TARGET Mask load(const Region& region, const WarpRequest& request, std::byte* data) {        \
    return load_body(region, request, data);                                                   \
  }                                                                                            \
  TARGET Mask store(const Region& region, const WarpRequest& request, const std::byte* data) { \
    return store_body(region, request, data);                                                  \
  }

namespace portable {
ASSAY_WARP_KERNELS()
}
#if defined(__x86_64__)
namespace avx2 {
ASSAY_WARP_KERNELS(ASSAY_AVX2)
}
namespace avx512 {
ASSAY_WARP_KERNELS(ASSAY_AVX512)
}
#endif
#undef ASSAY_WARP_KERNELS

}  // namespace

const WarpKernels& warp_kernels() {
  static const WarpKernels kernels{ASSAY_KERNEL(load), ASSAY_KERNEL(store)};
  return kernels;
}

}  // namespace assay::emulator
