// SPDX-License-Identifier: Apache-2.0
// Files that are either complete or untouched: temporary file beside the target, fsync, rename.
#pragma once

#include <filesystem>
#include <span>
#include <string_view>

#include "reference/result.hpp"
#include "vectors/io/bytes.hpp"

namespace assay {

// Writes the pieces one after the other; through a symbolic link, to the file behind it, which
// may not exist yet. A device or a pipe (/dev/stdout) is written directly. Error (usage): the path
// cannot be written, with the system's reason; an existing file then keeps its bytes and no
// temporary file stays behind.
Status write_file(const std::filesystem::path& path,
                  std::span<const std::span<const std::byte>> pieces);
Status write_file(const std::filesystem::path& path, std::string_view text);

// The whole regular file; error (`code`) naming the path and the system's reason, also where the
// file has more than `max_bytes` or more than memory can hold.
Result<Bytes> read_file(const std::filesystem::path& path,
                        ErrorCode code = ErrorCode::invalid_vectors,
                        std::uint64_t max_bytes = kNoLimit);

// Its first `count` bytes, or all of a shorter one; errors (invalid_vectors) as above.
Result<Bytes> read_file_start(const std::filesystem::path& path, std::uint64_t count);

}  // namespace assay
