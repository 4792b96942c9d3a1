# SPDX-License-Identifier: Apache-2.0
# Tests of the reference. Outside oracles: NVIDIA's conversion headers, MPFR, __int128 models, Eigen.
if(NOT ASSAY_TESTS)
  return()
endif()

assay_add_test(NAME ieee_test SOURCES ieee_test.cpp LIBS assay_reference)
assay_add_test(NAME suggest_test SOURCES suggest_test.cpp LIBS assay_reference)
assay_add_test(NAME e4m3_test SOURCES format/e4m3_test.cpp LIBS assay_reference)
assay_add_test(NAME e2m1_test SOURCES format/e2m1_test.cpp LIBS assay_reference)
assay_add_test(NAME static_fp8_test SOURCES quantize/static_fp8_test.cpp LIBS assay_reference)
assay_add_test(NAME nvfp4_test SOURCES quantize/nvfp4_test.cpp quantize/nvfp4_model_test.cpp
               LIBS assay_reference)
assay_add_test(NAME block_dot_test SOURCES arithmetic/block_dot_test.cpp
               arithmetic/block_dot_limits_test.cpp LIBS assay_reference
               Eigen3::Eigen mpfr gmp)
assay_add_test(NAME certificate_test SOURCES arithmetic/certificate_test.cpp
               LIBS assay_reference mpfr gmp)
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

assay_add_test(NAME cuda_headers_test SOURCES format/cuda_headers_test.cpp
               LIBS assay_reference assay_cuda_headers TBB::tbb LABELS exhaustive)
