// SPDX-License-Identifier: Apache-2.0
// FrameMaker: frames that ask something of 10.0.0.0 to 10.0.4.175 and of 2001:db8:: to 2001:db8::4af, some of them
// damaged, by a seeded generator. For tests.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "addr/ip_address.h"
#include "addr/mac_address.h"
#include "base/random.h"
#include "wire/arp.h"
#include "wire/ethernet.h"
#include "wire/icmpv4.h"
#include "wire/icmpv6.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"
#include "wire/link_shape.h"
#include "wire/ndp.h"
#include "wire/tcp.h"
#include "wire/udp.h"

namespace portolan::respond::testing {

using addr::IpAddress;
using addr::MacAddress;
using Frame = std::vector<uint8_t>;

inline constexpr MacAddress kMac{{2, 0, 0, 0, 0, 1}};
inline constexpr MacAddress kPeerMac{{2, 0, 0, 0, 0, 2}};
inline constexpr uint64_t kNet6 = 0x20010db8'00000000;

class FrameMaker {
 public:
  explicit FrameMaker(uint64_t seed) : random_(seed) {}

  bool damaged() const { return damaged_; }

  Frame make() {
    damaged_ = false;
    v4_ = one_in(2);
    vlan_ = one_in(4) ? std::optional<uint16_t>(static_cast<uint16_t>(below(4095))) : std::nullopt;
    client_ = client();
    server_ = server();
    Frame frame = by_kind(below(9));
    if (one_in(4)) frame.resize(std::max<size_t>(frame.size(), 60 + below(8)), 0xee);  // padding
    if (one_in(8)) {
      damaged_ = true;
      frame[14 + below(static_cast<uint32_t>(frame.size() - 14))] ^= static_cast<uint8_t>(1u << below(8));
    }
    if (one_in(40)) damaged_ = true, frame.resize(14 + below(static_cast<uint32_t>(frame.size() - 14)));
    return frame;
  }

 private:
  uint32_t below(uint32_t n) { return static_cast<uint32_t>(random_.next() % n); }
  bool one_in(uint32_t n) { return below(n) == 0; }
  uint8_t byte() { return static_cast<uint8_t>(random_.next()); }

  IpAddress client() {
    if (one_in(20)) return odd_client();
    return v4_ ? IpAddress::v4(0xc6336400 + below(1024)) : IpAddress::v6(base::make_u128(kNet6 + 1, below(1024)));
  }
  IpAddress odd_client() {
    constexpr uint32_t kOdd[] = {0, 0x7f000001, 0xe0000001, 0xffffffff, 0xf0000001, 0x0a000001, 0xc6336505};
    if (v4_) return IpAddress::v4(kOdd[below(7)]);
    const base::u128 odd[] = {0, 1, base::make_u128(0xff020000'00000000, 1), base::make_u128(kNet6, 9),
                              base::make_u128(kNet6 + 1, 0x105)};
    return IpAddress::v6(odd[below(5)]);
  }
  IpAddress server() {  // a part of them is outside of what is ours
    return v4_ ? IpAddress::v4(0x0a000000 + below(1200)) : IpAddress::v6(base::make_u128(kNet6, below(1200)));
  }

  Frame by_kind(uint32_t kind) {
    switch (kind) {
      case 0:
        return v4_ ? arp() : solicitation();
      case 1:
        return icmp(v4_ ? 8 : 128, one_in(20) ? 1 : 0);
      case 2:
        return icmp(byte(), 0);
      case 3:
      case 4:
        return udp();
      case 5:
        return packet(byte(), Frame(below(40), 7));
      case 6:
        return tcp(byte());
      default:
        return tcp(one_in(8) ? uint8_t{0xc2} : wire::tcp_flag::kSyn);
    }
  }

  Frame link(const MacAddress& to, uint16_t type, const Frame& body) {
    const wire::LinkShape shape{wire::LinkType::kEthernet, kPeerMac, vlan_};
    Frame frame(wire::size_of(shape));
    wire::emit(shape, to, type, frame);
    frame.insert(frame.end(), body.begin(), body.end());
    return frame;
  }

  Frame packet(uint8_t protocol, const Frame& payload, uint8_t hops = 61) {
    if (!v4_) {
      Frame out(40);
      wire::Ipv6 ip{.source = client_, .destination = server_, .next_header = protocol, .hop_limit = hops};
      ip.traffic_class = byte(), ip.flow_label = below(1 << 20);
      ip.payload_length = static_cast<uint16_t>(payload.size());
      wire::emit(ip, out);
      out.insert(out.end(), payload.begin(), payload.end());
      return link(kMac, wire::ether_type::kIpv6, out);
    }
    const Frame options(one_in(20) ? 4 : 0, 1);
    wire::Ipv4 ip{.source = client_, .destination = server_, .protocol = protocol, .ttl = hops, .tos = byte()};
    ip.identification = static_cast<uint16_t>(random_.next());
    ip.dont_fragment = one_in(2), ip.more_fragments = one_in(30), ip.options = options;
    ip.payload_length = static_cast<uint16_t>(payload.size());
    Frame out(wire::size_of(ip));
    wire::emit(ip, out);
    out.insert(out.end(), payload.begin(), payload.end());
    return link(kMac, wire::ether_type::kIpv4, out);
  }

  Frame arp() {
    Frame body(28);
    wire::emit(wire::Arp{one_in(10) ? wire::arp_operation::kReply : wire::arp_operation::kRequest, kPeerMac, client_,
                         MacAddress{}, one_in(20) ? client_ : server_},
               body);
    return link(one_in(2) ? MacAddress::broadcast() : kMac, wire::ether_type::kArp, body);
  }

  Frame solicitation() {
    wire::NeighborSolicitation ask{.target = server_};
    if (!one_in(3)) ask.source_mac = kPeerMac;
    const IpAddress group = wire::solicited_node(server_);
    const bool to_group = one_in(2);
    server_ = to_group ? group : server_;
    Frame body(wire::size_of(ask));
    wire::emit(ask, {client_, server_}, body);
    Frame frame = packet(wire::ip_protocol::kIcmpv6, body, one_in(10) ? 64 : 255);
    if (to_group) wire::multicast_mac(group).store(frame.data());
    return frame;
  }

  Frame icmp(uint8_t type, uint8_t code) {
    Frame data(one_in(10) ? below(1400) : below(100));
    for (uint8_t& b : data) b = byte();
    Frame body(8 + data.size());
    const auto rest = static_cast<uint32_t>(random_.next());
    if (v4_) {
      wire::emit(wire::Icmpv4{type, code, rest, data}, body);
    } else {
      wire::emit(wire::Icmpv6{type, code, rest, data}, {client_, server_}, body);
    }
    return packet(v4_ ? wire::ip_protocol::kIcmpv4 : wire::ip_protocol::kIcmpv6, body);
  }

  Frame udp() {
    Frame data(one_in(10) ? below(1400) : below(60));
    for (uint8_t& b : data) b = byte();
    Frame body(8 + data.size());
    const auto port = static_cast<uint16_t>(one_in(3) ? 53 : below(65536));
    wire::emit(wire::Udp{static_cast<uint16_t>(below(65536)), port, data}, {client_, server_}, body);
    if (one_in(20)) body[6] = body[7] = 0;  // no checksum
    return packet(wire::ip_protocol::kUdp, body);
  }

  Frame tcp_options() {
    Frame options;
    const auto add = [&](std::initializer_list<uint8_t> v) { options.insert(options.end(), v); };
    while (options.size() < 30 && !one_in(6)) {
      switch (below(8)) {
        case 0:
          add({2, 4, byte(), byte()});
          break;
        case 1:
          add({3, 3, static_cast<uint8_t>(below(20))});
          break;
        case 2:
          add({4, 2});
          break;
        case 3:
          add({8, 10, byte(), byte(), byte(), byte(), 0, 0, 0, 0});
          break;
        case 4:
          add({byte(), byte()});
          break;
        default:
          add({1});
      }
    }
    while (options.size() % 4 != 0) options.push_back(static_cast<uint8_t>(one_in(2)));
    return options;
  }

  Frame tcp(uint8_t flags) {
    const Frame options = tcp_options();
    const Frame data(one_in(6) ? below(1200) : 0, 0x55);
    wire::Tcp segment{.source_port = static_cast<uint16_t>(below(65536)),
                      .destination_port = static_cast<uint16_t>(one_in(3) ? 80 : below(65536))};
    segment.sequence = base::SeqNum(static_cast<uint32_t>(random_.next()));
    segment.acknowledgment = base::SeqNum(static_cast<uint32_t>(random_.next()));
    segment.flags = flags, segment.window = 1024, segment.options = options, segment.payload = data;
    Frame body(wire::size_of(segment));
    wire::emit(segment, {client_, server_}, body);
    return packet(wire::ip_protocol::kTcp, body);
  }

  base::SplitMix64 random_;
  bool v4_ = true;
  bool damaged_ = false;
  std::optional<uint16_t> vlan_;
  IpAddress client_, server_;
};

}  // namespace portolan::respond::testing
