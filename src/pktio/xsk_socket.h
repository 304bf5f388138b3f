// SPDX-License-Identifier: Apache-2.0
// XskSocket: an AF_XDP socket with its four rings and the frames they speak of, opened by libxdp. For XskPort alone.
//
// The frames to send come first in memory, then those to receive into, 2 KiB each. All frames to receive into are on
// the fill ring when it is opened. Not with pcap.h in one source file: both name a struct bpf_insn.
#pragma once

#include <xdp/xsk.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <tl/expected.hpp>

#include "pktio/xsk_port.h"

namespace portolan::pktio {

// Zeroed memory, in huge pages when the system has some to spare.
class Pages {
 public:
  explicit Pages(size_t bytes);  // see get()
  ~Pages();
  Pages(const Pages&) = delete;
  Pages& operator=(const Pages&) = delete;

  uint8_t* get() const { return memory_; }  // nullptr: there is no memory
  size_t size() const { return bytes_; }
  bool huge() const { return huge_; }

 private:
  size_t bytes_;
  bool huge_ = true;
  uint8_t* memory_;
};

class XskSocket {
 public:
  static constexpr uint32_t kFrameBytes = 2048;  // the smallest that the kernel allows

  static tl::expected<std::unique_ptr<XskSocket>, std::string> open(const XskOptions& options);
  ~XskSocket();

  int fd() const { return fd_; }
  uint8_t* at(uint64_t address) const { return pages_.get() + address; }
  bool zero_copy() const { return zero_copy_; }
  bool huge_pages() const { return pages_.huge(); }
  const std::string& copy_reason() const { return copy_reason_; }

  xsk_ring_prod send{};
  xsk_ring_cons sent{};  // addresses of frames that have left
  xsk_ring_prod fill{};  // addresses of frames to receive into
  xsk_ring_cons received{};

 private:
  explicit XskSocket(const XskOptions& options);
  int attempt(bool zero_copy);  // 0, or an errno
  int attempt_until_free(bool zero_copy);
  void close();
  void tune();
  void fill_ring();

  XskOptions options_;
  Pages pages_;
  xsk_umem* memory_ = nullptr;
  xsk_socket* socket_ = nullptr;
  int fd_ = -1;
  bool zero_copy_ = false;
  std::string copy_reason_;
};

}  // namespace portolan::pktio
