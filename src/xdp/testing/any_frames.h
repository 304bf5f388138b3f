// SPDX-License-Identifier: Apache-2.0
// Any frame that what receives may get, for properties: answers of every kind, spoilt or not. For tests only.
#pragma once

#include <rapidcheck.h>

#include "xdp/testing/caught_frames.h"

namespace portolan::xdp::testing {

// Makes the checksums right, as far as headers can be found.
inline void repair(Frame& frame) {
  if (frame.size() < 38) return;
  const size_t ip = frame[12] == 0x81 && frame[13] == 0 ? 18 : 14;
  const bool v4 = frame[ip] >> 4 == 4;
  if (frame.size() < ip + (v4 ? 20 : 40)) return;
  const size_t header = v4 ? size_t{frame[ip] & 0xfu} * 4 : 40;
  const size_t total = v4 ? base::load_be16(&frame[ip + 2]) : 40 + base::load_be16(&frame[ip + 4]);
  if (header < 20 || total < header || ip + total > frame.size()) return;
  if (v4) {
    frame[ip + 10] = frame[ip + 11] = 0;
    wire::Sum().add(base::Bytes(frame).subspan(ip, header)).store_checksum(&frame[ip + 10]);
  }
  uint8_t protocol = frame[ip + (v4 ? 9 : 6)];
  size_t body = ip + header;
  if (protocol == wire::ip_protocol::kDestinationOptions && body + 8 <= ip + total) protocol = frame[body], body += 8;
  const size_t length = ip + total - body;
  const size_t at = protocol == 6 ? 16 : protocol == 17 ? 6 : protocol == 1 || protocol == 58 ? 2 : 0;
  if (at == 0 || length < at + 2) return;
  frame[body + at] = frame[body + at + 1] = 0;
  wire::Sum sum;
  if (protocol != 1) sum.add32(protocol).add32(static_cast<uint32_t>(length));
  if (protocol != 1) sum.add(base::Bytes(frame).subspan(ip + (v4 ? 12 : 8), v4 ? 8 : 32));
  sum.add(base::Bytes(frame).subspan(body, length)).store_checksum(&frame[body + at]);
}

// A frame that means something, before it is spoilt.
inline Frame any_answer(const CatchOptions& o) {
  const bool v4 = *rc::gen::arbitrary<bool>();
  const bool ours = *rc::gen::inRange(0, 8) != 0;
  const addr::IpAddress own = ours ? (v4 ? kOurs : kOurs6) : v4 ? theirs(99) : theirs6(99);
  const auto who = static_cast<uint32_t>(*rc::gen::inRange(0, 50));
  const Target t(o, own, v4 ? theirs(who) : theirs6(who), *rc::gen::element<uint16_t>(22, 80, 443));
  Envelope e;
  e.vlan = *rc::gen::inRange(0, 8) != 0 ? o.vlan : std::optional<uint16_t>(*rc::gen::inRange<uint16_t>(70, 80));
  if (*rc::gen::inRange(0, 8) == 0) e.ip_options = {1, 1, 1, 0};
  if (*rc::gen::inRange(0, 8) == 0) e.next = *rc::gen::element<uint8_t>(0, 43, 44, 60);
  const auto pass = static_cast<uint32_t>(*rc::gen::inRange(0, 5));
  const auto port = *rc::gen::inRange<uint16_t>(39990, 40100);
  const uint8_t protocol = *rc::gen::element<uint8_t>(6, 17, 132, 47);
  switch (*rc::gen::inRange(0, 8)) {
    case 0:
    case 1:
      return t.syn_ack(pass, e);
    case 2:
      return t.rst(pass, e);
    case 3:
      return t.tcp(t.segment(*rc::gen::arbitrary<uint8_t>(), pass), e);
    case 4:
      return t.echo_reply(e, Frame(*rc::gen::inRange<size_t>(0, 40)));
    case 5:
      return t.datagram(port, e);
    case 6:
      return t.error(*rc::gen::element<uint8_t>(1, 3, 4, 5, 11), *rc::gen::element<uint8_t>(0, 1, 3), protocol,
                     t.quoted_ports(port), {.ip_options = e.ip_options, .next = e.next}, e);
    default:
      return t.error(v4 ? 3 : 1, 1, t.icmp(), t.quoted_echo(t.echo_cookie().token), {}, e);
  }
}

inline Frame any_frame(const CatchOptions& o) {
  Frame frame = any_answer(o);
  for (int n = *rc::gen::element(0, 0, 0, 1, 2); n != 0; --n) {
    frame[*rc::gen::inRange<size_t>(12, frame.size())] ^= *rc::gen::arbitrary<uint8_t>();
  }
  if (*rc::gen::inRange(0, 3) != 0) repair(frame);
  if (*rc::gen::inRange(0, 8) == 0) frame.resize(*rc::gen::inRange<size_t>(14, frame.size() + 30));
  return frame;
}

}  // namespace portolan::xdp::testing
