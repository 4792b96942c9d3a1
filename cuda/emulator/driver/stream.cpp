// SPDX-License-Identifier: Apache-2.0
#include "cuda/emulator/driver/stream.hpp"

#include "cuda/emulator/driver/entry.hpp"

namespace assay::emulator {

Outcome<std::shared_ptr<Stream>> find_stream(Driver& driver,
                                             const std::shared_ptr<Context>& context,
                                             CUstream handle) {
  const auto number = reinterpret_cast<std::uintptr_t>(handle);
  if (number <= 1) return context->legacy_stream;      // 0 and CU_STREAM_LEGACY
  if (number == 2) return context->per_thread_stream;  // CU_STREAM_PER_THREAD
  std::shared_ptr<Stream> stream = driver.streams.find(handle);
  if (stream == nullptr)
    return refuse(CUDA_ERROR_INVALID_HANDLE, "{} is not a stream", fmt::ptr(handle));
  if (stream->context.lock() != context)
    return refuse(CUDA_ERROR_INVALID_CONTEXT, "the stream belongs to another context");
  return stream;
}

Outcome<std::shared_ptr<Event>> find_event(Driver& driver, const std::shared_ptr<Context>& context,
                                           CUevent handle) {
  std::shared_ptr<Event> event = driver.events.find(handle);
  if (event == nullptr)
    return refuse(CUDA_ERROR_INVALID_HANDLE, "{} is not an event", fmt::ptr(handle));
  if (event->context.lock() != context)
    return refuse(CUDA_ERROR_INVALID_CONTEXT, "the event belongs to another context");
  return event;
}

Outcome<void> execute(Context& context, const Operation& operation) {
  context.clock_ns += 1000;
  if (operation.run == nullptr) return {};
  return operation.run(context);
}

Outcome<void> enqueue(Driver& driver, const std::shared_ptr<Context>& context, CUstream stream,
                      Operation operation) {
  ASSAY_ASSIGN(const std::shared_ptr<Stream> target, find_stream(driver, context, stream));
  if (target->capture == nullptr) return execute(*context, operation);
  if (target->capture->is_invalid)
    return refuse(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED, "the capture is invalid already");
  target->capture->graph->operations.push_back(std::move(operation));
  return {};
}

Outcome<void> refuse_capture(Stream& stream) {
  if (stream.capture == nullptr) return {};
  stream.capture->is_invalid = true;
  return refuse(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED,
                "not possible while the stream is being captured");
}

}  // namespace assay::emulator
