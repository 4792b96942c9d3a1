// SPDX-License-Identifier: Apache-2.0
// cuEvent*. An event is complete as soon as it is recorded. Source: CUDA Driver API, "Event
// management".
#include "cuda/emulator/driver/entry.hpp"
#include "cuda/emulator/driver/stream.hpp"

namespace assay::emulator {
namespace {

Outcome<void> record(Driver& driver, const std::shared_ptr<Context>& context, CUevent hEvent,
                     CUstream hStream) {
  ASSAY_ASSIGN(const std::shared_ptr<Event> event, find_event(driver, context, hEvent));
  ASSAY_ASSIGN(const std::shared_ptr<Stream> stream, find_stream(driver, context, hStream));
  event->capture = stream->capture;
  if (stream->capture != nullptr) return {};
  context->clock_ns += 1000;
  event->is_recorded = true;
  event->time_ns = context->clock_ns;
  return {};
}

Outcome<void> check_not_captured(const Event& event) {
  if (event.capture == nullptr) return {};
  return refuse(CUDA_ERROR_CAPTURED_EVENT, "the event was recorded in a stream being captured");
}

Outcome<void> elapsed(Driver& driver, const std::shared_ptr<Context>& context, float* milliseconds,
                      CUevent hStart, CUevent hEnd) {
  ASSAY_TRY(require(milliseconds, "pMilliseconds"));
  ASSAY_ASSIGN(const std::shared_ptr<Event> start, find_event(driver, context, hStart));
  ASSAY_ASSIGN(const std::shared_ptr<Event> end, find_event(driver, context, hEnd));
  for (const Event* event : {start.get(), end.get()}) {
    ASSAY_TRY(check_not_captured(*event));
    if ((event->flags & CU_EVENT_DISABLE_TIMING) != 0 || !event->is_recorded)
      return refuse(CUDA_ERROR_INVALID_HANDLE, "an event without timing, or not recorded");
  }
  const auto nanoseconds = static_cast<std::int64_t>(end->time_ns - start->time_ns);
  *milliseconds = static_cast<float>(static_cast<double>(nanoseconds) * 1e-6);
  return {};
}

}  // namespace

}  // namespace assay::emulator

using namespace assay::emulator;

ASSAY_CUDA_API CUresult cuEventCreate(CUevent* phEvent, unsigned Flags) {
  return in_context(__func__, [&](Driver& driver, const auto& context) -> Outcome<void> {
    ASSAY_TRY(require(phEvent, "phEvent"));
    if (Flags > 7) return refuse(CUDA_ERROR_INVALID_VALUE, "unknown flags {:#x}", Flags);
    if ((Flags & CU_EVENT_INTERPROCESS) != 0)
      return refuse(CUDA_ERROR_NOT_SUPPORTED, "events shared between processes");
    auto event = std::make_shared<Event>();
    event->context = context;
    event->flags = Flags;
    *phEvent = driver.events.add(std::move(event));
    return {};
  });
}

ASSAY_CUDA_API CUresult cuEventDestroy_v2(CUevent hEvent) {
  return in_context(__func__, [&](Driver& driver, const auto& context) -> Outcome<void> {
    ASSAY_TRY(find_event(driver, context, hEvent));
    driver.events.remove(hEvent);
    return {};
  });
}
ASSAY_CUDA_ALIAS(cuEventDestroy, cuEventDestroy_v2);

ASSAY_CUDA_API CUresult cuEventRecord(CUevent hEvent, CUstream hStream) {
  return in_context(__func__, [&](Driver& driver, const auto& context) {
    return record(driver, context, hEvent, hStream);
  });
}
ASSAY_CUDA_ALIAS(cuEventRecord_ptsz, cuEventRecord);

ASSAY_CUDA_API CUresult cuEventRecordWithFlags(CUevent hEvent, CUstream hStream, unsigned flags) {
  return in_context(__func__, [&](Driver& driver, const auto& context) -> Outcome<void> {
    if ((flags & ~1u) != 0) return refuse(CUDA_ERROR_INVALID_VALUE, "unknown flags {:#x}", flags);
    return record(driver, context, hEvent, hStream);
  });
}
ASSAY_CUDA_ALIAS(cuEventRecordWithFlags_ptsz, cuEventRecordWithFlags);

ASSAY_CUDA_API CUresult cuEventQuery(CUevent hEvent) {
  return in_context(__func__, [&](Driver& driver, const auto& context) -> Outcome<void> {
    ASSAY_ASSIGN(const std::shared_ptr<Event> event, find_event(driver, context, hEvent));
    return check_not_captured(*event);
  });
}

ASSAY_CUDA_API CUresult cuEventSynchronize(CUevent hEvent) {
  return in_context(__func__, [&](Driver& driver, const auto& context) -> Outcome<void> {
    ASSAY_ASSIGN(const std::shared_ptr<Event> event, find_event(driver, context, hEvent));
    return check_not_captured(*event);
  });
}

ASSAY_CUDA_API CUresult cuEventElapsedTime(float* pMilliseconds, CUevent hStart, CUevent hEnd) {
  return in_context(__func__, [&](Driver& driver, const auto& context) {
    return elapsed(driver, context, pMilliseconds, hStart, hEnd);
  });
}
ASSAY_CUDA_ALIAS(cuEventElapsedTime_v2, cuEventElapsedTime);
