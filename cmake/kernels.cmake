# SPDX-License-Identifier: Apache-2.0
# assay_embed_kernels(): CUDA files compiled for every device that we ship for, and embedded in a library.
#
# -fmad=false makes nvcc write .rn on every add and multiply, so that no later compiler may contract
# them. A register that spills to local memory ends the build. The PTX of the family targets (100f,
# 110f) serves devices of a newer minor architecture.
set(ASSAY_KERNEL_CODE_FLAGS -std=c++17 -O3 -fmad=false -lineinfo)
set(ASSAY_KERNEL_FLAGS ${ASSAY_KERNEL_CODE_FLAGS} -Werror all-warnings -Xptxas -warn-spills)
foreach(target IN LISTS ASSAY_CUDA_TARGETS)
  string(REPLACE sm_ compute_ arch ${target})
  list(APPEND ASSAY_KERNEL_FLAGS -gencode arch=${arch},code=[${target},${arch}])
endforeach()
foreach(family 100f 110f)
  list(APPEND ASSAY_KERNEL_FLAGS -gencode arch=compute_${family},code=compute_${family})
endforeach()

# assay_embed_kernels(SOURCE FAMILY...): compiles FAMILY.cu of the current folder to
# <build>/kernels/FAMILY.fatbin, and writes kernel_images.inc for SOURCE, which embeds them:
# ASSAY_IMAGE(name, "file") for each family.
function(assay_embed_kernels SOURCE)
  set(images "")
  set(rows "")
  foreach(family IN LISTS ARGN)
    set(image ${PROJECT_BINARY_DIR}/kernels/${family}.fatbin)
    file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/kernels)
    add_custom_command(
      OUTPUT ${image}
      COMMAND ${ASSAY_NVCC} -fatbin ${ASSAY_KERNEL_FLAGS} -I ${PROJECT_SOURCE_DIR}
              -MD -MF ${image}.d -MT ${image} ${CMAKE_CURRENT_SOURCE_DIR}/${family}.cu -o ${image}
      DEPENDS ${family}.cu
      DEPFILE ${image}.d
      COMMENT "nvcc ${family}.fatbin"
      VERBATIM)
    list(APPEND images ${image})
    string(APPEND rows "ASSAY_IMAGE(${family}, \"${image}\")\n")
  endforeach()
  file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/kernel_images.inc CONTENT "${rows}" @ONLY)
  set_source_files_properties(
    ${SOURCE} PROPERTIES OBJECT_DEPENDS "${images}" INCLUDE_DIRECTORIES ${CMAKE_CURRENT_BINARY_DIR})
endfunction()
