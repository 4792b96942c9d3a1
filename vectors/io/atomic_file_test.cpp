// SPDX-License-Identifier: Apache-2.0
// Failure modes of writing, made with the system's own means: a file size limit stands for a full
// disk. Devices such as /dev/full are left alone: a broken write_file would replace them.
#include "vectors/io/atomic_file.hpp"

#include <array>
#include <csignal>
#include <thread>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "vectors/io/test_support.hpp"

namespace assay {
namespace {

using Names = std::set<std::string>;

std::string text_of(const std::filesystem::path& path) {
  const Bytes bytes = read_file(path).value();
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// While it lives, no file of this process grows beyond `bytes`.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &saved_);
    const rlimit limit{bytes, saved_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &saved_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit saved_{};
  void (*handler_)(int);
};

TEST(AtomicFile, WritesPiecesInOrder) {
  const TestFolder folder;
  const std::string a = "one ", b = "two";
  const std::vector pieces{std::as_bytes(std::span(a)), std::as_bytes(std::span(b))};
  ASSERT_EQ(error_of(write_file(folder / "f", pieces)), "no error");
  EXPECT_EQ(text_of(folder / "f"), "one two");
}

TEST(AtomicFile, ReplacesALongerFileAndLeavesNothingElse) {
  const TestFolder folder;
  ASSERT_TRUE(write_file(folder / "f", "a long text"));
  ASSERT_TRUE(write_file(folder / "f", "short"));
  EXPECT_EQ(text_of(folder / "f"), "short");
  EXPECT_EQ(folder.names(), Names{"f"});
}

TEST(AtomicFile, FailedWriteKeepsTheOldBytesAndLeavesNoTemporaryFile) {
  const TestFolder folder;
  ASSERT_TRUE(write_file(folder / "f", "old"));
  Status status;
  {
    const FileSizeLimit limit(4096);
    status = write_file(folder / "f", std::string(8192, 'x'));
  }
  EXPECT_EQ(error_of(status),
            "usage: " + (folder / "f").string() + ": cannot write: File too large");
  EXPECT_EQ(text_of(folder / "f"), "old");
  EXPECT_EQ(folder.names(), Names{"f"});
}

TEST(AtomicFile, DirectoryIsNotReplaced) {
  const TestFolder folder;
  std::filesystem::create_directory(folder / "d");
  EXPECT_EQ(error_of(write_file(folder / "d", "x")),
            "usage: " + (folder / "d").string() + ": cannot write: Is a directory");
  EXPECT_EQ(folder.names(), Names{"d"});
}

TEST(AtomicFile, PipeIsWrittenAndNotReplaced) {
  const TestFolder folder;
  const std::filesystem::path pipe = folder / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  const int reader = ::open(pipe.c_str(), O_RDONLY | O_NONBLOCK);
  EXPECT_EQ(error_of(write_file(pipe, "xyz")), "no error");
  std::array<char, 8> received{};
  EXPECT_EQ(::read(reader, received.data(), received.size()), 3);
  EXPECT_STREQ(received.data(), "xyz");
  ::close(reader);
  EXPECT_TRUE(std::filesystem::is_fifo(pipe));
}

TEST(AtomicFile, MissingFolderIsNamed) {
  const TestFolder folder;
  EXPECT_EQ(error_of(write_file(folder / "no/f", "x")),
            "usage: " + (folder / "no/f").string() + ": cannot write: No such file or directory");
}

TEST(AtomicFile, FolderThatIsAFileIsNamed) {
  const TestFolder folder;
  ASSERT_TRUE(write_file(folder / "f", "x"));
  EXPECT_EQ(error_of(write_file(folder / "f/g", "x")),
            "usage: " + (folder / "f/g").string() + ": cannot write: Not a directory");
}

TEST(AtomicFile, WritesThroughASymbolicLink) {
  const TestFolder folder;
  ASSERT_TRUE(write_file(folder / "f", "old"));
  std::filesystem::create_symlink("f", folder / "link");
  ASSERT_TRUE(write_file(folder / "link", "new"));
  EXPECT_EQ(text_of(folder / "f"), "new");
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "link"));
}

TEST(AtomicFile, ConcurrentWritersLeaveOneCompleteFile) {
  const TestFolder folder;
  std::vector<std::thread> writers;
  for (const char letter : {'a', 'b', 'c', 'd'})
    writers.emplace_back([&, letter] {
      for (int i = 0; i < 20; ++i)
        ASSERT_TRUE(write_file(folder / "f", std::string(100'000, letter)));
    });
  for (std::thread& writer : writers)
    writer.join();
  const std::string text = text_of(folder / "f");
  EXPECT_EQ(text, std::string(100'000, text[0]));
  EXPECT_EQ(folder.names(), Names{"f"});
}

TEST(AtomicFile, ReadingAMissingFileHasTheCallersCode) {
  EXPECT_EQ(error_of(read_file("/no/such", ErrorCode::usage)),
            "usage: /no/such: cannot read: No such file or directory");
  EXPECT_EQ(error_of(read_file("/no/such")),
            "invalid: /no/such: cannot read: No such file or directory");
}

TEST(AtomicFile, ReadingADirectoryIsAnError) {
  EXPECT_EQ(error_of(read_file("/")), "invalid: /: cannot read: not a regular file");
}

TEST(AtomicFile, ReadsAnEmptyFile) {
  const TestFolder folder;
  ASSERT_TRUE(write_file(folder / "f", ""));
  EXPECT_EQ(text_of(folder / "f"), "");
}

}  // namespace
}  // namespace assay
