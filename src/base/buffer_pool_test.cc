// SPDX-License-Identifier: Apache-2.0
#include "base/buffer_pool.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <vector>

namespace portolan::base::buffer_pool_test {
namespace {

TEST(BufferPool, LendsWhatItHasAndTakesItBack) {
  BufferPool pool(2);
  {
    BufferPool::Block a = pool.take(), b = pool.take();
    EXPECT_TRUE(a && b);
    EXPECT_FALSE(pool.take());
    BufferPool::Block moved = std::move(a);
    EXPECT_EQ(pool.left(), 0u);
    moved = std::move(b);  // the first one goes back
    EXPECT_EQ(pool.left(), 1u);
  }
  EXPECT_EQ(pool.left(), 2u);
}

TEST(BufferPool, AnEmptyHandHoldsNothing) {
  BufferPool::Block none;
  EXPECT_EQ(none.room(), 0u);
  EXPECT_TRUE(none.bytes().empty());
  const uint8_t byte = 1;
  EXPECT_FALSE(none.append({&byte, 1}));
  EXPECT_TRUE(none.append({}));
}

RC_GTEST_PROP(BufferPool, ABlockIsAQueueOfBytes, (const std::vector<std::vector<uint8_t>>& pieces)) {
  BufferPool pool(1);
  BufferPool::Block block = pool.take();
  std::vector<uint8_t> model;
  for (const auto& piece : pieces) {
    if (block.append(piece)) model.insert(model.end(), piece.begin(), piece.end());
    const size_t n = *rc::gen::inRange<size_t>(0, model.size() + 1);
    block.consume(n);
    model.erase(model.begin(), model.begin() + static_cast<ptrdiff_t>(n));
    RC_ASSERT(std::equal(model.begin(), model.end(), block.bytes().begin(), block.bytes().end()));
  }
}

TEST(BufferPool, TakesNoMoreThanABlock) {
  BufferPool pool(1);
  BufferPool::Block block = pool.take();
  const std::vector<uint8_t> most(BufferPool::kBlock), one(1);
  EXPECT_TRUE(block.append(most));
  EXPECT_FALSE(block.append(one));
  EXPECT_EQ(block.size(), BufferPool::kBlock);
}

}  // namespace
}  // namespace portolan::base::buffer_pool_test
