# SPDX-License-Identifier: Apache-2.0
# The kernels on the emulated driver: under shuffled schedules, under each policy for mma.sync, and with
# seeded defects. Device functions also on the host, on all inputs.
assay_add_test(NAME kernels_silu_exhaustive_test SOURCES silu_exhaustive_test.cpp
               LIBS mpfr gmp TBB::tbb LABELS exhaustive)
# Lets conditional expressions become vector instructions; no value depends on it.
set_source_files_properties(silu_exhaustive_test.cpp PROPERTIES COMPILE_OPTIONS -fno-trapping-math)
if(NOT TARGET assay_cuda_emulator OR NOT ASSAY_TESTS)
  return()
endif()
find_package(Python3 3.11 REQUIRED COMPONENTS Interpreter)

function(assay_add_kernel_check NAME LABEL)
  add_test(NAME ${NAME} COMMAND ${ARGN})
  set_tests_properties(${NAME} PROPERTIES LABELS ${LABEL} TIMEOUT 1800 ENVIRONMENT
                       "ASSAY_CUDA_DRIVER=$<TARGET_FILE:assay_cuda_emulator>")
endfunction()

assay_add_kernel_check(cuda_schedules exhaustive ${CMAKE_CURRENT_SOURCE_DIR}/schedules.sh
                       $<TARGET_FILE:assay> 20 smoke)
assay_add_kernel_check(cuda_policies cli Python3::Interpreter
                       ${PROJECT_SOURCE_DIR}/conformance/cli/cuda_policies_test.py
                       $<TARGET_FILE:assay>)
assay_add_kernel_check(kernel_defects exhaustive Python3::Interpreter
                       ${CMAKE_CURRENT_SOURCE_DIR}/defects/defects_test.py
                       --judge $<TARGET_FILE:assay_defective>
                       --driver $<TARGET_FILE:assay_cuda_emulator>
                       --kernels ${PROJECT_BINARY_DIR}/kernel_defects)
