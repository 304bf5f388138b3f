// SPDX-License-Identifier: Apache-2.0
#include "xdp/ring_reader.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>

#include "xdp/refusal.h"

namespace portolan::xdp {
namespace {

size_t page() { return static_cast<size_t>(sysconf(_SC_PAGESIZE)); }

}  // namespace

tl::expected<RingReader, std::string> RingReader::open(int ring_fd, size_t bytes) {
  RingReader r;
  void* consumer = mmap(nullptr, page(), PROT_READ | PROT_WRITE, MAP_SHARED, ring_fd, 0);
  if (consumer == MAP_FAILED) return failed("cannot map the ring of results", errno);
  r.consumed_ = static_cast<uint8_t*>(consumer);
  r.mask_ = bytes - 1;
  void* producer = mmap(nullptr, page() + 2 * bytes, PROT_READ, MAP_SHARED, ring_fd, static_cast<off_t>(page()));
  if (producer == MAP_FAILED) return failed("cannot map the ring of results", errno);
  r.produced_ = static_cast<uint8_t*>(producer);
  r.data_ = r.produced_ + page();
  r.at_ = r.end_ = position(r.consumed_)->load(std::memory_order_acquire);
  return r;
}

RingReader::~RingReader() {
  if (produced_ != nullptr) munmap(produced_, page() + 2 * (mask_ + 1));
  if (consumed_ != nullptr) munmap(consumed_, page());
}

void RingReader::swap(RingReader& other) noexcept {
  std::swap(consumed_, other.consumed_);
  std::swap(produced_, other.produced_);
  std::swap(data_, other.data_);
  std::swap(mask_, other.mask_);
  std::swap(at_, other.at_);
  std::swap(end_, other.end_);
}

}  // namespace portolan::xdp
