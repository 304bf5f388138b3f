// SPDX-License-Identifier: Apache-2.0
#include "pktio/kernel_port.h"

#include <cerrno>

namespace portolan::pktio {

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
      patience_.progress();
      continue;
    }
    const int reason = errno;
    if (reason == EINTR) continue;
    if (SendPatience::is_worth_it(reason)) {
      counters.add(PortCounter::kSendRetries);
      if (patience_.wait(fd, reason)) continue;
    }
    counters.add(PortCounter::kSendRefused);
    ++next;
  }
}

}  // namespace portolan::pktio
