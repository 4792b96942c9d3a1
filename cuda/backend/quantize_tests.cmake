# SPDX-License-Identifier: Apache-2.0
# The quantization calls on the emulator. Outside oracles: NVIDIA's cuda_fp8.h, the cuBLAS
# documentation.
if(NOT ASSAY_TESTS)
  return()
endif()

assay_add_test(NAME cuda_quantize_test
               SOURCES quantize_test.cpp quantize_layout_test.cpp quantize_static_fp8_test.cpp
               LIBS assay_cuda_backend)
target_compile_definitions(cuda_quantize_test PRIVATE
                           ASSAY_CUDA_EMULATOR="$<TARGET_FILE:assay_cuda_emulator>")
add_dependencies(cuda_quantize_test assay_cuda_emulator)
