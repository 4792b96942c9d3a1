# SPDX-License-Identifier: Apache-2.0
# Tests of arithmetic, comparison, move and conversion instructions.
if(NOT ASSAY_TESTS)
  return()
endif()

assay_add_test(NAME emulator_alu_test SOURCES instructions/bits_test.cpp
               instructions/comparison_test.cpp instructions/integer_test.cpp
               instructions/move_test.cpp LIBS assay_emulator)
assay_add_test(NAME emulator_float_test SOURCES instructions/float_choice_test.cpp
               instructions/floating_test.cpp LIBS assay_emulator mpfr gmp)
assay_add_test(NAME emulator_approximate_test SOURCES instructions/approximate_test.cpp
               LIBS assay_emulator mpfr gmp)
assay_add_test(NAME emulator_convert_test SOURCES instructions/convert_test.cpp
               LIBS assay_emulator mpfr gmp)
if(ASSAY_CUDA_INCLUDE_DIR)
  assay_add_test(NAME emulator_packed_convert_test SOURCES instructions/packed_convert_test.cpp
                 LIBS assay_emulator assay_cuda_headers mpfr gmp)
endif()
assay_add_test(NAME emulator_forms_test SOURCES instructions/ptxas_forms_test.cpp
               LIBS assay_emulator)
if(TARGET emulator_forms_test)
  target_compile_definitions(emulator_forms_test PRIVATE ASSAY_PTXAS="${ASSAY_PTXAS}")
endif()
# Ten CPU-minutes for all inputs: ctest takes every 16th chunk of them, the program alone takes all.
assay_add_test(NAME emulator_approximate_sweep_test SOURCES instructions/approximate_sweep_test.cpp
               LIBS assay_emulator TBB::tbb mpfr gmp LABELS exhaustive
               ENVIRONMENT ASSAY_SWEEP_STEP=16)
if(ASSAY_CUDA_INCLUDE_DIR)
  assay_add_test(NAME emulator_packed_sweep_test SOURCES instructions/packed_sweep_test.cpp
                 LIBS assay_emulator assay_cuda_headers TBB::tbb LABELS exhaustive)
endif()
