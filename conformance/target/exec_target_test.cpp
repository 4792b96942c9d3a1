// SPDX-License-Identifier: Apache-2.0
// Processes that misbehave. Oracle: POSIX (exit codes, signals, process groups) and the protocol in
// target.hpp: each way to fail is a verdict with a reason, within the time limit, without orphans.
#include <chrono>
#include <csignal>
#include <fstream>
#include <thread>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conformance/suite/small_case.hpp"
#include "conformance/target/interrupt.hpp"

namespace assay {
namespace {

using std::chrono::milliseconds;

// Waits up to five seconds for what must come true soon.
template <typename Condition>
bool soon(Condition condition) {
  for (int i = 0; i < 500; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(milliseconds(10));
  }
  return false;
}

class ExecTargetTest : public testing::Test {
 protected:
  // Runs a shell script as the target; $1 is the case, $2 the result.
  TargetResult run(const std::string& body, std::int64_t timeout_ms = 20'000) const {
    const auto target =
        make_target("exec:" + write_script(folder, "target", body), {timeout_ms, folder.path()});
    if (!target) return {TargetOutcome::completed, target.error().message, {}, {}};
    return (*target)->run(test_case).value();
  }

  std::string path(const std::string& name) const { return (folder.path() / name).string(); }

  // Of the process whose id a script wrote into the file. Zombies count as gone.
  bool is_alive(const std::string& pid_file) const {
    std::string pid, stat;
    std::ifstream(path(pid_file)) >> pid;
    EXPECT_FALSE(pid.empty()) << pid_file;
    std::getline(std::ifstream("/proc/" + pid + "/stat"), stat);
    return !stat.empty() && stat.find(") Z ") == std::string::npos;
  }

  TemporaryFolder folder = test_folder();
  CaseFile test_case = small_case();
};

TEST_F(ExecTargetTest, ASignalIsACrashWithItsNameAndTheLastLineOfStderr) {
  const TargetResult result = run("echo one >&2; echo two >&2; kill -SEGV $$");
  EXPECT_EQ(result.outcome, TargetOutcome::crashed);
  EXPECT_EQ(result.reason, "killed by SIGSEGV: two");
  EXPECT_EQ(run("kill -ABRT $$").reason, "killed by SIGABRT");
}

TEST_F(ExecTargetTest, AnExitCodeIsACrash) {
  const TargetResult result = run("echo 'bad shape' >&2; exit 3");
  EXPECT_EQ(result.outcome, TargetOutcome::crashed);
  EXPECT_EQ(result.reason, "exit code 3: bad shape");
  EXPECT_EQ(run("echo 'on stdout'; exit 4").reason, "exit code 4: on stdout");
  EXPECT_EQ(run("exit 255").reason, "exit code 255");
}

TEST_F(ExecTargetTest, AResultDoesNotExcuseACrash) {
  EXPECT_EQ(run("cp \"$1\" \"$2\"; exit 1").outcome, TargetOutcome::crashed);
}

TEST_F(ExecTargetTest, ExitCode77IsUnsupportedWithTheReason) {
  const TargetResult result = run("echo 'needs top_k <= 1' >&2; exit 77");
  EXPECT_EQ(result.outcome, TargetOutcome::unsupported);
  EXPECT_EQ(result.reason, "needs top_k <= 1");
  EXPECT_EQ(run("exit 77").reason, "exit code 77");
}

TEST_F(ExecTargetTest, NoResultIsMissing) {
  const TargetResult result = run("echo 'forgot it' >&2");
  EXPECT_EQ(result.outcome, TargetOutcome::missing);
  EXPECT_EQ(result.reason, "exit code 0, but no result file: forgot it");
}

TEST_F(ExecTargetTest, GarbageIsNoResult) {
  for (const std::string body :
       {"echo garbage > \"$2\"", ": > \"$2\"", "head -c 100 \"$1\" > \"$2\"",
        "head -c -1 \"$1\" > \"$2\"", "mkdir \"$2\"", "mkfifo \"$2\"", "ln -s /dev/zero \"$2\""}) {
    const TargetResult result = run(body);
    EXPECT_EQ(result.outcome, TargetOutcome::garbage) << body;
    EXPECT_FALSE(result.reason.empty()) << body;
  }
}

TEST_F(ExecTargetTest, AHangEndsAtTheTimeLimit) {
  const auto begin = std::chrono::steady_clock::now();
  const TargetResult result = run("echo $$ > " + path("pid") + "; echo busy >&2; sleep 60", 300);
  EXPECT_EQ(result.outcome, TargetOutcome::timed_out);
  EXPECT_EQ(result.reason, "no end after 300 ms: busy");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
  EXPECT_FALSE(is_alive("pid"));
}

TEST_F(ExecTargetTest, IgnoringSigtermDoesNotHelp) {
  const TargetResult result =
      run("trap '' TERM INT HUP; echo $$ > " + path("pid") + "; while :; do sleep 1; done", 300);
  EXPECT_EQ(result.outcome, TargetOutcome::timed_out);
  EXPECT_FALSE(is_alive("pid"));
}

TEST_F(ExecTargetTest, GrandchildrenDieAtTheTimeLimit) {
  run("sleep 60 & echo $! > " + path("grandchild") + "; wait", 300);
  EXPECT_TRUE(soon([&] { return !is_alive("grandchild"); }));
}

TEST_F(ExecTargetTest, AGrandchildThatKeepsThePipesOpenDoesNotDelayTheVerdict) {
  const auto begin = std::chrono::steady_clock::now();
  const TargetResult result = run("sleep 60 & echo $! > " + path("grandchild") + "; exit 5");
  EXPECT_EQ(result.reason, "exit code 5");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
  EXPECT_TRUE(soon([&] { return !is_alive("grandchild"); }));
}

TEST_F(ExecTargetTest, ClosedStreamsAreNoEnd) {
  const std::string right = path("right.safetensors");
  ASSERT_TRUE(write_safetensors(right, test_case.expected(), {}));
  const TargetResult result = run("exec >&- 2>&-; sleep 0.2; cp " + right + " \"$2\"");
  EXPECT_EQ(result.outcome, TargetOutcome::completed) << result.reason;
}

TEST_F(ExecTargetTest, MegabytesOfOutputNeitherBlockNorFillTheReason) {
  const TargetResult result =
      run("head -c 8000000 /dev/zero; head -c 8000000 /dev/zero | tr '\\0' x >&2; exit 9");
  EXPECT_EQ(result.outcome, TargetOutcome::crashed);
  EXPECT_EQ(result.reason, "exit code 9: " + std::string(300, 'x'));
  const TargetResult lines = run("yes | head -c 4000000 >&2; echo end >&2; exit 9");
  EXPECT_EQ(lines.reason, "exit code 9: end");
}

TEST_F(ExecTargetTest, AnEndlessWriterStillTimesOut) {
  EXPECT_EQ(run("yes", 300).outcome, TargetOutcome::timed_out);
}

TEST_F(ExecTargetTest, ReasonsArePrintable) {
  EXPECT_EQ(run("printf 'a\\033[31mb\\377\\n' >&2; exit 1").reason, "exit code 1: a?[31mb?");
}

TEST_F(ExecTargetTest, StdinIsEmpty) {
  EXPECT_EQ(run("cat; echo done; exit 2").reason, "exit code 2: done");
}

TEST_F(ExecTargetTest, AResultLargerThanAllThatIsExpectedIsGarbageAndNotRead) {
  const TargetResult result = run("truncate -s 1T \"$2\" || truncate -s 15G \"$2\"");
  EXPECT_EQ(result.outcome, TargetOutcome::garbage);
  EXPECT_NE(result.reason.find("at most"), std::string::npos) << result.reason;
}

TEST_F(ExecTargetTest, AFileThatIsNoProgramEndsTheRunWithTheSystemsReason) {
  const std::string file = path("noise");
  std::ofstream(file) << "\x7f no program";
  std::filesystem::permissions(file, std::filesystem::perms::owner_all);
  const auto target = make_target("exec:" + file, {1000, folder.path()});
  ASSERT_TRUE(target);
  const auto result = (*target)->run(test_case);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::target_unavailable);
  EXPECT_NE(result.error().message.find("Exec format error"), std::string::npos);
}

TEST_F(ExecTargetTest, AWorkFolderThatVanishedEndsTheRunAndBlamesNobody) {
  const auto target = make_target("exec:true", {1000, folder / "gone"});
  ASSERT_TRUE(target);
  const auto result = (*target)->run(test_case);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::usage);
  EXPECT_NE(result.error().message.find("gone"), std::string::npos) << result.error().message;
}

TEST_F(ExecTargetTest, CasesRunInParallel) {
  const std::string script = write_script(folder, "target", "sleep 0.3; exit 6");
  const auto target = make_target("exec:" + script, {20'000, folder.path()});
  ASSERT_TRUE(target);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] { EXPECT_EQ((*target)->run(test_case)->reason, "exit code 6"); });
  }
  for (std::thread& thread : threads)
    thread.join();
}

TEST_F(ExecTargetTest, AnInterruptLeavesNoOrphans) {
  const std::string body = "sleep 60 & echo $! > " + path("grandchild.new") + "; mv " +
                           path("grandchild.new") + " " + path("grandchild") + "; wait";
  const pid_t runner = fork();
  if (runner == 0) {
    catch_interrupts();
    const TargetResult result = run(body, 60'000);
    const bool is_right = interrupted() && result.outcome == TargetOutcome::missing;
    _exit(is_right ? 42 : 1);
  }
  ASSERT_TRUE(soon([&] { return std::filesystem::exists(path("grandchild")); }));
  EXPECT_TRUE(is_alive("grandchild"));
  kill(runner, SIGINT);
  int status = 0;
  waitpid(runner, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 42);
  EXPECT_TRUE(soon([&] { return !is_alive("grandchild"); }));
}

}  // namespace
}  // namespace assay
