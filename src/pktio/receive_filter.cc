// SPDX-License-Identifier: Apache-2.0
#include "pktio/receive_filter.h"

#include <linux/filter.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

namespace portolan::pktio {
namespace {

static_assert(sizeof(FilterInstruction) == sizeof(sock_filter));

enum Label : uint8_t { kNext, kAccept, kReject, kV4, kV4ToUs, kV4Ports, kV6, kV6ToUs, kNoNdp, kV6Ports, kLabels };

enum IpProtocol : uint32_t {
  kProtocolHopByHop = 0,
  kProtocolIcmp = 1,
  kProtocolTcp = 6,
  kProtocolUdp = 17,
  kProtocolRouting = 43,
  kProtocolIcmpV6 = 58,
  kProtocolDestinationOptions = 60,
  kProtocolSctp = 132,
};
constexpr uint32_t kEtherArp = 0x0806, kEtherV4 = 0x0800, kEtherV6 = 0x86dd;
constexpr uint32_t kFirstNdp = 133, kLastNdp = 137;  // ICMPv6 types, RFC 4861
constexpr uint32_t kWholeFrame = 0x40000;

// Writes instructions whose jumps name labels further down. A label may be placed several times and means its next
// place, so that each part can have its own two endings: a conditional jump reaches 255 instructions only.
class Assembler {
 public:
  void load(int width, uint32_t offset) { put(BPF_LD | BPF_ABS | width, offset); }
  void load_behind_ipv4_header(int width, uint32_t ip, uint32_t offset) {
    put(BPF_LDX | BPF_B | BPF_MSH, ip);
    put(BPF_LD | BPF_IND | width, ip + offset);
  }
  void keep_bits(uint32_t mask) { put(BPF_ALU | BPF_AND | BPF_K, mask); }
  void jump_equal(uint32_t value, Label yes, Label no = kNext) { put(BPF_JMP | BPF_JEQ | BPF_K, value, yes, no); }
  void jump_any_bit(uint32_t mask, Label yes, Label no = kNext) { put(BPF_JMP | BPF_JSET | BPF_K, mask, yes, no); }
  void jump_at_least(uint32_t value, Label yes, Label no = kNext) { put(BPF_JMP | BPF_JGE | BPF_K, value, yes, no); }
  void jump_far(Label to) { put(BPF_JMP | BPF_JA, 0, to); }
  // Goes on when equal, else leaves out the next `skip` instructions.
  void skip_unless_equal(uint32_t value, uint8_t skip) {
    put(BPF_JMP | BPF_JEQ | BPF_K, value);
    program_.back().jump_false = skip;
  }
  void place(Label label) { places_[label].push_back(program_.size()); }
  void place_endings() {
    place(kAccept);
    put(BPF_RET | BPF_K, kWholeFrame);
    place(kReject);
    put(BPF_RET | BPF_K, 0);
  }

  std::vector<FilterInstruction> link() {
    for (size_t i = 0; i < program_.size(); ++i) {
      const auto [yes, no] = labels_[i];
      if (program_[i].code == (BPF_JMP | BPF_JA)) {
        program_[i].operand = static_cast<uint32_t>(distance(i, yes));
        continue;
      }
      if (yes != kNext) program_[i].jump_true = near_distance(i, yes);
      if (no != kNext) program_[i].jump_false = near_distance(i, no);
    }
    return std::move(program_);
  }

 private:
  void put(int code, uint32_t operand, Label yes = kNext, Label no = kNext) {
    program_.push_back({.code = static_cast<uint16_t>(code), .jump_true = 0, .jump_false = 0, .operand = operand});
    labels_.emplace_back(yes, no);
  }
  size_t distance(size_t from, Label to) const {
    const auto place = std::upper_bound(places_[to].begin(), places_[to].end(), from);
    if (place == places_[to].end()) throw std::logic_error("the receive filter jumps to a label that is not placed");
    return *place - from - 1;
  }
  uint8_t near_distance(size_t from, Label to) const {
    const size_t skip = distance(from, to);
    if (skip > 255) throw std::logic_error("a jump in the receive filter is too far");
    return static_cast<uint8_t>(skip);
  }

  std::vector<FilterInstruction> program_;
  std::vector<std::pair<Label, Label>> labels_;
  std::array<std::vector<size_t>, kLabels> places_;
};

// The port, already loaded, is one of ours.
void decide_by_port(Assembler& a, const ReceiveFilter& filter) {
  const auto& ranges = filter.port_ranges;
  if (ranges.empty() || ranges.size() > ReceiveFilter::kMostPortRanges) {
    a.jump_at_least(filter.first_port, kNext, kReject);
    a.jump_at_least(uint32_t{filter.last_port} + 1, kReject, kAccept);
    return;
  }
  for (const auto& [first, last] : ranges) {
    a.jump_at_least(first, kNext, kReject);
    a.jump_at_least(uint32_t{last} + 1, kNext, kAccept);
  }
  a.jump_far(kReject);
}

void write_v4(Assembler& a, const ReceiveFilter& filter, uint32_t ip) {
  a.place(kV4);
  a.load(BPF_H, ip + 6);
  a.jump_any_bit(0x3fff, kReject);  // more fragments, or not the first one
  if (filter.v4.size() <= ReceiveFilter::kMostAddresses) {
    a.load(BPF_W, ip + 16);
    for (const uint32_t address : filter.v4) a.jump_equal(address, kV4ToUs);
    a.jump_far(kReject);
  }
  a.place(kV4ToUs);
  if (filter.want_all_ip) a.jump_far(kAccept);
  a.load(BPF_B, ip + 9);
  a.jump_equal(kProtocolIcmp, filter.want_icmp ? kAccept : kReject);
  a.jump_equal(kProtocolTcp, kV4Ports);
  a.jump_equal(kProtocolUdp, kV4Ports);
  a.jump_equal(kProtocolSctp, kV4Ports, kReject);
  a.place(kV4Ports);
  a.load_behind_ipv4_header(BPF_H, ip, 2);
  decide_by_port(a, filter);
  a.place_endings();
}

void write_v6_destination(Assembler& a, const ReceiveFilter& filter, uint32_t ip) {
  if (filter.v6.size() > ReceiveFilter::kMostAddresses) return;
  for (const base::u128 address : filter.v6) {
    for (uint32_t word = 0; word < 4; ++word) {
      a.load(BPF_W, ip + 24 + 4 * word);
      a.skip_unless_equal(static_cast<uint32_t>(address >> (96 - 32 * word)), static_cast<uint8_t>(7 - 2 * word));
    }
    a.jump_far(kV6ToUs);
  }
  a.jump_far(kReject);
}

void write_v6(Assembler& a, const ReceiveFilter& filter, uint32_t ip) {
  a.place(kV6);
  if (filter.want_ndp) {
    a.load(BPF_B, ip + 6);
    a.jump_equal(kProtocolIcmpV6, kNext, kNoNdp);
    a.load(BPF_B, ip + 40);
    a.jump_at_least(kFirstNdp, kNext, kNoNdp);
    a.jump_at_least(kLastNdp + 1, kNoNdp);
    a.jump_far(kAccept);
  }
  a.place(kNoNdp);
  write_v6_destination(a, filter, ip);
  a.place(kV6ToUs);
  if (filter.want_all_ip) a.jump_far(kAccept);
  a.load(BPF_B, ip + 6);
  a.jump_equal(kProtocolIcmpV6, filter.want_icmp ? kAccept : kReject);
  for (const IpProtocol header : {kProtocolHopByHop, kProtocolRouting, kProtocolDestinationOptions}) {
    a.jump_equal(header, kAccept);
  }
  a.jump_equal(kProtocolTcp, kV6Ports);
  a.jump_equal(kProtocolUdp, kV6Ports);
  a.jump_equal(kProtocolSctp, kV6Ports, kReject);
  a.place(kV6Ports);
  a.load(BPF_H, ip + 42);
  decide_by_port(a, filter);
  a.place_endings();
}

}  // namespace

std::vector<FilterInstruction> compile(const ReceiveFilter& filter, wire::LinkType link) {
  if (filter.everything) return {{BPF_RET | BPF_K, 0, 0, 0xffffffff}};
  Assembler a;
  const bool ethernet = link == wire::LinkType::kEthernet;
  const uint32_t ip = ethernet ? 14 : 0;
  if (ethernet) {
    a.load(BPF_H, 12);
    a.jump_equal(kEtherArp, filter.want_arp ? kAccept : kReject);
    a.jump_equal(kEtherV4, kV4);
    a.jump_equal(kEtherV6, kNext, kReject);
  } else {
    a.load(BPF_B, 0);
    a.keep_bits(0xf0);
    a.jump_equal(0x40, kV4);
    a.jump_equal(0x60, kNext, kReject);
  }
  a.jump_far(kV6);
  a.place_endings();
  write_v4(a, filter, ip);
  write_v6(a, filter, ip);
  return a.link();
}

}  // namespace portolan::pktio
