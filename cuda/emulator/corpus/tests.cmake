# SPDX-License-Identifier: Apache-2.0
# The corpus on the emulated driver: once for each target, and under shuffled schedules.
if(NOT TARGET assay_cuda_emulator)
  return()
endif()
add_dependencies(emulator_corpus assay_cuda_emulator)
set(environment "ASSAY_CUDA_DRIVER=$<TARGET_FILE:assay_cuda_emulator>"
                "ASSAY_CORPUS=${PROJECT_BINARY_DIR}/corpus")

foreach(target IN LISTS ASSAY_CORPUS_TARGETS)
  string(REPLACE sm_ "" number ${target})
  foreach(level IN LISTS ASSAY_CORPUS_LEVELS)
    set(name emulator_corpus.${target}.${level})
    add_test(NAME ${name} COMMAND emulator_corpus --gtest_filter=${level}.* --gtest_brief=1)
    set_tests_properties(${name} PROPERTIES LABELS unit TIMEOUT 900
                         ENVIRONMENT "${environment};ASSAY_EMULATE_SM=${number}")
  endforeach()
endforeach()

add_test(NAME emulator_corpus.schedules
         COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/schedules.sh $<TARGET_FILE:emulator_corpus> 50)
set_tests_properties(emulator_corpus.schedules PROPERTIES LABELS exhaustive TIMEOUT 1800
                     ENVIRONMENT "${environment};ASSAY_EMULATE_SM=110a")
