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

#if defined(__clang__)
#define ASSAY_CLANG_SANITIZER (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#else
#define ASSAY_CLANG_SANITIZER 0
#endif

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
  const TemporaryFolder folder = test_folder();
  const std::string a = "one ", b = "two";
  const std::vector pieces{std::as_bytes(std::span(a)), std::as_bytes(std::span(b))};
  ASSERT_EQ(error_of(write_file(folder / "f", pieces)), "no error");
  EXPECT_EQ(text_of(folder / "f"), "one two");
}

TEST(AtomicFile, ReplacesALongerFileAndLeavesNothingElse) {
  const TemporaryFolder folder = test_folder();
  ASSERT_TRUE(write_file(folder / "f", "a long text"));
  ASSERT_TRUE(write_file(folder / "f", "short"));
  EXPECT_EQ(text_of(folder / "f"), "short");
  EXPECT_EQ(names_in(folder), Names{"f"});
}

TEST(AtomicFile, FailedWriteKeepsTheOldBytesAndLeavesNoTemporaryFile) {
  const TemporaryFolder folder = test_folder();
  ASSERT_TRUE(write_file(folder / "f", "old"));
  Status status;
  {
    const FileSizeLimit limit(4096);
    status = write_file(folder / "f", std::string(8192, 'x'));
  }
  EXPECT_EQ(error_of(status),
            "usage: " + (folder / "f").string() + ": cannot write: File too large");
  EXPECT_EQ(text_of(folder / "f"), "old");
  EXPECT_EQ(names_in(folder), Names{"f"});
}

TEST(AtomicFile, DirectoryIsNotReplaced) {
  const TemporaryFolder folder = test_folder();
  std::filesystem::create_directory(folder / "d");
  EXPECT_EQ(error_of(write_file(folder / "d", "x")),
            "usage: " + (folder / "d").string() + ": cannot write: Is a directory");
  EXPECT_EQ(names_in(folder), Names{"d"});
}

TEST(AtomicFile, PipeIsWrittenAndNotReplaced) {
  const TemporaryFolder folder = test_folder();
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
  const TemporaryFolder folder = test_folder();
  EXPECT_EQ(error_of(write_file(folder / "no/f", "x")),
            "usage: " + (folder / "no/f").string() + ": cannot write: No such file or directory");
}

TEST(AtomicFile, FolderThatIsAFileIsNamed) {
  const TemporaryFolder folder = test_folder();
  ASSERT_TRUE(write_file(folder / "f", "x"));
  EXPECT_EQ(error_of(write_file(folder / "f/g", "x")),
            "usage: " + (folder / "f/g").string() + ": cannot write: Not a directory");
}

TEST(AtomicFile, WritesThroughASymbolicLink) {
  const TemporaryFolder folder = test_folder();
  ASSERT_TRUE(write_file(folder / "f", "old"));
  std::filesystem::create_symlink("f", folder / "link");
  ASSERT_TRUE(write_file(folder / "link", "new"));
  EXPECT_EQ(text_of(folder / "f"), "new");
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "link"));
}

TEST(AtomicFile, ConcurrentWritersLeaveOneCompleteFile) {
  const TemporaryFolder folder = test_folder();
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
  EXPECT_EQ(names_in(folder), Names{"f"});
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
  const TemporaryFolder folder = test_folder();
  ASSERT_TRUE(write_file(folder / "f", ""));
  EXPECT_EQ(text_of(folder / "f"), "");
}

TEST(AtomicFile, WritesThroughALinkToAFileThatDoesNotExistYet) {
  const TemporaryFolder folder = test_folder();
  std::filesystem::create_directory(folder / "d");
  std::filesystem::create_symlink("d/f", folder / "second");
  std::filesystem::create_symlink("second", folder / "first");
  ASSERT_EQ(error_of(write_file(folder / "first", "new")), "no error");
  EXPECT_EQ(text_of(folder / "d/f"), "new");
  EXPECT_EQ(names_in(folder), (Names{"d", "first", "second"}));
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "second"));
}

TEST(AtomicFile, CircleOfLinksIsAnError) {
  const TemporaryFolder folder = test_folder();
  std::filesystem::create_symlink("b", folder / "a");
  std::filesystem::create_symlink("a", folder / "b");
  EXPECT_EQ(
      error_of(write_file(folder / "a", "x")),
      "usage: " + (folder / "a").string() + ": cannot write: Too many levels of symbolic links");
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "a"));
}

TEST(AtomicFile, ReadingStopsAtTheLargestSizeExpected) {
  const TemporaryFolder folder = test_folder();
  ASSERT_TRUE(write_file(folder / "f", "12345"));
  EXPECT_EQ(error_of(read_file(folder / "f", ErrorCode::usage, 4)),
            "usage: " + (folder / "f").string() + ": has 5 bytes, at most 4 are expected");
  EXPECT_EQ(error_of(read_file(folder / "f", ErrorCode::usage, 5)), "no error");
}

// AddressSanitizer and ThreadSanitizer end the program where memory ends.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && !ASSAY_CLANG_SANITIZER
TEST(AtomicFile, ReadingAFileLargerThanMemoryIsAnError) {
  const TemporaryFolder folder = test_folder();
  ASSERT_TRUE(write_file(folder / "f", ""));
  std::filesystem::resize_file(folder / "f", std::uintmax_t{1} << 43);
  EXPECT_EQ(error_of(read_file(folder / "f")),
            "invalid: " + (folder / "f").string() +
                ": cannot read: 8796093022208 bytes do not fit in memory");
}
#endif

TEST(AtomicFile, ReadsTheStartOfAFile) {
  const TemporaryFolder folder = test_folder();
  ASSERT_TRUE(write_file(folder / "f", "12345"));
  EXPECT_EQ(read_file_start(folder / "f", 3)->size(), 3u);
  EXPECT_EQ(read_file_start(folder / "f", 9)->size(), 5u);
  EXPECT_EQ(error_of(read_file_start("/no/such", 3)),
            "invalid: /no/such: cannot read: No such file or directory");
}

}  // namespace
}  // namespace assay
