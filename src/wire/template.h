// SPDX-License-Identifier: Apache-2.0
// Template: a probe built once, and the places in it that differ from target to target.
//
// The factories build a whole frame for one (technique, our address, link); they allocate, and throw
// std::invalid_argument when a REQUIRES is broken, before the first packet. stamp() copies the frame and patches it:
// no allocation, no full checksum, every byte of the frame written. Immutable once built: any thread may stamp.
//
// What goes where:
//   Stamp::token   TCP sequence number; ICMP identifier << 16 | sequence number; SCTP initiate tag; the TokenPlace of a
//                  UDP payload; nowhere in ARP, neighbor solicitations and bodies of other IP protocols. In SCTP the
//                  tag is sctp_tag(token).
//   Stamp::ip_id   IPv4 identification; the IPv6 flow label is ip_id | (ip_id & 0xf) << 16.
//   destination_mac   the Ethernet destination, always, but for ARP requests (broadcast) and neighbor solicitations
//                  (33:33:..., of the target's solicited-node address, which is also the IPv6 destination).
// IPv4 probes are sent with "don't fragment" clear: with DF set middleboxes may rewrite the identification (RFC 6864),
// which carries a part of the cookie. Frames are not padded to 60 bytes; drivers do that.
// A template whose source is unspecified (0.0.0.0, ::) is for several sources: put_sources() fills in each frame's.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "addr/ip_address.h"
#include "addr/mac_address.h"
#include "base/bytes.h"
#include "wire/checksum.h"
#include "wire/link_shape.h"
#include "wire/patch_step.h"
#include "wire/tcp_options.h"
#include "wire/token_place.h"

namespace portolan::wire {

struct Stamp {
  addr::IpAddress destination{};  // of the template's family
  addr::MacAddress destination_mac{};
  uint16_t source_port = 0;
  uint16_t destination_port = 0;
  uint32_t token = 0;
  uint16_t ip_id = 0;
};

class Template {
 public:
  static Template tcp_syn(const LinkShape& link, const IpShape& ip, const SynOptions& options);
  // A bare RST whose sequence number is the token: the answer to a SYN-ACK takes its acknowledgment number (RFC 9293,
  // 3.10.7.3).
  static Template tcp_rst(const LinkShape& link, const IpShape& ip);
  // REQUIRES: the token's place lies in the payload; the packet fits in 65535 bytes.
  static Template udp(const LinkShape& link, const IpShape& ip, base::Bytes payload,
                      std::optional<TokenPlace> place = std::nullopt);
  static Template icmp_echo(const LinkShape& link, const IpShape& ip, base::Bytes payload = {});
  static Template icmp_timestamp(const LinkShape& link, const IpShape& ip);  // REQUIRES: IPv4
  static Template sctp_init(const LinkShape& link, const IpShape& ip);
  // REQUIRES: Ethernet, IPv4. ttl is not used.
  static Template arp_request(const LinkShape& link, const IpShape& ip);
  // REQUIRES: Ethernet, IPv6. The hop limit is always 255 (RFC 4861, 7.2.2).
  static Template neighbor_solicitation(const LinkShape& link, const IpShape& ip);
  // An IP packet of any protocol: 8 zero bytes, but for TCP, UDP, SCTP and ICMP (the probes above) and IGMP (a query),
  // whose receivers would not see an answer's worth in nothing.
  static Template ip_probe(const LinkShape& link, const IpShape& ip, uint8_t protocol);

  size_t length() const { return frame_.size(); }  // bytes of the frame
  // For programs that patch by themselves (patch_step.h).
  base::Bytes frame() const { return frame_; }  // variable fields and their checksums are zero
  const PatchLayout& layout() const { return layout_; }
  static const PatchCrc& sctp_crc();

  // REQUIRES: length() writable bytes at out; s.destination is of the template's family.
  void stamp(uint8_t* out, const Stamp& s) const;
  // stamp(out[i], stamps[i]) for all i. REQUIRES: out.size() >= stamps.size().
  void stamp_burst(std::span<uint8_t* const> out, std::span<const Stamp> stamps) const;

  // Frames that were stamped are not whole before put_sources(). False for ARP and neighbor solicitations.
  bool needs_source() const { return needs_source_; }
  // Puts sources[i] into frames[i], which was stamped by this template; checksums are patched.
  // REQUIRES: needs_source(), frames.size() >= sources.size(), all of the template's family and none unspecified.
  void put_sources(std::span<uint8_t* const> frames, std::span<const addr::IpAddress> sources) const;

 private:
  Template() = default;
  // A whole frame around `transport`, whose variable fields are zero.
  static Template build(const LinkShape& link, const IpShape& ip, PatchBody body, uint8_t protocol,
                        base::Bytes transport);
  static Template tcp(const LinkShape& link, const IpShape& ip, uint8_t flags, uint16_t window, base::Bytes options);

  // f.template operator()<body, is_v4>() for this template's own.
  template <class F>
  void dispatch(F&& f) const;
  template <PatchBody body, bool is_v4>
  static void stamp_as(const PatchLayout& layout, const uint8_t* frame, uint8_t* out, const Stamp& s);
  // A burst keeps a copy of its own, which no store into a frame can change, so it stays in registers.
  PatchLayout layout_{};
  std::vector<uint8_t> frame_;
  bool needs_source_ = false;
};

}  // namespace portolan::wire
