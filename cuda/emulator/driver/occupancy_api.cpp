// SPDX-License-Identifier: Apache-2.0
// cuOccupancy*, from threads, shared memory and an estimate of registers. Source: CUDA Driver API,
// "Occupancy".
#include "cuda/emulator/driver/entry.hpp"
#include "cuda/emulator/driver/occupancy.hpp"

namespace assay::emulator {
namespace {

constexpr int kWarp = 32;

int active_blocks(const Driver& driver, const LoadedFunction& loaded, int threads,
                  std::size_t dynamic_shared) {
  if (threads > static_cast<int>(loaded.function->max_threads) ||
      dynamic_shared > static_cast<std::size_t>(loaded.max_dynamic_shared_bytes))
    return 0;
  return resident_blocks(driver.model, loaded.registers,
                         loaded.function->shared_bytes + dynamic_shared, threads);
}

struct BlockChoice {
  int threads = 0, grid = 0;
};

// The most threads on a multiprocessor; among equals the largest block.
BlockChoice best_block(const Driver& driver, const LoadedFunction& loaded,
                       CUoccupancyB2DSize shared_of_block, std::size_t shared, int limit) {
  const int most = static_cast<int>(loaded.function->max_threads);
  if (limit <= 0 || limit > most) limit = most;
  BlockChoice best;
  int best_threads = 0;
  for (int size = (limit + kWarp - 1) / kWarp * kWarp; size > 0; size -= kWarp) {
    const int threads = std::min(size, limit);
    const int blocks = active_blocks(
        driver, loaded, threads, shared_of_block == nullptr ? shared : shared_of_block(threads));
    if (blocks * threads <= best_threads) continue;
    best_threads = blocks * threads;
    best = {threads, blocks * driver.model.multiprocessors};
  }
  return best;
}

}  // namespace

}  // namespace assay::emulator

using namespace assay::emulator;

ASSAY_CUDA_API CUresult cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(
    int* numBlocks, CUfunction func, int blockSize, std::size_t dynamicSMemSize, unsigned flags) {
  return with_function(__func__, func, [&](Driver& driver, LoadedFunction& f) -> Outcome<void> {
    ASSAY_TRY(require(numBlocks, "numBlocks"));
    if (blockSize <= 0 || flags > 1)
      return refuse(CUDA_ERROR_INVALID_VALUE, "blocks of {} threads, flags {:#x}", blockSize,
                    flags);
    *numBlocks = active_blocks(driver, f, blockSize, dynamicSMemSize);
    return {};
  });
}

ASSAY_CUDA_API CUresult cuOccupancyMaxActiveBlocksPerMultiprocessor(int* numBlocks, CUfunction func,
                                                                    int blockSize,
                                                                    std::size_t dynamicSMemSize) {
  return cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(numBlocks, func, blockSize,
                                                              dynamicSMemSize, 0);
}

ASSAY_CUDA_API CUresult cuOccupancyMaxPotentialBlockSizeWithFlags(
    int* minGridSize, int* blockSize, CUfunction func,
    CUoccupancyB2DSize blockSizeToDynamicSMemSize, std::size_t dynamicSMemSize, int blockSizeLimit,
    unsigned flags) {
  return with_function(__func__, func, [&](Driver& driver, LoadedFunction& f) -> Outcome<void> {
    ASSAY_TRY(require(minGridSize, "minGridSize"));
    ASSAY_TRY(require(blockSize, "blockSize"));
    if (flags > 1) return refuse(CUDA_ERROR_INVALID_VALUE, "unknown flags {:#x}", flags);
    const BlockChoice best =
        best_block(driver, f, blockSizeToDynamicSMemSize, dynamicSMemSize, blockSizeLimit);
    *minGridSize = best.grid;
    *blockSize = best.threads;
    return {};
  });
}

ASSAY_CUDA_API CUresult
cuOccupancyMaxPotentialBlockSize(int* minGridSize, int* blockSize, CUfunction func,
                                 CUoccupancyB2DSize blockSizeToDynamicSMemSize,
                                 std::size_t dynamicSMemSize, int blockSizeLimit) {
  return cuOccupancyMaxPotentialBlockSizeWithFlags(
      minGridSize, blockSize, func, blockSizeToDynamicSMemSize, dynamicSMemSize, blockSizeLimit, 0);
}

ASSAY_CUDA_API CUresult cuOccupancyAvailableDynamicSMemPerBlock(std::size_t* dynamicSmemSize,
                                                                CUfunction func, int numBlocks,
                                                                int blockSize) {
  return with_function(__func__, func, [&](Driver& driver, LoadedFunction& f) -> Outcome<void> {
    ASSAY_TRY(require(dynamicSmemSize, "dynamicSmemSize"));
    if (numBlocks <= 0 || active_blocks(driver, f, blockSize, 0) < numBlocks)
      return refuse(CUDA_ERROR_INVALID_VALUE, "{} blocks of {} threads do not fit", numBlocks,
                    blockSize);
    *dynamicSmemSize = std::min(available_dynamic_shared(f.function->shared_bytes, numBlocks),
                                static_cast<std::size_t>(f.max_dynamic_shared_bytes));
    return {};
  });
}

// Clusters of one block: as many as there are resident blocks.
ASSAY_CUDA_API CUresult cuOccupancyMaxActiveClusters(int* numClusters, CUfunction func,
                                                     const CUlaunchConfig* config) {
  return with_function(__func__, func, [&](Driver& driver, LoadedFunction& f) -> Outcome<void> {
    ASSAY_TRY(require(numClusters, "numClusters"));
    ASSAY_TRY(require(config, "config"));
    for (unsigned i = 0; i < config->numAttrs; ++i) {
      const CUlaunchAttribute& attribute = config->attrs[i];
      const auto& dim = attribute.value.clusterDim;
      if (attribute.id == CU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION && dim.x * dim.y * dim.z != 1)
        return refuse(CUDA_ERROR_NOT_SUPPORTED, "clusters of more than one block");
    }
    const auto threads =
        static_cast<int>(config->blockDimX * config->blockDimY * config->blockDimZ);
    *numClusters =
        active_blocks(driver, f, threads, config->sharedMemBytes) * driver.model.multiprocessors;
    return {};
  });
}

ASSAY_CUDA_API CUresult cuOccupancyMaxPotentialClusterSize(int* clusterSize, CUfunction func,
                                                           const CUlaunchConfig* config) {
  return with_function(__func__, func, [&](Driver&, LoadedFunction&) -> Outcome<void> {
    ASSAY_TRY(require(clusterSize, "clusterSize"));
    ASSAY_TRY(require(config, "config"));
    *clusterSize = 1;
    return {};
  });
}
