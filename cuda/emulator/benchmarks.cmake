# SPDX-License-Identifier: Apache-2.0
# Kernels come from the corpus, which needs nvcc.
if(ASSAY_NVCC)
  assay_add_bench(NAME emulator_bench SOURCES emulator_bench.cpp LIBS assay_emulator)
  if(TARGET emulator_bench)
    target_compile_definitions(emulator_bench PRIVATE ASSAY_CORPUS="${PROJECT_BINARY_DIR}/corpus")
    add_dependencies(emulator_bench emulator_corpus_modules)
  endif()
endif()
