// SPDX-License-Identifier: Apache-2.0
// A token's output has the same bits alone and in any batch, in the decode and in the prefill
// kernels; and a token with an invalid expert id spoils nobody but itself. Oracle: the layer
// itself, one token at a time, compared by memcmp. Runs on the emulator.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <stdexcept>
#include <vector>

#include <gtest/gtest.h>

#include "cuda/backend/moe_layer.hpp"

namespace assay::cuda {
namespace {

constexpr std::size_t kHidden = 272, kIntermediate = 80, kExperts = 5, kTopK = 2, kTokens = 128;

template <typename T>
T value_of(CudaResult<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return *std::move(result);
}

class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}
  std::uint32_t below(std::uint32_t limit) { return static_cast<std::uint32_t>(engine_() % limit); }
  float normal() {  // nearly: a sum of uniforms, which no library's distribution can change
    float sum = 0;
    for (int i = 0; i < 4; ++i)
      sum += static_cast<float>(below(1 << 16)) / 32768.0f - 1.0f;
    return sum;
  }

 private:
  std::mt19937 engine_;
};

struct Projection {
  std::vector<std::uint8_t> codes, scales;
  std::vector<float> tensor_scales, bias;

  Projection(std::size_t rows, std::size_t columns, Random& random)
      : codes(kExperts * rows * columns / 2),
        scales(kExperts * rows * columns / 16),
        tensor_scales(kExperts),
        bias(kExperts * rows) {
    for (auto& byte : codes)
      byte = static_cast<std::uint8_t>(random.below(256));
    for (auto& code : scales)
      code = static_cast<std::uint8_t>(0x20 + random.below(0x28));  // 0.125 to 3.75
    for (auto& scale : tensor_scales)
      scale = (1.0f + static_cast<float>(random.below(1 << 20)) / 0x1p20f) / 64;
    for (auto& value : bias)
      value = random.normal();
  }
  MoeProjectionWeights view() const { return {codes, scales, tensor_scales, bias}; }
};

struct Tokens {
  std::vector<float> hidden, scores;
  std::vector<std::int32_t> experts;

  std::size_t count() const { return experts.size() / kTopK; }
  // Those of the list, in its order.
  Tokens pick(const std::vector<std::size_t>& list) const {
    Tokens picked;
    const auto append = [](auto& to, const auto& from, std::size_t row, std::size_t width) {
      to.insert(to.end(), from.begin() + static_cast<std::ptrdiff_t>(row * width),
                from.begin() + static_cast<std::ptrdiff_t>((row + 1) * width));
    };
    for (const std::size_t token : list) {
      append(picked.hidden, hidden, token, kHidden);
      append(picked.scores, scores, token, kTopK);
      append(picked.experts, experts, token, kTopK);
    }
    return picked;
  }
};

// uniform: any two experts; crowded: one expert in both slots; skewed: one expert and any other.
enum class Routing { uniform, crowded, skewed };

Tokens draw_tokens(Routing routing, Random& random) {
  Tokens tokens;
  for (std::size_t i = 0; i < kTokens * kHidden; ++i)
    tokens.hidden.push_back(random.normal());
  for (std::size_t i = 0; i < kTokens * kTopK; ++i) {
    tokens.scores.push_back(random.normal());
    const bool is_hot = routing == Routing::crowded || (routing == Routing::skewed && i % 2 == 0);
    tokens.experts.push_back(is_hot ? 3 : static_cast<std::int32_t>(random.below(kExperts)));
  }
  return tokens;
}

std::vector<std::size_t> range(std::size_t first, std::size_t count) {
  std::vector<std::size_t> list;
  for (std::size_t i = 0; i < count; ++i)
    list.push_back(first + i);
  return list;
}

class BatchInvariance : public testing::Test {
 protected:
  BatchInvariance()
      : device_(value_of(Device::open(value_of(load_driver(ASSAY_TEST_DRIVER))))),
        layer_(make_layer()) {}

  MoeLayer make_layer() {
    const Projection gate(kIntermediate, kHidden, random_), up(kIntermediate, kHidden, random_),
        down(kHidden, kIntermediate, random_);
    const std::vector<float> scales{0.01f, 0.02f, 0.03f, 0.05f, 0.07f};
    return value_of(MoeLayer::create(device_, {kHidden, kIntermediate, kExperts, kTopK},
                                     {gate.view(), up.view(), down.view(), 0.01f, scales}));
  }

  template <typename T>
  Buffer upload(const std::vector<T>& values) const {
    return value_of(Buffer::upload(device_, std::as_bytes(std::span(values)), "input"));
  }

  std::vector<float> run(const Tokens& tokens) const {
    const auto hidden = upload(tokens.hidden), scores = upload(tokens.scores),
               experts = upload(tokens.experts);
    std::vector<float> result(tokens.count() * kHidden);
    const auto output = value_of(Buffer::allocate(device_, result.size() * 4, "output"));
    const auto count = static_cast<std::int64_t>(tokens.count());
    const std::size_t bytes = value_of(layer_.workspace_bytes(count));
    const auto workspace = value_of(Buffer::allocate(device_, bytes, "workspace"));
    const auto status = layer_.run({.tokens = count,
                                    .hidden_states = hidden.address(),
                                    .selected_experts_for_tokens = experts.address(),
                                    .scores_for_selected_experts = scores.address(),
                                    .output = output.address(),
                                    .workspace = workspace.address(),
                                    .workspace_bytes = bytes});
    if (!status) throw std::runtime_error(status.error().message);
    if (const auto copied = output.download(std::as_writable_bytes(std::span(result))); !copied)
      throw std::runtime_error(copied.error().message);
    return result;
  }

  static bool is_same(const std::vector<float>& a, std::size_t row_a, const std::vector<float>& b,
                      std::size_t row_b) {
    return std::memcmp(&a[row_a * kHidden], &b[row_b * kHidden], kHidden * sizeof(float)) == 0;
  }

  // Runs the tokens in batches of `size` and compares each with `alone`.
  void expect_same(const Tokens& tokens, const std::vector<float>& alone, std::size_t size) const {
    for (std::size_t first = 0; first + size <= kTokens; first += size) {
      const auto batch = run(tokens.pick(range(first, size)));
      for (std::size_t i = 0; i < size; ++i)
        EXPECT_TRUE(is_same(batch, i, alone, first + i))
            << "token " << first + i << " in a batch of " << size;
    }
  }

  Random random_{20250};
  std::shared_ptr<const Device> device_;
  MoeLayer layer_;
};

TEST_F(BatchInvariance, TheBatchesBelowTakeEveryFamilyOfKernels) {
  EXPECT_EQ(value_of(layer_.kernels(1))[2], "moe_gate_up_8");
  EXPECT_EQ(value_of(layer_.kernels(16))[2], "moe_gate_up_16");
  EXPECT_EQ(value_of(layer_.kernels(128))[2], "moe_gate_up_64");
}

TEST_F(BatchInvariance, ATokensBitsDependOnNoOtherToken) {
  for (const Routing routing : {Routing::uniform, Routing::crowded, Routing::skewed}) {
    const Tokens tokens = draw_tokens(routing, random_);
    std::vector<float> alone;
    for (std::size_t token = 0; token < kTokens; ++token) {
      const auto output = run(tokens.pick({token}));
      alone.insert(alone.end(), output.begin(), output.end());
    }
    for (const float value : alone)
      ASSERT_TRUE(std::isfinite(value));
    for (const std::size_t size : {7, 16, 128})
      expect_same(tokens, alone, size);
    std::vector<std::size_t> backwards = range(0, kTokens);
    std::ranges::reverse(backwards);
    const auto reversed = run(tokens.pick(backwards));
    for (std::size_t i = 0; i < kTokens; ++i)
      EXPECT_TRUE(is_same(reversed, i, alone, kTokens - 1 - i)) << "token " << i << ", reversed";
  }
}

TEST_F(BatchInvariance, ATokenWithAnInvalidExpertBecomesNanAndTheOthersStay) {
  const Tokens tokens = draw_tokens(Routing::uniform, random_);
  for (const std::size_t size : {1, 8, 16, 128}) {
    const Tokens good = tokens.pick(range(0, size));
    const auto expected = run(good);
    for (const std::int32_t id :
         {-1, static_cast<std::int32_t>(kExperts), std::numeric_limits<std::int32_t>::min(),
          std::numeric_limits<std::int32_t>::max()}) {
      const std::size_t spoiled = size / 2;
      Tokens bad = good;
      bad.experts[spoiled * kTopK + 1] = id;
      const auto output = run(bad);
      for (std::size_t token = 0; token < size; ++token) {
        if (token != spoiled) {
          EXPECT_TRUE(is_same(output, token, expected, token)) << token << " beside " << id;
          continue;
        }
        for (std::size_t h = 0; h < kHidden; ++h)
          ASSERT_TRUE(std::isnan(output[token * kHidden + h])) << "expert " << id << ", " << h;
      }
    }
  }
}

}  // namespace
}  // namespace assay::cuda
