// SPDX-License-Identifier: Apache-2.0
// NetlinkSocket: questions to the kernel and its answers, message by message (RFC 3549).
//
// For this room's makers of values; the values are what others use. Blocking, and answered at once. Owned by its
// user, one thread at a time.
#pragma once

#include <libmnl/libmnl.h>
#include <linux/netlink.h>

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>
#include <vector>

#include "addr/ip_address.h"

namespace portolan::host {

class NetlinkSocket {
 public:
  using OnMessage = std::function<void(const nlmsghdr&)>;

  // bus: NETLINK_ROUTE, NETLINK_NETFILTER ...
  static tl::expected<NetlinkSocket, std::string> open(int bus);

  NetlinkSocket(NetlinkSocket&& other) noexcept
      : socket_(std::exchange(other.socket_, nullptr)), sequence_(other.sequence_), answer_(std::move(other.answer_)) {}
  NetlinkSocket& operator=(NetlinkSocket&&) = delete;
  ~NetlinkSocket();

  // Sends the request, which ask() completes with flags and a sequence number, and hands over each message of the
  // answer. Returns 0 or the kernel's errno. A dump that changed under the reading is asked for again: `on_restart`
  // must forget what came before.
  int ask(nlmsghdr* request, const OnMessage& on_message);
  int dump(nlmsghdr* request, const OnMessage& on_message, const std::function<void()>& on_restart);

  // Sends bytes that hold whole messages, whose last asks for an acknowledgment as number `last_sequence`, and waits
  // for that one or for the first refusal. Returns 0 or the kernel's errno.
  int send_batch(const void* bytes, size_t size, uint32_t last_sequence);

 private:
  explicit NetlinkSocket(mnl_socket* socket);
  int exchange(nlmsghdr* request, const OnMessage& on_message, bool many);

  mnl_socket* socket_;
  uint32_t sequence_ = 0;
  std::vector<char> answer_;
};

// The attributes of a message by type; of repeated ones the last. Views into the message.
class Attributes {
 public:
  static constexpr uint16_t kMostTypes = 64;

  Attributes(const nlmsghdr& message, size_t header_bytes);  // header_bytes: of the family's header before them

  const nlattr* operator[](uint16_t type) const { return type < kMostTypes ? found_[type] : nullptr; }
  uint32_t u32(uint16_t type, uint32_t otherwise) const;
  std::string_view text(uint16_t type) const;  // empty when absent
  // An address of the family (AF_INET, AF_INET6); absent when the attribute is, or has another length.
  std::optional<addr::IpAddress> address(uint16_t type, int family) const;

 private:
  std::array<const nlattr*, kMostTypes> found_{};
};

// 4 or 16 bytes as AF_INET or AF_INET6 say; absent when there are too few.
std::optional<addr::IpAddress> address_from(int family, const void* bytes, size_t size);

}  // namespace portolan::host
