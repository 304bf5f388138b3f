// SPDX-License-Identifier: Apache-2.0
// SourceLimits: how many answers one source, its network, and all of them together may have.
//
// An answer needs a token of each level: of the address (/32, /128), of its subnet (/24, /64), of its site (IPv6 /48
// alone), and of the whole; it is taken from all of them or from none. Tables, guarantees and price: token_buckets.h.
// All memory is taken at construction; O(1), no allocation. Single-threaded.
#pragma once

#include <cstdint>
#include <string_view>

#include "addr/ip_address.h"
#include "respond/token_buckets.h"

namespace portolan::respond {

struct SourceRates {
  BucketRate address = BucketRate::per_second(200, 400);
  BucketRate subnet = BucketRate::per_second(2000, 4000);
  BucketRate site = BucketRate::per_second(4000, 8000);
  BucketRate whole{};           // no limit
  uint32_t buckets = 1u << 16;  // of each of the three tables
};

enum class SourceLimit : uint8_t { kNone, kAddress, kSubnet, kSite, kWhole };
std::string_view name(SourceLimit l);  // none address subnet site whole

class SourceLimits {
 public:
  explicit SourceLimits(const SourceRates& rates, const base::SipKey& key = base::SipKey::draw());

  // Takes n tokens for one answer to the source. What is not kNone forbids it: the narrowest limit that does.
  SourceLimit take(const addr::IpAddress& source, base::Nanos now, uint32_t n = 1);

  size_t bytes() const { return address_.bytes() + subnet_.bytes() + site_.bytes(); }

 private:
  BucketRate whole_rate_;
  TokenBucket whole_;
  TokenBuckets address_;
  TokenBuckets subnet_;
  TokenBuckets site_;
};

}  // namespace portolan::respond
