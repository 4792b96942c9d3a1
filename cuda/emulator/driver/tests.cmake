# SPDX-License-Identifier: Apache-2.0
# The driver's tests: of its parts, and of the shared library as a program sees it.
if(NOT ASSAY_TESTS)
  return()
endif()

assay_add_test(NAME emulator_options_test SOURCES options_test.cpp LIBS assay_emulator)
assay_add_test(NAME cuda_driver_parts_test
               SOURCES driver/fatbin_test.cpp driver/device_model_test.cpp driver/jit_options_test.cpp
               LIBS assay_cuda_driver_parts)

# The same module under each of nvcc's compressions.
if(ASSAY_NVCC)
  set(fatbins ${CMAKE_CURRENT_BINARY_DIR}/fatbins)
  file(MAKE_DIRECTORY ${fatbins})
  foreach(mode none default size speed balance)
    add_custom_command(OUTPUT ${fatbins}/${mode}.fatbin
      COMMAND ${ASSAY_NVCC} -fatbin -Xfatbin -compress-mode=${mode}
              -gencode arch=compute_100f,code=compute_100f -gencode arch=compute_103a,code=compute_103a
              -gencode arch=compute_110a,code=[sm_110a,compute_110a]
              ${CMAKE_CURRENT_SOURCE_DIR}/driver/test_module.cu -o ${fatbins}/${mode}.fatbin
      DEPENDS driver/test_module.cu COMMENT "nvcc fatbins/${mode}.fatbin" VERBATIM)
    target_sources(cuda_driver_parts_test PRIVATE ${fatbins}/${mode}.fatbin)
  endforeach()
  target_compile_definitions(cuda_driver_parts_test PRIVATE ASSAY_FATBINS="${fatbins}")
endif()

if(ASSAY_CUDA_H_DIR)
  # Compiles the entry points against NVIDIA's declarations: other signatures do not compile.
  file(GLOB sources CONFIGURE_DEPENDS driver/*_api.cpp)
  add_library(assay_cuda_abi_check OBJECT ${sources})
  target_compile_definitions(assay_cuda_abi_check PRIVATE ASSAY_WITH_CUDA_H)
  target_compile_options(assay_cuda_abi_check PRIVATE -O0)
  target_include_directories(assay_cuda_abi_check SYSTEM PRIVATE ${ASSAY_CUDA_H_DIR})
  target_link_libraries(assay_cuda_abi_check PRIVATE assay_emulator assay_vectors assay_options)

  assay_add_test(NAME cuda_driver_abi_test SOURCES driver/abi_test.cpp driver/occupancy_test.cpp
                 LIBS assay_cuda_driver_parts)
  target_include_directories(cuda_driver_abi_test SYSTEM PRIVATE ${ASSAY_CUDA_H_DIR})
endif()

# The shared library, opened by path.
foreach(test api uninitialized)
  set(sources driver/api_under_test.cpp)
  if(test STREQUAL api)
    foreach(part context host_memory init launch memory module stream)
      list(APPEND sources driver/api_${part}_test.cpp)
    endforeach()
  else()
    list(APPEND sources driver/uninitialized_test.cpp)
  endif()
  assay_add_test(NAME cuda_driver_${test}_test SOURCES ${sources}
                 LIBS nlohmann_json::nlohmann_json ${CMAKE_DL_LIBS})
  target_compile_definitions(cuda_driver_${test}_test PRIVATE
    ASSAY_CUDA_EMULATOR="$<TARGET_FILE:assay_cuda_emulator>"
    $<$<BOOL:${ASSAY_CUDA_H_DIR}>:ASSAY_CUDA_H="${ASSAY_CUDA_H_DIR}/cuda.h">)
  add_dependencies(cuda_driver_${test}_test assay_cuda_emulator)
endforeach()
