# SPDX-License-Identifier: Apache-2.0
# Tests of the reference. Outside oracles: NVIDIA's conversion headers, MPFR, __int128 models, Eigen.
if(NOT ASSAY_TESTS)
  return()
endif()

assay_add_test(NAME ieee_test SOURCES ieee_test.cpp LIBS assay_reference)
assay_add_test(NAME suggest_test SOURCES suggest_test.cpp LIBS assay_reference)
assay_add_test(NAME simd_path_test SOURCES simd_path_test.cpp LIBS assay_reference)
assay_add_test(NAME cast_kernels_test SOURCES format/cast_kernels_test.cpp LIBS assay_reference)
assay_add_test(NAME quantize_kernels_test SOURCES quantize/quantize_kernels_test.cpp
               LIBS assay_reference)
assay_add_test(NAME format_test SOURCES format/format_test.cpp LIBS assay_reference)
assay_add_test(NAME cast_test SOURCES format/cast_test.cpp format/cast_policies_test.cpp
               LIBS assay_reference)
assay_add_test(NAME e4m3_test SOURCES format/e4m3_test.cpp LIBS assay_reference)
assay_add_test(NAME e2m1_test SOURCES format/e2m1_test.cpp LIBS assay_reference)
assay_add_test(NAME static_fp8_test SOURCES quantize/static_fp8_test.cpp LIBS assay_reference)
assay_add_test(NAME scale_layout_test SOURCES format/scale_layout_test.cpp LIBS assay_reference)
assay_add_test(NAME ggml_blocks_test SOURCES format/ggml_blocks_test.cpp LIBS assay_reference)
assay_add_test(NAME mx_test SOURCES quantize/mx_test.cpp quantize/mx_scale_test.cpp
               LIBS assay_reference)
assay_add_test(NAME blocked_test SOURCES quantize/blocked_test.cpp LIBS assay_reference)
assay_add_test(NAME dynamic_test SOURCES quantize/dynamic_test.cpp LIBS assay_reference)
assay_add_test(NAME reencode_test SOURCES quantize/reencode_test.cpp LIBS assay_reference)
assay_add_test(NAME nvfp4_test SOURCES quantize/nvfp4_test.cpp quantize/nvfp4_model_test.cpp
               LIBS assay_reference)
assay_add_test(NAME recipe_test SOURCES quantize/recipe_test.cpp
               quantize/recipe_known_answers_test.cpp quantize/recipe_order_test.cpp
               quantize/recipe_stack_test.cpp
               LIBS assay_reference)
assay_add_test(NAME block_dot_test SOURCES arithmetic/block_dot_test.cpp
               arithmetic/block_dot_limits_test.cpp LIBS assay_reference
               Eigen3::Eigen mpfr gmp)
assay_add_test(NAME certificate_test SOURCES arithmetic/certificate_test.cpp
               LIBS assay_reference mpfr gmp)
assay_add_test(NAME scaled_dot_test SOURCES arithmetic/scaled_dot_test.cpp arithmetic/scaled_dot_literal_test.cpp
               LIBS assay_reference)
assay_add_test(NAME tensor_core_test SOURCES arithmetic/tensor_core_test.cpp LIBS assay_reference)
assay_add_test(NAME mma_tile_test SOURCES arithmetic/mma_tile_test.cpp
               arithmetic/mma_certificate_test.cpp LIBS assay_reference mpfr gmpxx gmp)
assay_add_test(NAME routing_test SOURCES moe/routing_test.cpp LIBS assay_reference)
assay_add_test(NAME validate_test SOURCES moe/validate_test.cpp LIBS assay_reference)
assay_add_test(NAME float_environment_test SOURCES moe/float_environment_test.cpp
               LIBS assay_reference TBB::tbb)
assay_add_test(NAME moe_certificate_test SOURCES moe/certificate_test.cpp
               LIBS assay_reference mpfr gmp)
assay_add_test(NAME moe_run_test SOURCES moe/run_test.cpp
               LIBS assay_reference mpfr gmp TBB::tbb)

assay_add_test(NAME silu_test SOURCES arithmetic/silu_test.cpp LIBS assay_reference mpfr gmp)
assay_add_test(NAME silu_mpfr_test SOURCES arithmetic/silu_mpfr_test.cpp
               LIBS assay_reference mpfr gmp TBB::tbb LABELS exhaustive)

assay_add_test(NAME boundary_test SOURCES format/boundary_test.cpp LIBS assay_reference)
assay_add_test(NAME cuda_headers_test SOURCES format/cuda_headers_test.cpp format/cuda_oracle.cpp
               LIBS assay_reference assay_cuda_headers LABELS exhaustive)
assay_add_test(NAME cast_sweep_test SOURCES format/cast_sweep_test.cpp format/cuda_oracle.cpp
               LIBS assay_reference assay_cuda_headers TBB::tbb LABELS exhaustive)
