// SPDX-License-Identifier: Apache-2.0
// HostCount: how many different addresses there were, for the formats that end with that number.
//
// Exact, in a fixed amount of memory: up to kKept hosts stand in a table (open addressing over 64-bit fingerprints, 16
// MiB when full); beyond, the table goes to an ExternalSort and begins anew, and total() counts what that brings
// together. Two addresses share a fingerprint once in 2^64: the number is for people. Not for deciding whether a target
// has answered; that set is scan's. Owned by a sink: the writer's thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "addr/ip_address.h"
#include "output/external_sort.h"

namespace portolan::output {

class HostCount {
 public:
  static constexpr uint64_t kKept = uint64_t{1} << 20;

  // `folder` is where a temporary file stands beyond `kept` hosts.
  explicit HostCount(std::string folder, uint64_t kept = kKept) : folder_(std::move(folder)), kept_(kept) {}

  void add(const addr::IpAddress& address);

  // So far. Exact up to kKept hosts; beyond, one that comes again after so many others is counted again.
  uint64_t so_far() const { return before_ + count_; }

  // Exact, and the end: nothing may be added after it. The error says what the temporary file could not do.
  tl::expected<uint64_t, std::string> total();

 private:
  size_t find(uint64_t print) const;
  void grow();
  void spill();

  std::string folder_;
  uint64_t kept_;
  std::vector<uint64_t> slots_;  // a power of two of them
  uint64_t count_ = 0;           // of those in slots_
  uint64_t before_ = 0;          // of those that left it
  std::optional<ExternalSort> spilled_;
};

}  // namespace portolan::output
