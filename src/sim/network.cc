// SPDX-License-Identifier: Apache-2.0
#include "sim/network.h"

#include <algorithm>
#include <cstring>

#include "sim/answers.h"
#include "wire/wire.h"

namespace portolan::sim {

using addr::Protocol;
using Kind = Answer::Kind;

Network::Network(pktio::Port& port, const base::VirtualClock& clock, NetworkOptions options)
    : port_(port), clock_(clock), options_(std::move(options)), random_(options_.seed) {}

addr::MacAddress Network::mac_of(const addr::IpAddress& a) {
  const auto h = std::hash<addr::IpAddress>()(a);
  addr::MacAddress mac;
  for (size_t i = 0; i < 6; ++i) mac.bytes[i] = static_cast<uint8_t>(h >> (8 * i));
  mac.bytes[0] = static_cast<uint8_t>((mac.bytes[0] & 0xfc) | 2);
  return mac;
}

bool Network::lost(double share) { return share > 0 && static_cast<double>(random_.next() >> 11) * 0x1p-53 < share; }

bool Network::step() {
  bool any = false;
  const auto frames = port_.receive(256);
  for (const pktio::RxFrame& f : frames) {
    any = true;
    on_frame(f.bytes);
  }
  while (!under_way_.empty() && under_way_.top().when <= clock_.now()) {
    const auto slots = port_.acquire(1);
    if (slots.empty()) break;
    const auto& frame = under_way_.top().frame;
    std::memcpy(slots[0].data, frame.data(), frame.size());
    slots[0].length = static_cast<uint16_t>(frame.size());
    port_.commit(1);
    under_way_.pop();
    any = true;
  }
  return any;
}

std::optional<base::Nanos> Network::next() const {
  if (under_way_.empty()) return std::nullopt;
  return under_way_.top().when;
}

void Network::on_frame(base::Bytes bytes) {
  const auto probe = wire::FrameView::check(bytes, port_.link(), false);
  if (!probe) {
    ++malformed_;
    return;
  }
  packet_ = bytes.subspan(!probe->has_ethernet() ? 0 : probe->vlan() ? 18 : 14);
  if (probe->transport() == wire::FrameView::Transport::kTcp && probe->tcp().is_rst()) ++resets_;
  if (lost(options_.probe_loss)) return;
  const auto target = question(*probe);
  if (!target) return;
  asked_[*target].push_back(clock_.now());
  if (options_.forge) {
    options_.forge(*probe, *target, [this](std::vector<uint8_t> frame) { schedule(std::move(frame)); });
  }
  answer(*probe, *target);
}

void Network::answer(const wire::FrameView& probe, const addr::Target& target) {
  Answer a = options_.behaviour ? options_.behaviour(target) : Answer{};
  const bool v6 = probe.network() == wire::FrameView::Network::kIpv6;
  const auto reply = [&](uint8_t protocol, const std::vector<uint8_t>& transport) {
    return ip_reply(probe, target.address, mac_of(target.address), protocol, transport);
  };
  const bool positive = a.kind == Kind::kPositive;
  if (a.kind == Kind::kSilence) return;
  if (a.kind == Kind::kNegative &&
      (target.service.protocol == Protocol::kUdp || target.service.protocol == Protocol::kIp)) {
    const bool udp = target.service.protocol == Protocol::kUdp;
    a.icmp_type = v6 ? (udp ? 1 : 4) : 3;
    a.icmp_code = v6 ? (udp ? 4 : 1) : (udp ? 3 : 2);
    a.kind = Kind::kIcmp;
  }
  std::vector<uint8_t> frame;
  if (a.kind == Kind::kIcmp) {
    const addr::IpAddress from = a.responder.value_or(target.address);
    frame = ip_reply(probe, from, mac_of(from), v6 ? wire::ip_protocol::kIcmpv6 : wire::ip_protocol::kIcmpv4,
                     icmp_error(probe, from, a.icmp_type, a.icmp_code, packet_));
  } else {
    switch (target.service.protocol) {
      case Protocol::kTcp: {
        const uint32_t ack = probe.tcp().sequence().value() + 1;
        frame = reply(wire::ip_protocol::kTcp,
                      positive ? tcp_reply(probe, wire::tcp_flag::kSyn | wire::tcp_flag::kAck, 1000, ack)
                               : tcp_reply(probe, wire::tcp_flag::kRst | wire::tcp_flag::kAck, 0, ack));
        break;
      }
      case Protocol::kUdp:
        frame = reply(wire::ip_protocol::kUdp, udp_reply(probe, probe.udp().payload()));
        break;
      case Protocol::kSctp:
        frame = reply(wire::ip_protocol::kSctp, sctp_reply(probe, positive));
        break;
      case Protocol::kIcmpEcho:
      case Protocol::kIcmpTimestamp:
        if (!positive) return;
        frame = reply(v6 ? wire::ip_protocol::kIcmpv6 : wire::ip_protocol::kIcmpv4, echo_reply(probe));
        break;
      case Protocol::kArp:
        if (!positive) return;
        frame = arp_reply(probe, mac_of(target.address));
        break;
      case Protocol::kNdp:
        if (!positive) return;
        frame = neighbor_advertisement(probe, target.address, mac_of(target.address));
        break;
      case Protocol::kIp:
        frame = reply(static_cast<uint8_t>(target.service.port), {});
        break;
    }
  }
  for (int i = 0; i < a.copies; ++i) schedule(frame);
}

void Network::schedule(std::vector<uint8_t> frame) {
  if (lost(options_.answer_loss)) return;
  under_way_.push({clock_.now() + options_.delay, order_++, std::move(frame)});
}

}  // namespace portolan::sim
