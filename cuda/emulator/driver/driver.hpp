// SPDX-License-Identifier: Apache-2.0
// The driver's state: one device, its memory, the handles that exist. Made by cuInit and never
// destroyed, because applications call the driver from their own exit handlers.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "cuda/emulator/driver/context.hpp"
#include "cuda/emulator/driver/device_model.hpp"
#include "cuda/emulator/driver/handles.hpp"
#include "cuda/emulator/driver/module.hpp"
#include "cuda/emulator/memory/global_memory.hpp"
#include "cuda/emulator/options.hpp"

namespace assay::emulator {

// Memory that the application asked for; module variables are not here.
struct Buffer {
  enum class Kind { device, pinned };
  Kind kind = Kind::device;
  std::uint64_t address = 0, bytes = 0, id = 0;
  unsigned flags = 0;  // of cuMemHostAlloc
  std::weak_ptr<Context> context;
};

class Driver {
 public:
  Driver(Options options, const DeviceModel& model, std::unique_ptr<GlobalMemory> memory);

  // Error (usage): a bad environment variable; (internal): no address space.
  static Result<std::unique_ptr<Driver>> create();

  const Options options;
  const DeviceModel model;
  const std::unique_ptr<GlobalMemory> memory;

  HandleTable<Context, CUcontext> contexts{HandleKind::context};
  HandleTable<LoadedModule, CUmodule> modules{HandleKind::module};
  HandleTable<LoadedFunction, CUfunction> functions{HandleKind::function};
  HandleTable<LoadedLibrary, CUlibrary> libraries{HandleKind::library};
  HandleTable<LibraryKernel, CUkernel> kernels{HandleKind::kernel};
  HandleTable<Stream, CUstream> streams{HandleKind::stream};
  HandleTable<Event, CUevent> events{HandleKind::event};
  HandleTable<Graph, CUgraph> graphs{HandleKind::graph};
  HandleTable<GraphExec, CUgraphExec> graph_execs{HandleKind::graph_exec};

  // The primary context exists from the start and is alive while retained.
  std::shared_ptr<Context> primary;
  std::mutex primary_mutex;
  unsigned primary_retained = 0;

  std::shared_ptr<Context> create_context(unsigned flags);
  // Frees what the context owns and forgets its error; its mutex is not held.
  void release_resources(const std::shared_ptr<Context>& context);
  std::uint64_t next_id() { return ++last_id_; }

  // Buffers. allocate: CUDA_ERROR_OUT_OF_MEMORY or _INVALID_VALUE. take: removes the buffer that
  // begins there, for freeing; find: the one that holds the address.
  Outcome<std::uint64_t> allocate(const std::shared_ptr<Context>& context, std::uint64_t bytes,
                                  Buffer::Kind kind, unsigned flags);
  Outcome<void> release(std::uint64_t address, Buffer::Kind kind);
  std::optional<Buffer> find_buffer(std::uint64_t address) const;
  // The device address of memory from cuMemHostAlloc, by host pointer.
  std::optional<std::uint64_t> pinned_address(const void* host) const;

  // Host memory that cuMemHostRegister was told of: start -> bytes.
  std::map<std::uintptr_t, std::size_t> registered_host;
  std::mutex registered_mutex;

 private:
  std::atomic<std::uint64_t> last_id_{0};
  mutable std::mutex buffers_mutex_;
  std::map<std::uint64_t, Buffer> buffers_;
};

// Null before cuInit.
Driver* driver();
Outcome<void> initialize_driver();

// The calling thread's stack of contexts; its last one is current.
std::vector<std::shared_ptr<Context>>& context_stack();

}  // namespace assay::emulator
