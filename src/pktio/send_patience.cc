// SPDX-License-Identifier: Apache-2.0
#include "pktio/send_patience.h"

#include <poll.h>
#include <sched.h>
#include <time.h>

#include <cerrno>

namespace portolan::pktio {
namespace {

constexpr uint32_t kInstantTries = 16;   // each is a call that fails, about a frame's time
constexpr uint32_t kQuickTries = 32;     // by giving the processor away, which may take others' whole slices of time
constexpr uint32_t kMostTries = 10'000;  // then by sleeping 100 us each

}  // namespace

bool SendPatience::is_worth_it(int reason) { return reason == ENOBUFS || reason == EAGAIN || reason == ENOMEM; }

bool SendPatience::wait(int fd, int reason) {
  if (stuck_ || ++tries_ > kMostTries) {
    stuck_ = true;
    tries_ = 0;
    return false;
  }
  if (tries_ <= kInstantTries) return true;
  if (tries_ <= kQuickTries) {
    sched_yield();
  } else if (reason == EAGAIN) {
    pollfd room = {.fd = fd, .events = POLLOUT, .revents = 0};
    poll(&room, 1, 1);
  } else {
    const timespec nap = {.tv_sec = 0, .tv_nsec = 100'000};  // the device's queue is full, which no poll tells
    nanosleep(&nap, nullptr);
  }
  return true;
}

}  // namespace portolan::pktio
