// SPDX-License-Identifier: Apache-2.0
// Attachment: an XDP program on an interface for as long as this lives, and no longer than the process does.
//
// A bpf_link that is not pinned: when its last descriptor is closed, however, the kernel takes the program off. In the
// driver if that can be, else before the network stack, with the reason. An interface with another program is left
// alone: the error names that program and the cure. Needs CAP_BPF and CAP_NET_ADMIN. Threads: one.
#pragma once

#include <cstdint>
#include <string>
#include <tl/expected.hpp>

namespace portolan::xdp {

enum class AttachMode : uint8_t {
  kAuto,     // in the driver if that can be, else before the network stack
  kDriver,   // or not at all
  kGeneric,  // before the network stack: any interface, slower
};

class Attachment {
 public:
  Attachment() = default;
  Attachment(const Attachment&) = delete;
  Attachment& operator=(const Attachment&) = delete;
  ~Attachment() { detach(); }

  // REQUIRES: it is not attached. The program stays the caller's.
  tl::expected<void, std::string> attach(int program_fd, int interface_index, AttachMode mode);
  void detach();
  bool is_attached() const { return link_ >= 0; }
  bool in_driver() const { return is_attached() && generic_reason_.empty(); }
  // Why it does not run in the driver; empty: it does.
  const std::string& generic_reason() const { return generic_reason_; }

 private:
  int link_ = -1;
  std::string generic_reason_;
};

}  // namespace portolan::xdp
