# SPDX-License-Identifier: Apache-2.0
# Tests of vectors/generate. Outside oracles: Random123's known answers, erfc, binary64 evaluation,
# NVIDIA's cuda_fp8.h.
assay_add_test(NAME generate_test LIBS assay_vectors TBB::tbb SOURCES
  generate/cast_values_test.cpp
  generate/directed_values_test.cpp
  generate/generate_test.cpp
  generate/matrix_values_test.cpp
  generate/normal_test.cpp
  generate/operator_groups_test.cpp
  generate/philox_test.cpp
  generate/routing_test.cpp
  generate/suite_test.cpp
  generate/values_test.cpp
  generate/weights_test.cpp)

assay_add_test(NAME static_fp8_case_test SOURCES generate/static_fp8_case_test.cpp
               LIBS assay_vectors assay_cuda_headers)
