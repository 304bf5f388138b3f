// SPDX-License-Identifier: Apache-2.0
#include "pktio/packet_port.h"
#include "pktio/system_error.h"

#include <arpa/inet.h>
#include <linux/if_packet.h>

namespace portolan::pktio {
namespace {

constexpr int kSendBufferBytes = 4 << 20;

bool bind_for_sending(int fd, int interface_index) {
  sockaddr_ll there{};
  there.sll_family = AF_PACKET;
  there.sll_protocol = 0;  // receives nothing
  there.sll_ifindex = interface_index;
  return bind(fd, reinterpret_cast<const sockaddr*>(&there), sizeof there) == 0;
}

bool listen_to(int fd, int interface_index, const std::array<uint8_t, 6>& mac) {
  packet_mreq request{};
  request.mr_ifindex = interface_index;
  request.mr_type = (mac[0] & 1) != 0 ? PACKET_MR_MULTICAST : PACKET_MR_UNICAST;
  request.mr_alen = sizeof mac;
  std::memcpy(request.mr_address, mac.data(), mac.size());
  return setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &request, sizeof request) == 0;
}

// PACKET_MR_PROMISC: every address; PACKET_MR_ALLMULTI: every group.
bool listen_to(int fd, int interface_index, uint16_t kind) {
  packet_mreq request{};
  request.mr_ifindex = interface_index;
  request.mr_type = kind;
  return setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &request, sizeof request) == 0;
}

std::array<uint8_t, 6> solicited_node_mac(base::u128 address) {
  return {0x33,
          0x33,
          0xff,
          static_cast<uint8_t>(address >> 16),
          static_cast<uint8_t>(address >> 8),
          static_cast<uint8_t>(address)};
}

tl::expected<base::UniqueFd, std::string> open_for_sending(const KernelPortOptions& options) {
  base::UniqueFd out(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
  if (!out) return tl::make_unexpected(system_error("open a packet socket"));
  if (!bind_for_sending(out.get(), options.interface_index)) {
    return tl::make_unexpected(system_error("send on interface " + options.interface_name));
  }
  // Both are for speed alone: without them it works as well.
  const int on = 1;
  setsockopt(out.get(), SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof on);
  setsockopt(out.get(), SOL_SOCKET, SO_SNDBUF, &kSendBufferBytes, sizeof kSendBufferBytes);
  return out;
}

}  // namespace

tl::expected<std::unique_ptr<PacketPort>, std::string> PacketPort::open(const KernelPortOptions& options) {
  auto out = open_for_sending(options);
  if (!out) return tl::make_unexpected(out.error());
  auto ring = PacketRing::open(options.interface_index, wire::LinkType::kEthernet, options.filter, options.ring,
                               options.fanout);
  if (!ring) return tl::make_unexpected(ring.error() + " (interface " + options.interface_name + ")");
  if (options.promiscuous && !listen_to(ring->fd(), options.interface_index, PACKET_MR_PROMISC)) {
    return tl::make_unexpected(system_error("listen to every MAC address on " + options.interface_name));
  }
  std::vector<std::array<uint8_t, 6>> macs = options.listen_macs;
  if (options.filter.want_ndp) {
    // Each has a group of its own; many are listened to as a whole.
    if (options.filter.v6.size() > ReceiveFilter::kMostAddresses) {
      if (!listen_to(ring->fd(), options.interface_index, PACKET_MR_ALLMULTI)) {
        return tl::make_unexpected(system_error("listen to all multicast groups on " + options.interface_name));
      }
    } else {
      for (const base::u128 address : options.filter.v6) macs.push_back(solicited_node_mac(address));
    }
  }
  for (const auto& mac : macs) {
    if (!listen_to(ring->fd(), options.interface_index, mac)) {
      return tl::make_unexpected(system_error("listen to a further MAC address on " + options.interface_name));
    }
  }
  return std::unique_ptr<PacketPort>(new PacketPort(std::move(*out), std::move(*ring), options.burst));
}

PacketPort::PacketPort(base::UniqueFd out, PacketRing ring, size_t burst)
    : out_(std::move(out)), ring_(std::move(ring)), slots_(burst), sender_(slots_) {}

std::span<const RxFrame> PacketPort::receive(size_t want) {
  const std::span<const RxFrame> frames = ring_.receive(want);
  counters_.count_received(frames);
  return frames;
}

PortStats PacketPort::stats() const {
  PortStats stats = counters_.stats();
  stats.receive_dropped = ring_.dropped();
  return stats;
}

}  // namespace portolan::pktio
