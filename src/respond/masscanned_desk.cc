// SPDX-License-Identifier: Apache-2.0
#include "respond/masscanned_desk.h"

#include "respond/journal_facts.h"
#include "respond/syn_keys.h"

namespace portolan::respond {
namespace {

using wire::tcp_flag::kAck;
using wire::tcp_flag::kCwr;
using wire::tcp_flag::kEce;
using wire::tcp_flag::kFin;
using wire::tcp_flag::kPsh;
using wire::tcp_flag::kRst;
using wire::tcp_flag::kSyn;
using wire::tcp_flag::kUrg;

// The ninth flag, NS (RFC 3540), which our view of TCP leaves out.
bool has_nonce_flag(const wire::FrameView& frame) { return (frame.payload()[wire::tcp_field::kDataOffset] & 1) != 0; }

bool is_syn(const wire::FrameView& frame) {
  const uint8_t flags = frame.tcp().flags();
  const bool others = (flags & ~(kSyn | kPsh | kUrg | kCwr | kEce)) != 0 || has_nonce_flag(frame);
  return (flags & kSyn) != 0 && !others && (flags & (kCwr | kEce)) != (kCwr | kEce);
}

uint32_t ports_of(const wire::TcpView& segment) {
  return uint32_t{segment.source_port()} << 16 | segment.destination_port();
}

}  // namespace

MasscannedDesk::MasscannedDesk(const EngineOptions& options, const Cast& cast, Exit& exit, Counters& counters,
                               result::Journal* journal)
    : cast_(cast),
      exit_(exit),
      counters_(counters),
      journal_(journal),
      patience_(options.tcp.idle),
      table_(options.tcp.connections),
      flows_(options.tcp.connections),
      blocks_(options.dialogue_blocks),
      talks_(options.tcp.connections),
      idle_(options.tcp.connections) {
  for (uint32_t i = options.tcp.connections; i-- > 0;) free_.push_back(i);
}

Count MasscannedDesk::on_segment(const ReplyPath& path, const wire::FrameView& frame, const wire::SynKeys& keys,
                                 base::Nanos now, base::Nanos wall) {
  now_ = now, wall_ = wall;
  const uint8_t flags = frame.tcp().flags();
  if ((flags & (kPsh | kAck)) == (kPsh | kAck)) return on_data(path, frame, keys);
  if (flags == (kFin | kAck) && !has_nonce_flag(frame)) return on_fin(path, frame, keys);
  if (is_syn(frame)) return on_syn(path, frame, keys);
  return Count::kStrays;
}

// masscanned does not look at the client's sequence numbers, so its cookie leaves them out.
bool MasscannedDesk::cookie_fits(const wire::FrameView& frame, const wire::SynKeys& keys) const {
  const wire::TcpView segment = frame.tcp();
  const wire::SynTuple tuple =
      syn_tuple(frame.source(), frame.destination(), segment.source_port(), segment.destination_port(), 0);
  wire::SynOffer offer{};
  return wire::syn_cookie_ok(&keys, &tuple, segment.acknowledgment().value() - 1, &offer) != 0;
}

Count MasscannedDesk::on_data(const ReplyPath& path, const wire::FrameView& frame, const wire::SynKeys& keys) {
  const wire::TcpView segment = frame.tcp();
  const uint32_t hash = hash_of(frame);
  std::optional<uint32_t> id = find(frame, hash);
  const bool fresh = !id;
  if (fresh) {
    if (!cookie_fits(frame, keys)) {
      counters_.respond.add(Count::kBadCookies);
      return Count::kStrays;
    }
    id = enter(frame, hash);
  }
  idle_.touch(*id, now_ + patience_);
  Flow& flow = flows_[*id];
  Talk& talk = talks_[*id];
  const base::Bytes payload = segment.payload();
  ++flow.segments_in;
  flow.bytes_in += payload.size();
  talk.remember(payload);
  proto::Answer said(room_, talk.facts);
  if (!payload.empty()) talk.dialogue.on_bytes(wall_, payload, said);
  if (!said.what().empty()) talk.said = said.what();
  const base::Bytes words = said.ok() ? said.written() : base::Bytes{};
  if (!said.ok()) counters_.respond.add(Count::kNoRoom);
  ++flow.segments_out;
  flow.bytes_out += words.size();
  const auto flags = static_cast<uint8_t>(words.empty() ? kAck : kPsh | kAck);
  send(Count::kOutSegments, path, frame, flags, segment.acknowledgment().value(),
       segment.sequence().value() + static_cast<uint32_t>(payload.size()), words);
  return fresh ? Count::kAccepted : Count::kSegments;
}

Count MasscannedDesk::on_fin(const ReplyPath& path, const wire::FrameView& frame, const wire::SynKeys& keys) {
  const wire::TcpView segment = frame.tcp();
  const std::optional<uint32_t> id = find(frame, hash_of(frame));
  if (!id && !cookie_fits(frame, keys) && !fins_.may_answer(frame.source(), segment.source_port(), now_)) {
    return Count::kLoop;
  }
  send(Count::kOutSegments, path, frame, kFin | kAck, segment.acknowledgment().value(), segment.sequence().value() + 1,
       {});
  if (id) end(*id, result::Ending::kClosed);
  return Count::kSegments;
}

Count MasscannedDesk::on_syn(const ReplyPath& path, const wire::FrameView& frame, const wire::SynKeys& keys) {
  const wire::TcpView segment = frame.tcp();
  if (const auto id = find(frame, hash_of(frame))) end(*id, result::Ending::kReset);
  const wire::SynTuple tuple =
      syn_tuple(frame.source(), frame.destination(), segment.source_port(), segment.destination_port(), 0);
  const wire::SynOffer offer{0, wire::kNoWindowScale};
  const auto cookie = static_cast<uint32_t>(wire::syn_cookie(&keys, &tuple, &offer));
  send(Count::kOutSynAcks, path, frame, kSyn | kAck, cookie, segment.sequence().value() + 1, {});
  return Count::kSyn;
}

void MasscannedDesk::send(Count kind, const ReplyPath& path, const wire::FrameView& asked, uint8_t flags,
                          uint32_t sequence, uint32_t acknowledgment, base::Bytes payload) {
  const wire::Tcp answer{.source_port = asked.tcp().destination_port(),
                         .destination_port = asked.tcp().source_port(),
                         .sequence = base::SeqNum(sequence),
                         .acknowledgment = base::SeqNum(acknowledgment),
                         .flags = flags,
                         .window = 65535,
                         .payload = payload};
  const base::MutableBytes room = exit_.begin();
  exit_.send(kind, tcp_segment(path, IpLook{}, answer, room), now_, wall_);
}

uint32_t MasscannedDesk::hash_of(const wire::FrameView& frame) const {
  return table_.hash(frame.source(), frame.destination(), ports_of(frame.tcp()));
}

std::optional<uint32_t> MasscannedDesk::find(const wire::FrameView& frame, uint32_t hash) const {
  return table_.find(hash, [&](uint32_t i) {
    const Flow& f = flows_[i];
    return f.ports == ports_of(frame.tcp()) && f.client == frame.source() && f.server == frame.destination();
  });
}

uint32_t MasscannedDesk::enter(const wire::FrameView& frame, uint32_t hash) {
  if (free_.empty()) {
    counters_.respond.add(Count::kEvicted);
    end(*idle_.oldest(), result::Ending::kEvicted);
  }
  const uint32_t id = free_.back();
  free_.pop_back();
  ++size_;
  const wire::TcpView segment = frame.tcp();
  flows_[id] = {frame.source(), frame.destination(), ports_of(segment), hash, now_, 0, 0, 0, 0};
  table_.insert(hash, id);
  const proto::Ends ends{frame.source(), frame.destination(), segment.source_port(), segment.destination_port(),
                         proto::Transport::kTcp};
  Talk& talk = talks_.make(id, cast_.player(cast_.role(frame.destination())), ends, wall_, blocks_);
  talk.ttl = frame.ttl();
  talk.window = segment.window();
  return id;
}

void MasscannedDesk::end(uint32_t id, result::Ending how) {
  const Flow& flow = flows_[id];
  const Talk& talk = talks_[id];
  if (journal_ != nullptr && journal_->wants_contacts()) {
    result::Conversation c;
    c.wall = talk.wall, c.duration = now_ - flow.opened;
    c.client = flow.client, c.server = flow.server;
    c.client_port = static_cast<uint16_t>(flow.ports >> 16), c.server_port = static_cast<uint16_t>(flow.ports);
    c.ttl = talk.ttl, c.window = talk.window, c.ending = how, c.facts_cut = talk.facts.cut();
    c.segments_in = flow.segments_in, c.segments_out = flow.segments_out;
    c.bytes_in = flow.bytes_in, c.bytes_out = flow.bytes_out;
    if (talk.dialogue.server() != nullptr) c.protocol = talk.dialogue.server()->name;
    c.said = talk.said;
    const JournalFacts facts(talk.facts);
    journal_->conversation(c, {talk.sample.data(), talk.sample_size}, facts.all());
  }
  talks_.end(id);
  idle_.remove(id);
  table_.erase(flow.hash, id);
  free_.push_back(id);
  --size_;
}

void MasscannedDesk::on_time(base::Nanos now, base::Nanos wall) {
  now_ = now, wall_ = wall;
  while (const auto id = idle_.take(now)) end(*id, result::Ending::kIdle);
}

void MasscannedDesk::forget() {
  journal_ = nullptr;
  shut_down(0, 0);
}

void MasscannedDesk::shut_down(base::Nanos now, base::Nanos wall) {
  now_ = now, wall_ = wall;
  while (const auto id = idle_.oldest()) end(*id, result::Ending::kShutdown);
}

}  // namespace portolan::respond
