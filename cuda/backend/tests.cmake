# SPDX-License-Identifier: Apache-2.0
# Tests of the backend: pure ones, on a fake driver that fails where a test wants it, and on the
# emulator.
if(NOT ASSAY_TESTS)
  return()
endif()
add_subdirectory(fake_driver)
add_subdirectory(examples)

assay_add_test(NAME cuda_plan_test SOURCES moe_plan_test.cpp error_test.cpp LIBS assay_cuda_backend)
target_compile_definitions(cuda_plan_test PRIVATE ASSAY_CUDA_H="${ASSAY_CUDA_H_DIR}/cuda.h")

# Both interfaces: the C++ one linked, the C one through the shared library.
set(fake_driver_tests open_test.cpp create_test.cpp weights_test.cpp run_test.cpp assay_cuda_test.cpp
    assay_cuda_quantize_test.cpp)
assay_add_test(NAME cuda_backend_test SOURCES ${fake_driver_tests} test_front_end.cpp
               LIBS assay_cuda_backend assay_cuda)
assay_add_test(NAME cuda_host_memory_test SOURCES host_memory_test.cpp test_front_end.cpp
               LIBS assay_cuda_backend assay_cuda)
foreach(test cuda_backend_test cuda_host_memory_test)
  target_compile_definitions(${test} PRIVATE
    ASSAY_FAKE_DRIVER="$<TARGET_FILE:assay_fake_driver>"
    ASSAY_INCOMPLETE_DRIVER="$<TARGET_FILE:assay_incomplete_driver>"
    ASSAY_TEST_DRIVER="$<TARGET_FILE:assay_cuda_emulator>"
    ASSAY_PROJECT_VERSION="${PROJECT_VERSION}")
  add_dependencies(${test} assay_fake_driver assay_incomplete_driver assay_cuda_emulator)
endforeach()

assay_add_test(NAME batch_invariance_test SOURCES batch_invariance_test.cpp LIBS assay_cuda_backend)
assay_add_test(NAME cuda_graph_test SOURCES graph_test.cpp LIBS assay_cuda_backend)
foreach(test batch_invariance_test cuda_graph_test)
  target_compile_definitions(${test} PRIVATE ASSAY_TEST_DRIVER="$<TARGET_FILE:assay_cuda_emulator>")
  add_dependencies(${test} assay_cuda_emulator)
endforeach()

# Symbols that the library offers.
add_test(NAME cuda.exports
         COMMAND sh -c "! ${CMAKE_NM} -D --defined-only $<TARGET_FILE:assay_cuda> | grep -v ' T assay_cuda_'")
set_tests_properties(cuda.exports PROPERTIES LABELS unit)
