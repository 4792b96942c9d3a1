# SPDX-License-Identifier: Apache-2.0
# The kernels on the emulated driver: under shuffled schedules, under each policy for mma.sync, and with
# seeded defects.
if(NOT TARGET assay_cuda_emulator OR NOT ASSAY_TESTS)
  return()
endif()
find_package(Python3 3.11 REQUIRED COMPONENTS Interpreter)

function(assay_add_kernel_check NAME LABEL)
  add_test(NAME ${NAME} COMMAND ${ARGN})
  set_tests_properties(${NAME} PROPERTIES LABELS ${LABEL} TIMEOUT 1800 ENVIRONMENT
                       "ASSAY_CUDA_DRIVER=$<TARGET_FILE:assay_cuda_emulator>")
endfunction()

assay_add_kernel_check(cuda_schedules.smoke exhaustive ${CMAKE_CURRENT_SOURCE_DIR}/schedules.sh
                       $<TARGET_FILE:assay> 20 smoke)
# Several tiles of an expert, more chunks than the ring has stages, several rounds of routing.
assay_add_kernel_check(cuda_schedules.edges exhaustive ${CMAKE_CURRENT_SOURCE_DIR}/schedules.sh
                       $<TARGET_FILE:assay> 20 cuda_edges --filter */duplicates/t16_k8*
                       --filter */one_expert/t65* --filter */k_tails/t3_h1296_i48*
                       --filter */down_k_tails/t12_h80_i1296*
                       --filter */routing_passes/skewed_t33*)
# Several thread blocks that share a maximum, warps without work, tiles with padding.
assay_add_kernel_check(cuda_schedules.quantize exhaustive ${CMAKE_CURRENT_SOURCE_DIR}/schedules.sh
                       $<TARGET_FILE:assay> 20 cuda_quantize --filter */nvfp4_shapes/modelopt_*
                       --filter */mx_shapes/mxfp8_rceil_* --filter */fresh_amax/*
                       --filter */matrices/*)
assay_add_kernel_check(cuda_policies cli Python3::Interpreter
                       ${PROJECT_SOURCE_DIR}/conformance/cli/cuda_policies_test.py
                       $<TARGET_FILE:assay>)
if(TARGET assay_defective)
  assay_add_kernel_check(kernel_defects exhaustive Python3::Interpreter
                         ${CMAKE_CURRENT_SOURCE_DIR}/defects/defects_test.py
                         --judge $<TARGET_FILE:assay_defective>
                         --driver $<TARGET_FILE:assay_cuda_emulator>
                         --kernels ${PROJECT_BINARY_DIR}/kernel_defects)
endif()

# What the images consist of: budgets/FAMILY.json (docs/lint.md), and that a wrong image is noticed.
assay_add_test(NAME kernel_budget_test SOURCES kernel_budget_test.cpp kernel_mutants_test.cpp
               LIBS assay_audit assay_cuda_kernels)
list(JOIN ASSAY_KERNEL_CODE_FLAGS " " flags)
target_compile_definitions(kernel_budget_test PRIVATE ASSAY_SOURCES="${PROJECT_SOURCE_DIR}"
                           ASSAY_NVCC="${ASSAY_NVCC}" ASSAY_KERNEL_CODE_FLAGS="${flags}")

include(silu_tests.cmake)
