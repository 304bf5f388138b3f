// SPDX-License-Identifier: Apache-2.0
#include "pktio/kernel_port.h"

#include <poll.h>
#include <sched.h>
#include <time.h>

#include <cerrno>

namespace portolan::pktio {
namespace {

constexpr uint32_t kQuickTries = 16;     // by giving the processor away
constexpr uint32_t kMostTries = 10'000;  // then by sleeping 100 us each

}  // namespace

BurstSender::BurstSender(TxSlots& slots) : slots_(slots), vectors_(slots.size()), messages_(slots.size()) {
  for (size_t i = 0; i < slots.size(); ++i) {
    vectors_[i] = {.iov_base = slots[i].data, .iov_len = 0};
    messages_[i].msg_hdr.msg_iov = &vectors_[i];
    messages_[i].msg_hdr.msg_iovlen = 1;
  }
}

void BurstSender::send(int fd, size_t first, size_t last, PortCounters& counters) {
  for (size_t i = first; i < last; ++i) vectors_[i].iov_len = slots_[i].length;
  size_t next = first;
  while (next < last) {
    const int taken = sendmmsg(fd, &messages_[next], static_cast<unsigned>(last - next), MSG_DONTWAIT);
    if (taken > 0) {
      uint64_t bytes = 0;
      for (const size_t end = next + static_cast<size_t>(taken); next < end; ++next) bytes += slots_[next].length;
      counters.count_sent(static_cast<uint64_t>(taken), bytes);
      tries_ = 0;
      stuck_ = false;
      continue;
    }
    const int reason = errno;
    if (reason == EINTR) continue;
    if (reason == ENOBUFS || reason == EAGAIN || reason == ENOMEM) {
      counters.add(PortCounter::kSendRetries);
      if (wait_for_room(fd, reason)) continue;
    }
    counters.add(PortCounter::kSendRefused);
    ++next;
  }
}

bool BurstSender::wait_for_room(int fd, int reason) {
  if (stuck_ || ++tries_ > kMostTries) {
    stuck_ = true;
    tries_ = 0;
    return false;
  }
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
