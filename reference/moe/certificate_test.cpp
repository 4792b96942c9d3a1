// SPDX-License-Identifier: Apache-2.0
// A layer is certified when every dot of every slot is; the dots themselves are tested with
// reference/arithmetic/certificate.
#include "reference/moe/certificate.hpp"

#include <gtest/gtest.h>

#include "reference/arithmetic/dot_test.hpp"
#include "reference/moe/test_layer.hpp"

namespace assay {
namespace {

using namespace dot_test;

class LayerCertificate : public testing::TestWithParam<OwnedProjection OwnedLayer::*> {};

// Only one slot hits expert 1, only that expert's last row and that slot's vectors are not zero.
TEST_P(LayerCertificate, EveryDotOfEverySlotCounts) {
  for (std::size_t slot = 0; slot < 4; ++slot) {
    OwnedLayer layer({1, 2, 32, 32, 2, 2}, 1);
    layer.expert_ids = {0, 0, 0, 0};
    for (OwnedProjection* projection : {&layer.gate, &layer.up, &layer.down})
      std::ranges::fill(projection->codes, std::uint8_t{0});
    std::vector<std::uint8_t> hidden_q(2 * 32), mul_q(4 * 32);
    hidden_q[slot / 2 * 32] = mul_q[slot * 32] = kMax;
    hidden_q[slot / 2 * 32 + 16] = mul_q[slot * 32 + 16] = 0x01;
    OwnedProjection& spoiled = layer.*GetParam();
    spoil(std::span(spoiled.codes).last(16), std::span(spoiled.block_scales).last(2));
    EXPECT_TRUE(moe_is_certified(layer.view(), hidden_q, mul_q)) << "expert 1 is not hit";
    layer.expert_ids[slot] = 1;
    EXPECT_FALSE(moe_is_certified(layer.view(), hidden_q, mul_q)) << "slot " << slot;
  }
}

INSTANTIATE_TEST_SUITE_P(Projections, LayerCertificate,
                         testing::Values(&OwnedLayer::gate, &OwnedLayer::up, &OwnedLayer::down));

}  // namespace
}  // namespace assay
