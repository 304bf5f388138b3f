// SPDX-License-Identifier: Apache-2.0
// TcpDesk: the conversations of hosts that behave as today's systems do: TcpServer below, Dialogues above.
//
// Engine hands it what belongs to a connection, or completes a handshake; what it answers leaves by Exit. A talk that
// ends is told to the journal. Not for the masscanned personality: MasscannedDesk. Single-threaded.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "base/buffer_pool.h"
#include "base/clock.h"
#include "proto/server.h"
#include "respond/cast.h"
#include "respond/counters.h"
#include "respond/exit.h"
#include "respond/forwarder.h"
#include "respond/options.h"
#include "respond/rules.h"
#include "respond/talk.h"
#include "result/contact.h"
#include "stack/tcp_server.h"
#include "wire/frame_view.h"

namespace portolan::respond {

class TcpDesk final : private stack::TcpEvents, private stack::TcpOutput {
 public:
  // REQUIRES: all outlive it; journal may be null, and streams: then no rule can forward.
  TcpDesk(const EngineOptions& options, const Cast& cast, Exit& exit, Counters& counters, result::Journal* journal,
          std::unique_ptr<host::StreamClient> streams);

  std::optional<stack::TcpId> find(const stack::TcpPeer& peer) const { return tcp_.find(peer); }
  void on_segment(stack::TcpId id, const wire::TcpView& segment, base::Nanos now, base::Nanos wall);
  // REQUIRES: the acknowledgment carries a good cookie, which held `offer`; no connection exists.
  void accept(const stack::TcpPeer& peer, const Role& role, const wire::FrameView& frame, const wire::SynOffer& offer,
              base::Nanos now, base::Nanos wall);

  // For conversations that begin from now on; null: none.
  void use_rules(std::shared_ptr<const Rules> rules) { rules_ = std::move(rules); }
  void on_time(base::Nanos now, base::Nanos wall);
  // The real servers that conversations were handed to: -1, or readable when they have something to say.
  int stream_fd() const { return forwarder_ ? forwarder_->fd() : -1; }
  void on_streams(base::Nanos now, base::Nanos wall);
  std::optional<base::Nanos> next_deadline() const;
  // An entry that only lingers gives way to a new connection.
  bool takes_new_syn(stack::TcpId id) const { return tcp_.takes_new_syn(id); }
  void make_way(stack::TcpId id, base::Nanos now, base::Nanos wall);
  void shut_down(base::Nanos now, base::Nanos wall);  // every talk is told
  void forget();                                      // none is

  size_t size() const { return tcp_.size(); }

 private:
  void on_data(stack::TcpId id, base::Bytes bytes) override;
  void on_end_of_data(stack::TcpId id) override;
  void on_room(stack::TcpId id) override;
  void on_gone(stack::TcpId id, stack::TcpEnd how) override;
  void send(const stack::TcpPeer& to, const wire::Tcp& segment) override;

  static proto::Ends ends_of(const stack::TcpPeer& peer) {
    return {peer.client, peer.server, peer.client_port, peer.server_port, proto::Transport::kTcp};
  }
  void begin(stack::TcpId id, const stack::TcpPeer& peer, const Role& role, const wire::FrameView& frame);
  // Has `speak` fill an answer and sends it.
  template <class Speak>
  void answer(stack::TcpId id, Speak&& speak) {
    proto::Answer said(room_, talks_[id].facts);
    speak(said);
    utter(id, said);
  }
  void utter(stack::TcpId id, const proto::Answer& said);
  void hear(stack::TcpId id, base::Bytes bytes);  // by the built-in protocols
  // The rules: whether one has greeted or settled the conversation; what they make of further bytes (`whole`: nothing
  // will follow for a while); and a deed that holds for good, with all bytes that are not dealt with.
  bool open_by_rules(stack::TcpId id);
  void ask_rules(stack::TcpId id, base::Bytes fresh, bool whole);
  void settle(stack::TcpId id, const Rule& rule, base::Bytes bytes);
  void settle_for_nobody(stack::TcpId id, base::Bytes bytes);
  bool is_joined(stack::TcpId id) { return talks_[id].forwarded && forwarder_->has(id); }
  void forward(stack::TcpId id, const ForwardTo& to, base::Bytes bytes);
  Situation situation_of(const Talk& talk, const proto::Ends& ends) const;
  void tell(stack::TcpId id, const Talk& talk, stack::TcpEnd how) const;

  const Cast& cast_;
  Exit& exit_;
  Counters& counters_;
  result::Journal* journal_;
  addr::MacAddress mac_;
  base::Nanos silence_;
  uint64_t forwards_refused_ = 0;
  std::shared_ptr<const Rules> rules_;
  PatternScratch scratch_;
  stack::TcpServer tcp_;
  std::optional<Forwarder> forwarder_;
  base::BufferPool blocks_;
  TalkStore talks_;
  SilenceQueue silent_;
  base::Nanos now_ = 0;                                 // of the call in progress
  base::Nanos wall_ = 0;                                //
  std::array<uint8_t, base::BufferPool::kBlock> room_;  // of the answer in the making
};

}  // namespace portolan::respond
