// SPDX-License-Identifier: Apache-2.0
// ExternalSort: records in the order of their keys, in a fixed amount of memory however many there are.
//
// External merge sort (Knuth, The Art of Computer Programming, vol. 3, 5.4): what is added gathers in memory; when that
// is full it is sorted and goes to a temporary file as a run; drain() merges the runs. Records of one key keep the
// order in which they were added. The temporary file is made when the first run leaves, has no name, and goes with the
// object; it takes 20 bytes a record more than what was added.
//
// Movable. Owned by one thread. What the file could not do is told by drain().
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "base/unique_fd.h"

namespace portolan::output {

class ExternalSort {
 public:
  struct Key {
    uint64_t hi = 0, lo = 0;
    constexpr auto operator<=>(const Key&) const = default;
  };
  using Take = std::function<void(const Key& key, std::string_view bytes)>;

  static constexpr size_t kMemory = size_t{16} << 20;

  // Runs go to a file in `folder`. `memory` bounds what gathers before it leaves, and what the merge reads ahead.
  explicit ExternalSort(std::string folder, size_t memory = kMemory) : folder_(std::move(folder)), memory_(memory) {}

  // REQUIRES: bytes.size() < 2^32; drain() was not called.
  void add(const Key& key, std::string_view bytes);

  // Gives every record to `take`, once and in order; `bytes` is valid during the call. With an error,
  // "no room to sort in FOLDER: reason", some of the records are missing.
  tl::expected<void, std::string> drain(const Take& take);

 private:
  struct Entry {
    Key key;
    uint64_t at = 0;  // in bytes_
    uint32_t size = 0;
  };
  struct Run {
    uint64_t begin = 0, end = 0;  // in the file
  };
  struct Head;
  class RunReader;

  void sort_entries();
  void write_run();
  void write(std::string_view bytes);
  void merge(const Take& take);
  void fail();

  std::string folder_;
  size_t memory_;
  std::vector<Entry> entries_;
  std::string bytes_;
  base::UniqueFd file_;
  uint64_t written_ = 0;
  std::vector<Run> runs_;
  std::string error_;
};

}  // namespace portolan::output
