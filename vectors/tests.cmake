# SPDX-License-Identifier: Apache-2.0
# Tests of vectors/. Outside oracles: FIPS 180-4, a file written by the Python package safetensors.
option(ASSAY_FUZZ "Build the fuzz targets (clang)" OFF)
if(ASSAY_FUZZ)
  target_compile_options(assay_vectors PRIVATE -fsanitize=fuzzer-no-link)
  add_executable(safetensors_fuzz io/safetensors_fuzz.cpp)
  target_link_libraries(safetensors_fuzz PRIVATE assay_vectors assay_options)
  target_link_options(safetensors_fuzz PRIVATE -fsanitize=fuzzer)
endif()

if(NOT ASSAY_TESTS)
  return()
endif()

assay_add_test(NAME io_test LIBS assay_vectors SOURCES
  io/atomic_file_test.cpp
  io/case_file_test.cpp
  io/json_file_test.cpp
  io/manifest_test.cpp
  io/moe_tensors_test.cpp
  io/moe_trace_test.cpp
  io/operators_test.cpp
  io/profile_test.cpp
  io/quantized_file_test.cpp
  io/safetensors_entries_test.cpp
  io/safetensors_read_test.cpp
  io/safetensors_write_test.cpp
  io/sha256_test.cpp
  io/static_fp8_tensors_test.cpp
  io/temporary_folder_test.cpp
  io/tensor_test.cpp)

assay_add_test(NAME boundary_file_test SOURCES io/boundary_file_test.cpp LIBS assay_vectors)
target_compile_definitions(boundary_file_test PRIVATE
  ASSAY_BOUNDARIES="${CMAKE_CURRENT_SOURCE_DIR}/boundaries")

# Outside data that is not part of the project: its tests skip where it is absent.
assay_add_test(NAME tensor_core_data_test SOURCES io/tensor_core_data_test.cpp
               io/tensor_core_cases_test.cpp LIBS assay_vectors)
target_compile_definitions(tensor_core_data_test PRIVATE
                           ASSAY_TEST_DATA="${PROJECT_SOURCE_DIR}/../shared/data")

include(generate_tests.cmake)
