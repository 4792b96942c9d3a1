// SPDX-License-Identifier: Apache-2.0
// Arrays in local memory, indexed by values the compiler cannot know: insertion sort, a sieve, and
// structs copied whole.
extern "C" __global__ void local_sort(const int* in, int* out, int length) {
  int values[24];
  const int first = (blockIdx.x * blockDim.x + threadIdx.x) * length;
  for (int i = 0; i < length; ++i) {
    const int value = in[first + i];
    int j = i;
    for (; j > 0 && values[j - 1] > value; --j)
      values[j] = values[j - 1];
    values[j] = value;
  }
  for (int i = 0; i < length; ++i)
    out[first + i] = values[i];
}

// How many primes are below each thread's limit, at most 512.
extern "C" __global__ void local_sieve(const int* limits, int* primes) {
  unsigned char composite[512];
  const int limit = limits[threadIdx.x];
  for (int i = 0; i < limit; ++i)
    composite[i] = 0;
  int found = 0;
  for (int i = 2; i < limit; ++i) {
    if (composite[i]) continue;
    ++found;
    for (int j = 2 * i; j < limit; j += i)
      composite[j] = 1;
  }
  primes[threadIdx.x] = found;
}

struct Record {
  char tag;
  short part[3];
  double weight;
  int link[5];
};

extern "C" __global__ void local_structs(const int* order, int steps, long long* out) {
  Record records[4];
  for (int r = 0; r < 4; ++r) {
    records[r].tag = static_cast<char>(threadIdx.x + r);
    for (int i = 0; i < 3; ++i)
      records[r].part[i] = static_cast<short>(100 * r + i - threadIdx.x);
    records[r].weight = r + 0.5;
    for (int i = 0; i < 5; ++i)
      records[r].link[i] = r * i;
  }
  for (int s = 0; s < steps; ++s) {
    const int from = order[s] & 3, to = order[s] >> 2 & 3;
    const Record copied = records[from];
    records[from] = records[to];
    records[to] = copied;
    records[to].link[order[s] % 5] += s;
  }
  long long sum = 0;
  for (int r = 0; r < 4; ++r) {
    const Record& record = records[order[r] & 3];
    sum = sum * 31 + record.tag + record.part[order[r] % 3] +
          static_cast<long long>(record.weight * 2.0) + record.link[order[r] % 5];
  }
  out[threadIdx.x] = sum;
}
