# SPDX-License-Identifier: Apache-2.0
# Everything comes from Debian packages; scripts/setup.sh installs what is missing.
find_package(TBB REQUIRED)             # libtbb-dev: parallel loops
find_package(tl-expected REQUIRED)     # libexpected-dev: std::expected for C++20
find_package(fmt REQUIRED)             # libfmt-dev: text
find_package(nlohmann_json REQUIRED)   # nlohmann-json3-dev: JSON
find_package(CLI11 REQUIRED)           # libcli11-dev: command line
find_package(OpenSSL REQUIRED COMPONENTS Crypto)  # libssl-dev: SHA-256
find_package(zstd REQUIRED)            # libzstd-dev: PTX in fat binaries is compressed
find_path(VALIJSON_INCLUDE_DIR valijson/validator.hpp REQUIRED)  # libvalijson-dev: JSON Schema

if(ASSAY_EMULATOR OR ASSAY_TESTS)
  find_library(MPFR_LIBRARY mpfr REQUIRED)  # libmpfr-dev: correct rounding
endif()
if(ASSAY_TESTS)
  find_package(Eigen3 REQUIRED)        # libeigen3-dev: a second matrix product
endif()
