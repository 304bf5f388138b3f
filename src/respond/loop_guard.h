// SPDX-License-Identifier: Apache-2.0
// LoopGuard: rations answers that could themselves be taken for requests.
//
// Two programs that answer each other's answers never stop (CERT VU#417980). So an answer that its receiver could take
// for a request (proto::Server::reflexive) goes to one address and port at most once a minute: two responders that face
// each other fall silent after a word. More peers than the table holds are refused rather than forgotten
// (token_buckets.h), so the promise holds however many there are. O(1), no allocation. Single-threaded.
#pragma once

#include <cstdint>

#include "addr/ip_address.h"
#include "respond/token_buckets.h"

namespace portolan::respond {

class LoopGuard {
 public:
  static constexpr base::Nanos kPause = 60 * base::kSecond;

  // peers: how many are kept apart; 16 bytes each.
  explicit LoopGuard(uint32_t peers = 1u << 16, const base::SipKey& key = base::SipKey::draw())
      : answers_({.interval = kPause, .burst = 1}, peers, key) {}

  // True at most once a minute for a peer; asking counts as answering when it is true.
  bool may_answer(const addr::IpAddress& peer, uint16_t port, base::Nanos now) {
    return answers_.take(peer.hi(), peer.lo(), port, now);
  }

  size_t bytes() const { return answers_.bytes(); }

 private:
  TokenBuckets answers_;
};

}  // namespace portolan::respond
