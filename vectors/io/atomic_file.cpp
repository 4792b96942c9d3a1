// SPDX-License-Identifier: Apache-2.0
// POSIX files. The order is what makes a write atomic: the data is on the disk (fsync) before the
// name points to it (rename), and the name is on the disk (fsync of the folder) before success is
// reported.
#include "vectors/io/atomic_file.hpp"

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

}  // namespace

Status write_file(const fs::path& path, std::span<const std::span<const std::byte>> pieces) {
  std::error_code ignored;
  const fs::file_status status = fs::status(path, ignored);
  if (fs::exists(status) && !fs::is_regular_file(status)) return write_directly(path, pieces);
  const fs::path target = fs::is_symlink(path, ignored) ? fs::canonical(path, ignored) : path;
  return replace(target.empty() ? path : target, pieces);
}

Status write_file(const fs::path& path, std::string_view text) {
  const auto piece = std::as_bytes(std::span(text));
  return write_file(path, std::span(&piece, 1));
}

Result<Bytes> read_file(const fs::path& path, ErrorCode code) {
  const auto cannot_read = [&](int error) {
    return fail(code, "{}: cannot read: {}", path.string(), std::strerror(error));
  };
  const Descriptor file(path, O_RDONLY | O_NONBLOCK);
  struct stat status {};
  if (file.get() < 0 || ::fstat(file.get(), &status) != 0) return cannot_read(errno);
  if (!S_ISREG(status.st_mode))
    return fail(code, "{}: cannot read: not a regular file", path.string());
  Bytes bytes(static_cast<std::size_t>(status.st_size));
  std::size_t size = 0;
  while (size < bytes.size()) {
    const ssize_t count = ::read(file.get(), bytes.data() + size, bytes.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return cannot_read(errno);
    if (count == 0) break;
    size += static_cast<std::size_t>(count);
  }
  bytes.resize(size);
  return bytes;
}

}  // namespace assay
