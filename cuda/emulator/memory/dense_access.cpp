// SPDX-License-Identifier: Apache-2.0
// Written as plain loops that compilers vectorize, compiled once for each vector extension. Words
// of global memory are shared by host threads without locks; each is read and written whole, as
// aligned 64-bit elements are on every machine that this runs on, and any mixture of them is a
// valid state.
#include "cuda/emulator/memory/dense_access.hpp"

#include <cstring>

#include "cuda/emulator/memory/global_memory.hpp"
#include "reference/simd_kernel.hpp"

#define ASSAY_DENSE [[gnu::always_inline]] static inline

namespace assay::emulator {
namespace {

ASSAY_DENSE Word lane_word(const DenseAccess& access, Word first, std::size_t granule) {
  return first + ((granule << access.up >> access.down) << kThreadShift);
}

ASSAY_DENSE bool all_have(const std::uint8_t* shadow, std::size_t bytes, std::uint8_t bit) {
  std::uint8_t all = bit;
  for (std::size_t b = 0; b < bytes; ++b)
    all &= shadow[b];
  return all != 0;
}

// Not provably ordered by whole words alone.
ASSAY_DENSE bool has_suspect(const DenseAccess& access, const RaceView& view, const Word* words,
                             Word first) {
  constexpr Word kMine = kThreadBits | kTogetherFlag;
  Word suspect = 0;
  if (view.is_global) {
    for (std::size_t g = 0; g < access.granules; ++g) {
      const Word word = words[g], differs = word ^ lane_word(access, first, g);
      const Word foreign = (differs & kChunkBits) != 0 ? 1 : 0;
      const Word concurrent = (word >= view.limit) & ((differs & kMine) != 0) ? 1 : 0;
      suspect |= word >= view.oldest ? foreign | concurrent : 0;
    }
  } else {
    for (std::size_t g = 0; g < access.granules; ++g) {
      const Word word = words[g], differs = word ^ lane_word(access, first, g);
      suspect |= word >= view.limit ? differs & kMine : 0;
    }
  }
  return suspect != 0;
}

ASSAY_DENSE bool has_suspect_set(const DenseAccess& access, const RaceView& view) {
  const Word others = kWarpSetBits & ~warp_bit(view.warp);
  Word suspect = 0;
  for (std::size_t g = 0; g < access.granules; ++g)
    suspect |= access.words.other[g] >= view.limit ? access.words.other[g] & others : 0;
  return suspect != 0;
}

// note_read of all bytes of each granule.
ASSAY_DENSE void note_reads(const DenseAccess& access, const RaceView& view, Word first) {
  Word* const readers = access.words.reader;
  Word* const others = access.words.other;
  const Word own = warp_bit(view.warp), fresh = (view.first & kTickBits) | own | kByteBits;
  for (std::size_t g = 0; g < access.granules; ++g) {
    const Word reader = readers[g], mine = lane_word(access, first, g), differs = reader ^ mine;
    if (view.is_global) {
      const bool is_other = (reader >= view.oldest) & ((differs & (kChunkBits | kWarpBits)) != 0);
      others[g] = is_other ? reader : others[g];
    } else {
      const Word set = others[g];
      const bool is_new = (set < view.limit) | ((set & kByteBits) == 0);
      others[g] = is_new ? fresh : set | own;
    }
    const Word flag = (differs & kLaneBits) != 0 ? kTogetherFlag : reader & kTogetherFlag;
    const Word bytes = (reader & kByteBits) != 0 ? reader & kByteBits : kByteBits;
    const Word together = (mine & ~kByteBits) | flag | bytes;
    const bool joins = ((differs & (kTickBits | kWarpBits)) == 0) & (flag != 0);
    readers[g] = joins ? together : mine;
  }
}

ASSAY_DENSE Word first_word(const DenseAccess& access, const RaceView& view) {
  return view.word(access.first_lane, kByteBits, access.up != 0 ? kSharedOutFlag : 0);
}

ASSAY_DENSE bool load_body(const DenseAccess& access, const RaceView& view, std::byte* to) {
  if (!all_have(access.shadow, access.bytes, kMayRead)) return false;
  if (access.words.writer != nullptr) {
    const Word first = first_word(access, view);
    if (has_suspect(access, view, access.words.writer, first)) return false;
    note_reads(access, view, first);
  }
  std::memcpy(to, access.memory, access.bytes);
  return true;
}

ASSAY_DENSE bool store_body(const DenseAccess& access, const RaceView& view,
                            const std::byte* from) {
  if (!all_have(access.shadow, access.bytes, kMayWrite)) return false;
  if (access.words.writer != nullptr) {
    const Word first = first_word(access, view);
    if (has_suspect(access, view, access.words.writer, first)) return false;
    if (has_suspect(access, view, access.words.reader, first)) return false;
    if (view.is_global ? has_suspect(access, view, access.words.other, first)
                       : has_suspect_set(access, view))
      return false;
    for (std::size_t g = 0; g < access.granules; ++g)
      access.words.writer[g] = lane_word(access, first, g);
  }
  std::memset(access.shadow, static_cast<int>(ByteState::initialized), access.bytes);
  std::memcpy(access.memory, from, access.bytes);
  return true;
}

ASSAY_DENSE bool is_regular_body(const std::uint64_t* addresses, std::uint64_t stride) {
  std::uint64_t differs = 0;
  for (std::uint64_t lane = 0; lane < kLanes; ++lane)
    differs |= addresses[lane] ^ (addresses[0] + lane * stride);
  return differs == 0;
}

#define ASSAY_DENSE_KERNELS(TARGET)                                                           \
  TARGET bool load(const DenseAccess& access, const RaceView& view, std::byte* to) {          \
    return load_body(access, view, to);                                                       \
  }                                                                                           \
  TARGET bool store(const DenseAccess& access, const RaceView& view, const std::byte* from) { \
    return store_body(access, view, from);                                                    \
  }                                                                                           \
  TARGET bool is_regular(const std::uint64_t* addresses, std::uint64_t stride) {              \
    return is_regular_body(addresses, stride);                                                \
  }

namespace portable {
ASSAY_DENSE_KERNELS()
}
#if defined(__x86_64__)
namespace avx2 {
ASSAY_DENSE_KERNELS(ASSAY_AVX2)
}
namespace avx512 {
ASSAY_DENSE_KERNELS(ASSAY_AVX512)
}
#endif
#undef ASSAY_DENSE_KERNELS

}  // namespace

const DenseKernels& dense_kernels() {
  static const DenseKernels kernels{ASSAY_KERNEL(load), ASSAY_KERNEL(store),
                                    ASSAY_KERNEL(is_regular)};
  return kernels;
}

}  // namespace assay::emulator
