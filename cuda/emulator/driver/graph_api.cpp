// SPDX-License-Identifier: Apache-2.0
// Stream capture, and graphs that were captured: a list of operations in the order in which they
// were enqueued, which is an order that all their dependencies allow. Graphs are not built node by
// node, nor edited. Source: CUDA Driver API, "Stream management", "Graph management".
#include "cuda/emulator/driver/entry.hpp"
#include "cuda/emulator/driver/stream.hpp"

namespace assay::emulator {
namespace {

Outcome<std::shared_ptr<Graph>> find_graph(Driver& driver, CUgraph handle) {
  std::shared_ptr<Graph> graph = driver.graphs.find(handle);
  if (graph != nullptr) return graph;
  return refuse(CUDA_ERROR_INVALID_VALUE, "{} is not a graph", fmt::ptr(handle));
}

Outcome<void> begin_capture(Driver& driver, const std::shared_ptr<Context>& context,
                            CUstream handle, CUstreamCaptureMode mode) {
  ASSAY_ASSIGN(const std::shared_ptr<Stream> stream, find_stream(driver, context, handle));
  if (mode > CU_STREAM_CAPTURE_MODE_RELAXED)
    return refuse(CUDA_ERROR_INVALID_VALUE, "capture mode {}", static_cast<unsigned>(mode));
  if (stream == context->legacy_stream)
    return refuse(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, "the legacy stream cannot be captured");
  if (stream->capture != nullptr)
    return refuse(CUDA_ERROR_ILLEGAL_STATE, "the stream is being captured already");
  auto capture = std::make_shared<Capture>();
  capture->id = driver.next_id();
  capture->origin = handle;
  capture->graph = std::make_shared<Graph>();
  capture->graph->context = context;
  stream->capture = std::move(capture);
  return {};
}

// Other streams that joined leave with the origin.
void leave(Driver& driver, const std::shared_ptr<Context>& context,
           const std::shared_ptr<Capture>& capture) {
  driver.streams.for_each([&](Stream& stream) {
    if (stream.capture == capture) stream.capture.reset();
  });
  if (context->per_thread_stream->capture == capture) context->per_thread_stream->capture.reset();
}

Outcome<void> end_capture(Driver& driver, const std::shared_ptr<Context>& context, CUstream handle,
                          CUgraph* out) {
  ASSAY_TRY(require(out, "phGraph"));
  ASSAY_ASSIGN(const std::shared_ptr<Stream> stream, find_stream(driver, context, handle));
  const std::shared_ptr<Capture> capture = stream->capture;
  if (capture == nullptr) return refuse(CUDA_ERROR_ILLEGAL_STATE, "the stream is not captured");
  if (capture->origin != handle)
    return refuse(CUDA_ERROR_STREAM_CAPTURE_UNMATCHED, "the capture began in another stream");
  leave(driver, context, capture);
  *out = nullptr;
  if (capture->is_invalid)
    return refuse(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED, "a call during the capture failed");
  *out = driver.graphs.add(capture->graph);
  return {};
}

Outcome<void> capture_info(Driver& driver, const std::shared_ptr<Context>& context, CUstream handle,
                           CUstreamCaptureStatus* status, cuuint64_t* id) {
  ASSAY_TRY(require(status, "captureStatus"));
  ASSAY_ASSIGN(const std::shared_ptr<Stream> stream, find_stream(driver, context, handle));
  const Capture* const capture = stream->capture.get();
  *status = capture == nullptr    ? CU_STREAM_CAPTURE_STATUS_NONE
            : capture->is_invalid ? CU_STREAM_CAPTURE_STATUS_INVALIDATED
                                  : CU_STREAM_CAPTURE_STATUS_ACTIVE;
  if (id != nullptr && capture != nullptr) *id = capture->id;
  return {};
}

CUresult instantiate(const char* function, CUgraphExec* out, CUgraph handle) noexcept {
  return in_driver(function, [&](Driver& driver) -> Outcome<void> {
    ASSAY_TRY(require(out, "phGraphExec"));
    ASSAY_ASSIGN(const std::shared_ptr<Graph> graph, find_graph(driver, handle));
    auto exec = std::make_shared<GraphExec>();
    exec->context = graph->context;
    exec->operations = graph->operations;
    *out = driver.graph_execs.add(std::move(exec));
    return {};
  });
}

// In a stream that is captured itself, the graph's operations become part of that capture.
Outcome<void> launch(Driver& driver, const std::shared_ptr<Context>& context, CUgraphExec handle,
                     CUstream stream) {
  const std::shared_ptr<GraphExec> exec = driver.graph_execs.find(handle);
  if (exec == nullptr)
    return refuse(CUDA_ERROR_INVALID_VALUE, "{} is not an executable graph", fmt::ptr(handle));
  if (exec->context.lock() != context)
    return refuse(CUDA_ERROR_INVALID_CONTEXT, "the graph was captured in another context");
  for (const Operation& operation : exec->operations)
    ASSAY_TRY(enqueue(driver, context, stream, operation));
  return {};
}

}  // namespace

}  // namespace assay::emulator

using namespace assay::emulator;

ASSAY_CUDA_API CUresult cuStreamBeginCapture_v2(CUstream hStream, CUstreamCaptureMode mode) {
  return in_context(__func__, [&](Driver& driver, const auto& context) {
    return begin_capture(driver, context, hStream, mode);
  });
}
ASSAY_CUDA_ALIAS(cuStreamBeginCapture_v2_ptsz, cuStreamBeginCapture_v2);

ASSAY_CUDA_API CUresult cuStreamEndCapture(CUstream hStream, CUgraph* phGraph) {
  return in_context(__func__, [&](Driver& driver, const auto& context) {
    return end_capture(driver, context, hStream, phGraph);
  });
}
ASSAY_CUDA_ALIAS(cuStreamEndCapture_ptsz, cuStreamEndCapture);

ASSAY_CUDA_API CUresult cuStreamIsCapturing(CUstream hStream,
                                            CUstreamCaptureStatus* captureStatus) {
  return in_context(__func__, [&](Driver& driver, const auto& context) {
    return capture_info(driver, context, hStream, captureStatus, nullptr);
  });
}
ASSAY_CUDA_ALIAS(cuStreamIsCapturing_ptsz, cuStreamIsCapturing);

ASSAY_CUDA_API CUresult cuStreamGetCaptureInfo(CUstream hStream,
                                               CUstreamCaptureStatus* captureStatus_out,
                                               cuuint64_t* id_out) {
  return in_context(__func__, [&](Driver& driver, const auto& context) {
    return capture_info(driver, context, hStream, captureStatus_out, id_out);
  });
}
ASSAY_CUDA_ALIAS(cuStreamGetCaptureInfo_ptsz, cuStreamGetCaptureInfo);

// The graph under construction and its edges are not shown.
ASSAY_CUDA_API CUresult cuStreamGetCaptureInfo_v3(CUstream hStream,
                                                  CUstreamCaptureStatus* captureStatus_out,
                                                  cuuint64_t* id_out, CUgraph* graph_out,
                                                  const CUgraphNode** dependencies_out,
                                                  const CUgraphEdgeData** edgeData_out,
                                                  std::size_t* numDependencies_out) {
  return in_context(__func__, [&](Driver& driver, const auto& context) -> Outcome<void> {
    ASSAY_TRY(capture_info(driver, context, hStream, captureStatus_out, id_out));
    const bool wants_graph = graph_out != nullptr || dependencies_out != nullptr ||
                             edgeData_out != nullptr || numDependencies_out != nullptr;
    if (!wants_graph || *captureStatus_out == CU_STREAM_CAPTURE_STATUS_NONE) return {};
    return refuse(CUDA_ERROR_NOT_SUPPORTED, "nodes of a capture under way");
  });
}
ASSAY_CUDA_ALIAS(cuStreamGetCaptureInfo_v3_ptsz, cuStreamGetCaptureInfo_v3);

ASSAY_CUDA_API CUresult cuThreadExchangeStreamCaptureMode(CUstreamCaptureMode* mode) {
  return in_driver(__func__, [&](Driver&) -> Outcome<void> {
    thread_local CUstreamCaptureMode own{};
    ASSAY_TRY(require(mode, "mode"));
    if (*mode > CU_STREAM_CAPTURE_MODE_RELAXED)
      return refuse(CUDA_ERROR_INVALID_VALUE, "capture mode {}", static_cast<unsigned>(*mode));
    std::swap(own, *mode);
    return {};
  });
}

ASSAY_CUDA_API CUresult cuGraphInstantiateWithFlags(CUgraphExec* phGraphExec, CUgraph hGraph,
                                                    unsigned long long) {
  return instantiate(__func__, phGraphExec, hGraph);
}

ASSAY_CUDA_API CUresult cuGraphInstantiate_v2(CUgraphExec* phGraphExec, CUgraph hGraph,
                                              CUgraphNode* phErrorNode, char* logBuffer,
                                              std::size_t bufferSize) {
  if (phErrorNode != nullptr) *phErrorNode = nullptr;
  if (logBuffer != nullptr && bufferSize > 0) *logBuffer = '\0';
  return instantiate(__func__, phGraphExec, hGraph);
}
ASSAY_CUDA_ALIAS(cuGraphInstantiate, cuGraphInstantiate_v2);

ASSAY_CUDA_API CUresult cuGraphInstantiateWithParams(
    CUgraphExec* phGraphExec, CUgraph hGraph, CUDA_GRAPH_INSTANTIATE_PARAMS* instantiateParams) {
  const CUresult code = instantiate(__func__, phGraphExec, hGraph);
  if (instantiateParams == nullptr) return code == CUDA_SUCCESS ? CUDA_ERROR_INVALID_VALUE : code;
  instantiateParams->hErrNode_out = nullptr;
  instantiateParams->result_out =
      code == CUDA_SUCCESS ? CUDA_GRAPH_INSTANTIATE_SUCCESS : CUDA_GRAPH_INSTANTIATE_ERROR;
  return code;
}
ASSAY_CUDA_ALIAS(cuGraphInstantiateWithParams_ptsz, cuGraphInstantiateWithParams);

ASSAY_CUDA_API CUresult cuGraphUpload(CUgraphExec hGraphExec, CUstream hStream) {
  return in_context(__func__, [&](Driver& driver, const auto& context) -> Outcome<void> {
    ASSAY_TRY(find_stream(driver, context, hStream));
    if (driver.graph_execs.find(hGraphExec) != nullptr) return {};
    return refuse(CUDA_ERROR_INVALID_VALUE, "not an executable graph");
  });
}
ASSAY_CUDA_ALIAS(cuGraphUpload_ptsz, cuGraphUpload);

ASSAY_CUDA_API CUresult cuGraphLaunch(CUgraphExec hGraphExec, CUstream hStream) {
  return in_context(__func__, [&](Driver& driver, const auto& context) {
    return launch(driver, context, hGraphExec, hStream);
  });
}
ASSAY_CUDA_ALIAS(cuGraphLaunch_ptsz, cuGraphLaunch);

ASSAY_CUDA_API CUresult cuGraphDestroy(CUgraph hGraph) {
  return in_driver(__func__, [&](Driver& driver) -> Outcome<void> {
    ASSAY_TRY(find_graph(driver, hGraph));
    driver.graphs.remove(hGraph);
    return {};
  });
}

ASSAY_CUDA_API CUresult cuGraphExecDestroy(CUgraphExec hGraphExec) {
  return in_driver(__func__, [&](Driver& driver) -> Outcome<void> {
    if (driver.graph_execs.remove(hGraphExec) != nullptr) return {};
    return refuse(CUDA_ERROR_INVALID_VALUE, "not an executable graph");
  });
}
