// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "result/observation.h"
#include "result/reason_text.h"

namespace portolan::result {
namespace {

// RFC 792, RFC 1122 and RFC 1812, type 3, by code.
constexpr std::array<std::string_view, 16> kIcmpUnreachable = {
    "net-unreach",      "host-unreach",     "proto-unreach",        "port-unreach",
    "frag-needed",      "source-route",     "net-unknown",          "host-unknown",
    "source-isolated",  "net-prohibited",   "host-prohibited",      "net-unreach-tos",
    "host-unreach-tos", "admin-prohibited", "precedence-violation", "precedence-cutoff"};

// RFC 4443 and RFC 7112, type 1, by code.
constexpr std::array<std::string_view, 9> kIcmpv6Unreachable = {
    "no-route",    "admin-prohibited", "beyond-scope",         "addr-unreach",    "port-unreach",
    "policy-fail", "reject-route",     "source-routing-error", "headers-too-long"};

template <size_t N>
std::string_view at(const std::array<std::string_view, N>& words, int code) {
  return code >= 0 && static_cast<size_t>(code) < N ? words[static_cast<size_t>(code)] : std::string_view{};
}

std::string_view icmpv4_word(int type, int code) {
  switch (type) {
    case 3:
      return at(kIcmpUnreachable, code);
    case 4:
      return "source-quench";
    case 5:
      return "redirect";
    case 11:
      return "time-exceeded";
    case 12:
      return "param-problem";
    default:
      return {};
  }
}

std::string_view icmpv6_word(int type, int code) {
  switch (type) {
    case 1:
      return at(kIcmpv6Unreachable, code);
    case 2:
      return "packet-too-big";
    case 3:
      return "time-exceeded";
    case 4:
      return "param-problem";
    default:
      return {};
  }
}

}  // namespace

std::string_view name(State s) {
  switch (s) {
    case State::kOpen:
      return "open";
    case State::kClosed:
      return "closed";
    case State::kFiltered:
      return "filtered";
    case State::kUp:
      return "up";
  }
  return "unknown";
}

std::string_view name(Reason r) {
  switch (r) {
    case Reason::kSynAck:
      return "syn-ack";
    case Reason::kRst:
      return "rst";
    case Reason::kUdpResponse:
      return "udp-response";
    case Reason::kSctpInitAck:
      return "init-ack";
    case Reason::kSctpAbort:
      return "abort";
    case Reason::kEchoReply:
      return "echo-reply";
    case Reason::kTimestampReply:
      return "timestamp-reply";
    case Reason::kArpReply:
      return "arp-response";
    case Reason::kNeighborAdvertisement:
      return "nd-response";
    case Reason::kIcmpUnreachable:
      return "dest-unreach";
    case Reason::kIpResponse:
      return "proto-response";
  }
  return "unknown";
}

std::string_view name(Proof p) {
  switch (p) {
    case Proof::kCookie:
      return "cookie";
    case Proof::kQuoted:
      return "quoted";
    case Proof::kEndpoints:
      return "endpoints";
  }
  return "unknown";
}

std::string reason_text(const Observation& o) {
  if (o.reason != Reason::kIcmpUnreachable || o.icmp_type == Observation::kUnknown) return std::string(name(o.reason));
  const bool v4 = o.target.address.is_v4();
  const std::string_view word = v4 ? icmpv4_word(o.icmp_type, o.icmp_code) : icmpv6_word(o.icmp_type, o.icmp_code);
  if (!word.empty()) return std::string(word);
  return fmt::format("{}-{}-{}", v4 ? "icmp" : "icmpv6", o.icmp_type, o.icmp_code);
}

}  // namespace portolan::result
