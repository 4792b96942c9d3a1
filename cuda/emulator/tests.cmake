# SPDX-License-Identifier: Apache-2.0
if(NOT ASSAY_TESTS)
  return()
endif()

assay_add_test(NAME emulator_execute_test SOURCES execute/divergence_test.cpp execute/barrier_test.cpp
               execute/launch_test.cpp LIBS assay_emulator)
assay_add_test(NAME emulator_matrix_test SOURCES instructions/matrix_fragment_test.cpp
               instructions/mbarrier_object_test.cpp
               instructions/atomic_operations_test.cpp LIBS assay_emulator)
assay_add_test(NAME emulator_memory_test SOURCES memory/global_memory_test.cpp
               memory/race_check_test.cpp memory/race_model_test.cpp memory/access_test.cpp
               memory/race_kernels_test.cpp memory/memory_counters_test.cpp
               memory/page_locks_test.cpp memory/warp_kernels_test.cpp
               sanitize/code_place_test.cpp sanitize/finding_test.cpp
               sanitize/unspecified_test.cpp LIBS assay_emulator)
assay_add_test(NAME emulator_load_store_test SOURCES instructions/memory_test.cpp
               LIBS assay_emulator)
assay_add_test(NAME emulator_warp_test SOURCES instructions/warp_operations_test.cpp
               instructions/atomics_test.cpp LIBS assay_emulator)
assay_add_test(NAME emulator_mma_test SOURCES instructions/mma_test.cpp
               instructions/mma_policy_test.cpp instructions/mma_quad_test.cpp
               instructions/matrix_memory_test.cpp LIBS assay_emulator)
assay_add_test(NAME emulator_async_test SOURCES instructions/async_copy_test.cpp
               instructions/bulk_copy_test.cpp instructions/mbarrier_test.cpp
               instructions/sync_forms_test.cpp LIBS assay_emulator)
assay_add_test(NAME emulator_tcgen05_test SOURCES instructions/tcgen05_alloc_test.cpp
               instructions/tcgen05_memory_test.cpp instructions/tcgen05_descriptor_test.cpp
               instructions/tcgen05_mma_test.cpp instructions/tcgen05_findings_test.cpp
               instructions/tcgen05_refusals_test.cpp LIBS assay_emulator)
