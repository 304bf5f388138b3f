// SPDX-License-Identifier: Apache-2.0
// Pacer: how many packets may leave now. Two token buckets in integers, told the time, never asking for it.
//
// It neither sleeps nor sends: the caller asks take(now, want), sends what it is granted, gives back what the device
// refused, and sleeps until next(now) if it has nothing better to do. `now` is monotonic time; going backwards counts
// as standing still. One thread; each sending thread has its own Pacer with its part of the rate.
//
// Both buckets must hold a packet for it to leave (compare the two leaky buckets of RFC 2697 and ITU-T I.371):
//   credit: what the rate has earned since the start and is not yet sent. Filled at the rate, so that no time from the
//     start on sees more than the rate and one packet. What a caller missed stays in it and is made up later, as far
//     as it holds: kDebt of the rate, and at least kDebtPackets.
//   burst: what may leave at once. Filled an eighth faster than the rate (slow rates: by up to one packet a millisecond
//     more, at most twice the rate), so that arrears are made up gradually. It holds one packet and what the rate earns
//     in the longest pause the caller took of late: kMinReach to kMaxReach, forgotten over 16 times its length.
// Hence:
//   - The first packet leaves at once.
//   - No burst is longer than a millisecond's worth and one packet. Who asks at least every kMinReach and then stays
//     away returns to a sixteenth of that: no millisecond sees more than 1.2 milliseconds' worth and two packets.
//   - Who asks at least every millisecond, or as often as a packet is due, gets the rate within 1 %. So does who is
//     away for up to 9 % of the time, each time for less than kDebt.
//   - Who is late at every call, by more than a millisecond, gets a millisecond's worth a call and not more.
// The rate is kept to better than one part in a million. Only the constructor and set_rate() divide.
#pragma once

#include <cstdint>

#include "base/clock.h"
#include "base/int128.h"
#include "pace/rate.h"

namespace portolan::pace {

class Pacer {
 public:
  static constexpr base::Nanos kMinReach = base::kMillisecond / 16;
  static constexpr base::Nanos kMaxReach = base::kMillisecond;
  static constexpr base::Nanos kDebt = 100 * base::kMillisecond;
  static constexpr uint64_t kDebtPackets = 4;

  Pacer(Rate rate, base::Nanos start);

  // How many of `want` packets may leave at `now`, which is then taken as done.
  uint64_t take(base::Nanos now, uint64_t want);

  // The earliest time, not before `now`, at which take() would grant at least one.
  base::Nanos next(base::Nanos now) const;

  // n packets that were granted did not leave after all. REQUIRES: not more than were granted.
  void give_back(uint64_t n);

  // From now on. What was earned at the old rate stays, as far as the new buckets hold it.
  void set_rate(Rate rate, base::Nanos now);

  Rate rate() const { return rate_; }

 private:
  // Packets in steps of 2^-60: a billion a second is 2^60 a nanosecond, and 0.001 is still a million.
  using Tokens = base::u128;
  static constexpr int kFraction = 60;
  static constexpr Tokens kPacket = Tokens{1} << kFraction;

  void set_speeds();
  void settle(base::Nanos now);
  Tokens burst_depth() const;
  base::Nanos until_packet(Tokens held, uint64_t per_nano, uint64_t nanos_per_packet) const;

  Rate rate_;
  base::Nanos settled_;            // the buckets are right as of this time
  base::Nanos reach_ = kMinReach;  // the caller's longest pause of late, fading
  Tokens credit_ = kPacket;
  Tokens burst_ = kPacket;

  // Constant between calls of set_rate().
  uint64_t credit_per_nano_ = 0;  // Tokens
  uint64_t burst_per_nano_ = 0;   // Tokens
  uint64_t credit_nanos_ = 0;     // nanoseconds a packet takes, in steps of 2^-kNanosFraction
  uint64_t burst_nanos_ = 0;
  Tokens credit_depth_ = kPacket;
};

}  // namespace portolan::pace
