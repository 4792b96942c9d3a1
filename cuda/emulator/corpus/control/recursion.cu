// SPDX-License-Identifier: Apache-2.0
// Recursive device functions: a call tree, nested recursion, mutual recursion, and a sort in place.
__device__ __noinline__ unsigned fibonacci(unsigned n) {
  return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}

__device__ __noinline__ unsigned ackermann(unsigned m, unsigned n) {
  if (m == 0) return n + 1;
  if (n == 0) return ackermann(m - 1, 1);
  return ackermann(m - 1, ackermann(m, n - 1));
}

__device__ __noinline__ unsigned female(unsigned n);
__device__ __noinline__ unsigned male(unsigned n) {
  return n == 0 ? 0 : n - female(male(n - 1));
}
__device__ __noinline__ unsigned female(unsigned n) {
  return n == 0 ? 1 : n - male(female(n - 1));
}

__device__ __noinline__ void quicksort(int* values, int low, int high) {
  if (low >= high) return;
  const int pivot = values[(low + high) / 2];
  int i = low, j = high;
  while (i <= j) {
    while (values[i] < pivot)
      ++i;
    while (values[j] > pivot)
      --j;
    if (i > j) break;
    const int swapped = values[i];
    values[i++] = values[j];
    values[j--] = swapped;
  }
  quicksort(values, low, j);
  quicksort(values, i, high);
}

extern "C" __global__ void recursive_numbers(unsigned* fibonaccis, unsigned* ackermanns,
                                             unsigned* males) {
  const unsigned i = threadIdx.x;
  fibonaccis[i] = fibonacci(i % 13);
  ackermanns[i] = ackermann(i % 3, i / 3 % 7);
  males[i] = male(i % 15);
}

// Each thread sorts its own stretch of `length` values.
extern "C" __global__ void recursive_sort(int* values, int count, int length) {
  const int first = (blockIdx.x * blockDim.x + threadIdx.x) * length;
  if (first < count) quicksort(values, first, min(first + length, count) - 1);
}
