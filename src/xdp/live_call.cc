// SPDX-License-Identifier: Apache-2.0
#include "xdp/live_call.h"

#include <bpf/bpf.h>
#include <pthread.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <csignal>

namespace portolan::xdp {
namespace {

constexpr int kSignal = SIGURG;
constexpr uint32_t kBatch = 64;

// Several calls may be made at once, by several threads; the handler is the process's.
class Handler {
 public:
  Handler() {
    const std::lock_guard hold(lock_);
    if (users_++ == 0) {
      struct sigaction nothing {};
      nothing.sa_handler = [](int) {};
      sigaction(kSignal, &nothing, &before_);
    }
    sigset_t ours;
    sigemptyset(&ours);
    sigaddset(&ours, kSignal);
    pthread_sigmask(SIG_UNBLOCK, &ours, &mask_);
  }
  ~Handler() {
    pthread_sigmask(SIG_SETMASK, &mask_, nullptr);
    const std::lock_guard hold(lock_);
    if (--users_ == 0) sigaction(kSignal, &before_, nullptr);
  }
  Handler(const Handler&) = delete;
  Handler& operator=(const Handler&) = delete;

 private:
  static inline std::mutex lock_;
  static inline int users_ = 0;
  static inline struct sigaction before_ {};
  sigset_t mask_{};
};

}  // namespace

void LiveCall::begin() {
  const std::lock_guard hold(lock_);
  sigevent event{};
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = kSignal;
  event._sigev_un._tid = gettid();
  running_ = timer_create(CLOCK_MONOTONIC, &event, &timer_) == 0;
}

void LiveCall::end() {
  const std::lock_guard hold(lock_);
  if (running_) timer_delete(timer_);
  running_ = false;
  stop_.store(false);
}

void LiveCall::interrupt() {
  const std::lock_guard hold(lock_);
  stop_.store(true);
  if (!running_) return;
  constexpr itimerspec kEachMillisecond{{0, 1'000'000}, {0, 1}};
  timer_settime(timer_, 0, &kEachMillisecond, nullptr);
}

int LiveCall::run(int program, std::span<const uint8_t> frame, uint32_t repeat) {
  const Handler handler;
  begin();
  int error = 0;
  bool again = true;
  while (again && error == 0 && !stop_.load()) {
    bpf_test_run_opts how{};
    how.sz = sizeof how;
    how.data_in = frame.data(), how.data_size_in = static_cast<uint32_t>(frame.size());
    how.repeat = repeat == 0 ? INT_MAX : static_cast<int>(repeat);
    how.flags = BPF_F_TEST_XDP_LIVE_FRAMES;
    how.batch_size = kBatch;
    error = -bpf_prog_test_run_opts(program, &how);
    again = repeat == 0;
    if (error == EINTR) error = 0;
  }
  end();
  return error;
}

}  // namespace portolan::xdp
