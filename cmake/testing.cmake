# SPDX-License-Identifier: Apache-2.0
# assay_add_test(NAME name SOURCES files... LIBS targets... [LABELS labels...] [ENVIRONMENT NAME=value...])
# One GoogleTest program; its tests are registered one by one. Labels: unit (default), exhaustive,
# cli, docs, build.
if(ASSAY_TESTS)
  enable_testing()
  find_package(GTest REQUIRED)
  include(GoogleTest)
endif()

function(assay_add_test)
  if(NOT ASSAY_TESTS)
    return()
  endif()
  cmake_parse_arguments(TEST "" "NAME" "SOURCES;LIBS;LABELS;ENVIRONMENT" ${ARGN})
  if(NOT TEST_LABELS)
    set(TEST_LABELS unit)
  endif()
  add_executable(${TEST_NAME} ${TEST_SOURCES})
  target_link_libraries(${TEST_NAME} PRIVATE ${TEST_LIBS} assay_options GTest::gtest_main)
  # Tests wait for the compiler more than for themselves, but sweeps of all inputs.
  if(NOT "exhaustive" IN_LIST TEST_LABELS)
    target_compile_options(${TEST_NAME} PRIVATE $<$<CONFIG:Release>:-O1> $<$<CONFIG:Debug>:-O0>)
  endif()
  if(ASSAY_SANITIZE AND "exhaustive" IN_LIST TEST_LABELS)
    set_target_properties(${TEST_NAME} PROPERTIES EXCLUDE_FROM_ALL ON) # hours under sanitizers
    return()
  endif()
  gtest_discover_tests(${TEST_NAME} DISCOVERY_MODE PRE_TEST NO_PRETTY_VALUES
                       PROPERTIES LABELS "${TEST_LABELS}" TIMEOUT 900
                                  ENVIRONMENT "${TEST_ENVIRONMENT}")
endfunction()
