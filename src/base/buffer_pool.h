// SPDX-License-Identifier: Apache-2.0
// BufferPool: a fixed number of equal buffers, lent and given back, so that strangers cannot make us grow.
//
// All memory is reserved at construction (the kernel gives the pages when they are first touched); take() and giving
// back are a few instructions and never allocate. A Block gives itself back. When none is left take() says so and the
// caller decides who must go. Single-threaded; blocks must not outlive the pool.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "base/bytes.h"

namespace portolan::base {

class BufferPool {
 public:
  static constexpr size_t kBlock = 16384;  // bytes of a block

  // A lent buffer with a fill: empty when default made. Move only.
  class Block {
   public:
    Block() = default;
    Block(Block&& o) noexcept
        : pool_(std::exchange(o.pool_, nullptr)), index_(o.index_), size_(std::exchange(o.size_, 0)) {}
    Block& operator=(Block&& o) noexcept {
      if (this != &o) {
        release();
        pool_ = std::exchange(o.pool_, nullptr), index_ = o.index_, size_ = std::exchange(o.size_, 0);
      }
      return *this;
    }
    ~Block() { release(); }

    explicit operator bool() const { return pool_ != nullptr; }
    size_t size() const { return size_; }
    size_t room() const { return pool_ == nullptr ? 0 : kBlock - size_; }
    Bytes bytes() const { return pool_ == nullptr ? Bytes{} : Bytes{pool_->at(index_), size_}; }
    MutableBytes whole() { return {pool_->at(index_), kBlock}; }  // REQUIRES: it is not empty-handed

    // False, and nothing done, when they do not fit.
    bool append(Bytes more) {
      if (more.size() > room()) return false;
      if (!more.empty()) std::memcpy(pool_->at(index_) + size_, more.data(), more.size());
      size_ += more.size();
      return true;
    }
    // Drops the first n bytes; the rest moves to the front. REQUIRES: n <= size().
    void consume(size_t n) {
      size_ -= n;
      if (size_ != 0 && n != 0) std::memmove(pool_->at(index_), pool_->at(index_) + n, size_);
    }
    void release() {
      if (pool_ != nullptr) pool_->free_.push_back(index_);
      pool_ = nullptr, size_ = 0;
    }

   private:
    friend class BufferPool;
    Block(BufferPool* pool, uint32_t index) : pool_(pool), index_(index) {}
    BufferPool* pool_ = nullptr;
    uint32_t index_ = 0;
    size_t size_ = 0;
  };

  explicit BufferPool(uint32_t blocks) : memory_(new uint8_t[size_t{blocks} * kBlock]), blocks_(blocks) {
    free_.reserve(blocks);
    for (uint32_t i = blocks; i-- > 0;) free_.push_back(i);
  }
  BufferPool(const BufferPool&) = delete;
  BufferPool& operator=(const BufferPool&) = delete;

  // Empty-handed when none is left.
  Block take() {
    if (free_.empty()) return {};
    const uint32_t index = free_.back();
    free_.pop_back();
    return {this, index};
  }
  size_t left() const { return free_.size(); }
  size_t blocks() const { return blocks_; }

 private:
  uint8_t* at(uint32_t index) { return memory_.get() + size_t{index} * kBlock; }

  std::unique_ptr<uint8_t[]> memory_;  // not touched here: pages come when they are used
  uint32_t blocks_;
  std::vector<uint32_t> free_;  // never above its reserved size
};

}  // namespace portolan::base
