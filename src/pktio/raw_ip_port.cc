// SPDX-License-Identifier: Apache-2.0
#include "pktio/raw_ip_port.h"
#include "pktio/system_error.h"

#include <ifaddrs.h>
#include <net/if.h>

#include <algorithm>

namespace portolan::pktio {
namespace {

constexpr int kSendBufferBytes = 4 << 20;
constexpr uint16_t kV4Header = 20, kV6Header = 40;

// Tied to the interface, unless its name is empty.
base::UniqueFd open_raw(int family, const std::string& tied_to) {
  base::UniqueFd fd(
      socket(family, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW));  // the header is ours, and nothing is received
  if (!fd) return fd;
  const auto bytes = static_cast<socklen_t>(tied_to.size());
  if (bytes != 0 && setsockopt(fd.get(), SOL_SOCKET, SO_BINDTODEVICE, tied_to.data(), bytes) != 0) return {};
  setsockopt(fd.get(), SOL_SOCKET, SO_SNDBUF, &kSendBufferBytes, sizeof kSendBufferBytes);
  return fd;
}

struct Own {
  bool loopback = false;            // the interface is
  std::vector<in6_addr> addresses;  // IPv6, of all interfaces
};

Own look_at_interfaces(const std::string& interface_name) {
  Own own;
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0) return own;
  for (const ifaddrs* i = list; i != nullptr; i = i->ifa_next) {
    if (interface_name == i->ifa_name) own.loopback = (i->ifa_flags & IFF_LOOPBACK) != 0;
    if (i->ifa_addr == nullptr || i->ifa_addr->sa_family != AF_INET6) continue;
    own.addresses.push_back(reinterpret_cast<const sockaddr_in6*>(i->ifa_addr)->sin6_addr);
  }
  freeifaddrs(list);
  return own;
}

bool is_link_local(const uint8_t* v6) { return v6[0] == 0xfe && (v6[1] & 0xc0) == 0x80; }

}  // namespace

tl::expected<std::unique_ptr<RawIpPort>, std::string> RawIpPort::open(const KernelPortOptions& options) {
  Own own = look_at_interfaces(options.interface_name);
  Sockets out;
  out.loopback = own.loopback;
  out.own_v6 = std::move(own.addresses);
  out.v4 = open_raw(AF_INET, options.interface_name);
  if (!out.v4) return tl::make_unexpected(system_error("open a raw IP socket on " + options.interface_name));
  out.v6 = open_raw(AF_INET6, out.loopback ? "" : options.interface_name);
  auto ring =
      PacketRing::open(options.interface_index, wire::LinkType::kRawIp, options.filter, options.ring, options.fanout);
  if (!ring) return tl::make_unexpected(ring.error() + " (interface " + options.interface_name + ")");
  return std::unique_ptr<RawIpPort>(
      new RawIpPort(options.interface_index, std::move(out), std::move(*ring), options.burst));
}

RawIpPort::RawIpPort(int interface_index, Sockets out, PacketRing ring, size_t burst)
    : interface_index_(interface_index),
      out_(std::move(out)),
      ring_(std::move(ring)),
      slots_(burst),
      sender_(slots_),
      to_v4_(burst),
      to_v6_(burst) {
  for (sockaddr_in& to : to_v4_) to.sin_family = AF_INET;
  for (sockaddr_in6& to : to_v6_) to.sin6_family = AF_INET6;
}

bool RawIpPort::may_leave(const in6_addr& to) const {
  if (!out_.loopback) return true;
  return std::any_of(out_.own_v6.begin(), out_.own_v6.end(),
                     [&](const in6_addr& own) { return std::memcmp(&own, &to, sizeof own) == 0; });
}

int RawIpPort::prepare(size_t i) {
  const TxSlot& slot = slots_[i];
  if (slot.length >= kV4Header && slot.data[0] >> 4 == 4) {
    std::memcpy(&to_v4_[i].sin_addr, slot.data + 16, 4);
    sender_.address(i, &to_v4_[i], sizeof to_v4_[i]);
    return out_.v4.get();
  }
  if (slot.length >= kV6Header && slot.data[0] >> 4 == 6) {
    std::memcpy(&to_v6_[i].sin6_addr, slot.data + 24, 16);
    to_v6_[i].sin6_scope_id = is_link_local(slot.data + 24) ? static_cast<uint32_t>(interface_index_) : 0;
    sender_.address(i, &to_v6_[i], sizeof to_v6_[i]);
    return may_leave(to_v6_[i].sin6_addr) ? out_.v6.get() : -1;
  }
  return -1;
}

void RawIpPort::commit(size_t count) {
  // One call of the kernel serves one socket, so a burst goes out in runs of one family.
  size_t first = 0;
  int socket = -1;
  for (size_t i = 0; i < count; ++i) {
    const int next = prepare(i);
    if (next != socket) {
      if (socket >= 0) sender_.send(socket, first, i, counters_);
      first = i;
      socket = next;
    }
    if (next < 0) counters_.add(PortCounter::kSendRefused);
  }
  if (socket >= 0) sender_.send(socket, first, count, counters_);
}

std::span<const RxFrame> RawIpPort::receive(size_t want) {
  const std::span<const RxFrame> frames = ring_.receive(want);
  counters_.count_received(frames);
  return frames;
}

PortStats RawIpPort::stats() const {
  PortStats stats = counters_.stats();
  stats.receive_dropped = ring_.dropped();
  return stats;
}

}  // namespace portolan::pktio
