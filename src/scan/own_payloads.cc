// SPDX-License-Identifier: Apache-2.0
#include "scan/own_payloads.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace portolan::scan {

bool OwnPayloads::Order::operator()(const std::vector<uint8_t>& a, const std::vector<uint8_t>& b) const {
  if (a.size() != b.size()) return a.size() < b.size();
  return !a.empty() && std::memcmp(a.data(), b.data(), a.size()) < 0;
}

bool OwnPayloads::set(uint16_t first, uint16_t last, base::Bytes payload) {
  std::vector<uint8_t> bytes(payload.begin(), payload.end());
  auto at = numbers_.find(bytes);
  if (at == numbers_.end()) {
    if (payloads_.size() == kMaxPayloads) return false;
    at = numbers_.emplace(std::move(bytes), static_cast<uint16_t>(payloads_.size() + 1)).first;
    payloads_.push_back(&at->first);
  }
  std::fill(by_port_.begin() + first, by_port_.begin() + last + 1, at->second);
  return true;
}

}  // namespace portolan::scan
