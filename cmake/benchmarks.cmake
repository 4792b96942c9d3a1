# SPDX-License-Identifier: Apache-2.0
# assay_add_bench(NAME name SOURCES files... LIBS targets...): one Google Benchmark program; scripts/bench.sh
# runs them all.
if(ASSAY_BENCHMARKS)
  find_package(benchmark REQUIRED)
  find_package(Eigen3 REQUIRED)
endif()

function(assay_add_bench)
  if(NOT ASSAY_BENCHMARKS)
    return()
  endif()
  cmake_parse_arguments(BENCH "" "NAME" "SOURCES;LIBS" ${ARGN})
  add_executable(${BENCH_NAME} ${BENCH_SOURCES})
  target_link_libraries(${BENCH_NAME} PRIVATE ${BENCH_LIBS} assay_options benchmark::benchmark_main)
  set_target_properties(${BENCH_NAME} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bench)
endfunction()
