// SPDX-License-Identifier: Apache-2.0
#include "wire/template.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <functional>
#include <stdexcept>

#include "wire/frame_view.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"
#include "wire/ndp.h"
#include "wire/stamp_columns.h"
#include "wire/test_frames.h"

namespace portolan::wire::template_test {
namespace {

using namespace test_frames;

const LinkShape kLink{.type = LinkType::kEthernet, .source = kOurMac};
const LinkShape kTagged{.type = LinkType::kEthernet, .source = kOurMac, .vlan = 100};
const LinkShape kRaw{.type = LinkType::kRawIp};
const IpShape kV4{.source = kOurs};
const IpShape kV6{.source = kOurs6};

Stamp stamp_to(const addr::IpAddress& destination) {
  return {.destination = destination,
          .destination_mac = kTheirMac,
          .source_port = kOurPort,
          .destination_port = 80,
          .token = kToken,
          .ip_id = kIpId};
}

// Stamped over rubbish, with guards on both sides: every byte is written and none outside.
std::vector<uint8_t> stamped(const Template& t, const Stamp& s) {
  std::vector<uint8_t> slot(t.length() + 2, 0xee);
  t.stamp(slot.data() + 1, s);
  EXPECT_EQ(slot.front(), 0xee);
  EXPECT_EQ(slot.back(), 0xee);
  return {slot.begin() + 1, slot.end() - 1};
}

struct Golden {
  const char* what;
  Template probe;
  std::vector<uint8_t> bytes;
  bool v4;
};

std::vector<Golden> golden() {
  const std::vector<uint8_t> token_payload{1, 9, 9, 9, 9, 9, 9, 9, 9, 'x', 'y', 'z'};
  const std::vector<uint8_t> dns{0, 0, 'd', 'n', 's'};
  const std::vector<uint8_t> ping{'p', 'i', 'n', 'g'};
  const SynOptions linux_like{
      .mss = 1460, .window_scale = 7, .sack_permitted = true, .timestamp = 0x01020304, .window = 64240};
  return {
      {"SYN", Template::tcp_syn(kLink, kV4, {}), kTcpSyn, true},
      {"SYN like Linux, tagged", Template::tcp_syn(kTagged, {kOurs, 64}, linux_like), kTcpSynLinuxOptionsVlan, true},
      {"SYN over IPv6", Template::tcp_syn(kLink, kV6, {}), kTcpSynV6, false},
      {"RST", Template::tcp_rst(kLink, kV4), kTcpRst, true},
      {"UDP, token at an odd place", Template::udp(kLink, kV4, token_payload, TokenPlace{1, 8}), kUdpToken, true},
      {"UDP over raw IPv6", Template::udp(kRaw, kV6, dns, TokenPlace{0, 2}), kUdpRawV6, false},
      {"echo", Template::icmp_echo(kLink, kV4, ping), kIcmpEcho, true},
      {"echo over IPv6", Template::icmp_echo(kLink, kV6), kIcmpv6Echo, false},
      {"timestamp", Template::icmp_timestamp(kLink, kV4), kIcmpTimestamp, true},
      {"INIT", Template::sctp_init(kLink, kV4), kSctpInit, true},
      {"ARP request", Template::arp_request(kLink, kV4), kArpRequest, true},
      {"neighbor solicitation", Template::neighbor_solicitation(kLink, kV6), kNeighborProbe, false},
      {"GRE", Template::ip_probe(kLink, kV4, 47), kIpGre, true},
      {"IGMP", Template::ip_probe(kLink, kV4, 2), kIpIgmp, true},
  };
}

TEST(Template, StampsGoldenBytes) {
  for (const Golden& row : golden()) {
    EXPECT_EQ(row.probe.length(), row.bytes.size()) << row.what;
    EXPECT_EQ(stamped(row.probe, stamp_to(row.v4 ? kTheirs : kTheirs6)), row.bytes) << row.what;
  }
}

TEST(Template, ABurstIsItsStamps) {
  for (const Golden& row : golden()) {
    std::vector<Stamp> stamps;
    for (uint32_t i = 0; i < 5; ++i) {
      Stamp s = stamp_to(row.v4 ? addr::IpAddress::v4(0x01020304 * i)
                                : addr::IpAddress::v6(base::make_u128(0x20010db8'00000000, uint64_t{i} << 40)));
      s.token = i * 0x01010101;
      stamps.push_back(s);
    }
    std::vector<std::vector<uint8_t>> slots(stamps.size(), std::vector<uint8_t>(row.probe.length()));
    std::vector<uint8_t*> out;
    for (auto& slot : slots) out.push_back(slot.data());
    row.probe.stamp_burst(out, stamps);
    for (size_t i = 0; i < stamps.size(); ++i) EXPECT_EQ(slots[i], stamped(row.probe, stamps[i])) << row.what;
  }
}

// A template without a source and one put in is a template with that source, byte for byte.
RC_GTEST_PROP(Template, SourcesPutInAreSourcesBuiltIn, ()) {
  const auto any16 = [] {
    return *rc::gen::oneOf(rc::gen::arbitrary<uint16_t>(), rc::gen::element<uint16_t>(0, 0xffff));
  };
  const auto any32 = [&] { return uint32_t{any16()} << 16 | any16(); };
  const auto any64 = [&] { return uint64_t{any32()} << 32 | any32(); };
  const std::vector<uint8_t> odd(37, 0xff);
  using Make = std::function<Template(const LinkShape&, const IpShape&)>;
  const std::vector<Make> makers = {
      [](const auto& l, const auto& ip) { return Template::tcp_syn(l, ip, {}); },
      [](const auto& l, const auto& ip) { return Template::tcp_rst(l, ip); },
      [&](const auto& l, const auto& ip) {
        return Template::udp(l, ip, odd, TokenPlace{3, 4});
      },
      [](const auto& l, const auto& ip) { return Template::udp(l, ip, {}); },
      [](const auto& l, const auto& ip) { return Template::icmp_echo(l, ip); },
      [](const auto& l, const auto& ip) { return Template::sctp_init(l, ip); },
      [](const auto& l, const auto& ip) { return Template::ip_probe(l, ip, 47); },
  };
  const Make& make = *rc::gen::elementOf(makers);
  const LinkShape& link = *rc::gen::elementOf(std::vector<LinkShape>{kLink, kTagged, kRaw});
  const bool v4 = *rc::gen::arbitrary<bool>();
  const auto draw = [&] {
    return v4 ? addr::IpAddress::v4(any32() | 1) : addr::IpAddress::v6(base::make_u128(any64() | 1, any64()));
  };
  const Template open = make(link, {.source = v4 ? addr::IpAddress::v4(0) : addr::IpAddress()});
  RC_ASSERT(open.needs_source());
  std::vector<addr::IpAddress> sources;
  std::vector<Stamp> stamps;
  std::vector<std::vector<uint8_t>> slots(5, std::vector<uint8_t>(open.length()));
  std::vector<uint8_t*> out;
  for (auto& slot : slots) {
    sources.push_back(draw());
    stamps.push_back({draw(), kTheirMac, any16(), any16(), any32(), any16()});
    out.push_back(slot.data());
  }
  open.stamp_burst(out, stamps);
  open.put_sources(out, sources);
  for (size_t i = 0; i < slots.size(); ++i) {
    const Template closed = make(link, {.source = sources[i]});
    RC_ASSERT(!closed.needs_source());
    RC_ASSERT(slots[i] == stamped(closed, stamps[i]));
  }
}

// Any numbers, and those that make a checksum 0 or 0xffff now and then; every form that this processor has.
RC_GTEST_PROP(Template, ColumnsAreSingleStamps, ()) {
  std::vector<Golden> rows = golden();
  const std::vector<uint8_t> odd(37, 0xff), large(120, 1);
  rows.push_back({"UDP, 2 at an odd place", Template::udp(kLink, kV4, odd, TokenPlace{3, 2}), {}, true});
  rows.push_back({"UDP, 4 at an odd place", Template::udp(kTagged, kV6, large, TokenPlace{77, 4}), {}, false});
  rows.push_back({"UDP, 8", Template::udp(kLink, kV4, odd, TokenPlace{8, 8}), {}, true});
  rows.push_back({"UDP, empty", Template::udp(kRaw, kV4, {}), {}, true});
  const Golden& row = *rc::gen::elementOf(rows);
  const auto any16 = [] {
    return *rc::gen::oneOf(rc::gen::arbitrary<uint16_t>(), rc::gen::element<uint16_t>(0, 0xffff));
  };
  const auto any32 = [&] { return uint32_t{any16()} << 16 | any16(); };
  const auto any64 = [&] { return uint64_t{any32()} << 32 | any32(); };

  const auto count = *rc::gen::inRange<size_t>(1, 40);
  base::Column high{}, low{}, ports{}, token{}, id{};
  std::vector<std::vector<uint8_t>> expected;
  for (size_t i = 0; i < count; ++i) {
    const Stamp s{.destination = row.v4 ? addr::IpAddress::v4(any32())
                                        : addr::IpAddress::v6(base::make_u128(any64() | 1, any64())),
                  .destination_mac = kTheirMac,
                  .source_port = any16(),
                  .destination_port = any16(),
                  .token = any32(),
                  .ip_id = any16()};
    high[i] = s.destination.hi(), low[i] = row.v4 ? s.destination.v4_bits() : s.destination.lo();
    ports[i] = uint64_t{s.source_port} << 16 | s.destination_port;
    token[i] = s.token, id[i] = s.ip_id;
    expected.push_back(stamped(row.probe, s));
  }
  for (const auto lanes : {base::LaneCount::kOne, base::LaneCount::kFour, base::LaneCount::kEight}) {
    if (!base::is_supported(lanes)) continue;
    std::vector<std::vector<uint8_t>> slots(count, std::vector<uint8_t>(row.probe.length(), 0xee));
    std::vector<uint8_t*> out;
    for (auto& slot : slots) out.push_back(slot.data());
    stamp_columns(row.probe, kTheirMac, {high, low, ports, token, id}, out, lanes);
    for (size_t i = 0; i < count; ++i) RC_ASSERT(slots[i] == expected[i]);
  }
}

TEST(Template, IpProbesOfKnownProtocolsHaveTheirHeaders) {
  const Stamp to4 = stamp_to(kTheirs), to6 = stamp_to(kTheirs6);
  EXPECT_EQ(stamped(Template::ip_probe(kLink, kV4, 6), to4), kTcpSyn);
  EXPECT_EQ(stamped(Template::ip_probe(kLink, kV4, 132), to4), kSctpInit);
  EXPECT_EQ(stamped(Template::ip_probe(kLink, kV6, 58), to6), kIcmpv6Echo);
  EXPECT_EQ(Template::ip_probe(kLink, kV4, 17).length(), 14u + 20 + 8);
  EXPECT_EQ(Template::ip_probe(kLink, kV4, 1).length(), 14u + 20 + 8);
  EXPECT_EQ(Template::ip_probe(kLink, kV6, 2).length(), 14u + 40 + 8);
  EXPECT_EQ(Template::ip_probe(kRaw, kV6, 50).length(), 40u + 8);
}

TEST(Template, RefusesWhatCannotBeBuilt) {
  const std::vector<uint8_t> payload(8);
  const std::vector<uint8_t> too_long(65508);
  const LinkShape bad_tag{.type = LinkType::kEthernet, .vlan = 4096};
  const LinkShape raw_tag{.type = LinkType::kRawIp, .vlan = 1};
  EXPECT_THROW(Template::udp(kLink, kV4, payload, TokenPlace{5, 4}), std::invalid_argument);
  EXPECT_THROW(Template::udp(kLink, kV4, payload, TokenPlace{0, 3}), std::invalid_argument);
  EXPECT_THROW(Template::udp(kLink, kV4, {}, TokenPlace{0, 2}), std::invalid_argument);
  EXPECT_THROW(Template::udp(kLink, kV4, too_long), std::invalid_argument);
  EXPECT_THROW(Template::icmp_echo(kLink, kV4, too_long), std::invalid_argument);
  EXPECT_THROW(Template::icmp_timestamp(kLink, kV6), std::invalid_argument);
  EXPECT_THROW(Template::arp_request(kRaw, kV4), std::invalid_argument);
  EXPECT_THROW(Template::arp_request(kLink, kV6), std::invalid_argument);
  EXPECT_THROW(Template::neighbor_solicitation(kLink, kV4), std::invalid_argument);
  EXPECT_THROW(Template::neighbor_solicitation(kRaw, kV6), std::invalid_argument);
  EXPECT_THROW(Template::tcp_syn(bad_tag, kV4, {}), std::invalid_argument);
  EXPECT_THROW(Template::tcp_syn(raw_tag, kV4, {}), std::invalid_argument);
}

LinkShape any_link() {
  const int kind = *rc::gen::inRange(0, 3);
  return kind == 0 ? kLink : kind == 1 ? kTagged : kRaw;
}

Stamp any_stamp(bool v4) {
  const auto low = *rc::gen::arbitrary<uint64_t>();
  return {.destination = v4 ? addr::IpAddress::v4(static_cast<uint32_t>(low))
                            : addr::IpAddress::v6(base::make_u128(*rc::gen::arbitrary<uint64_t>() | 1, low)),
          .destination_mac = {*rc::gen::arbitrary<std::array<uint8_t, 6>>()},
          .source_port = *rc::gen::arbitrary<uint16_t>(),
          .destination_port = *rc::gen::arbitrary<uint16_t>(),
          .token = *rc::gen::arbitrary<uint32_t>(),
          .ip_id = *rc::gen::arbitrary<uint16_t>()};
}

// The same packet from its values, with full checksums.
std::vector<uint8_t> emitted(const LinkShape& link, const Endpoints& ends, uint8_t protocol, const Stamp& s,
                             const std::vector<uint8_t>& transport) {
  const bool v4 = ends.source.is_v4();
  std::vector<uint8_t> bytes(size_of(link) + (v4 ? 20 : 40));
  const auto size = static_cast<uint16_t>(transport.size());
  emit(link, s.destination_mac, v4 ? ether_type::kIpv4 : ether_type::kIpv6, bytes);
  const auto network = base::MutableBytes(bytes).subspan(size_of(link));
  if (v4) {
    emit(Ipv4{.source = ends.source,
              .destination = ends.destination,
              .protocol = protocol,
              .ttl = 255,
              .identification = s.ip_id,
              .payload_length = size},
         network);
  } else {
    emit(Ipv6{.source = ends.source,
              .destination = ends.destination,
              .next_header = protocol,
              .hop_limit = 255,
              .flow_label = s.ip_id | (s.ip_id & 0xfu) << 16,
              .payload_length = size},
         network);
  }
  bytes.insert(bytes.end(), transport.begin(), transport.end());
  return bytes;
}

RC_GTEST_PROP(Template, ASynIsItsValuesEmitted, (bool v4)) {
  const LinkShape link = any_link();
  const Stamp s = any_stamp(v4);
  const Endpoints ends{v4 ? kOurs : kOurs6, s.destination};
  const std::vector<uint8_t> mss{2, 4, 5, 0xb4};
  const Tcp tcp{.source_port = s.source_port,
                .destination_port = s.destination_port,
                .sequence = base::SeqNum(s.token),
                .flags = tcp_flag::kSyn,
                .window = 1024,
                .options = mss};
  std::vector<uint8_t> segment(size_of(tcp));
  emit(tcp, ends, segment);
  RC_ASSERT(stamped(Template::tcp_syn(link, {ends.source}, {}), s) == emitted(link, ends, 6, s, segment));
}

RC_GTEST_PROP(Template, UdpIsItsValuesEmitted, (bool v4, std::vector<uint8_t> payload)) {
  const LinkShape link = any_link();
  const Stamp s = any_stamp(v4);
  const Endpoints ends{v4 ? kOurs : kOurs6, s.destination};
  std::optional<TokenPlace> place;
  const uint8_t width = *rc::gen::element<uint8_t>(uint8_t{2}, uint8_t{4}, uint8_t{8});
  if (payload.size() >= width) {
    place = TokenPlace{static_cast<uint16_t>(*rc::gen::inRange<size_t>(0, payload.size() - width + 1)), width};
  }
  const Template probe = Template::udp(link, {ends.source}, payload, place);
  if (place) place->store(payload.data(), s.token);
  const Udp udp{s.source_port, s.destination_port, payload};
  std::vector<uint8_t> datagram(size_of(udp));
  emit(udp, ends, datagram);
  RC_ASSERT(stamped(probe, s) == emitted(link, ends, 17, s, datagram));
}

RC_GTEST_PROP(Template, EveryStampedFrameIsAccepted, (bool v4)) {
  const LinkShape link = any_link();
  const IpShape ip{v4 ? kOurs : kOurs6};
  const std::vector<uint8_t> payload(*rc::gen::inRange<size_t>(4, 200), 0x5a);
  std::vector<Template> probes{
      Template::tcp_syn(link, ip, {}),        Template::tcp_rst(link, ip),
      Template::udp(link, ip, payload),       Template::udp(link, ip, payload, TokenPlace{1, 2}),
      Template::icmp_echo(link, ip, payload), Template::sctp_init(link, ip),
      Template::ip_probe(link, ip, 99)};
  if (v4) probes.push_back(Template::icmp_timestamp(link, ip));
  if (link.type == LinkType::kEthernet) {
    probes.push_back(v4 ? Template::arp_request(link, ip) : Template::neighbor_solicitation(link, ip));
  }
  const Stamp s = any_stamp(v4);
  for (const Template& probe : probes) {
    const std::vector<uint8_t> bytes = stamped(probe, s);
    const auto view = FrameView::check(bytes, link.type, false);
    RC_ASSERT(view.has_value());
    RC_ASSERT(view->source() == ip.source);
    RC_ASSERT(view->vlan() == link.vlan);
  }
}

RC_GTEST_PROP(Template, ASolicitationGoesToTheGroupOfItsTarget, ()) {
  Stamp s = any_stamp(false);
  const std::vector<uint8_t> bytes = stamped(Template::neighbor_solicitation(kTagged, kV6), s);
  const auto view = FrameView::check(bytes, LinkType::kEthernet, false);
  RC_ASSERT(view.has_value());
  RC_ASSERT(view->destination() == solicited_node(s.destination));
  RC_ASSERT(view->destination_mac() == multicast_mac(view->destination()));
  RC_PRE((s.destination.hi() >> 56) != 0xff);
  const auto neighbor = NeighborView::check(view->icmpv6().message(), view->ttl());
  RC_ASSERT(neighbor.has_value());
  RC_ASSERT(neighbor->solicitation() == (NeighborSolicitation{s.destination, kOurMac}));
}

TEST(Template, AZeroTokenIsALegalTag) {
  Stamp s = stamp_to(kTheirs);
  s.token = 0;
  const std::vector<uint8_t> bytes = stamped(Template::sctp_init(kLink, kV4), s);
  EXPECT_EQ(FrameView::check(bytes, LinkType::kEthernet, false)->sctp().init()->initiate_tag, 1u);
}

}  // namespace
}  // namespace portolan::wire::template_test
