# SPDX-License-Identifier: Apache-2.0
# assay_cuda_headers: NVIDIA's cuda_fp8.h and cuda_fp4.h, whose host functions are an outside oracle of
# the conversions. Looks at the toolkit, then at the compiler wheels that
# scripts/setup.sh puts into .venv.
add_library(assay_cuda_headers INTERFACE)
if(NOT ASSAY_CUDA STREQUAL "OFF")
  foreach(minor RANGE 11 15)
    list(APPEND ASSAY_CUDA_WHEELS
         ${PROJECT_SOURCE_DIR}/.venv/lib/python3.${minor}/site-packages/nvidia/cu13)
  endforeach()
  find_path(ASSAY_CUDA_INCLUDE_DIR cuda_fp4.h
            HINTS ${CUDAToolkit_ROOT} ENV CUDA_HOME /usr/local/cuda ${ASSAY_CUDA_WHEELS}
            PATH_SUFFIXES include targets/x86_64-linux/include)
  if(ASSAY_CUDA_INCLUDE_DIR)
    target_include_directories(assay_cuda_headers SYSTEM INTERFACE ${ASSAY_CUDA_INCLUDE_DIR})
    target_compile_definitions(assay_cuda_headers INTERFACE ASSAY_HAS_CUDA_HEADERS)
  elseif(ASSAY_CUDA STREQUAL "ON")
    message(FATAL_ERROR "ASSAY_CUDA=ON, but cuda_fp4.h was not found: set CUDAToolkit_ROOT")
  else()
    message(STATUS "CUDA 13 not found: tests against NVIDIA's headers will be skipped")
  endif()
endif()
