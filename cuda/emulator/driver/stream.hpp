// SPDX-License-Identifier: Apache-2.0
// Streams: what happens to an operation that is enqueued. It is executed at once, or recorded where
// the stream is being captured into a graph.
#pragma once

#include <memory>

#include "cuda/emulator/driver/driver.hpp"

namespace assay::emulator {

// The calling form decides what stream 0 is: that of _ptds and _ptsz functions is the thread's.
// Error: CUDA_ERROR_INVALID_HANDLE for a stream that does not exist, _INVALID_CONTEXT for one of
// another context.
Outcome<std::shared_ptr<Stream>> find_stream(Driver& driver,
                                             const std::shared_ptr<Context>& context,
                                             CUstream handle);
Outcome<std::shared_ptr<Event>> find_event(Driver& driver, const std::shared_ptr<Context>& context,
                                           CUevent handle);

// Executes, or records while the stream is captured. The context's mutex is held.
Outcome<void> enqueue(Driver& driver, const std::shared_ptr<Context>& context, CUstream stream,
                      Operation operation);
Outcome<void> execute(Context& context, const Operation& operation);

// For what waits for the stream or cannot be captured: CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, and
// the capture becomes invalid.
Outcome<void> refuse_capture(Stream& stream);

}  // namespace assay::emulator
