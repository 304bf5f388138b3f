// SPDX-License-Identifier: Apache-2.0
#include "respond/tcp_desk.h"

#include "respond/journal_facts.h"
#include "respond/stateless.h"

namespace portolan::respond {
namespace {

result::Ending ending_of(stack::TcpEnd how) {
  switch (how) {
    case stack::TcpEnd::kClosed:
      return result::Ending::kClosed;
    case stack::TcpEnd::kReset:
      return result::Ending::kReset;
    case stack::TcpEnd::kIdle:
      return result::Ending::kIdle;
    case stack::TcpEnd::kEvicted:
      return result::Ending::kEvicted;
    case stack::TcpEnd::kLost:
      return result::Ending::kLost;
    case stack::TcpEnd::kAborted:
      return result::Ending::kAborted;
    case stack::TcpEnd::kShutdown:
      break;
  }
  return result::Ending::kShutdown;
}

}  // namespace

TcpDesk::TcpDesk(const EngineOptions& options, const Cast& cast, Exit& exit, Counters& counters,
                 result::Journal* journal, std::unique_ptr<host::StreamClient> streams)
    : cast_(cast),
      exit_(exit),
      counters_(counters),
      journal_(journal),
      mac_(options.mac),
      silence_(options.silence),
      tcp_(options.tcp, *this, *this),
      blocks_(options.dialogue_blocks),
      talks_(options.tcp.connections),
      silent_(options.tcp.connections) {
  if (streams) forwarder_.emplace(std::move(streams), tcp_, options.tcp.connections);
}

void TcpDesk::on_segment(stack::TcpId id, const wire::TcpView& segment, base::Nanos now, base::Nanos wall) {
  now_ = now, wall_ = wall;
  tcp_.on_segment(id, segment, now);
}

void TcpDesk::accept(const stack::TcpPeer& peer, const Role& role, const wire::FrameView& frame,
                     const wire::SynOffer& offer, base::Nanos now, base::Nanos wall) {
  now_ = now, wall_ = wall;
  tcp_.accept(peer, frame.tcp(), offer, now, [&](stack::TcpId id) { begin(id, peer, role, frame); });
}

void TcpDesk::begin(stack::TcpId id, const stack::TcpPeer& peer, const Role& role, const wire::FrameView& frame) {
  Talk& talk = talks_.make(id, cast_.player(role), ends_of(peer), wall_, blocks_);
  talk.ttl = frame.ttl();
  talk.window = frame.tcp().window();
  const proto::Server* const bound = cast_.server(role, peer.server, addr::Protocol::kTcp, peer.server_port, talk.mute);
  if (bound != nullptr) talk.dialogue.bind(*bound);
  silent_.touch(id, now_ + silence_);
  talk.rules = rules_;
  if (talk.rules && open_by_rules(id)) return;
  if (!talk.mute) answer(id, [&](proto::Answer& a) { talk.dialogue.on_open(wall_, a); });
  if (talks_.alive(id) && talk.dialogue.greeted()) counters_.respond.add(Count::kGreetings);
}

void TcpDesk::utter(stack::TcpId id, const proto::Answer& said) {
  if (!said.what().empty()) talks_[id].said = said.what();
  const base::Bytes bytes = said.written();
  if (!said.ok() || (!bytes.empty() && tcp_.send(id, bytes, now_) != bytes.size())) {
    // Half an answer would be a lie; a client that does not read what he asks for is not worth more memory.
    counters_.respond.add(Count::kNoRoom);
    tcp_.abort(id, now_);
    return;
  }
  if (said.aborts()) {
    tcp_.abort(id, now_);
  } else if (said.closes()) {
    tcp_.close(id, now_);
  }
}

void TcpDesk::on_data(stack::TcpId id, base::Bytes bytes) {
  Talk& talk = talks_[id];
  talk.remember(bytes);
  if (talk.mute) return;
  if (talk.forwarded) {
    // Behind the server's end there is nobody to take them.
    if (forwarder_->has(id)) forwarder_->on_data(id, bytes, now_);
    return;
  }
  silent_.touch(id, now_ + silence_);
  if (talk.rules) {
    ask_rules(id, bytes, false);
  } else {
    hear(id, bytes);
  }
}

void TcpDesk::hear(stack::TcpId id, base::Bytes bytes) {
  answer(id, [&](proto::Answer& a) { talks_[id].dialogue.on_bytes(wall_, bytes, a); });
}

void TcpDesk::on_end_of_data(stack::TcpId id) {
  // Whatever waited for more bytes has them all now.
  if (talks_[id].rules) ask_rules(id, {}, true);
  if (!talks_.alive(id)) return;
  if (is_joined(id)) return forwarder_->on_end_of_data(id);
  Talk& talk = talks_[id];
  // Who came and went without a word needs no greeting.
  const bool waits = !talk.mute && !talk.ruled && talk.sample_size != 0;
  if (waits) answer(id, [&](proto::Answer& a) { talk.dialogue.on_silence(wall_, a); });
  if (talks_.alive(id)) tcp_.close(id, now_);
}

void TcpDesk::on_room(stack::TcpId id) {
  if (is_joined(id)) forwarder_->on_room(id, now_);
}

void TcpDesk::on_gone(stack::TcpId id, stack::TcpEnd how) {
  Talk& talk = talks_[id];
  silent_.remove(id);
  if (is_joined(id)) forwarder_->on_gone(id, how);
  if (how == stack::TcpEnd::kEvicted) counters_.respond.add(Count::kEvicted);
  if (journal_ != nullptr && journal_->wants_contacts()) tell(id, talk, how);
  talks_.end(id);
}

void TcpDesk::tell(stack::TcpId id, const Talk& talk, stack::TcpEnd how) const {
  const stack::TcpPeer& peer = tcp_.peer(id);
  const stack::TcpTally& tally = tcp_.tally(id);
  result::Conversation c;
  c.wall = talk.wall;
  c.duration = now_ - tally.opened;
  c.client = peer.client, c.server = peer.server;
  c.client_port = peer.client_port, c.server_port = peer.server_port;
  c.ttl = talk.ttl, c.window = talk.window;
  c.ending = ending_of(how);
  c.forwarded = talk.forwarded;
  c.facts_cut = talk.facts.cut();
  c.segments_in = tally.segments_in, c.segments_out = tally.segments_out;
  c.bytes_in = tally.bytes_in, c.bytes_out = tally.bytes_out;
  if (talk.dialogue.server() != nullptr) c.protocol = talk.dialogue.server()->name;
  c.said = talk.said;
  const JournalFacts facts(talk.facts);
  journal_->conversation(c, {talk.sample.data(), talk.sample_size}, facts.all());
}

void TcpDesk::send(const stack::TcpPeer& to, const wire::Tcp& segment) {
  ReplyPath path;
  path.ours = to.server, path.theirs = to.client;
  if (to.has_mac) {
    path.link = {wire::LinkType::kEthernet, mac_, to.vlan == 0 ? std::nullopt : std::optional<uint16_t>(to.vlan)};
    path.mac = to.mac;
  } else {
    path.link.type = wire::LinkType::kRawIp;
  }
  const IpLook look = cast_.tcp_look(cast_.role(to.server), segment.sequence.value(), now_);
  const base::MutableBytes room = exit_.begin();
  exit_.send(Count::kOutSegments, tcp_segment(path, look, segment, room), now_, wall_);
}

void TcpDesk::on_time(base::Nanos now, base::Nanos wall) {
  now_ = now, wall_ = wall;
  tcp_.on_time(now);
  while (const auto id = silent_.take(now)) {
    Talk& talk = talks_[*id];
    if (talk.rules) ask_rules(*id, {}, true);
    if (!talks_.alive(*id) || talk.mute || talk.ruled || talk.forwarded) continue;
    const bool greeted = talk.dialogue.greeted();
    answer(*id, [&](proto::Answer& a) { talk.dialogue.on_silence(wall, a); });
    if (!greeted && talks_.alive(*id) && talk.dialogue.greeted()) counters_.respond.add(Count::kGreetings);
  }
}

std::optional<base::Nanos> TcpDesk::next_deadline() const {
  const auto a = tcp_.next_deadline();
  const auto b = silent_.next();
  const auto c = forwarder_ ? forwarder_->next_deadline() : std::nullopt;
  std::optional<base::Nanos> least;
  for (const auto& d : {a, b, c}) {
    if (d && (!least || *d < *least)) least = d;
  }
  return least;
}

void TcpDesk::make_way(stack::TcpId id, base::Nanos now, base::Nanos wall) {
  now_ = now, wall_ = wall;
  tcp_.drop(id, stack::TcpEnd::kReset);
}

void TcpDesk::forget() {
  journal_ = nullptr;
  tcp_.shut_down();
}

void TcpDesk::on_streams(base::Nanos now, base::Nanos wall) {
  if (!forwarder_) return;
  now_ = now, wall_ = wall;
  forwarder_->poll(now);
  counters_.respond.set(Count::kForwardsLost, forwards_refused_ + forwarder_->failed());
}

void TcpDesk::shut_down(base::Nanos now, base::Nanos wall) {
  now_ = now, wall_ = wall;
  tcp_.shut_down();
}

}  // namespace portolan::respond
