# SPDX-License-Identifier: Apache-2.0
assay_add_bench(NAME cast_bench SOURCES format/cast_bench.cpp LIBS assay_reference assay_cuda_headers)
assay_add_bench(NAME quantize_bench SOURCES quantize/quantize_bench.cpp LIBS assay_reference)
assay_add_bench(NAME silu_bench SOURCES arithmetic/silu_bench.cpp LIBS assay_reference)
assay_add_bench(NAME mma_tile_bench SOURCES arithmetic/mma_tile_bench.cpp LIBS assay_reference)
assay_add_bench(NAME moe_bench SOURCES moe/moe_bench.cpp LIBS assay_reference Eigen3::Eigen TBB::tbb)
