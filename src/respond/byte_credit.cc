// SPDX-License-Identifier: Apache-2.0
#include "respond/byte_credit.h"

#include <algorithm>

namespace portolan::respond {

ByteCredit::ByteCredit(uint32_t sources, const base::SipKey& key)
    : credits_(sources, key), proofs_(sources, {key.k1, key.k0}) {}

void ByteCredit::received(const addr::IpAddress& source, size_t bytes, base::Nanos now) {
  Credit& credit = credits_.enter(source);
  if (credit.until <= now) credit.bytes = 0;
  credit.bytes += std::min<uint64_t>(bytes, UINT64_MAX - credit.bytes);
  credit.until = now + kCreditLasts;
}

void ByteCredit::proven(const addr::IpAddress& source, base::Nanos now) {
  proofs_.enter(source).until = now + kProofLasts;
}

bool ByteCredit::is_proven(const addr::IpAddress& source, base::Nanos now) const {
  const Proof* proof = proofs_.find(source);
  return proof != nullptr && proof->until > now;
}

size_t ByteCredit::allowance(const addr::IpAddress& source, base::Nanos now) const {
  if (is_proven(source, now)) return kNoLimit;
  const Credit* credit = credits_.find(source);
  return credit == nullptr || credit->until <= now ? 0 : credit->bytes;
}

bool ByteCredit::spend(const addr::IpAddress& source, size_t bytes, base::Nanos now) {
  if (is_proven(source, now)) return true;
  Credit* credit = credits_.find(source);
  if (credit == nullptr || credit->until <= now || credit->bytes < bytes) return bytes == 0;
  credit->bytes -= bytes;
  return true;
}

}  // namespace portolan::respond
