// SPDX-License-Identifier: Apache-2.0
#include "pace/pacer.h"

#include <algorithm>

namespace portolan::pace {
namespace {

constexpr int kNanosFraction = 22;
// Longer pauses earn nothing more: at the slowest rate kDebtPackets take 4,000 s.
constexpr base::Nanos kLongestPause = base::Nanos{1} << 43;
// Pauses fade from memory sixteen times slower than they were long, which is slower than an eighth more repays them.
constexpr int kFadeShift = 4;

constexpr uint64_t kMillisPerNano = 1'000'000'000'000;  // one packet a nanosecond, in thousandths a second

// Tokens a nanosecond, rounded up so that a packet is due in the nanosecond it should be and not in the one after.
uint64_t tokens_per_nano(uint64_t millis, base::u128 packet) {
  return base::lo64((base::u128{millis} * packet + kMillisPerNano - 1) / kMillisPerNano);
}

}  // namespace

Pacer::Pacer(Rate rate, base::Nanos start) : rate_(rate), settled_(start) { set_speeds(); }

void Pacer::set_speeds() {
  if (rate_.is_unlimited()) return;
  const uint64_t millis = rate_.millis();
  const uint64_t more = std::max(millis / 8, std::min<uint64_t>(millis, 1'000'000));
  credit_per_nano_ = tokens_per_nano(millis, kPacket);
  burst_per_nano_ = tokens_per_nano(millis + more, kPacket);
  credit_nanos_ = base::lo64((kPacket << kNanosFraction) / credit_per_nano_);
  burst_nanos_ = base::lo64((kPacket << kNanosFraction) / burst_per_nano_);
  credit_depth_ = std::max(Tokens{credit_per_nano_} * kDebt, kPacket * kDebtPackets);
  credit_ = std::min(credit_, credit_depth_);
  burst_ = std::min(burst_, burst_depth());
}

Pacer::Tokens Pacer::burst_depth() const { return kPacket + Tokens{credit_per_nano_} * static_cast<uint64_t>(reach_); }

void Pacer::settle(base::Nanos now) {
  if (now <= settled_) return;
  const base::Nanos pause = std::min(now - settled_, kLongestPause);
  settled_ = now;
  const auto nanos = static_cast<uint64_t>(pause);
  credit_ = std::min(credit_ + Tokens{credit_per_nano_} * nanos, credit_depth_);
  // The depth that was earned before this pause holds for it: only a caller who often stays away has a deep bucket.
  burst_ = std::min(burst_ + Tokens{burst_per_nano_} * nanos, burst_depth());
  reach_ = std::clamp(std::max(pause, reach_ - (pause >> kFadeShift)), kMinReach, kMaxReach);
}

uint64_t Pacer::take(base::Nanos now, uint64_t want) {
  if (rate_.is_unlimited()) return want;
  settle(now);
  const uint64_t granted = std::min(want, base::lo64(std::min(credit_, burst_) >> kFraction));
  credit_ -= Tokens{granted} << kFraction;
  burst_ -= Tokens{granted} << kFraction;
  return granted;
}

// How long until `held` has grown to a packet. The estimate by the reciprocal is at most one nanosecond short.
base::Nanos Pacer::until_packet(Tokens held, uint64_t per_nano, uint64_t nanos_per_packet) const {
  if (held >= kPacket) return 0;
  const uint64_t missing = base::lo64(kPacket - held);
  uint64_t nanos = base::lo64((Tokens{missing} * nanos_per_packet) >> (kFraction + kNanosFraction));
  while (Tokens{nanos} * per_nano < missing) ++nanos;
  return static_cast<base::Nanos>(nanos);
}

base::Nanos Pacer::next(base::Nanos now) const {
  if (rate_.is_unlimited()) return now;
  const base::Nanos wait = std::max(until_packet(credit_, credit_per_nano_, credit_nanos_),
                                    until_packet(burst_, burst_per_nano_, burst_nanos_));
  return std::max(now, settled_ + wait);
}

void Pacer::give_back(uint64_t n) {
  if (rate_.is_unlimited()) return;
  credit_ = std::min(credit_ + (Tokens{n} << kFraction), credit_depth_);
  burst_ = std::min(burst_ + (Tokens{n} << kFraction), burst_depth());
}

void Pacer::set_rate(Rate rate, base::Nanos now) {
  if (rate_.is_unlimited()) {
    settled_ = std::max(settled_, now);
    credit_ = burst_ = kPacket;
  } else {
    settle(now);
  }
  rate_ = rate;
  set_speeds();
}

}  // namespace portolan::pace
