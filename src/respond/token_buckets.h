// SPDX-License-Identifier: Apache-2.0
// TokenBuckets: a bounded table of token buckets for any number of strangers, none of which ever gets more than its
// due.
//
// A bucket is one time, the one at which it will be full again (the generic cell rate algorithm, ITU-T I.371): taking n
// tokens moves it n intervals on, and is refused where it would then lie further ahead of now than the burst lasts. A
// bucket whose time is past is full, which is what a stranger's is; so empty places need no mark.
//
// The table has four places for each hash. A key that is in none of them takes over the fullest bucket there as it is,
// not a fresh one (Metwally, Agrawal, El Abbadi: "Efficient computation of frequent and top-k elements", ICDT 2005).
// The least time in a set never goes back, and a key that was displaced had the least; so when it returns it finds a
// bucket that is not fuller than the one it left, and
//   in any interval d a key takes at most burst + d / interval tokens, whoever else comes and whatever the hashes.
// The price is paid by strangers, and only by a flood: a newcomer is refused when all four buckets of its set are used
// up, for which all sources together must take more than (buckets / interval) tokens a second.
//
// The hash is keyed, so nobody can choose sets. Integers only, no division; all memory is taken at construction.
// Single-threaded.
#pragma once

#include <cstdint>
#include <memory>

#include "base/clock.h"
#include "base/siphash.h"

namespace portolan::respond {

struct BucketRate {
  base::Nanos interval = 0;  // a token comes back each of these; 0: no limit
  uint32_t burst = 1;        // tokens of a full bucket, at least 1

  // The interval is rounded up to whole nanoseconds, so the rate is never exceeded. 0: no limit.
  static BucketRate per_second(uint64_t rate, uint32_t burst);

  bool limits() const { return interval > 0; }
  base::Nanos window() const { return interval * burst; }  // how long a burst lasts. REQUIRES: bounded
  // The nearest rate whose burst lasts at most 2^61 ns (73 years), so that no sum below overflows.
  BucketRate bounded() const;
};

// One bucket; a new one is full. REQUIRES: rates are bounded, times are at least 0.
class TokenBucket {
 public:
  // Whether n tokens are there; takes nothing.
  bool has(const BucketRate& rate, uint32_t n, base::Nanos now) const {
    if (!rate.limits()) return true;
    return n <= rate.burst && later_of(now) + rate.interval * n - now <= rate.window();
  }
  // REQUIRES: has(rate, n, now).
  void take(const BucketRate& rate, uint32_t n, base::Nanos now) { full_at_ = later_of(now) + rate.interval * n; }
  base::Nanos full_at() const { return full_at_; }

 private:
  base::Nanos later_of(base::Nanos now) const { return full_at_ > now ? full_at_ : now; }
  base::Nanos full_at_ = 0;
};

class TokenBuckets {
 public:
  // buckets: how many are kept, rounded up to a power of two of at least 4; 16 bytes each. Times are at least 0.
  TokenBuckets(const BucketRate& rate, uint32_t buckets, const base::SipKey& key);

  // The bucket of a key that is three words, for a look before several tables are taken from.
  class Place;
  Place find(uint64_t a, uint64_t b, uint64_t c);

  bool has(const Place& place, base::Nanos now, uint32_t n = 1) const;
  // REQUIRES: has(place, now, n), and no other call since find().
  void take(const Place& place, base::Nanos now, uint32_t n = 1);

  bool take(uint64_t a, uint64_t b, uint64_t c, base::Nanos now, uint32_t n = 1);

  bool limits() const { return rate_.limits(); }
  size_t bytes() const { return (mask_ + 1) * sizeof(Set); }

 private:
  static constexpr uint32_t kWays = 4;
  struct alignas(64) Set {  // one cache line
    uint64_t tag[kWays] = {};
    TokenBucket bucket[kWays];
  };

  BucketRate rate_;
  base::SipKey key_;
  uint64_t mask_;
  std::unique_ptr<Set[]> sets_;
};

class TokenBuckets::Place {
 public:
  Place() = default;

 private:
  friend class TokenBuckets;
  Place(Set* set, uint32_t way, uint64_t tag) : set_(set), way_(way), tag_(tag) {}
  Set* set_ = nullptr;
  uint32_t way_ = 0;
  uint64_t tag_ = 0;
};

}  // namespace portolan::respond
