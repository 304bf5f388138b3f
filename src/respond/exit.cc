// SPDX-License-Identifier: Apache-2.0
#include "respond/exit.h"

#include <algorithm>
#include <cstring>

namespace portolan::respond {

base::MutableBytes Exit::begin() {
  room_ = outbox_.begin();
  nowhere_ = room_.empty();
  if (nowhere_) room_ = spare_;
  return room_;
}

void Exit::send(Count kind, size_t length, base::Nanos now, base::Nanos wall) {
  if (!cap_.has(cap_rate_, 1, now)) {
    counters_->respond.add(Count::kCapped);
    return;
  }
  cap_.take(cap_rate_, 1, now);
  if (weather_.options().is_calm()) {
    leave(kind, length, wall);
    return;
  }
  if (weather_.loses_out()) {
    counters_->respond.add(Count::kWeatherOut);
    return;
  }
  const bool twice = weather_.doubles();
  if (!weather_.options().holds()) {
    leave(kind, length, wall);
    if (!twice) return;
    // The frame may have left with its burst by now only if begin() is called again; it is still the last one here.
    std::array<uint8_t, pktio::kMinSlot> copy;
    const base::Bytes sent = outbox_.last();
    const size_t size = std::min(sent.size(), copy.size());
    std::memcpy(copy.data(), sent.data(), size);
    const base::MutableBytes again = begin();
    std::memcpy(again.data(), copy.data(), size);
    leave(Count::kOutCopies, size, wall);
    return;
  }
  hold(kind, length, now + weather_.delay());
  if (twice) hold(Count::kOutCopies, length, now + weather_.delay());
}

void Exit::send_syn_ack(size_t length, base::Nanos now, base::Nanos wall) {
  base::Nanos pause = base::kSecond;
  base::Nanos when = now;
  for (uint8_t i = 0; i < weather_.options().syn_ack_repeats; ++i, pause *= 2) {
    when += pause;
    hold(Count::kOutCopies, length, when);
  }
  send(Count::kOutSynAcks, length, now, wall);
}

void Exit::on_time(base::Nanos now, base::Nanos wall) {
  while (const auto due = weather_.take(now)) {
    const base::MutableBytes room = begin();
    std::memcpy(room.data(), due->frame.data(), due->frame.size());
    leave(static_cast<Count>(due->kind), due->frame.size(), wall);
  }
}

void Exit::leave(Count kind, size_t length, base::Nanos wall) {
  if (nowhere_) {
    counters_->respond.add(Count::kOutRefused);
    return;
  }
  counters_->respond.add(kind);
  outbox_.end(length);
  if (journal_ != nullptr && journal_->wants_frames()) {
    journal_->frame(result::FrameFate::kSent, wall, outbox_.last());
  }
}

void Exit::hold(Count kind, size_t length, base::Nanos when) {
  if (!weather_.hold(room_.first(length), when, static_cast<uint8_t>(kind))) {
    counters_->respond.add(Count::kDelayOverflow);
  }
}

}  // namespace portolan::respond
