// SPDX-License-Identifier: Apache-2.0
// The part of Receiver for answers that a bulk receiver has proven: what is left is whether the target was asked and
// had answered, and to say so.
#include <algorithm>
#include <cstring>

#include "scan/probe_identity.h"
#include "scan/receiver.h"
#include "wire/tcp_options.h"

namespace portolan::scan {
namespace {

using addr::Protocol;
using result::Reason, result::State;

struct Meaning {
  Protocol protocol;
  State state;
  Reason reason;
};

Meaning meaning_of(uint8_t what) {
  if (what == xdp::kCaughtEchoReply) return {Protocol::kIcmpEcho, State::kOpen, Reason::kEchoReply};
  if (what == xdp::kCaughtRst) return {Protocol::kTcp, State::kClosed, Reason::kRst};
  return {Protocol::kTcp, State::kOpen, Reason::kSynAck};
}

addr::Target target_of(const xdp::Caught& c, Protocol protocol) {
  return {addr::IpAddress::v6(base::make_u128(c.hi, c.lo)), {protocol, c.port}};
}

void add_tcp_facts(result::Observation& o, const xdp::Caught& c) {
  const size_t bytes = std::min<size_t>(c.option_bytes, sizeof c.options);
  const auto options = wire::TcpOptions::read(base::Bytes(c.options).first(bytes));
  o.window = c.window;
  if (options.mss) o.mss = *options.mss;
  if (options.window_scale) o.window_scale = *options.window_scale;
  o.tcp_options = options.kinds;
  o.tcp_option_count = options.kind_count;
}

}  // namespace

size_t Receiver::take_bulk(base::Nanos wall_minus_now) {
  const auto caught = state_.bulk.receiver->poll(kBurst);
  for (const xdp::Caught& c : caught) state_.counters.scan.add(judge(c, wall_minus_now));
  state_.counters.scan.add(Count::kReceived, caught.size());
  bulk_taken_ += caught.size();
  return caught.size();
}

// What has been recorded up to now is taken; what comes meanwhile is not waited for.
void Receiver::finish_bulk(base::Nanos wall_minus_now) {
  if (state_.bulk.receiver == nullptr) return;
  const uint64_t recorded = state_.bulk.receiver->received().recorded;
  while (bulk_taken_ < recorded && take_bulk(wall_minus_now) != 0) {
  }
  count_bulk();
  replies_.flush();
}

Count Receiver::judge(const xdp::Caught& c, base::Nanos wall_minus_now) {
  const Meaning meaning = meaning_of(c.what);
  const addr::Target target = target_of(c, meaning.protocol);
  const auto index = state_.plan.targets.index_of(target);
  const auto place = index ? state_.share.place(state_.order.inverse(*index)) : std::nullopt;
  if (!place) return Count::kNotATarget;
  if (meaning.state == State::kOpen && meaning.protocol == Protocol::kTcp && state_.plan.reset && c.reset == 0)
    reset(c);

  const Path* path = state_.egress.find(target.address);
  Finding finding{{}, *index, place->position, {}, static_cast<base::Nanos>(c.time), 0};
  const bool pass_is_known = meaning.protocol == Protocol::kTcp || state_.plan.retries == 0;
  if (pass_is_known && path != nullptr) finding.pass = c.pass, finding.link = path->link;
  result::Observation& o = finding.observation;
  o.wall = finding.now + wall_minus_now;
  o.target = target;
  o.responder = target.address;
  o.state = meaning.state;
  o.reason = meaning.reason;
  o.proof = result::Proof::kCookie;
  o.ttl = c.ttl;
  if (meaning.protocol == Protocol::kTcp) add_tcp_facts(o, c);
  return place->lane == state_.share.lane ? record(finding) : hand_over(place->lane, finding);
}

void Receiver::count_bulk() {
  const BulkReceived now = state_.bulk.receiver->received();
  auto& counters = state_.counters;
  uint64_t ended = 0;
  const auto add = [&](Count what, uint64_t BulkReceived::*which) {
    const uint64_t n = now.*which - bulk_seen_.*which;
    counters.scan.add(what, n);
    ended += n;
  };
  const auto add_malformed = [&](wire::Drop why, uint64_t BulkReceived::*which) {
    counters.malformed.add(why, now.*which - bulk_seen_.*which);
    add(Count::kMalformed, which);
  };
  add(Count::kDuplicates, &BulkReceived::again);
  add(Count::kBadCookie, &BulkReceived::bad_cookie);
  add(Count::kBadSourcePort, &BulkReceived::bad_source_port);
  add_malformed(wire::Drop::kIpv4Checksum, &BulkReceived::malformed_ipv4);
  add_malformed(wire::Drop::kTcpChecksum, &BulkReceived::malformed_tcp);
  add_malformed(wire::Drop::kIcmpv4Checksum, &BulkReceived::malformed_icmpv4);
  add_malformed(wire::Drop::kIcmpv6Checksum, &BulkReceived::malformed_icmpv6);
  counters.scan.add(Count::kReceived, ended);
  const uint64_t resets = now.resets - bulk_seen_.resets;
  counters.scan.add(Count::kResets, resets);
  state_.bulk_port.count_sent(resets, now.reset_bytes - bulk_seen_.reset_bytes);
  state_.bulk_port.count_received(ended + bulk_taken_ - bulk_taken_seen_, 0);
  bulk_taken_seen_ = bulk_taken_;
  state_.bulk_port.add(pktio::PortCounter::kReceiveDropped, now.dropped - bulk_seen_.dropped);
  bulk_seen_ = now;
}

// What the driver could not: its number is what the answer acknowledged (RFC 9293, 3.10.7.3).
void Receiver::reset(const xdp::Caught& c) {
  if (replies_.room() == 0 && !replies_.flush()) return;
  const addr::IpAddress ours = state_.bulk.receiver->own(c.own);
  const addr::Target target = target_of(c, Protocol::kTcp);
  if (state_.is_excluded(target)) return;
  const Path* path = state_.egress.find(target.address);
  if (path == nullptr || path->source != ours) return;
  wire::Stamp& s = replies_.next();
  s.destination = target.address;
  std::memcpy(s.destination_mac.bytes.data(), c.mac, sizeof c.mac);
  s.source_port = c.our_port;
  s.destination_port = c.port;
  s.token = cookie_of(state_.plan.key, ours, target).token + 1;
  s.ip_id = 1;
  replies_.add(state_.probes.reset(path->number), path->link);
  state_.counters.scan.add(Count::kResets);
}

}  // namespace portolan::scan
