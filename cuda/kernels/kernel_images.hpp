// SPDX-License-Identifier: Apache-2.0
// The compiled kernels inside this library: for each family a fat binary with code for sm_100a,
// sm_103a and sm_110a, the PTX that it was made from, and PTX of both architecture families for
// devices that are newer.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace assay::cuda {

// `family` is the name of a file of cuda/kernels without its suffix, such as "moe_routing". Empty
// where there is none of that name.
std::span<const std::uint8_t> kernel_image(std::string_view family);

// Names of all families, in alphabetical order.
std::span<const std::string_view> kernel_families();

// SHA-256 of all images, in the order of families: what a report names to say which kernels ran.
const std::string& kernel_images_sha256();

}  // namespace assay::cuda
