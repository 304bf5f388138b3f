// SPDX-License-Identifier: Apache-2.0
// ModelClient: the other side of a TcpServer in tests: a plain TCP client that sends a text in random cuts, sends it
// again when it must (go-back-N), reads the answer at its own pace, and closes when both are whole.
//
// It keeps no rule of ours in mind but RFC 9293's, so it also judges: a segment that breaks one ends the test.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>

#include "base/random.h"
#include "stack/testing/tcp_rig.h"

namespace portolan::stack::testing {

class ModelClient {
 public:
  struct Traits {
    std::string text;        // to send
    uint32_t buffer = 8192;  // of what is received and not read
    uint32_t mss = 1460;
    bool timestamps = false;
    bool reads_slowly = false;
    base::Nanos timeout = 300 * base::kMillisecond;
  };

  ModelClient(Traits traits, uint64_t seed, std::function<void(const Segment&)> send)
      : traits_(std::move(traits)), random_(seed), send_(std::move(send)) {}

  static constexpr int kScale = 3;  // of our window field
  uint64_t below(uint64_t n) { return random_.next() % n; }

  bool done() const { return fin_in_ && una_ == end() + 1; }
  const std::string& answer() const { return answer_; }
  base::Nanos next() const { return std::min(retry_at_, read_at_); }

  // Sends what may be sent. The first call also begins the conversation.
  void pump(base::Nanos now) {
    while (nxt_ <= end() && (nxt_ == end() || nxt_ < edge_)) {
      const auto size = static_cast<uint32_t>(
          std::min<uint64_t>({1 + below(traits_.mss), end() - nxt_, nxt_ < edge_ ? edge_ - nxt_ : 0}));
      const bool fin = nxt_ + size == end() && below(2) == 0;
      if (size == 0 && !fin) continue;
      Segment s = blank(now);
      s.payload = traits_.text.substr(nxt_, size);
      s.flags = static_cast<uint8_t>(flag::kAck | (fin ? flag::kFin : 0) | (below(2) == 0 ? flag::kPsh : 0));
      nxt_ += size + (fin ? 1 : 0);
      send_(s);
    }
    max_ = std::max(max_, nxt_);
    if (una_ != end() + 1 && retry_at_ == kNever) retry_at_ = now + traits_.timeout;
  }

  void on_segment(const Said& s, base::Nanos now) {
    judge(s);
    if (s.ack > una_) {
      una_ = s.ack;
      nxt_ = std::max(nxt_, una_);
      retry_at_ = kNever;
    }
    edge_ = std::max(edge_, s.ack + (uint32_t{s.window} << 7));
    if (s.options.timestamps) ts_recent_ = s.options.timestamps->value;
    const bool wants_ack = !s.payload.empty() || (s.flags & flag::kFin) != 0 || s.seq != rcv_nxt();
    take(s);
    if (traits_.reads_slowly) {
      if (read_at_ == kNever) read_at_ = now + below(400) * base::kMillisecond;
    } else {
      read_ = answer_.size();
    }
    if (wants_ack) send_(blank(now));
    pump(now);
  }

  void on_time(base::Nanos now) {
    if (read_at_ <= now) {
      read_at_ = kNever;
      const bool was_closed = window() == 0;
      read_ = answer_.size();
      if (was_closed) send_(blank(now));
    }
    if (retry_at_ > now) return;
    retry_at_ = kNever;
    nxt_ = una_;
    // A closed window is asked about with one byte.
    if (nxt_ < end() && nxt_ >= edge_) {
      Segment s = blank(now);
      s.payload = traits_.text.substr(nxt_++, 1);
      send_(s);
    }
    pump(now);
  }

 private:
  static constexpr base::Nanos kNever = INT64_MAX;

  uint32_t end() const { return static_cast<uint32_t>(traits_.text.size()); }
  uint32_t rcv_nxt() const { return static_cast<uint32_t>(answer_.size()) + (fin_in_ ? 1 : 0); }
  uint32_t window() const {
    const size_t unread = answer_.size() - read_;
    return static_cast<uint32_t>(traits_.buffer - std::min<size_t>(traits_.buffer, unread)) >> kScale << kScale;
  }

  Segment blank(base::Nanos now) {
    Segment s;
    s.seq = nxt_;
    s.ack = rcv_nxt();
    s.window = static_cast<uint16_t>(window() >> kScale);
    if (traits_.timestamps) s.timestamps = wire::TcpTimestamps{tcp_timestamp(now), ts_recent_};
    allowed_ = std::max(allowed_, s.ack + window());
    return s;
  }

  void judge(const Said& s) const {
    const auto fail = [](const char* what) { throw std::logic_error(what); };
    if (s.payload.size() + (traits_.timestamps ? 12 : 0) > traits_.mss) fail("a segment above the MSS");
    if (s.options.timestamps.has_value() != traits_.timestamps) fail("timestamps");
    if (s.ack > max_) fail("acknowledges what was not sent");
    if (!s.payload.empty() && s.seq + s.payload.size() > allowed_) fail("beyond the window");
    if ((s.flags & flag::kRst) != 0) fail("a reset");
    if ((s.flags & flag::kAck) == 0) fail("no ACK");
  }

  void take(const Said& s) {
    const bool fin = (s.flags & flag::kFin) != 0;
    if (fin) fin_at_ = s.seq + static_cast<uint32_t>(s.payload.size());
    if (!s.payload.empty() && s.seq < (1u << 31)) {
      std::string& kept = ahead_[s.seq];
      if (s.payload.size() > kept.size()) kept = s.payload;
    }
    while (!ahead_.empty() && ahead_.begin()->first <= answer_.size()) {
      const auto first = ahead_.extract(ahead_.begin());
      const size_t old = answer_.size() - first.key();
      if (old < first.mapped().size()) answer_ += first.mapped().substr(old);
    }
    if (fin_at_ == answer_.size()) fin_in_ = true;
  }

  Traits traits_;
  base::SplitMix64 random_;
  std::function<void(const Segment&)> send_;
  uint32_t una_ = 0, nxt_ = 0, max_ = 0;
  uint32_t edge_ = 1460;  // of the server's window
  uint32_t allowed_ = 0;  // edge of ours
  uint32_t ts_recent_ = 0;
  uint32_t fin_at_ = 0xffffffff;
  bool fin_in_ = false;
  std::string answer_;
  size_t read_ = 0;
  std::map<uint32_t, std::string> ahead_;
  base::Nanos retry_at_ = kNever, read_at_ = kNever;
};

}  // namespace portolan::stack::testing
