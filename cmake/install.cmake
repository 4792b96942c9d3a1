# SPDX-License-Identifier: Apache-2.0
# What `cmake --install` puts where: the program, the libraries with their headers, libassay_cuda.so where
# nvcc was there, the CMake package `assay`, the suites, profiles, hashes and golden cases that the program
# reads, and the emulator's driver.
include(CMakePackageConfigHelpers)
set(ASSAY_PACKAGE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/assay)

install(TARGETS assay_reference assay_vectors EXPORT assay_targets)
install(TARGETS assay)
if(TARGET assay_cuda)
  install(TARGETS assay_cuda EXPORT assay_targets
          PUBLIC_HEADER DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/assay)
endif()
if(TARGET assay_cuda_emulator)
  # Not beside other libraries: ldconfig would make it the system's libcuda.so.1, by its SONAME. The
  # links in cuda_driver lead to ../libassay_cuda_emulator.so.
  install(TARGETS assay_cuda_emulator LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/assay)
  install(DIRECTORY ${PROJECT_BINARY_DIR}/cuda_driver DESTINATION ${CMAKE_INSTALL_LIBDIR}/assay)
endif()
install(EXPORT assay_targets NAMESPACE assay:: DESTINATION ${ASSAY_PACKAGE_DIR}
        FILE assayTargets.cmake)

set(ASSAY_HEADERS FILES_MATCHING PATTERN *.hpp
    REGEX "(_test|_oracle|/test_[a-z]*|/mpfr_[a-z]*)[.]hpp$" EXCLUDE)
install(DIRECTORY reference DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/assay ${ASSAY_HEADERS})
install(DIRECTORY vectors/generate vectors/io
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/assay/vectors ${ASSAY_HEADERS})
install(DIRECTORY vectors/suites vectors/profiles vectors/schema vectors/golden vectors/boundaries
        DESTINATION ${CMAKE_INSTALL_DATADIR}/assay/vectors PATTERN *.in EXCLUDE)
install(FILES vectors/MANIFEST.json DESTINATION ${CMAKE_INSTALL_DATADIR}/assay/vectors)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DATADIR}/assay)

configure_package_config_file(cmake/assayConfig.cmake.in assayConfig.cmake
                              INSTALL_DESTINATION ${ASSAY_PACKAGE_DIR})
write_basic_package_version_file(assayConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/assayConfig.cmake ${PROJECT_BINARY_DIR}/assayConfigVersion.cmake
        DESTINATION ${ASSAY_PACKAGE_DIR})
