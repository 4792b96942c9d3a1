// SPDX-License-Identifier: Apache-2.0
// What tcgen05.mma makes of single rows: a block has eight of them, rows 0 to 7 of A against
// columns 0 to 7 of B, and takes the diagonal of D (PTX ISA, "TensorCore 5th Generation Family
// Instructions"). Rows are 32 bytes in every kind, packed by the host as shared memory wants them.
#include <cstdint>

namespace {

constexpr int kRows = 8, kRowBytes = 32, kThreads = 128;
// A core matrix: 8 rows of 16 bytes. The two halves of a row lie in neighbours, and so do groups of
// eight rows behind them, of which the first alone holds anything: M = 128 and N = 16 are the
// least.
constexpr int kCoreBytes = kRows * 16, kGroupBytes = 2 * kCoreBytes;
constexpr int kABytes = 128 / kRows * kGroupBytes, kBBytes = 16 / kRows * kGroupBytes;
// Columns of tensor memory: D, then the scales of A and of B.
constexpr std::uint32_t kColumns = 32, kScaleA = 16, kScaleB = 24;

struct Operands {
  const std::uint32_t *a, *b;              // [rows][8]
  const std::uint32_t *a_scale, *b_scale;  // [rows]: the scales of a row, the first in the low byte
  const std::uint32_t* c;                  // [rows]
  std::uint32_t* d;                        // [rows]
  std::uint32_t rows, descriptor;
};

struct Shared {
  alignas(128) std::uint8_t a[kABytes], b[kBBytes];
  alignas(8) std::uint64_t mbarrier;
  std::uint32_t tensor_memory;
};

__device__ std::uint32_t shared_address(const void* pointer) {
  return static_cast<std::uint32_t>(__cvta_generic_to_shared(pointer));
}

// PTX ISA, "Shared memory descriptor": no swizzling; the leading dimension is K, the other the
// rows.
__device__ std::uint64_t matrix_descriptor(const void* matrix) {
  const std::uint64_t leading = kCoreBytes >> 4, stride = kGroupBytes >> 4;
  return (shared_address(matrix) & 0x3FFFF) >> 4 | leading << 16 | stride << 32 | 1ull << 46;
}

// The block's rows, in two core matrices; everything else is zero.
__device__ void stage(const std::uint32_t* rows, std::uint32_t count, std::uint8_t* matrix,
                      int bytes) {
  for (int i = threadIdx.x * 4; i < bytes; i += kThreads * 4)
    *reinterpret_cast<std::uint32_t*>(matrix + i) = 0;
  __syncthreads();
  const std::uint32_t row = threadIdx.x / 8, word = threadIdx.x % 8;
  if (row < count)
    *reinterpret_cast<std::uint32_t*>(matrix + word / 4 * kCoreBytes + row * 16 + word % 4 * 4) =
        rows[row * (kRowBytes / 4) + word];
}

__device__ void allocate(Shared& shared) {
  if (threadIdx.x < 32) {
    asm volatile("tcgen05.alloc.cta_group::1.sync.aligned.shared::cta.b32 [%0], %1;" ::"r"(
                     shared_address(&shared.tensor_memory)),
                 "n"(kColumns)
                 : "memory");
    asm volatile("tcgen05.relinquish_alloc_permit.cta_group::1.sync.aligned;");
  }
  if (threadIdx.x == 0) {
    asm volatile("mbarrier.init.shared::cta.b64 [%0], 1;" ::"r"(shared_address(&shared.mbarrier))
                 : "memory");
    asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
  }
}

// Every column of this thread's lane: c on D's diagonal, and the scales of the row of that number,
// which each warp writes to its own 32 lanes.
__device__ void fill_tensor_memory(const Operands& x, std::uint32_t first, std::uint32_t count,
                                   std::uint32_t address) {
  const std::uint32_t lane = threadIdx.x % 32, row = first + lane;
  const bool has_row = lane < count;
  const std::uint32_t c = threadIdx.x < count ? x.c[row] : 0;
  const std::uint32_t a_scale = has_row ? x.a_scale[row] : 0;
  const std::uint32_t b_scale = has_row ? x.b_scale[row] : 0;
  address += (threadIdx.x / 32) << 21;
  for (std::uint32_t column = 0; column < kColumns; ++column) {
    const std::uint32_t word = column < kScaleA   ? (column == threadIdx.x ? c : 0)
                               : column < kScaleB ? a_scale
                                                  : b_scale;
    asm volatile("tcgen05.st.sync.aligned.32x32b.x1.b32 [%0], {%1};" ::"r"(address + column),
                 "r"(word)
                 : "memory");
  }
  asm volatile("tcgen05.wait::st.sync.aligned;" ::: "memory");
}

// Orders what threads did with tensor and shared memory before what follows.
__device__ void synchronize() {
  asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
  asm volatile("tcgen05.fence::before_thread_sync;" ::: "memory");
  __syncthreads();
  asm volatile("tcgen05.fence::after_thread_sync;" ::: "memory");
}

// A device that never completes the product ends the launch with an error within seconds, not with
// a hang: every try suspends the thread for a millisecond or less.
__device__ void wait(std::uint32_t mbarrier) {
#pragma unroll 1
  for (int tries = 0; tries < 1 << 14; ++tries) {
    std::uint32_t is_done;
    asm volatile(
        "{\n.reg .pred p;\n"
        "mbarrier.try_wait.parity.shared::cta.b64 p, [%1], 0, 1000000;\n"
        "selp.u32 %0, 1, 0, p;\n}"
        : "=r"(is_done)
        : "r"(mbarrier)
        : "memory");
    if (is_done != 0) return;
  }
  __trap();
}

template <typename Multiply>
__device__ void multiply_rows(const Operands& x, Multiply multiply) {
  __shared__ Shared shared;
  const std::uint32_t first = blockIdx.x * kRows, count = min(x.rows - first, kRows);
  allocate(shared);
  stage(x.a + first * (kRowBytes / 4), count, shared.a, kABytes);
  stage(x.b + first * (kRowBytes / 4), count, shared.b, kBBytes);
  synchronize();
  const std::uint32_t address = shared.tensor_memory;
  fill_tensor_memory(x, first, count, address);
  synchronize();
  const std::uint32_t mbarrier = shared_address(&shared.mbarrier);
  if (threadIdx.x == 0) {
    multiply(address, matrix_descriptor(shared.a), matrix_descriptor(shared.b), x.descriptor);
    asm volatile(
        "tcgen05.commit.cta_group::1.mbarrier::arrive::one.shared::cluster.b64 [%0];" ::"r"(
            mbarrier)
        : "memory");
  }
  wait(mbarrier);
  asm volatile("tcgen05.fence::after_thread_sync;" ::: "memory");
  if (threadIdx.x >= 32) return;
  __syncwarp();
  std::uint32_t d[kRows];
  asm volatile("tcgen05.ld.sync.aligned.32x32b.x8.b32 {%0, %1, %2, %3, %4, %5, %6, %7}, [%8];"
               : "=r"(d[0]), "=r"(d[1]), "=r"(d[2]), "=r"(d[3]), "=r"(d[4]), "=r"(d[5]), "=r"(d[6]),
                 "=r"(d[7])
               : "r"(address)
               : "memory");
  asm volatile("tcgen05.wait::ld.sync.aligned;" ::: "memory");
#pragma unroll
  for (std::uint32_t i = 0; i < kRows; ++i)
    if (threadIdx.x == i && i < count) x.d[first + i] = d[i];
  asm volatile("tcgen05.dealloc.cta_group::1.sync.aligned.b32 %0, %1;" ::"r"(address),
               "n"(kColumns));
}

}  // namespace

#define ASSAY_PARAMETERS                                                                          \
  const std::uint32_t *a, const std::uint32_t *b, const std::uint32_t *a_scale,                   \
      const std::uint32_t *b_scale, const std::uint32_t *c, std::uint32_t *d, std::uint32_t rows, \
      std::uint32_t descriptor

#define ASSAY_ROWS(kind)                                                                      \
  extern "C" __global__ void __launch_bounds__(kThreads) rows_##kind(ASSAY_PARAMETERS) {      \
    multiply_rows({a, b, a_scale, b_scale, c, d, rows, descriptor},                           \
                  [](std::uint32_t d, std::uint64_t a, std::uint64_t b, std::uint32_t form) { \
                    asm volatile(                                                             \
                        "{\n.reg .pred p;\nsetp.eq.u32 p, 0, 0;\n"                            \
                        "tcgen05.mma.cta_group::1.kind::" #kind                               \
                        " [%0], %1, %2, %3, p;\n}" ::"r"(d),                                  \
                        "l"(a), "l"(b), "r"(form)                                             \
                        : "memory");                                                          \
                  });                                                                         \
  }

#define ASSAY_SCALED_ROWS(kind, block)                                                             \
  extern "C" __global__ void __launch_bounds__(kThreads) rows_##kind##_##block(ASSAY_PARAMETERS) { \
    multiply_rows({a, b, a_scale, b_scale, c, d, rows, descriptor},                                \
                  [](std::uint32_t d, std::uint64_t a, std::uint64_t b, std::uint32_t form) {      \
                    asm volatile(                                                                  \
                        "{\n.reg .pred p;\nsetp.eq.u32 p, 0, 0;\n"                                 \
                        "tcgen05.mma.cta_group::1.kind::" #kind ".block_scale." #block             \
                        " [%0], %1, %2, %3, [%4], [%5], p;\n}" ::"r"(d),                           \
                        "l"(a), "l"(b), "r"(form), "r"(d + kScaleA), "r"(d + kScaleB)              \
                        : "memory");                                                               \
                  });                                                                              \
  }

ASSAY_ROWS(f16)
ASSAY_ROWS(tf32)
ASSAY_ROWS(f8f6f4)
ASSAY_SCALED_ROWS(mxf8f6f4, block32)
ASSAY_SCALED_ROWS(mxf4, block32)
ASSAY_SCALED_ROWS(mxf4nvf4, block32)
ASSAY_SCALED_ROWS(mxf4nvf4, block16)
