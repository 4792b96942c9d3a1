// SPDX-License-Identifier: Apache-2.0
#include "cuda/audit/sass_histogram.hpp"

#include <algorithm>
#include <utility>

#include "cuda/audit/elf_image.hpp"
#include "cuda/audit/sass_opcodes.hpp"

namespace assay::audit {
namespace {

constexpr std::string_view kTextPrefix = ".text.";
constexpr std::size_t kWordBytes = 16;
constexpr int kOldestCapability = 75;
constexpr std::uint32_t kProgbits = 1;

// Attributes of .nv.info that name a function: by id and the index of the function's symbol. Their
// entries are format 4 (sized value), id, 16-bit size, then symbol and value.
using Attributes = std::map<std::pair<std::uint8_t, std::uint32_t>, std::uint32_t>;
constexpr std::uint8_t kSizedValue = 4, kFrameSize = 0x11, kRegisterCount = 0x2f;

// Entries of the other formats are 4 bytes long. Ends quietly where an entry does not fit: the
// section only adds detail.
Attributes parse_info(std::span<const std::byte> bytes) {
  Attributes attributes;
  std::size_t at = 0;
  while (bytes.size() - at >= 4) {
    const auto format = load<std::uint8_t>(bytes, at);
    const auto id = load<std::uint8_t>(bytes, at + 1);
    const std::size_t size = format == kSizedValue ? load<std::uint16_t>(bytes, at + 2) : 0;
    at += 4;
    if (size > bytes.size() - at) break;
    if (size == 8)
      attributes[{id, load<std::uint32_t>(bytes, at)}] = load<std::uint32_t>(bytes, at + 4);
    at += size;
  }
  return attributes;
}

// The low 24 bits of a .text section's info are its symbol's index.
std::optional<std::uint32_t> attribute(const Attributes& attributes, std::uint8_t id,
                                       const Section& text) {
  const auto found = attributes.find({id, text.info & 0xffffff});
  if (found == attributes.end()) return std::nullopt;
  return found->second;
}

Result<KernelSass> count_words(const Section& text, int capability, std::string_view name) {
  KernelSass kernel;
  kernel.name = text.name.substr(kTextPrefix.size());
  if (text.bytes.size() % kWordBytes != 0)
    return fail(ErrorCode::usage, "{}: {} is {} bytes long, no multiple of {}", name, text.name,
                text.bytes.size(), kWordBytes);
  std::vector<SassWord> words;
  for (std::size_t at = 0; at < text.bytes.size(); at += kWordBytes) {
    const SassWord word{load<std::uint64_t>(text.bytes, at),
                        load<std::uint64_t>(text.bytes, at + 8)};
    ++kernel.counts[sass_name(word, capability)];
    ++kernel.instructions;
    words.push_back(word);
  }
  kernel.loops = find_loops(words, capability);
  return kernel;
}

// From the note of the tool, whose text has "Cuda compilation tools, release 13.0, V13.0.88".
std::string compiler_version(const ElfImage& image) {
  const Section* const note = image.find(".note.nv.tkinfo");
  if (!note) return {};
  const std::string_view text(reinterpret_cast<const char*>(note->bytes.data()),
                              note->bytes.size());
  constexpr std::string_view kRelease = "Cuda compilation tools, release ", kVersion = ", V";
  const std::size_t release = text.find(kRelease);
  const std::size_t version = text.find(kVersion, std::min(release, text.size()));
  if (version == text.npos) return {};
  const std::string_view rest = text.substr(version + kVersion.size());
  return std::string(rest.substr(0, rest.find_first_not_of("0123456789.")));
}

}  // namespace

std::uint64_t KernelSass::count(std::string_view opcode) const {
  const auto found = counts.find(std::string(opcode));
  return found == counts.end() ? 0 : found->second;
}

Result<SassHistogram> sass_histogram(std::span<const std::byte> cubin, std::string_view name) {
  ASSAY_ASSIGN(const ElfImage image, parse_elf(cubin, name));
  if (image.capability < kOldestCapability)
    return fail(ErrorCode::usage, "{}: machine code of sm_{}; known are sm_{} and later", name,
                image.capability, kOldestCapability);
  SassHistogram histogram;
  histogram.capability = image.capability;
  histogram.compiler = compiler_version(image);
  const Section* info = image.find(".nv.info");
  const auto attributes = info ? parse_info(info->bytes) : Attributes{};
  for (const Section& section : image.sections) {
    if (section.type != kProgbits || !section.name.starts_with(kTextPrefix)) continue;
    ASSAY_ASSIGN(KernelSass kernel, count_words(section, image.capability, name));
    kernel.registers = attribute(attributes, kRegisterCount, section);
    kernel.stack_bytes = attribute(attributes, kFrameSize, section);
    if (const Section* shared = image.find(".nv.shared." + kernel.name))
      kernel.shared_bytes = shared->size;
    histogram.kernels.push_back(std::move(kernel));
  }
  if (histogram.kernels.empty())
    return fail(ErrorCode::usage, "{}: no .text section: no kernel in it", name);
  std::ranges::sort(histogram.kernels, {}, &KernelSass::name);
  return histogram;
}

}  // namespace assay::audit
