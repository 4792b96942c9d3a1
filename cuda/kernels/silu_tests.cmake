# SPDX-License-Identifier: Apache-2.0
# SiLU on all inputs on the host, and as nvcc compiled it on the emulated driver.
assay_add_test(NAME kernels_silu_test SOURCES silu_test.cpp LIBS mpfr gmp)
assay_add_test(NAME kernels_silu_exhaustive_test SOURCES silu_exhaustive_test.cpp
               LIBS mpfr gmp TBB::tbb LABELS exhaustive)
# Lets conditional expressions become vector instructions; no value depends on it.
set_source_files_properties(silu_exhaustive_test.cpp silu_ptx_test.cpp
                            PROPERTIES COMPILE_OPTIONS -fno-trapping-math)

add_executable(kernels_silu_ptx_test silu_ptx_test.cpp)
target_link_libraries(kernels_silu_ptx_test PRIVATE assay_options assay_corpus_harness mpfr gmp
                                                    GTest::gtest_main)
add_dependencies(kernels_silu_ptx_test assay_cuda_emulator emulator_corpus_modules)
foreach(target IN LISTS ASSAY_CORPUS_TARGETS)
  string(REPLACE sm_ "" number ${target})
  add_test(NAME kernels_silu_ptx.${target} COMMAND kernels_silu_ptx_test --gtest_brief=1)
  set_tests_properties(kernels_silu_ptx.${target} PROPERTIES LABELS exhaustive TIMEOUT 900
    ENVIRONMENT "ASSAY_CUDA_DRIVER=$<TARGET_FILE:assay_cuda_emulator>;ASSAY_EMULATE_SM=${number};\
ASSAY_CORPUS=${PROJECT_BINARY_DIR}/corpus")
  add_test(NAME kernels_silu_lint.${target}
           COMMAND assay lint ${PROJECT_BINARY_DIR}/corpus/${target}/O3/silu.ptx)
  set_tests_properties(kernels_silu_lint.${target} PROPERTIES LABELS unit)
endforeach()
