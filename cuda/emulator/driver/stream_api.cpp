// SPDX-License-Identifier: Apache-2.0
// cuStream*: creation, properties, waiting, host functions. Source: CUDA Driver API, "Stream
// management".
#include "cuda/emulator/driver/entry.hpp"
#include "cuda/emulator/driver/stream.hpp"

namespace assay::emulator {
namespace {

constexpr int kLeastPriority = 0, kGreatestPriority = -5;  // smaller numbers come first

Outcome<void> create_stream(Driver& driver, const std::shared_ptr<Context>& context, CUstream* out,
                            unsigned flags, int priority) {
  ASSAY_TRY(require(out, "phStream"));
  if ((flags & ~CU_STREAM_NON_BLOCKING) != 0)
    return refuse(CUDA_ERROR_INVALID_VALUE, "unknown flags {:#x}", flags);
  auto stream = std::make_shared<Stream>();
  stream->context = context;
  stream->id = driver.next_id();
  stream->flags = flags;
  stream->priority = std::clamp(priority, kGreatestPriority, kLeastPriority);
  stream->handle = driver.streams.add(stream);
  *out = stream->handle;
  return {};
}

// Runs a host function; it may not call the driver.
template <typename Call>
void call_host(Call&& call) {
  struct Inside {
    Inside() { in_host_callback() = true; }
    ~Inside() { in_host_callback() = false; }
  } inside;
  call();
}

// The body gets the stream.
template <typename Body>
CUresult with_stream(const char* function, CUstream handle, Body&& body) noexcept {
  return in_context(function, [&](Driver& driver, const auto& context) -> Outcome<void> {
    ASSAY_ASSIGN(const std::shared_ptr<Stream> stream, find_stream(driver, context, handle));
    return body(*stream);
  });
}

}  // namespace

}  // namespace assay::emulator

using namespace assay::emulator;

ASSAY_CUDA_API CUresult cuStreamCreate(CUstream* phStream, unsigned Flags) {
  return in_context(__func__, [&](Driver& driver, const auto& context) {
    return create_stream(driver, context, phStream, Flags, kLeastPriority);
  });
}

ASSAY_CUDA_API CUresult cuStreamCreateWithPriority(CUstream* phStream, unsigned flags,
                                                   int priority) {
  return in_context(__func__, [&](Driver& driver, const auto& context) {
    return create_stream(driver, context, phStream, flags, priority);
  });
}

ASSAY_CUDA_API CUresult cuStreamDestroy_v2(CUstream hStream) {
  return in_context(__func__, [&](Driver& driver, const auto& context) -> Outcome<void> {
    ASSAY_ASSIGN(const std::shared_ptr<Stream> stream, find_stream(driver, context, hStream));
    if (stream->handle == nullptr)
      return refuse(CUDA_ERROR_INVALID_HANDLE, "a default stream cannot be destroyed");
    driver.streams.remove(hStream);
    return {};
  });
}
ASSAY_CUDA_ALIAS(cuStreamDestroy, cuStreamDestroy_v2);

ASSAY_CUDA_API CUresult cuStreamSynchronize(CUstream hStream) {
  return with_stream(__func__, hStream, [](Stream& stream) { return refuse_capture(stream); });
}
ASSAY_CUDA_ALIAS(cuStreamSynchronize_ptsz, cuStreamSynchronize);

ASSAY_CUDA_API CUresult cuStreamQuery(CUstream hStream) {
  return with_stream(__func__, hStream, [](Stream& stream) { return refuse_capture(stream); });
}
ASSAY_CUDA_ALIAS(cuStreamQuery_ptsz, cuStreamQuery);

ASSAY_CUDA_API CUresult cuStreamGetPriority(CUstream hStream, int* priority) {
  return with_stream(__func__, hStream, [&](Stream& stream) -> Outcome<void> {
    ASSAY_TRY(require(priority, "priority"));
    *priority = stream.priority;
    return {};
  });
}
ASSAY_CUDA_ALIAS(cuStreamGetPriority_ptsz, cuStreamGetPriority);

ASSAY_CUDA_API CUresult cuStreamGetFlags(CUstream hStream, unsigned* flags) {
  return with_stream(__func__, hStream, [&](Stream& stream) -> Outcome<void> {
    ASSAY_TRY(require(flags, "flags"));
    *flags = stream.flags;
    return {};
  });
}
ASSAY_CUDA_ALIAS(cuStreamGetFlags_ptsz, cuStreamGetFlags);

ASSAY_CUDA_API CUresult cuStreamGetId(CUstream hStream, unsigned long long* streamId) {
  return with_stream(__func__, hStream, [&](Stream& stream) -> Outcome<void> {
    ASSAY_TRY(require(streamId, "streamId"));
    *streamId = stream.id;
    return {};
  });
}
ASSAY_CUDA_ALIAS(cuStreamGetId_ptsz, cuStreamGetId);

ASSAY_CUDA_API CUresult cuStreamGetCtx(CUstream hStream, CUcontext* pctx) {
  return with_stream(__func__, hStream, [&](Stream& stream) -> Outcome<void> {
    ASSAY_TRY(require(pctx, "pctx"));
    *pctx = stream.context.lock()->handle;
    return {};
  });
}
ASSAY_CUDA_ALIAS(cuStreamGetCtx_ptsz, cuStreamGetCtx);

ASSAY_CUDA_API CUresult cuStreamGetDevice(CUstream hStream, CUdevice* device) {
  return with_stream(__func__, hStream, [&](Stream&) -> Outcome<void> {
    ASSAY_TRY(require(device, "device"));
    *device = 0;
    return {};
  });
}
ASSAY_CUDA_ALIAS(cuStreamGetDevice_ptsz, cuStreamGetDevice);

// Whatever was recorded is complete: executed when it was enqueued. A wait for an event of a
// capture makes the stream part of it.
ASSAY_CUDA_API CUresult cuStreamWaitEvent(CUstream hStream, CUevent hEvent, unsigned Flags) {
  return in_context(__func__, [&](Driver& driver, const auto& context) -> Outcome<void> {
    ASSAY_ASSIGN(const std::shared_ptr<Stream> stream, find_stream(driver, context, hStream));
    ASSAY_ASSIGN(const std::shared_ptr<Event> event, find_event(driver, context, hEvent));
    if ((Flags & ~1u) != 0) return refuse(CUDA_ERROR_INVALID_VALUE, "unknown flags {:#x}", Flags);
    if (event->capture == nullptr) return {};
    if (stream->capture != nullptr && stream->capture != event->capture)
      return refuse(CUDA_ERROR_STREAM_CAPTURE_MERGE, "the event belongs to another capture");
    stream->capture = event->capture;
    return {};
  });
}
ASSAY_CUDA_ALIAS(cuStreamWaitEvent_ptsz, cuStreamWaitEvent);

ASSAY_CUDA_API CUresult cuLaunchHostFunc(CUstream hStream, CUhostFn fn, void* userData) {
  return in_context(__func__, [&](Driver& driver, const auto& context) -> Outcome<void> {
    ASSAY_TRY(require(reinterpret_cast<const void*>(fn), "fn"));
    return enqueue(driver, context, hStream,
                   {Operation::Kind::host, [fn, userData](Context&) -> Outcome<void> {
                      call_host([&] { fn(userData); });
                      return {};
                    }});
  });
}
ASSAY_CUDA_ALIAS(cuLaunchHostFunc_ptsz, cuLaunchHostFunc);

ASSAY_CUDA_API CUresult cuStreamAddCallback(CUstream hStream, CUstreamCallback callback,
                                            void* userData, unsigned flags) {
  return in_context(__func__, [&](Driver& driver, const auto& context) -> Outcome<void> {
    ASSAY_TRY(require(reinterpret_cast<const void*>(callback), "callback"));
    if (flags != 0) return refuse(CUDA_ERROR_INVALID_VALUE, "unknown flags {:#x}", flags);
    ASSAY_ASSIGN(const std::shared_ptr<Stream> stream, find_stream(driver, context, hStream));
    ASSAY_TRY(refuse_capture(*stream));
    call_host([&] { callback(hStream, CUDA_SUCCESS, userData); });
    return {};
  });
}
ASSAY_CUDA_ALIAS(cuStreamAddCallback_ptsz, cuStreamAddCallback);

ASSAY_CUDA_API CUresult cuCtxGetStreamPriorityRange(int* leastPriority, int* greatestPriority) {
  return in_context(__func__, [&](Driver&, const auto&) -> Outcome<void> {
    if (leastPriority != nullptr) *leastPriority = kLeastPriority;
    if (greatestPriority != nullptr) *greatestPriority = kGreatestPriority;
    return {};
  });
}
