// SPDX-License-Identifier: Apache-2.0
// Engine: a responder from a received frame to its answer.
//
// Sans-I/O but for the Port that it is given to send by: frames and times come in, answers leave, contacts and
// conversations are told to the journal. Each received frame ends in exactly one counter (counters.h), so does each
// answer. All memory that strangers can fill is taken at construction; only TLS allocates later, up to its own bound.
// No packet can stop it: what cannot be read is counted, and nothing a peer sends can reach an assert.
//
// Order for a frame: link -> wire (checksums) -> is it to us? -> may its source be answered? -> who is played there?
// -> what is asked? -> limits -> answer. Single-threaded; counters may be read by any thread.
#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "pktio/port.h"
#include "respond/byte_credit.h"
#include "respond/cast.h"
#include "respond/counters.h"
#include "respond/exit.h"
#include "respond/loop_guard.h"
#include "respond/masscanned_desk.h"
#include "respond/options.h"
#include "respond/own_addresses.h"
#include "respond/rules.h"
#include "respond/source_limits.h"
#include "respond/syn_keys.h"
#include "respond/tcp_desk.h"
#include "result/contact.h"
#include "wire/frame_view.h"

namespace portolan::respond {

class Engine {
 public:
  // REQUIRES: port and journal outlive it; journal may be null. Without streams no rule can forward.
  Engine(const EngineOptions& options, pktio::Port& port, result::Journal* journal, base::Nanos now,
         std::unique_ptr<host::StreamClient> streams = {});
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  void on_frame(const pktio::RxFrame& frame, base::Nanos now);
  // For conversations and datagrams from now on; null: none.
  void use_rules(std::shared_ptr<const Rules> rules);
  // Timers: retransmissions, silences, delayed frames, keys.
  void on_time(base::Nanos now, base::Nanos wall);
  // For the caller's poll: -1, or readable when on_streams() has something to do.
  int stream_fd() const { return tcp_ ? tcp_->stream_fd() : -1; }
  void on_streams(base::Nanos now, base::Nanos wall) {
    if (tcp_) tcp_->on_streams(now, wall);
  }
  base::Nanos next_deadline() const;
  void flush() { exit_.flush(); }  // what was answered so far leaves
  // Conversations that are alive are told as such and forgotten. Nothing is sent.
  void shut_down(base::Nanos now, base::Nanos wall);

  const Counters& counters() const { return counters_; }
  const wire::SynKeys& syn_keys() const { return keys_.keys(); }
  size_t conversations() const { return tcp_ ? tcp_->size() : masscanned_->size(); }

 private:
  // A frame under way, and what has been found out about it.
  struct Visit {
    const wire::FrameView& view;
    base::Nanos now, wall;
    ReplyPath path;
    Role role;
    result::Contact contact;
    base::Bytes payload{};  // of the application, for the journal
    const proto::FactList* facts = nullptr;
    bool silent_in_log = false;  // a conversation will tell it
  };
  struct Destination {
    bool ours = false;
    addr::IpAddress answer_from{};  // for multicast: one of our own
  };

  Count judge(const wire::FrameView& view, const pktio::RxFrame& frame, base::Nanos now);
  Count on_arp(const wire::FrameView& view, const pktio::RxFrame& frame, base::Nanos now);
  Count on_ip(const wire::FrameView& view, base::Nanos now, base::Nanos wall);
  std::optional<Count> refuse_source(const addr::IpAddress& source) const;
  Destination destination_of(const wire::FrameView& view) const;

  Count on_transport(Visit& v);
  Count on_icmpv4(Visit& v);
  Count on_icmpv6(Visit& v);
  Count on_solicitation(Visit& v);
  Count on_echo(Visit& v);
  Count on_tcp(Visit& v);
  Count on_masscanned_tcp(Visit& v);
  Count on_connection(Visit& v, stack::TcpId id);
  Count on_syn(Visit& v);
  Count on_stray(Visit& v);
  Count refuse_stray(Visit& v);
  Count on_acknowledgment(Visit& v);
  Count on_udp(Visit& v);
  Count speak_udp(Visit& v, const wire::UdpView& datagram);
  std::string_view compose(Visit& v, const proto::Ends& ends, base::Bytes datagram, proto::Answer& said,
                           bool& reflexive);
  Count on_other(Visit& v);

  Count send_reset(Visit& v);
  Count send_bare_ack(Visit& v);
  Count silence_of(Visit& v) const;
  bool may_amplify(const addr::IpAddress& source) const;
  Count send_unreachable(Visit& v, Unreachable why);
  bool limited(Visit& v);
  bool is_kept(const Visit& v, uint16_t port) const;
  stack::TcpPeer peer_of(const Visit& v) const;

  void prepare_contact(Visit& v) const;
  void tell(const Visit& v);

  const EngineOptions options_;
  const Cast cast_;
  const LinkAddresses link_;
  Counters counters_;
  result::Journal* journal_;
  SynKeyRing keys_;
  SourceLimits limits_;
  ByteCredit credit_;
  LoopGuard loops_;
  TokenBuckets errors_;  // ICMP errors of each host that we play
  Exit exit_;
  std::optional<TcpDesk> tcp_;  // one of these two
  std::optional<MasscannedDesk> masscanned_;
  std::shared_ptr<const Rules> rules_;
  PatternScratch scratch_;
  proto::FactList facts_;           // of the datagram at hand
  std::array<uint8_t, 1400> room_;  // of its answer
};

}  // namespace portolan::respond
