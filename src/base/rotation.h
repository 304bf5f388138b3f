// SPDX-License-Identifier: Apache-2.0
// Rotation: when a file that grows is put aside, and under which name.
//
// PATH is always the newest; PATH.1 the one before it, and so on up to PATH.N, beyond which files are removed. It is
// arithmetic and renames, the file itself belongs to its writer (output::RotatingFile, pktio::PcapngWriter): a writer
// asks due(), calls advance() while the old file is still open, opens PATH anew and then lets the old one go, so that
// when any of it fails it goes on in the old file and nothing is lost.
//
// The renames are done by the process as it is then: one that has dropped its privileges needs a folder that it may
// still write to. A value, one thread.
#pragma once

#include <cstdint>
#include <string>
#include <tl/expected.hpp>

#include "base/clock.h"

namespace portolan::base {

struct RotationPolicy {
  uint64_t most_bytes = 0;  // a file that has reached them is put aside; 0: however long
  Nanos every = 0;          // after this time, if anything is in it; 0: however old
  uint32_t keep = 10;       // files put aside that are kept, at least 1

  bool wanted() const { return most_bytes != 0 || every != 0; }
};

class Rotation {
 public:
  static constexpr Nanos kRetryAfter = 10 * kSecond;  // when a rename failed

  Rotation(std::string path, const RotationPolicy& policy) : path_(std::move(path)), policy_(policy) {}

  const std::string& path() const { return path_; }
  const RotationPolicy& policy() const { return policy_; }

  // A new file begins at `now`, of any one clock.
  void begin(Nanos now) { began_ = now; }
  // Whether a file of `bytes` is to be put aside now.
  bool due(uint64_t bytes, Nanos now) const {
    if (bytes == 0 || now < not_before_) return false;
    return (policy_.most_bytes != 0 && bytes >= policy_.most_bytes) ||
           (policy_.every != 0 && now - began_ >= policy_.every);
  }
  // Puts PATH aside. After an error ("PATH: reason") all is as it was but for renamed older files, and due() is false
  // for kRetryAfter.
  tl::expected<void, std::string> advance(Nanos now);
  // The same delay, when the new file could not be opened.
  void postpone(Nanos now) { not_before_ = now + kRetryAfter; }

 private:
  std::string name(uint32_t number) const;

  std::string path_;
  RotationPolicy policy_;
  Nanos began_ = 0;
  Nanos not_before_ = INT64_MIN;
};

}  // namespace portolan::base
