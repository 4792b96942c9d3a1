// SPDX-License-Identifier: Apache-2.0
// Votes, matches, redux.sync, and shuffles of every mode, with widths below 32 and partial masks.
// Row r of `out` holds one operation's result for each thread.
extern "C" __global__ void warp_votes_match_redux(const int* in, unsigned* out) {
  constexpr unsigned kAll = 0xFFFFFFFFu;
  const int thread = threadIdx.x, value = in[thread];
  const unsigned bits = static_cast<unsigned>(value);
  int row = 0;
  const auto put = [&](unsigned result) { out[row++ * blockDim.x + thread] = result; };
  put(__ballot_sync(kAll, value > 0));
  put(__any_sync(kAll, value == 7));
  put(__all_sync(kAll, value > -100));
  put(__match_any_sync(kAll, value));
  put(__match_any_sync(kAll, static_cast<unsigned long long>(value) << 33));
  int same = -1;
  const unsigned matched = __match_all_sync(kAll, value >> 8, &same);
  put(matched);
  put(static_cast<unsigned>(same));
  put(__reduce_add_sync(kAll, bits));
  put(__reduce_min_sync(kAll, bits));
  put(__reduce_max_sync(kAll, bits));
  put(static_cast<unsigned>(__reduce_min_sync(kAll, value)));
  put(static_cast<unsigned>(__reduce_max_sync(kAll, value)));
  put(__reduce_and_sync(kAll, bits));
  put(__reduce_or_sync(kAll, bits));
  put(__reduce_xor_sync(kAll, bits));
  put(__shfl_sync(kAll, bits, value & 31));
  put(__shfl_sync(kAll, bits, 3, 8));
  put(__shfl_up_sync(kAll, bits, 5));
  put(__shfl_up_sync(kAll, bits, 3, 16));
  put(__shfl_down_sync(kAll, bits, 9));
  put(__shfl_down_sync(kAll, bits, 2, 4));
  put(__shfl_xor_sync(kAll, bits, 21));
  put(__shfl_xor_sync(kAll, bits, 9, 8));
  const unsigned long long wide = static_cast<unsigned long long>(bits) << 32 | ~bits;
  put(static_cast<unsigned>(__shfl_xor_sync(kAll, wide, 1) >> 32));
}

// Two halves of a warp vote apart from each other.
extern "C" __global__ void split_votes(const int* in, unsigned* out) {
  const int lane = threadIdx.x;
  const unsigned mask = lane % 3 == 0 ? 0x49249249u : ~0x49249249u;
  unsigned result;
  if (lane % 3 == 0)
    result = __ballot_sync(mask, in[lane] & 1) + __reduce_add_sync(mask, 1u);
  else
    result = __match_any_sync(mask, in[lane] & 1) ^ __reduce_max_sync(mask, in[lane] & 0xFFu);
  __syncwarp();
  out[lane] = result;
}
