// SPDX-License-Identifier: Apache-2.0
// A block's copies in flight and its mbarriers.
#pragma once

namespace assay::emulator {

class Cta;

class AsyncState {
 public:
  explicit AsyncState(Cta& cta) : cta_(cta) {}
  Cta& cta() { return cta_; }

 private:
  Cta& cta_;
};

}  // namespace assay::emulator
