// SPDX-License-Identifier: Apache-2.0
// ByteCredit: sees to it that nobody can have us send to a stranger more than he has sent to us.
//
// A source address over UDP may be forged, and an answer that is longer than its request makes a responder a weapon
// against whoever owns that address (RFC 8085 section 3.1.5; C. Rossow: "Amplification Hell", NDSS 2014). So each
// source has a credit: bytes that came in its name are added, bytes that leave to it are taken off, and an answer for
// which the credit does not suffice is not sent. Both are counted alike (say, whole IP packets): the caller chooses.
// Credit ends 60 s after the last packet. A source that has completed a TCP handshake has proved that it is where it
// says; for ten minutes it needs no credit.
//   For a source that never proved itself: the sum of bytes out never exceeds the sum of bytes in, whoever else comes.
// What a full table forgets is credit or proof, so it errs to silence. Proofs have a table of their own, since only
// they cost their owner a real address. All memory is taken at construction; O(1). Single-threaded.
#pragma once

#include <cstddef>
#include <cstdint>

#include "addr/ip_address.h"
#include "base/clock.h"
#include "base/siphash.h"
#include "respond/source_table.h"

namespace portolan::respond {

class ByteCredit {
 public:
  static constexpr base::Nanos kCreditLasts = 60 * base::kSecond;
  static constexpr base::Nanos kProofLasts = 600 * base::kSecond;
  static constexpr size_t kNoLimit = SIZE_MAX;

  // sources: how many are kept apart, 32 bytes each for credit and 24 for a proof.
  explicit ByteCredit(uint32_t sources = 1u << 16, const base::SipKey& key = base::SipKey::draw());

  // `bytes` came from the source.
  void received(const addr::IpAddress& source, size_t bytes, base::Nanos now);
  // The source has completed a handshake with us.
  void proven(const addr::IpAddress& source, base::Nanos now);

  bool is_proven(const addr::IpAddress& source, base::Nanos now) const;
  // The most that may be sent to it now; kNoLimit: it has proved itself.
  size_t allowance(const addr::IpAddress& source, base::Nanos now) const;
  // Takes `bytes` off; false, and nothing taken, when there are not so many.
  bool spend(const addr::IpAddress& source, size_t bytes, base::Nanos now);

  size_t bytes() const { return credits_.bytes() + proofs_.bytes(); }

 private:
  struct Credit {
    base::Nanos until = 0;
    uint64_t bytes = 0;
  };
  struct Proof {
    base::Nanos until = 0;
  };

  SourceTable<Credit> credits_;
  SourceTable<Proof> proofs_;
};

}  // namespace portolan::respond
