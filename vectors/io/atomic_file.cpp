// SPDX-License-Identifier: Apache-2.0
// POSIX files. The order is what makes a write atomic: the data is on the disk (fsync) before the
// name points to it (rename), and the name is on the disk (fsync of the folder) before success is
// reported.
#include "vectors/io/atomic_file.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace assay {
namespace {

namespace fs = std::filesystem;

constexpr int kMaxLinks = 40;  // as Linux itself follows

class Descriptor {
 public:
  Descriptor(const fs::path& path, int flags)
      : value_(::open(path.c_str(), flags | O_CLOEXEC, 0666)) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { close(); }

  int get() const { return value_; }
  bool close() { return value_ < 0 || ::close(std::exchange(value_, -1)) == 0; }

 private:
  int value_;
};

auto cannot_write(const fs::path& path) {
  return fail(ErrorCode::usage, "{}: cannot write: {}", path.string(), std::strerror(errno));
}

bool write_all(int descriptor, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return true;
}

bool write_all(int descriptor, std::span<const std::span<const std::byte>> pieces) {
  for (const auto piece : pieces)
    if (!write_all(descriptor, piece)) return false;
  return true;
}

// A name of its own, not the target's with a suffix: that could be longer than the system allows.
fs::path temporary_path(const fs::path& folder) {
  static std::atomic<int> counter{0};
  return folder / fmt::format(".assay-{}-{}.tmp", ::getpid(), counter++);
}

Status replace(const fs::path& path, std::span<const std::span<const std::byte>> pieces) {
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  const fs::path temporary = temporary_path(folder);
  Descriptor file(temporary, O_WRONLY | O_CREAT | O_EXCL);
  if (file.get() < 0) return cannot_write(path);
  const bool complete = write_all(file.get(), pieces) && ::fsync(file.get()) == 0 && file.close() &&
                        ::rename(temporary.c_str(), path.c_str()) == 0;
  if (!complete) {
    auto error = cannot_write(path);
    ::unlink(temporary.c_str());
    return error;
  }
  // Some file systems cannot sync a folder; the file itself is complete either way.
  const Descriptor directory(folder, O_RDONLY | O_DIRECTORY);
  if (directory.get() >= 0) ::fsync(directory.get());
  return {};
}

Status write_directly(const fs::path& path, std::span<const std::span<const std::byte>> pieces) {
  Descriptor file(path, O_WRONLY);
  if (file.get() < 0 || !write_all(file.get(), pieces) || !file.close()) return cannot_write(path);
  return {};
}

auto cannot_read(const fs::path& path, ErrorCode code) {
  return fail(code, "{}: cannot read: {}", path.string(), std::strerror(errno));
}

Result<std::uint64_t> file_size(const Descriptor& file, const fs::path& path, ErrorCode code) {
  struct stat status {};
  if (file.get() < 0 || ::fstat(file.get(), &status) != 0) return cannot_read(path, code);
  if (!S_ISREG(status.st_mode))
    return fail(code, "{}: cannot read: not a regular file", path.string());
  return static_cast<std::uint64_t>(status.st_size);
}

// A sparse file may claim any size.
Result<Bytes> allocate(std::uint64_t size, const fs::path& path, ErrorCode code) {
  try {
    return Bytes(size);
  } catch (const std::exception&) {  // bad_alloc or length_error
    return fail(code, "{}: cannot read: {} bytes do not fit in memory", path.string(), size);
  }
}

// The first `size` bytes, fewer where the file has shrunk meanwhile.
Result<Bytes> read_bytes(const Descriptor& file, std::uint64_t size, const fs::path& path,
                         ErrorCode code) {
  ASSAY_ASSIGN(Bytes bytes, allocate(size, path, code));
  std::size_t position = 0;
  while (position < bytes.size()) {
    const ssize_t count = ::read(file.get(), bytes.data() + position, bytes.size() - position);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return cannot_read(path, code);
    if (count == 0) break;
    position += static_cast<std::size_t>(count);
  }
  bytes.resize(position);
  return bytes;
}

// The path itself where it is no symbolic link; the end of the chain of links otherwise, whether
// that exists or not.
Result<fs::path> behind_links(const fs::path& path) {
  fs::path target = path;
  std::error_code ignored;  // what cannot be looked at cannot be written either
  for (int links = 0; fs::is_symlink(target, ignored); ++links) {
    if (links == kMaxLinks) {
      errno = ELOOP;
      return cannot_write(path);
    }
    target = target.parent_path() / fs::read_symlink(target, ignored);
  }
  return target;
}

}  // namespace

Status write_file(const fs::path& path, std::span<const std::span<const std::byte>> pieces) {
  std::error_code ignored;
  const fs::file_status status = fs::status(path, ignored);
  if (fs::exists(status) && !fs::is_regular_file(status)) return write_directly(path, pieces);
  ASSAY_ASSIGN(const fs::path target, behind_links(path));
  return replace(target, pieces);
}

Status write_file(const fs::path& path, std::string_view text) {
  const auto piece = std::as_bytes(std::span(text));
  return write_file(path, std::span(&piece, 1));
}

Result<Bytes> read_file(const fs::path& path, ErrorCode code, std::uint64_t max_bytes) {
  const Descriptor file(path, O_RDONLY | O_NONBLOCK);
  ASSAY_ASSIGN(const std::uint64_t size, file_size(file, path, code));
  if (size > max_bytes)
    return fail(code, "{}: has {} bytes, at most {} are expected", path.string(), size, max_bytes);
  return read_bytes(file, size, path, code);
}

Result<Bytes> read_file_start(const fs::path& path, std::uint64_t count) {
  const Descriptor file(path, O_RDONLY | O_NONBLOCK);
  ASSAY_ASSIGN(const std::uint64_t size, file_size(file, path, ErrorCode::invalid_vectors));
  return read_bytes(file, std::min(size, count), path, ErrorCode::invalid_vectors);
}

}  // namespace assay
