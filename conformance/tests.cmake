# SPDX-License-Identifier: Apache-2.0
# Tests of targets, judge, selection and reports. Outside oracles: a POSIX shell, sha256sum, Python's
# XML parser.
if(NOT ASSAY_TESTS)
  return()
endif()

add_library(assay_small_case STATIC suite/small_case.cpp)
target_link_libraries(assay_small_case PUBLIC assay_conformance assay_options)

assay_add_test(NAME command_test SOURCES target/command_test.cpp LIBS assay_conformance)
assay_add_test(NAME printable_test SOURCES target/printable_test.cpp LIBS assay_conformance)
assay_add_test(NAME target_test SOURCES target/target_test.cpp LIBS assay_small_case)
assay_add_test(NAME cuda_choice_test SOURCES target/cuda_choice_test.cpp LIBS assay_conformance)
if(TARGET assay_cuda_backend)
  assay_add_test(NAME cuda_target_test SOURCES target/cuda_target_test.cpp
                 target/cuda_quantize_test.cpp target/cuda_static_fp8_test.cpp
                 LIBS assay_small_case)
  add_dependencies(cuda_target_test assay_cuda_emulator)
  assay_add_test(NAME cuda_failure_test SOURCES target/cuda_failure_test.cpp
                 LIBS assay_small_case assay_cuda_backend)
  target_compile_definitions(cuda_failure_test PRIVATE
    ASSAY_FAKE_DRIVER="$<TARGET_FILE:assay_fake_driver>")
  add_dependencies(cuda_failure_test assay_fake_driver)
endif()
assay_add_test(NAME exec_target_test SOURCES target/exec_target_test.cpp LIBS assay_small_case)
assay_add_test(NAME compare_test SOURCES judge/compare_test.cpp LIBS assay_conformance)
assay_add_test(NAME judge_test SOURCES judge/judge_test.cpp judge/judge_operators_test.cpp
               LIBS assay_small_case)
assay_add_test(NAME mutants_test SOURCES mutants/mutant_test.cpp mutants/place_test.cpp
               LIBS assay_small_case)
assay_add_test(NAME selection_test SOURCES suite/selection_test.cpp LIBS assay_small_case)
assay_add_test(NAME bits_test SOURCES report/bits_test.cpp LIBS assay_conformance)
assay_add_test(NAME report_test SOURCES report/report_test.cpp LIBS assay_conformance)
assay_add_test(NAME junit_test SOURCES report/junit_test.cpp LIBS assay_small_case)

# Suites on the emulated devices: every case must run, or be of another contract. Sanitizers see the same code on
# each.
if(TARGET assay_cuda_backend)
  set(devices sm_100a sm_103a sm_110a)
  if(ASSAY_SANITIZE)
    set(devices sm_110a)
  endif()
  foreach(device IN LISTS devices)
    foreach(row smoke:10:cuda adversarial:74:cuda tensorrt_sample:4:cuda cuda_edges:264:cuda
                quantize:452:cuda cuda_quantize:508:cuda production_shape:1:exhaustive)
      string(REPLACE : ";" row ${row})
      list(GET row 0 suite)
      list(GET row 1 cases)
      list(GET row 2 label)
      add_test(NAME cuda.${suite}.${device}
               COMMAND assay check ${suite} --target cuda:emulated:${device} --quiet --min-cases ${cases})
      set_tests_properties(cuda.${suite}.${device} PROPERTIES LABELS ${label} TIMEOUT 900)
    endforeach()
  endforeach()
endif()
