// SPDX-License-Identifier: Apache-2.0
// FrameView over any bytes, as four kinds of link say them, every accessor touched; QuotedProbe for every error in it;
// the reply that the frame would get. The first byte chooses the link, the rest is the frame.
#include <array>

#include "wire/frame_view.h"
#include "wire/quote.h"
#include "wire/reply.h"

using namespace portolan;
using Transport = wire::FrameView::Transport;

static void require(bool holds) {
  if (!holds) __builtin_trap();
}

static void read_quote(base::Bytes quoted, addr::Family family) {
  const auto probe = wire::QuotedProbe::check(quoted, family);
  if (!probe) return;
  require(probe->source().family() == family && probe->destination().family() == family);
  require(probe->transport().size() >= wire::QuotedProbe::kTransportMin);
  volatile uint32_t sink = probe->tcp_sequence() ^ probe->sctp_initiate_tag().value_or(0) ^ probe->ip_id();
  static_cast<void>(sink);
}

static void require_accepted(base::Bytes frame) {
  require(wire::FrameView::check(frame, wire::LinkType::kEthernet, false).has_value());
}

static void answer(const wire::FrameView& frame) {
  if (!frame.has_ethernet()) return;
  const wire::LinkShape link{wire::LinkType::kEthernet, frame.destination_mac(), frame.vlan()};
  std::array<uint8_t, wire::kMaxReply> out;
  if (frame.transport() == Transport::kArp) {
    require_accepted(base::Bytes(out).first(arp_reply(link, frame.arp(), out)));
  } else if (frame.transport() == Transport::kIcmpv6 && frame.icmpv6().is_neighbor()) {
    const auto neighbor = wire::NeighborView::check(frame.icmpv6().message(), frame.ttl());
    if (!neighbor || !neighbor->is_solicitation()) return;
    require_accepted(base::Bytes(out).first(neighbor_advertisement(link, frame, *neighbor, out)));
  }
}

// What FrameView promised of the typed view, the view's own door must say too.
static void read_transport(const wire::FrameView& frame, bool verified) {
  const wire::Endpoints ends{frame.source(), frame.destination()};
  switch (frame.transport()) {
    case Transport::kArp:
      return require(wire::ArpView::check(frame.payload()).has_value());
    case Transport::kTcp:
      require(wire::TcpView::check(frame.payload()).has_value());
      require(!verified || frame.tcp().checksum_ok(ends));
      return require(frame.tcp().options().kind_count <= 12);
    case Transport::kUdp:
      require(wire::UdpView::check(frame.payload())->length() == frame.udp().length());
      return require(!verified || !frame.udp().has_checksum() || frame.udp().checksum_ok(ends));
    case Transport::kSctp:
      require(wire::SctpView::check(frame.payload()).has_value());
      static_cast<void>(frame.sctp().init());
      return require(!verified || frame.sctp().checksum_ok());
    case Transport::kIcmpv4:
      require(!verified || frame.icmpv4().checksum_ok());
      if (frame.icmpv4().is_error()) read_quote(frame.icmpv4().payload(), addr::Family::kIpv4);
      return;
    case Transport::kIcmpv6:
      require(!verified || frame.icmpv6().checksum_ok(ends));
      if (frame.icmpv6().is_error()) read_quote(frame.icmpv6().payload(), addr::Family::kIpv6);
      return;
    case Transport::kOther:
      return;
  }
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const auto link = (data[0] & 1) != 0 ? wire::LinkType::kRawIp : wire::LinkType::kEthernet;
  const bool checksum_partial = (data[0] & 2) != 0;
  const base::Bytes bytes(data + 1, size - 1);
  const auto frame = wire::FrameView::check(bytes, link, checksum_partial);
  if (!frame) {
    require(counter_name(frame.error()) != "unknown");
    return 0;
  }
  require(frame->payload().empty() ||
          (frame->payload().data() >= bytes.data() &&
           frame->payload().data() + frame->payload().size() <= bytes.data() + bytes.size()));
  require(frame->source().family() == frame->destination().family());
  if (frame->has_ethernet()) static_cast<void>(frame->source_mac());
  read_transport(*frame, !checksum_partial);
  answer(*frame);
  return 0;
}
