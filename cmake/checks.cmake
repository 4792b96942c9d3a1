# SPDX-License-Identifier: Apache-2.0
# Tests of the repository as a whole: its form, its documentation, that vectors are reproducible, and that
# what is installed can be used.
if(NOT ASSAY_TESTS)
  return()
endif()
find_package(Python3 3.11 REQUIRED COMPONENTS Interpreter)

function(assay_add_check NAME LABEL)
  add_test(NAME ${NAME} COMMAND ${ARGN} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(${NAME} PROPERTIES LABELS ${LABEL} TIMEOUT 1800 SKIP_RETURN_CODE 77)
endfunction()

set(ASSAY_SCRIPTS ${PROJECT_SOURCE_DIR}/scripts)
assay_add_check(check.layering build Python3::Interpreter ${ASSAY_SCRIPTS}/check_layering.py)
assay_add_check(check.layering_self_test build
                Python3::Interpreter ${ASSAY_SCRIPTS}/check_layering.py --self-test)
assay_add_check(check.style build ${ASSAY_SCRIPTS}/check_style.sh)
set(ASSAY_SEALED_SUITES smoke tensorrt_sample adversarial cuda_edges casts quantize cuda_quantize)
assay_add_check(check.reproducible build ${ASSAY_SCRIPTS}/check_reproducible.sh
                $<TARGET_FILE:assay> ${ASSAY_SEALED_SUITES})
foreach(suite IN LISTS ASSAY_SEALED_SUITES)
  assay_add_check(sealed.${suite} unit $<TARGET_FILE:assay> verify ${suite} --quiet)
endforeach()
assay_add_check(check.docs docs Python3::Interpreter ${ASSAY_SCRIPTS}/check_docs.py
                --bin $<TARGET_FILE_DIR:assay>)
assay_add_check(check.docs_self_test docs
                Python3::Interpreter ${ASSAY_SCRIPTS}/check_docs.py --self-test)
assay_add_check(check.install build ${CMAKE_COMMAND} -DBUILD_DIR=${PROJECT_BINARY_DIR}
                -DCOMPILER=${CMAKE_CXX_COMPILER} -DGENERATOR=${CMAKE_GENERATOR}
                -DEMULATOR=$<BOOL:${ASSAY_EMULATOR}> -DLIBDIR=${CMAKE_INSTALL_LIBDIR}
                -DEXAMPLE=$<$<TARGET_EXISTS:vector_add_driver>:$<TARGET_FILE:vector_add_driver>>
                -P ${PROJECT_SOURCE_DIR}/cmake/consumer/check.cmake)
set(ASSAY_CLI_TESTS cli cli_errors cli_formats cli_quantize cli_tensorcore)
if(ASSAY_EMULATOR)
  list(APPEND ASSAY_CLI_TESTS cli_emulate cli_emulate_errors cli_lint)
endif()
foreach(name IN LISTS ASSAY_CLI_TESTS)
  assay_add_check(${name} cli Python3::Interpreter
                  ${PROJECT_SOURCE_DIR}/conformance/cli/${name}_test.py $<TARGET_FILE:assay>)
endforeach()
assay_add_check(mutate cli Python3::Interpreter
                ${PROJECT_SOURCE_DIR}/conformance/cli/mutate_test.py $<TARGET_FILE:assay>)
assay_add_check(mutants mutant $<TARGET_FILE:assay> mutate casts quantize cuda_quantize --quiet)
assay_add_check(targets cli ${ASSAY_SCRIPTS}/test_targets.sh $<TARGET_FILE:assay>)
assay_add_check(compare_recipes exhaustive ${ASSAY_SCRIPTS}/python.sh
                ${ASSAY_SCRIPTS}/compare_recipes.py $<TARGET_FILE:assay>)
assay_add_check(divergence exhaustive ${ASSAY_SCRIPTS}/python.sh
                ${ASSAY_SCRIPTS}/divergence_table.py)
assay_add_check(cast_policies exhaustive ${ASSAY_SCRIPTS}/python.sh
                ${ASSAY_SCRIPTS}/test_cast_policies.py $<TARGET_FILE:assay>)
foreach(flag ffast-math ffinite-math-only)
  add_test(NAME check.${flag}_is_an_error
           COMMAND ${CMAKE_CXX_COMPILER} -std=c++20 -${flag} -fsyntax-only -I${PROJECT_SOURCE_DIR}
                   -include reference/ieee.hpp -x c++ /dev/null)
  set_tests_properties(check.${flag}_is_an_error PROPERTIES LABELS build
                       PASS_REGULAR_EXPRESSION "build without -ffast-math")
endforeach()
