// SPDX-License-Identifier: Apache-2.0
// FlowTable: from a 4-tuple to the number of its connection, by open addressing.
//
// Strangers choose the tuples, so the hash is keyed with a secret drawn at construction (SipHash): who cannot compute
// it cannot make collisions (S. Crosby, D. Wallach: "Denial of service via algorithmic complexity attacks", 2003). At
// most half of the buckets are used, and linear probing with the hash kept beside the number touches one cache line.
// Removal shifts back what follows (D. Knuth, TAOCP 6.4, algorithm R), so the table never ages.
// No allocation after construction. Single-threaded.
#pragma once

#include <bit>
#include <cstdint>
#include <optional>
#include <vector>

#include "addr/ip_address.h"
#include "base/siphash.h"

namespace portolan::stack {

class FlowTable {
 public:
  // REQUIRES: most < 2^31.
  explicit FlowTable(uint32_t most, const base::SipKey& secret = base::SipKey::draw())
      : secret_(secret), buckets_(std::bit_ceil(2 * size_t{most} + 2)), mask_(uint32_t(buckets_.size() - 1)) {}

  uint32_t hash(const addr::IpAddress& client, const addr::IpAddress& server, uint32_t ports) const {
    const uint64_t h = client.is_v4() && server.is_v4()
                           ? base::siphash(secret_, client.lo() << 32 | server.v4_bits(), uint64_t{ports})
                           : base::siphash(secret_, client.hi(), client.lo(), server.hi(), server.lo(), ports);
    return static_cast<uint32_t>(h);
  }

  // The number for which is_it(number) among those of this hash.
  template <class IsIt>
  std::optional<uint32_t> find(uint32_t hash, IsIt&& is_it) const {
    for (uint32_t at = hash & mask_; buckets_[at].id != kFree; at = (at + 1) & mask_) {
      if (buckets_[at].hash == hash && is_it(buckets_[at].id)) return buckets_[at].id;
    }
    return std::nullopt;
  }

  // REQUIRES: id is not in the table, and fewer than `most` are.
  void insert(uint32_t hash, uint32_t id) {
    uint32_t at = hash & mask_;
    while (buckets_[at].id != kFree) at = (at + 1) & mask_;
    buckets_[at] = {hash, id};
  }

  void erase(uint32_t hash, uint32_t id) {
    uint32_t hole = hash & mask_;
    while (buckets_[hole].id != id) {
      if (buckets_[hole].id == kFree) return;
      hole = (hole + 1) & mask_;
    }
    for (uint32_t at = (hole + 1) & mask_; buckets_[at].id != kFree; at = (at + 1) & mask_) {
      // It may move into the hole when its own bucket does not lie between the two.
      const uint32_t way = (at - (buckets_[at].hash & mask_)) & mask_;
      if (way < ((at - hole) & mask_)) continue;
      buckets_[hole] = buckets_[at];
      hole = at;
    }
    buckets_[hole] = {};
  }

 private:
  static constexpr uint32_t kFree = 0xffffffff;
  struct Bucket {
    uint32_t hash = 0;
    uint32_t id = kFree;
  };

  base::SipKey secret_;
  std::vector<Bucket> buckets_;
  uint32_t mask_;
};

}  // namespace portolan::stack
