// SPDX-License-Identifier: Apache-2.0
#include "conformance/target/cuda_static_fp8.hpp"

#include "conformance/target/kinds.hpp"
#include "cuda/backend/quantize_static_fp8.hpp"

namespace assay {

using cuda::Buffer;
using cuda::CudaResult;
using cuda::StaticFp8;

CudaResult<CudaRun> run_cuda_static_fp8(const std::shared_ptr<const cuda::Device>& device,
                                        const CaseFile& test_case) {
  const bool is_quantize = test_case.description.op == "quantize_fp8";
  const TensorViews inputs = test_case.inputs();
  const TensorView& matrix = inputs.at(is_quantize ? "values" : "codes");
  const float scale = inputs.at("scale").as<float>()[0];
  Tensors results;
  Tensor& output = results[kOutputTensor] =
      Tensor(is_quantize ? Dtype::f8_e4m3 : Dtype::f32, matrix.shape);
  const std::span<std::byte> bytes = output.as<std::byte>();
  ASSAY_ASSIGN(const auto fp8, StaticFp8::create(device));
  ASSAY_ASSIGN(const Buffer from, Buffer::upload(device, matrix.bytes, "input"));
  ASSAY_ASSIGN(const Buffer to, Buffer::allocate(device, bytes.size(), "output"));
  const std::int64_t count = matrix.shape[0] * matrix.shape[1];
  const auto status = is_quantize
                          ? fp8.quantize(from.address(), count, scale, to.address(), nullptr)
                          : fp8.dequantize(from.address(), count, scale, to.address(), nullptr);
  ASSAY_ASSIGN(auto refusal, refusal_of(status));
  if (refusal) return CudaRun{*std::move(refusal), {}};
  ASSAY_TRY(to.download(bytes));
  return CudaRun{*result_of(std::move(results)),
                 {is_quantize ? "quantize_static_fp8" : "dequantize_static_fp8"}};
}

}  // namespace assay
