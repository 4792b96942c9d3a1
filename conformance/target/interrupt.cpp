// SPDX-License-Identifier: Apache-2.0
// The flag that SIGINT, SIGTERM and SIGHUP set.
#include "conformance/target/interrupt.hpp"

#include <atomic>
#include <csignal>

namespace assay {
namespace {

std::atomic<bool> interrupt_flag{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may only touch this");

extern "C" void set_interrupt_flag(int) {
  interrupt_flag.store(true);
}

}  // namespace

void catch_interrupts() {
  struct sigaction action = {};
  action.sa_handler = set_interrupt_flag;
  // SA_RESETHAND: a run that does not stop can still be stopped by asking twice.
  action.sa_flags = static_cast<int>(SA_RESTART | SA_RESETHAND);
  sigemptyset(&action.sa_mask);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP})
    sigaction(signal, &action, nullptr);
}

bool interrupted() {
  return interrupt_flag.load();
}

}  // namespace assay
