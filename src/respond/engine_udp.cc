// SPDX-License-Identifier: Apache-2.0
// The part of Engine that answers UDP, and never says more than it was told.
#include "respond/engine.h"
#include "wire/udp.h"

namespace portolan::respond {
namespace {

bool is_private(const addr::IpAddress& a) {
  if (a.is_v4()) {
    const uint32_t v = a.v4_bits();
    return v >> 24 == 10 || v >> 20 == 0xac1 || v >> 16 == 0xc0a8 || v >> 16 == 0xa9fe;
  }
  return a.hi() >> 57 == 0xfc >> 1 || a.hi() >> 54 == 0xfe80 >> 6;
}

}  // namespace

Count Engine::on_udp(Visit& v) {
  const wire::UdpView datagram = v.view.udp();
  v.contact.ask = result::Ask::kDatagram;
  v.payload = datagram.payload();
  v.contact.payload_size = static_cast<uint32_t>(v.payload.size());
  if (is_kept(v, datagram.destination_port())) return Count::kNotOurs;
  credit_.received(v.view.source(), v.view.packet().size(), v.now);
  switch (cast_.meeting(v.role, v.path.ours, addr::Protocol::kUdp, datagram.destination_port())) {
    case population::kMeetsOpen:
      return speak_udp(v, datagram);
    case population::kMeetsClosed:
      if (is_multicast(v.view.destination())) return Count::kDatagramsSilent;
      return send_unreachable(v, Unreachable::kPort);
    case population::kMeetsRejection:
      return send_unreachable(v, Unreachable::kProhibited);
    case population::kMeetsNoHost:
      return send_unreachable(v, Unreachable::kHost);
    default:
      return silence_of(v);
  }
}

bool Engine::may_amplify(const addr::IpAddress& source) const {
  if (options_.amplification == Amplification::kAnybody) return true;
  return options_.amplification == Amplification::kPrivate && is_private(source);
}

// Who has something to say: the user's rules first, then the protocol that knows the datagram. Returns its name.
std::string_view Engine::compose(Visit& v, const proto::Ends& ends, base::Bytes datagram, proto::Answer& said,
                                 bool& reflexive) {
  const Player player = cast_.player(v.role);
  bool mute = false;
  const proto::Server* bound = cast_.server(v.role, ends.server, addr::Protocol::kUdp, ends.server_port, mute);
  if (rules_) {
    const Rules::Verdict verdict = rules_->match(ends, datagram, true, scratch_);
    if (verdict.match == proto::Match::kYes) {
      facts_.add("rule", verdict.rule->name);
      bound = verdict.rule->server;
      mute = verdict.rule->deed != RuleDeed::kServe;
      if (verdict.rule->deed == RuleDeed::kAnswer) {
        // Nobody can tell whether another program takes these words for a request.
        reflexive = true;
        const Situation situation{ends, player.persona.host_name, v.wall, verdict.groups};
        Rules::speak(*verdict.rule, situation, said);
        return "rule";
      }
    }
  }
  if (mute) return {};
  const proto::Server* const server = proto::answer_datagram(player.persona, ends, v.wall, datagram, said, bound);
  if (server == nullptr) return {};
  reflexive = server->reflexive;
  return server->name;
}

Count Engine::speak_udp(Visit& v, const wire::UdpView& datagram) {
  const addr::IpAddress source = v.view.source();
  const size_t headers = v.view.packet().size() - datagram.payload().size();
  const bool free = may_amplify(source);
  const size_t allowance = free ? proto::Answer::kNoLimit : credit_.allowance(source, v.now);
  const size_t limit = allowance == proto::Answer::kNoLimit ? allowance : allowance - std::min(allowance, headers);
  facts_.clear();
  proto::Answer said(room_, facts_, limit);
  const proto::Ends ends{source, v.path.ours, datagram.source_port(), datagram.destination_port(),
                         proto::Transport::kUdp};
  bool reflexive = false;
  v.contact.protocol = compose(v, ends, datagram.payload(), said, reflexive);
  v.facts = &facts_;
  v.contact.said = said.what();
  const base::Bytes bytes = said.written();
  if (bytes.empty()) return Count::kDatagramsSilent;
  v.contact.deed = result::Deed::kRationed;
  if (bytes.size() > limit) return Count::kAmplification;
  if (!said.ok()) return Count::kNoRoom;
  if (reflexive && !loops_.may_answer(source, datagram.source_port(), v.now)) return Count::kLoop;
  if (limited(v)) return Count::kRateLimited;
  if (!free && !credit_.spend(source, headers + bytes.size(), v.now)) return Count::kAmplification;
  const uint16_t from = said.port() != 0 ? said.port() : datagram.destination_port();
  const base::MutableBytes room = exit_.begin();
  const uint32_t ask = uint32_t{datagram.source_port()} << 16 | datagram.destination_port();
  const size_t n = udp_datagram(v.path, cast_.tcp_look(v.role, ask, v.now), from, datagram.source_port(), bytes, room);
  exit_.send(Count::kOutDatagrams, n, v.now, v.wall);
  v.contact.deed = result::Deed::kData;
  v.contact.answer_size = static_cast<uint32_t>(bytes.size());
  return Count::kDatagrams;
}

}  // namespace portolan::respond
