// SPDX-License-Identifier: Apache-2.0
#include "output/frame_layers.h"

#include <fmt/format.h>

#include "wire/ethernet.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"
#include "wire/tcp.h"
#include "wire/udp.h"
#include "wire/vlan.h"

namespace portolan::output {
namespace {

using Transport = FrameLayers::Transport;

constexpr size_t kIcmpLeast = 4;  // type, code, checksum

void read_transport(FrameLayers& out, base::Bytes bytes) {
  const uint8_t* p = bytes.data();
  if (out.ip_protocol == wire::ip_protocol::kTcp && bytes.size() >= wire::tcp_field::kMinSize) {
    out.transport = Transport::kTcp;
    out.tcp_flags = static_cast<uint16_t>((p[wire::tcp_field::kDataOffset] & 1) << 8 | p[wire::tcp_field::kFlags]);
    out.sequence = base::load_be32(p + wire::tcp_field::kSequence);
    out.acknowledgment = base::load_be32(p + wire::tcp_field::kAcknowledgment);
  } else if (out.ip_protocol == wire::ip_protocol::kUdp && bytes.size() >= wire::udp_field::kSize) {
    out.transport = Transport::kUdp;
  } else if (bytes.size() >= kIcmpLeast && out.ip_version == 4 && out.ip_protocol == wire::ip_protocol::kIcmpv4) {
    out.transport = Transport::kIcmpv4;
  } else if (bytes.size() >= kIcmpLeast && out.ip_version == 6 && out.ip_protocol == wire::ip_protocol::kIcmpv6) {
    out.transport = Transport::kIcmpv6;
  }
  if (out.has_ports()) {
    out.source_port = base::load_be16(p);
    out.destination_port = base::load_be16(p + 2);
  } else if (out.transport != Transport::kNone) {
    out.icmp_type = p[0];
    out.icmp_code = p[1];
  }
}

template <class IpView>
void read_ip(FrameLayers& out, uint8_t version, base::Bytes packet) {
  const auto ip = IpView::check(packet);
  if (!ip) return;
  out.ip_version = version;
  out.source = ip->source();
  out.destination = ip->destination();
  out.ip_protocol = ip->protocol();
  if (!ip->is_fragment()) read_transport(out, ip->payload());
}

void read_network(FrameLayers& out, uint16_t type, base::Bytes packet) {
  if (type == wire::ether_type::kIpv4) {
    read_ip<wire::Ipv4View>(out, 4, packet);
  } else if (type == wire::ether_type::kIpv6) {
    read_ip<wire::Ipv6View>(out, 6, packet);
  } else if (type == wire::ether_type::kArp) {
    if (const auto arp = wire::ArpView::check(packet)) out.arp = arp->value();
  }
}

const char* transport_word(Transport t) {
  switch (t) {
    case Transport::kTcp:
      return "tcp";
    case Transport::kUdp:
      return "udp";
    case Transport::kIcmpv4:
      return "icmp";
    case Transport::kIcmpv6:
      return "icmpv6";
    case Transport::kNone:
      break;
  }
  return "ip";
}

std::string arp_text(const wire::Arp& arp) {
  if (arp.operation == wire::arp_operation::kRequest) {
    return fmt::format("arp who-has {} tell {}", arp.target.to_string(), arp.sender.to_string());
  }
  return fmt::format("arp {} is-at {}", arp.sender.to_string(), arp.sender_mac.to_string());
}

}  // namespace

FrameLayers FrameLayers::read(base::Bytes frame, wire::LinkType link) {
  FrameLayers out;
  if (link == wire::LinkType::kRawIp) {
    const unsigned version = frame.empty() ? 0 : frame[0] >> 4;
    read_network(out, version == 4 ? wire::ether_type::kIpv4 : wire::ether_type::kIpv6, frame);
    return out;
  }
  const auto ethernet = wire::EthernetView::check(frame);
  if (!ethernet) return out;
  out.has_ethernet = true;
  out.source_mac = ethernet->source();
  out.destination_mac = ethernet->destination();
  out.ether_type = ethernet->type();
  base::Bytes packet = ethernet->payload();
  if (out.ether_type == wire::ether_type::kVlan) {
    if (const auto tag = wire::VlanView::check(packet)) {
      out.ether_type = tag->type();
      packet = tag->payload();
    }
  }
  read_network(out, out.ether_type, packet);
  return out;
}

std::string FrameLayers::to_string() const {
  if (arp) return arp_text(*arp);
  if (ip_version == 0) {
    if (!has_ethernet) return "unreadable";
    return fmt::format("ethertype {:04x} {} > {}", ether_type, source_mac.to_string(), destination_mac.to_string());
  }
  if (has_ports()) {
    return fmt::format("{} {} > {}{}{}", transport_word(transport), endpoint_text(source, source_port),
                       endpoint_text(destination, destination_port), transport == Transport::kTcp ? " " : "",
                       tcp_flag_letters(tcp_flags));
  }
  const std::string ends = fmt::format("{} > {}", source.to_string(), destination.to_string());
  if (transport == Transport::kNone) return fmt::format("ip-{} {}", ip_protocol, ends);
  return fmt::format("{} {} type {} code {}", transport_word(transport), ends, icmp_type, icmp_code);
}

std::string endpoint_text(const addr::IpAddress& address, uint16_t port) {
  return address.is_v4() ? fmt::format("{}:{}", address.to_string(), port)
                         : fmt::format("[{}]:{}", address.to_string(), port);
}

std::string tcp_flag_letters(uint16_t flags) {
  std::string letters;
  for (size_t bit = 0; bit < 8; ++bit) {
    if ((flags >> bit & 1) != 0) letters.push_back("FSRPAUEC"[bit]);
  }
  return letters;
}

}  // namespace portolan::output
