# SPDX-License-Identifier: Apache-2.0
if(NOT ASSAY_TESTS)
  return()
endif()

assay_add_test(NAME emulator_execute_test SOURCES execute/divergence_test.cpp execute/barrier_test.cpp
               execute/launch_test.cpp LIBS assay_emulator)
assay_add_test(NAME emulator_matrix_test SOURCES instructions/matrix_fragment_test.cpp
               instructions/mbarrier_object_test.cpp
               instructions/atomic_operations_test.cpp LIBS assay_emulator)
