// SPDX-License-Identifier: Apache-2.0
#include "portolan/result_filter.h"

#include <algorithm>
#include <utility>

namespace portolan::cli {

void ResultFilter::Addresses::add(const addr::AddressRange& range) {
  if (range.first.is_v4()) {
    new_v4_.add(range.first.v4_bits(), range.last.v4_bits());
  } else {
    new_v6_.add(range.first.v6_bits(), range.last.v6_bits());
  }
}

void ResultFilter::Addresses::settle() {
  new_v4_.normalize();
  new_v6_.normalize();
  v4_ = addr::RangeSet<uint32_t>(std::exchange(new_v4_, {}));
  v6_ = addr::RangeSet<base::u128>(std::exchange(new_v6_, {}));
}

bool ResultFilter::Addresses::contains(const addr::IpAddress& address) const {
  return address.is_v4() ? v4_.contains(address.v4_bits()) : v6_.contains(address.v6_bits());
}

void ResultFilter::add(std::unique_ptr<Services>& services, const addr::ServiceRange& range) {
  if (!services) services = std::make_unique<Services>();
  for (uint32_t port = range.first; port <= range.last; ++port) {
    services->set(place({range.protocol, static_cast<uint16_t>(port)}));
  }
  if (range.protocol == addr::Protocol::kArp) services->set(place({addr::Protocol::kNdp, 0}));
}

void ResultFilter::want(const addr::ServiceRange& range) { add(services_, range); }
void ResultFilter::leave_out(const addr::ServiceRange& range) { add(services_left_out_, range); }

void ResultFilter::settle() {
  wanted_.settle();
  left_out_.settle();
}

bool ResultFilter::takes(const addr::Target& target) const {
  if (services_ && !services_->test(place(target.service))) return false;
  if (services_left_out_ && services_left_out_->test(place(target.service))) return false;
  if (!wanted_.empty() && !wanted_.contains(target.address)) return false;
  return left_out_.empty() || !left_out_.contains(target.address);
}

bool ResultFilter::takes(const result::Banner& b) const {
  const bool wanted = applications_.empty() || std::find(applications_.begin(), applications_.end(),
                                                         b.application.number) != applications_.end();
  return wanted && takes(b.target);
}

}  // namespace portolan::cli
