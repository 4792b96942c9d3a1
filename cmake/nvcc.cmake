# SPDX-License-Identifier: Apache-2.0
# ASSAY_NVCC: nvcc 13 from the toolkit, or from the compiler wheels that scripts/setup.sh puts into
# .venv. assay_compile_ptx() adds one compilation to PTX.
set(ASSAY_CUDA_TARGETS sm_100a sm_103a sm_110a)

# What tests of the emulator compile their kernels for. Host sanitizers look at the emulator's own code,
# which one compilation of a kernel reaches as six do.
if(ASSAY_SANITIZE)
  set(ASSAY_CORPUS_TARGETS sm_110a)
  set(ASSAY_CORPUS_LEVELS O3)
else()
  set(ASSAY_CORPUS_TARGETS ${ASSAY_CUDA_TARGETS})
  set(ASSAY_CORPUS_LEVELS O0 O3)
endif()

if(NOT ASSAY_CUDA STREQUAL "OFF")
  find_program(ASSAY_NVCC nvcc HINTS ${CUDAToolkit_ROOT} ENV CUDA_HOME ${ASSAY_CUDA_WHEELS}
               PATHS /usr/local/cuda PATH_SUFFIXES bin)
  find_path(ASSAY_CUDA_H_DIR cuda.h
            HINTS ${CUDAToolkit_ROOT} ENV CUDA_HOME ${ASSAY_CUDA_WHEELS} /usr/local/cuda
            PATH_SUFFIXES include targets/x86_64-linux/include NO_DEFAULT_PATH)
endif()
if(ASSAY_NVCC)
  execute_process(COMMAND ${ASSAY_NVCC} --version OUTPUT_VARIABLE version ERROR_QUIET)
  if(NOT version MATCHES "release 13\\.")
    message(STATUS "${ASSAY_NVCC} is not of CUDA 13")
    unset(ASSAY_NVCC CACHE)
    set(ASSAY_NVCC "")
  endif()
endif()

# The levels. nvcc alone would never make a branch table of a switch.
set(ASSAY_NVCC_O0 -O0 -G)
set(ASSAY_NVCC_O3 -O3 -lineinfo --jump-table-density 10)

# assay_compile_ptx(OUTPUTS SOURCE FOLDER TARGET LEVEL): appends
# <build>/FOLDER/TARGET/LEVEL/<name of SOURCE>.ptx to the variable OUTPUTS.
function(assay_compile_ptx OUTPUTS SOURCE FOLDER TARGET LEVEL)
  get_filename_component(name ${SOURCE} NAME_WE)
  string(REPLACE sm_ compute_ arch ${TARGET})
  set(folder ${PROJECT_BINARY_DIR}/${FOLDER}/${TARGET}/${LEVEL})
  set(output ${folder}/${name}.ptx)
  file(MAKE_DIRECTORY ${folder})
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${ASSAY_NVCC} -ptx -std=c++17 -arch=${arch} ${ASSAY_NVCC_${LEVEL}} -Werror all-warnings
            -I ${PROJECT_SOURCE_DIR} -MD -MF ${output}.d -MT ${output}
            ${CMAKE_CURRENT_SOURCE_DIR}/${SOURCE} -o ${output}
    DEPENDS ${SOURCE}
    DEPFILE ${output}.d
    COMMENT "nvcc ${TARGET}/${LEVEL}/${name}.ptx"
    VERBATIM)
  set(${OUTPUTS} ${${OUTPUTS}} ${output} PARENT_SCOPE)
endfunction()
