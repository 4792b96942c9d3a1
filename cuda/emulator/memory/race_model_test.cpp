// SPDX-License-Identifier: Apache-2.0
// The clocks against a model that keeps a vector clock a thread and every access ever made: random
// programs of accesses and synchronization. What is reported must be a race of the model (nothing
// false), and the first race of a program whose threads meet in barriers and whole warps is found.
#include <algorithm>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "cuda/emulator/memory/global_memory.hpp"
#include "cuda/emulator/memory/race_check.hpp"
#include "cuda/emulator/memory/shared_memory.hpp"

namespace assay::emulator {
namespace {

constexpr std::uint32_t kThreads = 80, kWarps = 3;  // the last warp is half empty
constexpr std::uint32_t kBytes = 16;

Mask present(std::uint32_t warp) {
  return warp == 2 ? 0xFFFF : kAllLanes;
}

using Time = std::vector<int>;  // by thread

void raise(Time& to, const Time& from) {
  for (std::size_t t = 0; t < to.size(); ++t)
    to[t] = std::max(to[t], from[t]);
}

class Model {
 public:
  Model() : now_(kThreads, Time(kThreads)), fenced_(now_), pending_(now_) {
    for (std::uint32_t t = 0; t < kThreads; ++t)
      now_[t][t] = 1;
  }

  bool access(std::uint32_t thread, std::uint32_t byte, std::uint32_t bytes, bool writes,
              bool is_atomic) {
    bool races = false;
    for (const Access& past : past_) {
      const bool overlaps = past.byte < byte + bytes && byte < past.byte + past.bytes;
      const bool conflicts = (past.writes || writes) && !(past.is_atomic && is_atomic);
      races |=
          overlaps && conflicts && past.thread != thread && past.time > now_[thread][past.thread];
    }
    past_.push_back({thread, byte, bytes, now_[thread][thread], writes, is_atomic});
    return races;
  }

  void meet(const std::vector<std::uint32_t>& arrive, const std::vector<std::uint32_t>& wait) {
    Time met(kThreads);
    for (const std::uint32_t t : arrive)
      raise(met, now_[t]);
    for (const std::uint32_t t : wait)
      raise(now_[t], met);
    for (const std::uint32_t t : arrive)
      ++now_[t][t];
  }
  void release(std::uint32_t thread, Time& object) {
    raise(object, now_[thread]);
    ++now_[thread][thread];
  }
  void acquire(std::uint32_t thread, const Time& object) { raise(now_[thread], object); }
  void fence(std::uint32_t thread) {
    raise(now_[thread], pending_[thread]);
    fenced_[thread] = now_[thread];
    ++now_[thread][thread];
  }
  void relaxed_write(std::uint32_t thread, Time& location) { raise(location, fenced_[thread]); }
  void relaxed_read(std::uint32_t thread, const Time& location) {
    raise(pending_[thread], location);
  }

 private:
  struct Access {
    std::uint32_t thread, byte, bytes;
    int time;
    bool writes, is_atomic;
  };
  std::vector<Time> now_, fenced_, pending_;
  std::vector<Access> past_;
};

class Program {
 public:
  Program(std::uint64_t seed, bool uses_all) : random_(seed), uses_all_(uses_all) {}

  // Returns how many accesses the model calls racy.
  int run() {
    int races = 0;
    for (int step = 0; step < 120; ++step) {
      const std::uint32_t kind = below(uses_all_ ? 20 : 16);
      if (kind < 13) {
        const auto [modelled, reported] = access();
        if (reported) {
          EXPECT_TRUE(modelled) << "a false report at step " << step;
        }
        if (modelled && races == 0 && !uses_all_) {
          EXPECT_TRUE(reported) << "missed the first race at step " << step;
        }
        races += modelled ? 1 : 0;
      } else if (kind == 13) {
        barrier();
      } else if (kind < 16) {
        warp_sync();
      } else {
        synchronize_thread(kind);
      }
    }
    return races;
  }

 private:
  std::uint32_t below(std::uint32_t n) { return static_cast<std::uint32_t>(random_() % n); }

  std::pair<bool, bool> access() {
    const std::uint32_t thread = below(kThreads);
    const std::uint32_t bytes = uses_all_ ? 1u << below(4) : 4;
    const std::uint32_t byte = below(kBytes / bytes) * bytes;
    const bool writes = below(3) == 0, is_atomic = uses_all_ && below(4) == 0;
    const RaceView view = race_view(clocks(), thread / kLanes, 1, false, true);
    bool reported = false;
    for (std::uint32_t b = byte; b < byte + bytes; b = (b / kGranule + 1) * kGranule) {
      const ShadowWords words = memory_.words(kSharedStart + b);
      const std::uint32_t end = std::min((b / kGranule + 1) * kGranule, byte + bytes);
      const Word mask = ((Word{1} << (end - b)) - 1) << (b % kGranule);
      const int lane = static_cast<int>(thread % kLanes);
      const Word flags = is_atomic ? kAtomicFlag : 0;
      if (writes) {
        reported |= check_write(view, lane, mask, is_atomic, false, words).has_value();
        note_write(view, lane, mask, flags, words);
      } else {
        reported |= check_read(view, lane, mask, is_atomic, words).has_value();
        note_read(view, lane, mask, flags, words);
      }
    }
    return {model_.access(thread, byte, bytes, writes, is_atomic), reported};
  }

  void barrier() {
    std::vector<Mask> arrive(kWarps), wait(kWarps);
    std::vector<std::uint32_t> arriving, waiting;
    for (std::uint32_t w = 0; w < kWarps; ++w) {
      if (uses_all_ && below(3) == 0) continue;
      const bool waits = !uses_all_ || below(4) != 0;
      arrive[w] = present(w);
      wait[w] = waits ? present(w) : 0;
      for (std::uint32_t t = w * kLanes; t < std::min((w + 1) * kLanes, kThreads); ++t) {
        arriving.push_back(t);
        if (waits) waiting.push_back(t);
      }
    }
    clocks().barrier(arrive, wait);
    model_.meet(arriving, waiting);
  }

  void warp_sync() {
    const std::uint32_t warp = below(kWarps);
    const bool is_whole = !uses_all_ || below(2) == 0;
    const Mask lanes = is_whole ? kAllLanes : static_cast<Mask>(random_());
    std::vector<std::uint32_t> members;
    for (std::uint32_t l = 0; l < kLanes; ++l)
      if ((lanes & present(warp)) >> l & 1) members.push_back(warp * kLanes + l);
    clocks().warp_sync(warp, lanes);
    model_.meet(members, members);
  }

  // By one thread. The clocks take it for its whole warp, so they may know more order than there
  // is, never less.
  void synchronize_thread(std::uint32_t kind) {
    const std::uint32_t thread = below(kThreads), warp = thread / kLanes;
    const std::uint32_t object = below(2);
    switch (kind) {
      case 16:
        clocks().release(warp, object);
        return model_.release(thread, objects_[object]);
      case 17:
        clocks().acquire(warp, object);
        return model_.acquire(thread, objects_[object]);
      case 18:
        clocks().fence(warp);
        return model_.fence(thread);
      default:
        if (below(2) == 0) {
          clocks().atomic_write(warp, object, false);
          model_.relaxed_write(thread, locations_[object]);
        } else {
          clocks().atomic_read(warp, object, false);
          model_.relaxed_read(thread, locations_[object]);
        }
    }
  }

  RaceClocks& clocks() { return memory_.clocks(); }

  std::mt19937_64 random_;
  bool uses_all_;
  SharedMemory memory_{kBytes, kThreads};
  Model model_;
  Time objects_[2] = {Time(kThreads), Time(kThreads)};
  Time locations_[2] = {Time(kThreads), Time(kThreads)};
};

TEST(RaceModel, NothingFalseIsReportedInRandomPrograms) {
  int races = 0;
  for (std::uint64_t seed = 0; seed < 4000 && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    races += Program(seed, true).run();
  }
  EXPECT_GT(races, 10000);
}

TEST(RaceModel, TheFirstRaceBetweenBarriersIsFound) {
  int races = 0;
  for (std::uint64_t seed = 0; seed < 4000 && !testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE(seed);
    races += Program(seed, false).run();
  }
  EXPECT_GT(races, 10000);
}

}  // namespace
}  // namespace assay::emulator
