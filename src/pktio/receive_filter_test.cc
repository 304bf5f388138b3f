// SPDX-License-Identifier: Apache-2.0
// The filter program is run by libpcap's interpreter and held against a plain description of what should pass; the
// kernel's own view of it is tested with the ports (kernel_ports_test.cc).
#include "pktio/receive_filter.h"

#include <gtest/gtest.h>
#include <pcap/pcap.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "base/bytes.h"
#include "pktio/testing/frames.h"

namespace portolan::pktio::receive_filter_test {
namespace {

using testing::Frame;

static_assert(sizeof(FilterInstruction) == sizeof(bpf_insn));

bool passes(const ReceiveFilter& filter, wire::LinkType link, const Frame& frame) {
  const std::vector<FilterInstruction> program = compile(filter, link);
  const auto length = static_cast<u_int>(frame.size());
  return bpf_filter(reinterpret_cast<const bpf_insn*>(program.data()), frame.data(), length, length) != 0;
}

struct Packet {
  bool v6 = false;
  uint8_t protocol = 6;
  uint32_t to = 1;        // the low bits of the destination
  uint16_t port = 61000;  // destination port
  uint16_t fragment = 0;  // IPv4 flags and offset
  uint8_t options = 0;    // IPv4, in words
  uint8_t icmp_type = 0;
};

constexpr base::u128 kV6Prefix = base::make_u128(0x20010db800000000u, 0);

Frame build(const Packet& p, wire::LinkType link) {
  Frame f;
  if (link == wire::LinkType::kEthernet) {
    f.resize(14);
    base::store_be16(&f[12], p.v6 ? 0x86dd : 0x0800);
  }
  const size_t ip = f.size();
  const size_t header = p.v6 ? 40 : 20 + size_t{4} * p.options;
  f.resize(ip + header + 8);
  if (p.v6) {
    f[ip] = 0x60;
    f[ip + 6] = p.protocol;
    base::store_be64(&f[ip + 24], base::hi64(kV6Prefix));
    base::store_be64(&f[ip + 32], p.to);
  } else {
    f[ip] = static_cast<uint8_t>(0x45 + p.options);
    f[ip + 9] = p.protocol;
    base::store_be16(&f[ip + 6], p.fragment);
    base::store_be32(&f[ip + 16], p.to);
  }
  const bool icmp = p.protocol == 1 || p.protocol == 58;
  if (icmp) f[ip + header] = p.icmp_type;
  if (!icmp) base::store_be16(&f[ip + header + 2], p.port);
  return f;
}

bool should_pass(const ReceiveFilter& filter, const Packet& p) {
  const bool ndp = p.v6 && p.protocol == 58 && p.icmp_type >= 133 && p.icmp_type <= 137;
  if (ndp && filter.want_ndp) return true;
  if (!p.v6 && (p.fragment & 0x3fff) != 0) return false;
  if (p.v6 && filter.v6.size() <= ReceiveFilter::kMostAddresses &&
      std::find(filter.v6.begin(), filter.v6.end(), kV6Prefix | p.to) == filter.v6.end()) {
    return false;
  }
  if (!p.v6 && filter.v4.size() <= ReceiveFilter::kMostAddresses &&
      std::find(filter.v4.begin(), filter.v4.end(), p.to) == filter.v4.end()) {
    return false;
  }
  if (filter.want_all_ip) return true;
  if (p.protocol == (p.v6 ? 58 : 1)) return filter.want_icmp;
  if (p.protocol == 6 || p.protocol == 17 || p.protocol == 132) {
    const auto& list = filter.port_ranges;
    if (list.empty() || list.size() > ReceiveFilter::kMostPortRanges) {
      return p.port >= filter.first_port && p.port <= filter.last_port;
    }
    return std::any_of(list.begin(), list.end(),
                       [&](const auto& r) { return p.port >= r.first && p.port <= r.second; });
  }
  return p.v6 && (p.protocol == 0 || p.protocol == 43 || p.protocol == 60);
}

Packet draw_packet() {
  return {.v6 = *rc::gen::arbitrary<bool>(),
          .protocol = *rc::gen::element<uint8_t>(0, 1, 6, 17, 43, 44, 47, 58, 60, 132),
          .to = *rc::gen::inRange<uint32_t>(0, 50),
          .port = *rc::gen::element<uint16_t>(0, 80, 60999, 61000, 61004, 61005, 61009, 61010, 65535),
          .fragment = *rc::gen::element<uint16_t>(0, 0, 0, 0x4000, 0x2000, 0x1fff, 0x8000),
          .options = *rc::gen::inRange<uint8_t>(0, 11),
          .icmp_type = *rc::gen::element<uint8_t>(0, 128, 132, 133, 136, 137, 138)};
}

ReceiveFilter draw_filter() {
  ReceiveFilter filter;
  const auto v4 = *rc::gen::inRange<uint32_t>(0, 40);  // beyond kMostAddresses too
  for (uint32_t i = 0; i < v4; ++i) filter.v4.push_back(i + 1);
  const auto v6 = *rc::gen::inRange<uint32_t>(0, 40);
  for (uint32_t i = 0; i < v6; ++i) filter.v6.push_back(kV6Prefix | (i + 1));
  filter.first_port = *rc::gen::element<uint16_t>(0, 61000);
  filter.last_port = *rc::gen::element<uint16_t>(61009, 65535);
  const auto ranges = *rc::gen::element<uint16_t>(0, 0, 1, 2, 32, 33);
  for (uint16_t i = 0; i < ranges; ++i) {  // 61000-61003, 61005-61008 and so on
    filter.port_ranges.emplace_back(static_cast<uint16_t>(61000 + 5 * i), static_cast<uint16_t>(61003 + 5 * i));
  }
  filter.want_arp = *rc::gen::arbitrary<bool>();
  filter.want_ndp = *rc::gen::arbitrary<bool>();
  filter.want_icmp = *rc::gen::arbitrary<bool>();
  filter.want_all_ip = *rc::gen::arbitrary<bool>();
  return filter;
}

RC_GTEST_PROP(ReceiveFilter, PassesWhatItSays, ()) {
  const ReceiveFilter filter = draw_filter();
  for (int i = 0; i < 50; ++i) {
    const Packet packet = draw_packet();
    for (const wire::LinkType link : {wire::LinkType::kEthernet, wire::LinkType::kRawIp}) {
      RC_ASSERT(passes(filter, link, build(packet, link)) == should_pass(filter, packet));
    }
  }
}

// As the kernel judges when it is attached: jumps inside, and an end on every path.
RC_GTEST_PROP(ReceiveFilter, IsAValidProgram, ()) {
  for (const wire::LinkType link : {wire::LinkType::kEthernet, wire::LinkType::kRawIp}) {
    const std::vector<FilterInstruction> program = compile(draw_filter(), link);
    RC_ASSERT(bpf_validate(reinterpret_cast<const bpf_insn*>(program.data()), static_cast<int>(program.size())) == 1);
  }
}

TEST(ReceiveFilter, ArpOnlyWhenWanted) {
  Frame arp(42);
  base::store_be16(&arp[12], 0x0806);
  ReceiveFilter filter;
  EXPECT_FALSE(passes(filter, wire::LinkType::kEthernet, arp));
  filter.want_arp = true;
  EXPECT_TRUE(passes(filter, wire::LinkType::kEthernet, arp));
}

TEST(ReceiveFilter, OtherProtocolsAndShortFramesDoNotPass) {
  ReceiveFilter filter;
  filter.v4 = {0};  // zeroed frames are "to us" as far as possible
  filter.v6 = {0};
  filter.want_all_ip = filter.want_ndp = filter.want_arp = true;
  for (const unsigned type : {0x0000u, 0x8100u, 0x88ccu, 0xffffu}) {
    Frame other(60);
    base::store_be16(&other[12], static_cast<uint16_t>(type));
    EXPECT_FALSE(passes(filter, wire::LinkType::kEthernet, other)) << type;
  }
  for (size_t size = 0; size < 20; ++size) {
    Frame cut(size, 0x45);
    EXPECT_FALSE(passes({}, wire::LinkType::kRawIp, cut)) << size;
  }
  EXPECT_FALSE(passes({}, wire::LinkType::kEthernet, Frame()));
}

}  // namespace
}  // namespace portolan::pktio::receive_filter_test
