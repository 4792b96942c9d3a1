# SPDX-License-Identifier: Apache-2.0
"""Every quantization recipe in numpy: an independent second implementation.

Written from the public sources of the stacks, not from the reference. Every operation rounds to
binary32, from left to right as written. In an NVFP4 recipe x holds elements in blocks of 16, b the
amax of each block, amax that of the tensor; s2 and encode are tensor scales that decode and encode,
r and s the block scale before and after it is a code. Where a stack has no rule for zero or tiny
tensors its arithmetic is taken literally: infinite scales, NaN block scales.
"""

import numpy as np

from numpy_formats import E4M3_MAX, f32_to_e2m1, f32_to_e4m3, pack_e2m1, quantize_weights_modelopt
from numpy_mx import MX_RECIPES
from numpy_recipe import F32, Quantized, Recipe, block_amax, e2m1_values, e4m3_values, times_block

F32_MAX = np.finfo(F32).max
F32_TINY = np.finfo(F32).tiny
E2M1_VALUES = e2m1_values(np.arange(16, dtype=np.uint8))[0::2]
SIXTH = F32(1) / F32(6)


def nvfp4(recipe):
    """Recipe.quantize of recipe(x, amax, b, **options) -> (codes, scale codes, tensor scale)."""

    def quantize(values, **options):
        x, b = block_amax(values, 16)
        with np.errstate(all="ignore"):
            codes, block_scale, tensor_scale = recipe(x, b.max((1, 2), keepdims=True), b, **options)
        if tensor_scale is not None:
            tensor_scale = tensor_scale[:, 0, 0, 0]
        return Quantized(pack_e2m1(codes.reshape(values.shape)), block_scale[..., 0], tensor_scale)

    return quantize


def e2m1_of_sign_test(q):
    """The sign is taken from q < 0: -0 loses it, a negative that rounds to zero does not."""
    return f32_to_e2m1(np.where(q == 0, F32(0), q))


def one_where_zero(x):
    return np.where(x == 0, F32(1), x)


def where_nan(q, codes, code):
    """Casts made of comparisons or of shifts give a NaN a code of their own."""
    return np.where(np.isnan(q), np.uint8(code), codes)


# NVIDIA/Model-Optimizer modelopt/onnx/quantization/quant_utils.py, export/nvfp4_exporter.py, before
# pull request 2243: elements see the block scale before it is rounded.
def modelopt_onnx_legacy(x, amax, b):
    s2 = one_where_zero(amax / F32(6) / F32(448))
    sixth = b / F32(6)
    r = np.where(sixth == 0, F32(1), sixth / s2)
    return e2m1_of_sign_test(x / (r * s2)), f32_to_e4m3(r), s2


# TensorRT's MoE operator page: its example has the same defect.
def tensorrt_sample(x, amax, b):
    s2 = one_where_zero(amax / F32(2688))
    r = one_where_zero(b / (F32(6) * s2))
    return f32_to_e2m1(x / (r * s2)), f32_to_e4m3(r), s2


def te_blocks(x, b, encode):
    """TransformerEngine's blocks: codes and block scale codes."""
    r = np.where(b == 0, F32(0), b * (encode * SIXTH))
    block_scale = f32_to_e4m3(np.minimum(r, F32_MAX))
    element_scale = np.minimum(F32(1) / (e4m3_values(block_scale) * (F32(1) / encode)), F32_MAX)
    return f32_to_e2m1(x * element_scale), block_scale


# NVIDIA/TransformerEngine common/cast/nvfp4/core_nvfp4.cuh at 0718c01, dequantize_nvfp4.cuh.
def transformer_engine(x, amax, b):
    encode = np.where(amax == 0, F32(1), np.minimum(F32(2688) / amax, F32_MAX))
    return *te_blocks(x, b, encode), amax


# flashinfer-ai/flashinfer flashinfer/quantization/nvfp4_quantization_utils.py at 0daa58b.
def flashinfer_encode(amax):
    return np.where(amax == 0, F32_MAX, F32(2688) / amax)


# flashinfer-ai/flashinfer quantization_utils.cuh, TE_EXACT_NVFP4: TransformerEngine's bits.
def flashinfer_exact(x, amax, b):
    encode = flashinfer_encode(amax)
    return *te_blocks(x, b, encode), encode


def rcp_approx_ftz(x, ulp):
    """The correctly rounded reciprocal of x >= 0, moved by ulp; subnormals in and out are zero."""
    r = np.asarray(F32(1) / np.where(x < F32_TINY, F32(0), x))
    r = np.where(np.isfinite(r) & (r > 0), (r.view(np.int32) + np.int32(ulp)).view(F32), r)
    return np.where(r < F32_TINY, F32(0), r)


# flashinfer-ai/flashinfer csrc/nv_internal/tensorrt_llm/kernels/quantization_utils.cuh at 014327a.
def trtllm_fast(x, amax, b, reciprocal_ulp=0):
    encode = flashinfer_encode(amax)
    block_scale = f32_to_e4m3(encode * (b * rcp_approx_ftz(F32(6), reciprocal_ulp)))
    product = e4m3_values(block_scale) * rcp_approx_ftz(encode, reciprocal_ulp)
    element_scale = np.where(b != 0, rcp_approx_ftz(product, reciprocal_ulp), F32(0))
    return f32_to_e2m1(x * element_scale), block_scale, encode


# vllm-project/vllm quantization/utils/nvfp4_emulation_utils.py at 055e47c, the Triton kernels.
def vllm_emulation(x, amax, b):
    encode = F32(2688) / amax
    block_scale = f32_to_e4m3(encode * (b * SIXTH))
    s = e4m3_values(block_scale)
    q = x * np.where(s == 0, F32(0), encode / s)
    codes = e2m1_of_sign_test(np.clip(q, F32(-6), F32(6)))
    return where_nan(q, codes, 0), block_scale, encode


# vllm-project/compressed-tensors quantization/utils/helpers.py, lifecycle/forward.py at 01dd1a5.
def compressed_tensors(x, amax, b):
    encode = F32(2688) / amax
    block_scale = f32_to_e4m3(encode * (b / F32(6)))
    block_scale = np.where(block_scale == 0, f32_to_e4m3(F32(0.125)), block_scale)
    q = x / (e4m3_values(block_scale) / encode)
    return where_nan(q, e2m1_of_sign_test(q), 0), block_scale, encode


# pytorch/ao prototype/mx_formats/nvfp4_tensor.py at 36027d8, two-level scaling.
def torchao(x, amax, b):
    s2 = amax / F32(2688)
    block_scale = f32_to_e4m3(np.clip(b / F32(6) / s2, F32(2**-6), E4M3_MAX))
    q = np.clip(x * (F32(1) / s2 / e4m3_values(block_scale)), F32(-6), F32(6))
    return where_nan(q, f32_to_e2m1(q), 3), block_scale, s2


# ggml-org/llama.cpp ggml/src/ggml-quants.c quantize_row_nvfp4_ref; no tensor scale.
def llama_cpp(x, _, b):
    block_scale = llama_ue4m3(b / F32(6))
    s = e4m3_values(block_scale)
    codes, error = np.zeros(x.shape, np.uint8), np.abs(x)
    for code in range(1, 16):
        candidate = np.abs(E2M1_VALUES[code] * s - x)
        better = candidate < error
        error = np.where(better, candidate, error)
        codes = np.where(better, np.uint8(code), codes)
    return codes, block_scale, None


# ggml/src/ggml-impl.h
def llama_ue4m3(x):
    """Half up by the one bit below the fraction; exponent field 15 only as 0x7E; 2^-6 is missed."""
    bits = np.minimum(x, E4M3_MAX).view(np.int32)
    exponent = (bits >> 23) - 127 + 7
    subnormal = np.minimum((np.minimum(x, F32(1)) * F32(512) + F32(0.5)).astype(np.int32), 7)
    normal = (exponent << 3) + (bits >> 20 & 7) + (bits >> 19 & 1)
    code = np.where(exponent <= 0, subnormal, np.where(normal >= 0x78, 0x7E, normal))
    return np.where(x > 0, code, 0).astype(np.uint8)


# mit-han-lab/fouroversix src/fouroversix/kernels/triton/quantize.py at 00e7033, scale rule mse.
def four_over_six(x, amax, b):
    encode = F32(1536) / amax
    decode = F32(1) / encode
    base = b / F32(6) * encode
    base = np.where(np.isnan(base), F32(0), base)  # an infinite encode scale meets zero blocks
    six, four = (fouroversix_candidate(x, amax, base * f, decode) for f in (F32(1), F32(1.5)))
    take_four = four[2] < six[2]
    return np.where(take_four, four[0], six[0]), np.where(take_four, four[1], six[1]), amax


def fouroversix_candidate(x, amax, r, decode):
    """Codes, block scale code, squared error summed from the first element to the last."""
    block_scale = f32_to_e4m3(r)
    s = e4m3_values(block_scale)
    codes = f32_to_e2m1(np.where(s == 0, F32(0), x * (F32(1) / (decode * s))))
    difference = fouroversix_value(E2M1_VALUES[codes], s, amax) - x
    squares = difference * difference
    error = squares[..., 0]
    for element in range(1, 16):
        error = error + squares[..., element]
    return codes, block_scale, error[..., None]


# cuDNN frontend, operation page "Block Scaling": the scale rounds up, elements to nearest.
def cudnn_docs(x, _, b):
    r = b / F32(6)
    nearest = f32_to_e4m3(r)
    block_scale = nearest + ((e4m3_values(nearest) < r) & (nearest < 0x7E))
    s = e4m3_values(block_scale)
    return f32_to_e2m1(np.where(s == 0, F32(0), x / s)), block_scale, None


def decode_value(q, s, scale):
    return q * (s * scale)


def reciprocal_value(q, s, scale):
    return q * (s * (F32(1) / scale))


def encode_value(q, s, scale):
    return q * (s / scale)


def te_value(q, s, amax):
    return q * (s * amax * F32(1 / 2688))


def fouroversix_value(q, s, amax):
    return q * s * amax / F32(1536)


def llama_value(q, s, _):
    return (q + F32(0)) * s  # its table of values has integers: code 8 is +0


def modelopt(values):
    return Quantized(*quantize_weights_modelopt(values))


RECIPES = {
    "modelopt": Recipe(modelopt, decode_value, "decode"),
    "modelopt_onnx_legacy": Recipe(nvfp4(modelopt_onnx_legacy), decode_value, "decode"),
    "transformer_engine": Recipe(nvfp4(transformer_engine), te_value, "amax"),
    "flashinfer_exact": Recipe(nvfp4(flashinfer_exact), reciprocal_value, "encode"),
    "trtllm_fast": Recipe(
        nvfp4(trtllm_fast), reciprocal_value, "encode", options=("reciprocal_ulp",)
    ),
    "vllm_emulation": Recipe(nvfp4(vllm_emulation), encode_value, "encode"),
    "compressed_tensors": Recipe(nvfp4(compressed_tensors), encode_value, "encode"),
    "torchao": Recipe(nvfp4(torchao), decode_value, "decode"),
    "llama_cpp": Recipe(nvfp4(llama_cpp), llama_value),
    "four_over_six": Recipe(nvfp4(four_over_six), fouroversix_value, "amax"),
    "cudnn_docs": Recipe(nvfp4(cudnn_docs), times_block),
    "tensorrt_sample": Recipe(nvfp4(tensorrt_sample), decode_value, "decode"),
} | MX_RECIPES
