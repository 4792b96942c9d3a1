// SPDX-License-Identifier: Apache-2.0
// A lock made of compare-and-swap: taken by every thread in turn (lanes of one warp contend, too),
// it protects sums that are not atomic; and a ticket lock taken once a block.
extern "C" __global__ void atomic_cas_spinlock(int* lock, volatile long long* total,
                                               volatile int* visits) {
  bool done = false;
  while (!done) {
    if (atomicCAS(lock, 0, 1) == 0) {
      __threadfence();
      *total = *total + blockIdx.x * blockDim.x + threadIdx.x;
      *visits = *visits + 1;
      __threadfence();
      atomicExch(lock, 0);
      done = true;
    }
  }
}

extern "C" __global__ void ticket_lock(unsigned* tickets, volatile unsigned* serving,
                                       volatile unsigned* log, volatile unsigned* length) {
  if (threadIdx.x == 0) {
    const unsigned mine = atomicAdd(tickets, 1u);
    while (*serving != mine)
      __nanosleep(20);
    __threadfence();
    const unsigned at = *length;
    log[at] = blockIdx.x;
    *length = at + 1;
    __threadfence();
    *serving = mine + 1;
  }
}
