// SPDX-License-Identifier: Apache-2.0
// For tests: one device and one layer through the C++ interface or through libassay_cuda.so, so
// that each test asks both.
#pragma once

#include <memory>
#include <ostream>
#include <string>

#include "cuda/backend/test_layer.hpp"

namespace assay::cuda {

struct Outcome {
  std::string code = "success";  // or name_of(CudaErrorCode)
  std::string message;

  bool operator==(const char* expected) const { return code == expected; }
};

inline std::ostream& operator<<(std::ostream& out, const Outcome& outcome) {
  return out << outcome.code << ": " << outcome.message;
}

// What was opened or created before is given up first.
class FrontEnd {
 public:
  virtual ~FrontEnd() = default;
  virtual Outcome open(const std::string& driver, int ordinal = 0) = 0;
  virtual Outcome create(const MoeExtents& extents, const MoeWeights& weights) = 0;
  virtual Outcome workspace_bytes(std::int64_t tokens, std::size_t& bytes) = 0;
  virtual Outcome run(const MoeCall& call) = 0;
  virtual void destroy_layer() = 0;
  virtual void close_device() = 0;
  virtual std::string device_name() = 0;
  virtual std::string compute_capability() = 0;  // "10.0"

  Outcome create(const TestLayer& layer) { return create(layer.extents, layer.weights()); }
};

std::unique_ptr<FrontEnd> make_cpp_front_end();
std::unique_ptr<FrontEnd> make_c_front_end();

}  // namespace assay::cuda
