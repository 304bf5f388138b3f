// SPDX-License-Identifier: Apache-2.0
// AnsweredSet: the target indexes that have answered, exactly.
//
// It is what makes a result appear once and what tells the later passes whom not to ask again. Keys are indexes of
// the target set, so our own port, the pass and the path of the answer play no part. Exact: no false positive would
// be honest (it would hide a port), no false negative either (it would print one twice).
//
// Extendible hashing (Fagin et al., "Extendible hashing - a fast access method for dynamic files", ACM TODS 1979):
// pages of 1,024 slots, and a page that is full splits in two. So memory grows with answers, about 14 bytes each
// (28 when there are 2^64 targets or more), never with probes, and there is no moment at which everything is moved.
// The split is the one allocation on the receive path: one page per some 800 answers. Not thread-safe: the lane's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/int128.h"

namespace portolan::scan {

template <class Key>
class IndexSet {
 public:
  IndexSet();

  // True when the key was not there before. REQUIRES: key is not the greatest value of its type.
  bool insert(Key key);
  bool contains(Key key) const;
  uint64_t size() const { return size_; }
  size_t memory_bytes() const;

 private:
  static constexpr uint32_t kSlots = 1024;
  static constexpr uint32_t kSplitAt = kSlots - kSlots / 8;

  struct Page {
    uint32_t depth = 0;  // how many leading hash bits all its keys share
    uint32_t used = 0;
    Key slots[kSlots] = {};  // key + 1; 0 is a free slot
  };

  static uint64_t hash(Key key);
  size_t directory_index(uint64_t h) const { return depth_ == 0 ? 0 : static_cast<size_t>(h >> (64 - depth_)); }
  static bool place(Page& page, Key key, uint64_t h);
  void split(size_t directory_index);

  uint32_t depth_ = 0;
  uint64_t size_ = 0;
  std::vector<Page*> directory_;  // 2^depth_ entries; several may name one page
  std::vector<std::unique_ptr<Page>> pages_;
};

// Chooses the narrower key that holds every index below `targets`.
class AnsweredSet {
 public:
  explicit AnsweredSet(base::u128 targets) : wide_keys_(base::hi64(targets) != 0) {}

  // REQUIRES: index < targets
  bool insert(base::u128 index) { return wide_keys_ ? wide_.insert(index) : narrow_.insert(base::lo64(index)); }
  bool contains(base::u128 index) const {
    return wide_keys_ ? wide_.contains(index) : narrow_.contains(base::lo64(index));
  }
  uint64_t size() const { return narrow_.size() + wide_.size(); }
  size_t memory_bytes() const { return narrow_.memory_bytes() + wide_.memory_bytes(); }

 private:
  bool wide_keys_;
  IndexSet<uint64_t> narrow_;
  IndexSet<base::u128> wide_;
};

}  // namespace portolan::scan
