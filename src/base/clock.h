// SPDX-License-Identifier: Apache-2.0
// Time, passed in and never fetched behind one's back.
//
// Two scales, both int64 nanoseconds: monotonic time for pacing and round trips, and wall-clock time (Unix epoch, UTC)
// for what is written in results. A room that needs the time takes a Clock or, better, the time itself.
#pragma once

#include <cstdint>

namespace portolan::base {

using Nanos = int64_t;

inline constexpr Nanos kMicrosecond = 1'000;
inline constexpr Nanos kMillisecond = 1'000'000;
inline constexpr Nanos kSecond = 1'000'000'000;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Nanos now() const = 0;   // monotonic
  virtual Nanos wall() const = 0;  // since 1970-01-01T00:00:00Z
};

// The machine's clocks. Thread-safe.
class SystemClock final : public Clock {
 public:
  Nanos now() const override;
  Nanos wall() const override;
};

// A clock that stands still until it is moved; wall time starts at 2001-09-09T01:46:40Z. Single-threaded.
class VirtualClock final : public Clock {
 public:
  Nanos now() const override { return now_; }
  Nanos wall() const override { return 1'000'000'000 * kSecond + now_; }
  void advance(Nanos by) { now_ += by; }
  void set(Nanos to) { now_ = to; }

 private:
  Nanos now_ = 0;
};

}  // namespace portolan::base
