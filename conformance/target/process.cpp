// SPDX-License-Identifier: Apache-2.0
// Child processes: posix_spawn into a new process group, pipes for its output, waitid for its end.
#include "conformance/target/process.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conformance/target/interrupt.hpp"
#include "conformance/target/printable.hpp"

namespace assay {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kTailBytes = 4096;  // kept of each stream, however much is written
constexpr std::size_t kLastWordsBytes = 300;
constexpr int kPollMs = 20;  // an interrupt may reach another thread than the waiting one
constexpr std::int64_t kLongestMs = 1'000'000'000'000;  // 31 years, as nanoseconds still an int64

class FileDescriptor {
 public:
  explicit FileDescriptor(int fd = -1) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~FileDescriptor() { close(); }
  int get() const { return fd_; }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }

 private:
  int fd_;
};

// The last kTailBytes of what a child writes to a stream.
class Tail {
 public:
  Status open() {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) {
      return fail(ErrorCode::target_unavailable, "pipe: {}", std::strerror(errno));
    }
    read_end = FileDescriptor(ends[0]);
    write_end = FileDescriptor(ends[1]);
    fcntl(read_end.get(), F_SETFL, O_NONBLOCK);
    return {};
  }

  // Takes what is there now, at most 1 MiB so that an endless writer cannot keep the caller here.
  void drain() {
    std::array<char, 16384> buffer;
    for (int round = 0; round < 64 && read_end.get() >= 0; ++round) {
      const ssize_t count = read(read_end.get(), buffer.data(), buffer.size());
      if (count < 0) return;
      if (count == 0) read_end.close();
      text_.append(buffer.data(), static_cast<std::size_t>(count));
      if (text_.size() > kTailBytes) text_.erase(0, text_.size() - kTailBytes);
    }
  }

  std::string last_line() const {
    const std::size_t end = text_.find_last_not_of("\r\n\t ");
    if (end == std::string::npos) return "";
    const std::size_t newline = text_.find_last_of("\r\n", end);
    const std::size_t begin = newline == std::string::npos ? 0 : newline + 1;
    return printable(text_.substr(begin, std::min(end + 1 - begin, kLastWordsBytes)));
  }

  FileDescriptor read_end, write_end;

 private:
  std::string text_;
};

class SpawnSettings {
 public:
  SpawnSettings(int out, int err) {
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, err, STDERR_FILENO);
    posix_spawnattr_init(&attributes);
    sigset_t signals;
    sigemptyset(&signals);
    posix_spawnattr_setsigmask(&attributes, &signals);
    // A shell may have started us with these ignored, and that would be inherited.
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE})
      sigaddset(&signals, signal);
    posix_spawnattr_setsigdefault(&attributes, &signals);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(
        &attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;
  ~SpawnSettings() {
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
  }

  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
};

Result<pid_t> spawn(const std::vector<std::string>& arguments, int out, int err) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments)
    argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const SpawnSettings settings(out, err);
  pid_t pid = 0;
  const int error =
      posix_spawn(&pid, argv[0], &settings.actions, &settings.attributes, argv.data(), environ);
  if (error != 0) {
    return fail(ErrorCode::target_unavailable, "{}: cannot be started: {}", arguments[0],
                std::strerror(error));
  }
  return pid;
}

// Left unreaped, so that nobody else can own the number of its process group yet.
bool has_exited(pid_t pid) {
  siginfo_t info = {};
  return waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
         info.si_pid == pid;
}

// Waits until the process ends by itself or has to be ended, and says which.
ProcessEnd watch(pid_t pid, Tail& out, Tail& err, Clock::time_point deadline) {
  while (!has_exited(pid)) {
    if (interrupted()) return ProcessEnd::interrupted;
    if (Clock::now() >= deadline) return ProcessEnd::timed_out;
    std::array<pollfd, 2> events{pollfd{out.read_end.get(), POLLIN, 0},
                                 pollfd{err.read_end.get(), POLLIN, 0}};
    // A process that ends closes both streams first, and then takes a moment to be waitable.
    const bool is_ending = out.read_end.get() < 0 && err.read_end.get() < 0;
    poll(events.data(), events.size(), is_ending ? 1 : kPollMs);
    out.drain();
    err.drain();
  }
  return ProcessEnd::exited;
}

}  // namespace

Result<ProcessResult> run_process(const std::vector<std::string>& arguments,
                                  std::int64_t timeout_ms) {
  const auto deadline = Clock::now() + std::chrono::milliseconds(std::min(timeout_ms, kLongestMs));
  Tail out, err;
  ASSAY_TRY(out.open());
  ASSAY_TRY(err.open());
  ASSAY_ASSIGN(const pid_t pid, spawn(arguments, out.write_end.get(), err.write_end.get()));
  out.write_end.close();
  err.write_end.close();

  ProcessResult result;
  result.end = watch(pid, out, err, deadline);
  kill(-pid, SIGKILL);
  int status = 0;
  pid_t reaped = 0;
  do {
    reaped = waitpid(pid, &status, 0);
  } while (reaped < 0 && errno == EINTR);
  if (reaped < 0) {
    return fail(ErrorCode::target_unavailable, "{}: its exit code is lost: {}", arguments[0],
                std::strerror(errno));
  }
  out.drain();
  err.drain();
  result.last_words = err.last_line().empty() ? out.last_line() : err.last_line();
  if (result.end == ProcessEnd::exited && WIFSIGNALED(status)) result.end = ProcessEnd::signaled;
  result.code = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
  return result;
}

}  // namespace assay
