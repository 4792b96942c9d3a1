# SPDX-License-Identifier: Apache-2.0
# Installs the build in BUILD_DIR to a fresh prefix, then builds and runs this folder's project against
# it with find_package(assay). The installed program must use the installed suites and the installed
# emulator; a program that is linked with -lcuda (EXAMPLE, where there is one) must run on the installed
# driver (where EMULATOR is on).
set(work ${BUILD_DIR}/consumer)
file(REMOVE_RECURSE ${work})

function(run)
  execute_process(COMMAND ${ARGN} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

run(${CMAKE_COMMAND} --install ${BUILD_DIR} --prefix ${work}/prefix)
run(${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR} -B ${work}/build -G ${GENERATOR}
    -DCMAKE_CXX_COMPILER=${COMPILER} -DCMAKE_PREFIX_PATH=${work}/prefix)
run(${CMAKE_COMMAND} --build ${work}/build)
run(${work}/build/consumer)
if(EXISTS ${work}/build/cuda_consumer)
  run(${work}/build/cuda_consumer)
endif()

run(${work}/prefix/bin/assay verify smoke --quiet)
execute_process(COMMAND ${work}/prefix/bin/assay info OUTPUT_VARIABLE info)
if(NOT info MATCHES "vectors +${work}/prefix/share/assay/vectors\n")
  message(FATAL_ERROR "the installed program does not use the installed vectors:\n${info}")
endif()

execute_process(COMMAND ${work}/prefix/bin/assay check smoke --target cuda:emulated --quiet
                RESULT_VARIABLE code OUTPUT_VARIABLE report ERROR_VARIABLE reason)
if(NOT (code EQUAL 4 AND reason MATCHES "this build has no CUDA backend") AND
   NOT (code EQUAL 0 AND report MATCHES "driver +${work}/prefix/[^\n]*/assay/libassay_cuda_emulator.so\n"))
  message(FATAL_ERROR "the installed program does not use the installed emulator:\n${reason}${report}")
endif()

if(NOT EMULATOR)
  return()
endif()
set(driver ${work}/prefix/${LIBDIR}/assay/cuda_driver)
if(NOT EXISTS ${driver}/libcuda.so.1 OR NOT EXISTS ${driver}/libcuda.so)
  message(FATAL_ERROR "${driver} does not lead to the emulator's driver")
endif()
if(EXAMPLE)
  execute_process(COMMAND ${CMAKE_COMMAND} -E env LD_LIBRARY_PATH=${driver} ${EXAMPLE}
                  OUTPUT_VARIABLE sums COMMAND_ERROR_IS_FATAL ANY)
  if(NOT sums MATCHES ": 0 of [0-9]+ sums are wrong")
    message(FATAL_ERROR "the example on the installed driver says:\n${sums}")
  endif()
endif()
