// SPDX-License-Identifier: Apache-2.0
// For tests: cubins made by hand. Layout: System V ABI, chapter 4.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

namespace assay::audit {

class TestCubin {
 public:
  explicit TestCubin(int capability = 110) : capability_(capability) { add("", 0, 0, {}); }

  void add(std::string name, std::uint32_t type, std::uint32_t info,
           std::vector<std::uint8_t> bytes) {
    sections_.push_back({std::move(name), type, info, std::move(bytes)});
  }
  // A kernel of instruction words, of which the upper half is 0.
  void add_kernel(const std::string& name, std::uint32_t symbol,
                  const std::vector<std::uint64_t>& words) {
    std::vector<std::uint8_t> bytes;
    for (const std::uint64_t word : words) {
      append(bytes, word);
      append(bytes, std::uint64_t{0});
    }
    add(".text." + name, 1, symbol, std::move(bytes));
  }
  // The file: header, contents of the sections, section headers.
  std::vector<std::uint8_t> bytes() const {
    auto sections = sections_;
    sections.push_back({".shstrtab", 3, 0, {}});
    std::vector<std::uint8_t> names, contents, headers;
    std::vector<std::uint32_t> name_offsets;
    for (const Section& section : sections) {
      name_offsets.push_back(static_cast<std::uint32_t>(names.size()));
      names.insert(names.end(), section.name.begin(), section.name.end());
      names.push_back(0);
    }
    sections.back().bytes = names;
    for (std::size_t i = 0; i < sections.size(); ++i) {
      append_header(headers, sections[i], name_offsets[i], 64 + contents.size());
      contents.insert(contents.end(), sections[i].bytes.begin(), sections[i].bytes.end());
    }
    std::vector<std::uint8_t> file = header(64 + contents.size(), sections.size());
    file.insert(file.end(), contents.begin(), contents.end());
    file.insert(file.end(), headers.begin(), headers.end());
    return file;
  }

 private:
  struct Section {
    std::string name;
    std::uint32_t type, info;
    std::vector<std::uint8_t> bytes;
  };

  template <typename T>
  static void append(std::vector<std::uint8_t>& bytes, T value) {
    for (std::size_t i = 0; i < sizeof(T); ++i)
      bytes.push_back(static_cast<std::uint8_t>(std::uint64_t{value} >> 8 * i));
  }
  static void append_header(std::vector<std::uint8_t>& headers, const Section& section,
                            std::uint32_t name, std::uint64_t offset) {
    append(headers, name);
    append(headers, section.type);
    append(headers, std::uint64_t{0});  // flags
    append(headers, std::uint64_t{0});  // address
    append(headers, offset);
    append(headers, std::uint64_t{section.bytes.size()});
    append(headers, std::uint32_t{0});  // link
    append(headers, section.info);
    append(headers, std::uint64_t{1});  // alignment
    append(headers, std::uint64_t{0});  // entry size
  }
  std::vector<std::uint8_t> header(std::uint64_t section_headers, std::size_t count) const {
    std::vector<std::uint8_t> file{0x7f, 'E', 'L', 'F', 2, 1, 1, 0x41, 8, 0, 0, 0, 0, 0, 0, 0};
    append(file, std::uint16_t{2});
    append(file, std::uint16_t{190});
    append(file, std::uint32_t{1});
    append(file, std::uint64_t{0});  // entry
    append(file, std::uint64_t{0});  // program headers
    append(file, section_headers);
    append(file, static_cast<std::uint32_t>(0x6000002 | capability_ << 8));
    for (const std::uint16_t value : std::initializer_list<std::uint16_t>{64, 56, 0, 64})
      append(file, value);
    append(file, static_cast<std::uint16_t>(count));
    append(file, static_cast<std::uint16_t>(count - 1));
    return file;
  }

  int capability_;
  std::vector<Section> sections_;
};

}  // namespace assay::audit
