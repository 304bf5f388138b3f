// SPDX-License-Identifier: Apache-2.0
// Technique: one way of asking, as one record: how its probe is built, and how an answer proves itself.
//
// A technique is stateless. probe() makes the template once per path; the sender stamps it per target. answer() and
// quoted() look at one received frame and say what it claims about which target, or the counter under which it is
// refused: they prove the claim as strictly as the protocol allows, from the key alone. Whether the target was asked
// at all, and whether it had answered before, is the receiver's to know. Adding a technique is one file and one line
// in technique.cc. Pure functions, any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include <tl/expected.hpp>

#include "addr/target.h"
#include "result/observation.h"
#include "scan/counters.h"
#include "scan/egress.h"
#include "scan/lane_share.h"
#include "scan/plan.h"
#include "wire/cookie.h"
#include "wire/frame_view.h"
#include "wire/quote.h"
#include "wire/template.h"

namespace portolan::scan {

// What a frame says, proven as far as its protocol allows.
struct Claim {
  addr::Target target;
  result::State state = result::State::kOpen;
  result::Reason reason = result::Reason::kSynAck;
  result::Proof proof = result::Proof::kCookie;
  std::optional<uint32_t> pass;        // which of our probes was answered, mod our ports; absent when it cannot be told
  std::optional<uint32_t> slice = {};  // the lane whose port it came to; absent in protocols without ports
};
using Verdict = tl::expected<Claim, Count>;

// What an answer is held against.
struct Proving {
  const base::SipKey& key;
  const PortSlices& ports;
  uint32_t retries = 0;
  const OwnPayloads* own_payloads = nullptr;
};

// An ICMP or ICMPv6 error about one of our probes.
struct QuotedError {
  const wire::QuotedProbe& quote;
  addr::IpAddress responder;
  enum class Kind : uint8_t { kPort, kProtocol, kOther } kind = Kind::kOther;
};

struct Technique {
  addr::Protocol protocol;
  std::string_view name;     // "tcp-syn": stable
  std::string_view summary;  // one line for people
  wire::Template (*probe)(const wire::LinkShape& link, const wire::IpShape& ip, const ProbeShape& shape, uint16_t port);
  Verdict (*answer)(const wire::FrameView& frame, const Proving& proving);
  Verdict (*quoted)(const QuotedError& error, const Proving& proving);
  std::span<const std::string_view> fields;  // of result::Observation, those it fills beyond the common ones
};

const Technique& technique(addr::Protocol p);
std::span<const Technique* const> techniques();

extern const Technique kTcpSyn;
extern const Technique kUdpProbe;
extern const Technique kSctpInit;
extern const Technique kIcmpEcho;
extern const Technique kIcmpTimestamp;
extern const Technique kArpScan;
extern const Technique kNdpScan;
extern const Technique kIpProtocol;

// Shared by techniques with ports: the claim about (their address, their port), or why it cannot be ours. The cookie
// is given back for the technique's own check.
struct PortClaim {
  addr::Target target;
  wire::Cookie cookie;
  uint32_t pass = 0;
  uint32_t slice = 0;
};
tl::expected<PortClaim, Count> port_claim(addr::Protocol protocol, const addr::IpAddress& ours, uint16_t our_port,
                                          const addr::IpAddress& theirs, uint16_t their_port, const Proving& proving);

}  // namespace portolan::scan
