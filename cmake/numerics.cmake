# SPDX-License-Identifier: Apache-2.0
# Flags that every target of Assay is built with. Results are defined by IEEE 754 operation by
# operation: contraction would fuse a multiply into an add and change bits.
add_library(assay_options INTERFACE)
target_compile_features(assay_options INTERFACE cxx_std_20)
target_compile_options(assay_options INTERFACE -ffp-contract=off -fno-fast-math
                       -Wall -Wextra -Wpedantic -Wconversion -Wno-sign-conversion -Wshadow)
target_include_directories(assay_options INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # False positives on std::string's operator+ at -O3: GCC bug 105329.
  target_compile_options(assay_options INTERFACE -Wno-restrict)
endif()
if(ASSAY_WERROR)
  target_compile_options(assay_options INTERFACE -Werror)
endif()
if(ASSAY_SANITIZE)
  target_compile_options(assay_options INTERFACE -fsanitize=${ASSAY_SANITIZE}
                         -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(assay_options INTERFACE -fsanitize=${ASSAY_SANITIZE})
endif()
