// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/driver/driver.hpp"

#include <algorithm>

#include "cuda/emulator/driver/findings_report.hpp"

namespace assay::emulator {
namespace {

std::atomic<Driver*> the_driver{nullptr};

// The system may grant less address space than the device has memory.
Result<std::unique_ptr<GlobalMemory>> create_memory(std::uint64_t bytes) {
  constexpr std::uint64_t kLeast = std::uint64_t{1} << 30;
  for (;; bytes /= 2) {
    auto memory = GlobalMemory::create(bytes);
    if (memory || bytes <= kLeast) return memory;
  }
}

std::string_view kind_name(Buffer::Kind kind) {
  return kind == Buffer::Kind::device ? "device allocation" : "page-locked host memory";
}

std::shared_ptr<Stream> default_stream(const std::shared_ptr<Context>& context, std::uint64_t id) {
  auto stream = std::make_shared<Stream>();
  stream->context = context;
  stream->id = id;
  return stream;
}

}  // namespace

Driver* driver() {
  return the_driver.load(std::memory_order_acquire);
}

Outcome<void> initialize_driver() {
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  if (driver() != nullptr) return {};
  auto created = Driver::create();
  if (!created) return refuse_with(CUDA_ERROR_INVALID_VALUE, created.error());
  write_findings_file((*created)->options);
  the_driver.store(created->release(), std::memory_order_release);
  return {};
}

std::vector<std::shared_ptr<Context>>& context_stack() {
  thread_local std::vector<std::shared_ptr<Context>> stack;
  return stack;
}

Driver::Driver(Options chosen, const DeviceModel& pretended, std::unique_ptr<GlobalMemory> global)
    : options(std::move(chosen)), model(pretended), memory(std::move(global)) {
  primary = create_context(0);
  primary->is_primary = true;
  primary->is_alive = false;
}

Result<std::unique_ptr<Driver>> Driver::create() {
  ASSAY_ASSIGN(Options options, options_from_environment());
  ASSAY_ASSIGN(const DeviceModel model, find_device_model(options.target));
  ASSAY_ASSIGN(std::unique_ptr<GlobalMemory> memory, create_memory(model.memory_bytes));
  return std::make_unique<Driver>(std::move(options), model, std::move(memory));
}

std::shared_ptr<Context> Driver::create_context(unsigned flags) {
  auto context = std::make_shared<Context>();
  context->id = next_id();
  context->flags = flags;
  context->legacy_stream = default_stream(context, next_id());
  context->per_thread_stream = default_stream(context, next_id());
  context->handle = contexts.add(context);
  return context;
}

void Driver::release_resources(const std::shared_ptr<Context>& context) {
  const auto owned = [&](const auto& object) { return object.context.lock() == context; };
  const std::lock_guard lock(context->mutex);
  streams.remove_if(owned);
  events.remove_if(owned);
  graphs.remove_if(owned);
  graph_execs.remove_if(owned);
  for (const auto& module : modules.remove_if(owned))
    unload_module(*this, module);
  std::vector<Buffer> buffers;
  {
    const std::lock_guard buffers_lock(buffers_mutex_);
    for (const auto& [address, buffer] : buffers_)
      if (owned(buffer)) buffers.push_back(buffer);
  }
  for (const Buffer& buffer : buffers)
    static_cast<void>(release(buffer.address, buffer.kind));
  context->sticky = CUDA_SUCCESS;
  context->limits.clear();
  context->legacy_stream->capture.reset();
  context->per_thread_stream->capture.reset();
}

Outcome<std::uint64_t> Driver::allocate(const std::shared_ptr<Context>& context,
                                        std::uint64_t bytes, Buffer::Kind kind, unsigned flags) {
  if (bytes == 0) return refuse(CUDA_ERROR_INVALID_VALUE, "an allocation of 0 bytes");
  const std::uint64_t id = next_id();
  auto address = memory->allocate(bytes, fmt::format("{} #{}", kind_name(kind), id));
  if (!address) return refuse_with(CUDA_ERROR_OUT_OF_MEMORY, address.error());
  const std::lock_guard lock(buffers_mutex_);
  buffers_[*address] = Buffer{kind, *address, bytes, id, flags, context};
  return *address;
}

Outcome<void> Driver::release(std::uint64_t address, Buffer::Kind kind) {
  const std::lock_guard lock(buffers_mutex_);
  const auto found = buffers_.find(address);
  if (found == buffers_.end() || found->second.kind != kind)
    return refuse(CUDA_ERROR_INVALID_VALUE, "{:#x} is not the start of a {}: {}", address,
                  kind_name(kind), memory->describe(address));
  buffers_.erase(found);
  if (const Status freed = memory->free(address); !freed)
    return refuse_with(CUDA_ERROR_INVALID_VALUE, freed.error());
  return {};
}

std::optional<Buffer> Driver::find_buffer(std::uint64_t address) const {
  const std::lock_guard lock(buffers_mutex_);
  auto next = buffers_.upper_bound(address);
  if (next == buffers_.begin()) return std::nullopt;
  const Buffer& buffer = std::prev(next)->second;
  if (address - buffer.address >= buffer.bytes) return std::nullopt;
  return buffer;
}

std::optional<std::uint64_t> Driver::pinned_address(const void* host) const {
  const auto* const bytes = static_cast<const std::byte*>(host);
  const std::byte* const base = memory->data(kGlobalBase);
  if (bytes < base || bytes >= base + memory->capacity()) return std::nullopt;
  const std::uint64_t address = kGlobalBase + static_cast<std::uint64_t>(bytes - base);
  const std::optional<Buffer> buffer = find_buffer(address);
  if (!buffer || buffer->kind != Buffer::Kind::pinned) return std::nullopt;
  return address;
}

}  // namespace assay::emulator
