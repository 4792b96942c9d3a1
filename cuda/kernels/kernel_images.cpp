// SPDX-License-Identifier: Apache-2.0
#include "cuda/kernels/kernel_images.hpp"

#include <algorithm>
#include <array>

#include "vectors/io/sha256.hpp"

// The bytes between two symbols of the data section.
#define ASSAY_IMAGE(name, file)                         \
  asm(".pushsection .rodata\n"                          \
      ".balign 64\n"                                    \
      ".global assay_kernels_" #name                    \
      "\n"                                              \
      "assay_kernels_" #name ": .incbin \"" file        \
      "\"\n"                                            \
      ".global assay_kernels_" #name                    \
      "_end\n"                                          \
      "assay_kernels_" #name                            \
      "_end: .byte 0\n"                                 \
      ".popsection\n");                                 \
  extern "C" const std::uint8_t assay_kernels_##name[]; \
  extern "C" const std::uint8_t assay_kernels_##name##_end[];
#include "kernel_images.inc"
#undef ASSAY_IMAGE

namespace assay::cuda {
namespace {

struct Image {
  std::string_view family;
  const std::uint8_t* begin;
  const std::uint8_t* end;
};

const std::array kImages{
#define ASSAY_IMAGE(name, file) Image{#name, assay_kernels_##name, assay_kernels_##name##_end},
#include "kernel_images.inc"
#undef ASSAY_IMAGE
};

}  // namespace

std::span<const std::uint8_t> kernel_image(std::string_view family) {
  const auto image = std::ranges::find(kImages, family, &Image::family);
  return image == kImages.end() ? std::span<const std::uint8_t>{}
                                : std::span(image->begin, image->end);
}

std::span<const std::string_view> kernel_families() {
  static const auto names = [] {
    std::array<std::string_view, kImages.size()> result;
    std::ranges::transform(kImages, result.begin(), &Image::family);
    return result;
  }();
  return names;
}

const std::string& kernel_images_sha256() {
  static const std::string digest = [] {
    std::array<std::span<const std::byte>, kImages.size()> pieces;
    std::ranges::transform(kImages, pieces.begin(), [](const Image& image) {
      return std::as_bytes(std::span(image.begin, image.end));
    });
    return hex(sha256(pieces));
  }();
  return digest;
}

}  // namespace assay::cuda
