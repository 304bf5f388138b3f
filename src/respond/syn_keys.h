// SPDX-License-Identifier: Apache-2.0
// SynKeyRing: the keys of the SYN cookies, drawn at the start and anew with each epoch (wire/syn_cookie.h).
//
// A cookie is good in the epoch in which it was given out and in the next one. Single-threaded.
#pragma once

#include "addr/ip_address.h"
#include "base/clock.h"
#include "base/siphash.h"
#include "wire/syn_cookie.h"

namespace portolan::respond {

class SynKeyRing {
 public:
  static constexpr base::Nanos kEpoch = 64 * base::kSecond;

  // Draws keys from the kernel's randomness.
  explicit SynKeyRing(base::Nanos now) : SynKeyRing(now, base::SipKey::draw(), base::SipKey::draw()) {}
  SynKeyRing(base::Nanos now, const base::SipKey& first, const base::SipKey& before)
      : keys_{{first.k0, first.k1}, {before.k0, before.k1}, 1}, ends_(now + kEpoch) {}

  const wire::SynKeys& keys() const { return keys_; }
  base::Nanos next_deadline() const { return ends_; }

  // True when the epoch has changed; after a long pause nothing older than it is good.
  bool on_time(base::Nanos now) {
    if (now < ends_) return false;
    const bool long_ago = now >= ends_ + kEpoch;
    rotate();
    if (long_ago) rotate();
    ends_ = now + kEpoch;
    return true;
  }

 private:
  void rotate() {
    const base::SipKey fresh = base::SipKey::draw();
    keys_.last[0] = keys_.now[0], keys_.last[1] = keys_.now[1];
    keys_.now[0] = fresh.k0, keys_.now[1] = fresh.k1;
    ++keys_.epoch;
  }

  wire::SynKeys keys_;
  base::Nanos ends_;
};

inline wire::SynTuple syn_tuple(const addr::IpAddress& client, const addr::IpAddress& server, uint16_t client_port,
                                uint16_t server_port, uint32_t client_isn) {
  return {client.hi(), client.lo(), server.hi(), server.lo(), uint64_t{client_port} << 16 | server_port, client_isn};
}

}  // namespace portolan::respond
