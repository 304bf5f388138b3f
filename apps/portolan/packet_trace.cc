// SPDX-License-Identifier: Apache-2.0
#include "portolan/packet_trace.h"

#include <fmt/format.h>

#include <cstdio>

namespace portolan::cli {
namespace {

using Transport = wire::FrameView::Transport;

// ACK stands last, as in masscan's SYN-ACK and RST-ACK.
std::string flags_of(const wire::TcpView& tcp) {
  static constexpr std::pair<uint8_t, std::string_view> kFlags[] = {
      {wire::tcp_flag::kSyn, "SYN"}, {wire::tcp_flag::kRst, "RST"}, {wire::tcp_flag::kFin, "FIN"},
      {wire::tcp_flag::kPsh, "PSH"}, {wire::tcp_flag::kUrg, "URG"}, {wire::tcp_flag::kAck, "ACK"}};
  std::string text;
  for (const auto& [bit, word] : kFlags) {
    if (tcp.has(bit)) text += fmt::format("{}{}", text.empty() ? "" : "-", word);
  }
  return text.empty() ? "null" : text;
}

template <class View>
std::string with_ports(std::string_view protocol, const wire::FrameView& f, const View& v, const std::string& tail) {
  return fmt::format("{:<4} {:<21} > {:<21} {}", protocol,
                     fmt::format("[{}]:{}", f.source().to_string(), v.source_port()),
                     fmt::format("[{}]:{}", f.destination().to_string(), v.destination_port()), tail);
}

std::string without_ports(std::string_view protocol, const wire::FrameView& f, const std::string& tail) {
  return fmt::format("{:<4} [{}] > [{}] {}", protocol, f.source().to_string(), f.destination().to_string(), tail);
}

std::string describe(const wire::FrameView& f) {
  switch (f.transport()) {
    case Transport::kTcp:
      return with_ports("TCP", f, f.tcp(), flags_of(f.tcp()));
    case Transport::kUdp:
      return with_ports("UDP", f, f.udp(), fmt::format("length={}", f.udp().payload().size()));
    case Transport::kSctp: {
      const auto chunk = f.sctp().first_chunk();
      return with_ports("SCTP", f, f.sctp(), chunk ? fmt::format("chunk={}", chunk->type) : "no chunk");
    }
    case Transport::kIcmpv4:
      return without_ports("ICMP", f, fmt::format("type={} code={}", f.icmpv4().type(), f.icmpv4().code()));
    case Transport::kIcmpv6:
      return without_ports("ICMP6", f, fmt::format("type={} code={}", f.icmpv6().type(), f.icmpv6().code()));
    case Transport::kArp:
      return without_ports("ARP", f, f.arp().is_request() ? "request" : "reply");
    case Transport::kOther:
      break;
  }
  return without_ports("IP", f, fmt::format("protocol={} length={}", f.protocol(), f.payload().size()));
}

}  // namespace

std::string describe_frame(base::Bytes frame, wire::LinkType link) {
  const auto view = wire::FrameView::check(frame, link, true);
  if (view) return describe(*view);
  return fmt::format("??   {} bytes, refused: {}", frame.size(), counter_name(view.error()));
}

pktio::TracerPort::OnFrame trace_to_stderr(wire::LinkType link) {
  const base::SystemClock clock;
  return [link, clock, begin = clock.now()](pktio::Direction direction, const pktio::RxFrame& frame) {
    const double seconds = static_cast<double>(clock.now() - begin) / static_cast<double>(base::kSecond);
    fmt::print(stderr, "{} ({:.4f}) {}\n", direction == pktio::Direction::kSent ? "SENT" : "RCVD", seconds,
               describe_frame(frame.bytes, link));
  };
}

}  // namespace portolan::cli
