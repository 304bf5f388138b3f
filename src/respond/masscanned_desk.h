// SPDX-License-Identifier: Apache-2.0
// MasscannedDesk: TCP as masscanned 0.2.0 plays it, for clients that have come to rely on it.
//
// What differs from the standards, on purpose: only segments with PSH and ACK are data; sequence numbers are looked at
// once, for the cookie, and never again; each answer is one segment made from the numbers of its request, without
// options, window 65535, never sent again; SYN and FIN with ACK are answered whatever was before; there is no reset.
// What does not: memory is bounded (the least recently used conversation goes), a request may be split over any
// segments, and a FIN that belongs to no conversation is answered once a minute to a peer, because two of us would
// otherwise answer each other's for ever.
// Single-threaded.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/buffer_pool.h"
#include "respond/cast.h"
#include "respond/counters.h"
#include "respond/exit.h"
#include "respond/loop_guard.h"
#include "respond/options.h"
#include "respond/stateless.h"
#include "respond/talk.h"
#include "result/contact.h"
#include "stack/flow_table.h"
#include "wire/frame_view.h"
#include "wire/syn_cookie.h"

namespace portolan::respond {

class MasscannedDesk {
 public:
  MasscannedDesk(const EngineOptions& options, const Cast& cast, Exit& exit, Counters& counters,
                 result::Journal* journal);

  // Where the segment ended, one of the counters, of which kSyn, kSegments and kAccepted are answered.
  Count on_segment(const ReplyPath& path, const wire::FrameView& frame, const wire::SynKeys& keys, base::Nanos now,
                   base::Nanos wall);
  void on_time(base::Nanos now, base::Nanos wall);
  std::optional<base::Nanos> next_deadline() const { return idle_.next(); }
  void shut_down(base::Nanos now, base::Nanos wall);
  void forget();
  size_t size() const { return size_; }

 private:
  struct Flow {
    addr::IpAddress client, server;
    uint32_t ports;  // the client's << 16 | the server's
    uint32_t hash;
    base::Nanos opened;
    uint32_t segments_in, segments_out;
    uint64_t bytes_in, bytes_out;
  };

  Count on_data(const ReplyPath& path, const wire::FrameView& frame, const wire::SynKeys& keys);
  Count on_fin(const ReplyPath& path, const wire::FrameView& frame, const wire::SynKeys& keys);
  Count on_syn(const ReplyPath& path, const wire::FrameView& frame, const wire::SynKeys& keys);
  bool cookie_fits(const wire::FrameView& frame, const wire::SynKeys& keys) const;

  std::optional<uint32_t> find(const wire::FrameView& frame, uint32_t hash) const;
  uint32_t hash_of(const wire::FrameView& frame) const;
  uint32_t enter(const wire::FrameView& frame, uint32_t hash);
  void end(uint32_t id, result::Ending how);
  void send(Count kind, const ReplyPath& path, const wire::FrameView& asked, uint8_t flags, uint32_t sequence,
            uint32_t acknowledgment, base::Bytes payload);

  const Cast& cast_;
  Exit& exit_;
  Counters& counters_;
  result::Journal* journal_;
  base::Nanos patience_;
  stack::FlowTable table_;
  std::vector<Flow> flows_;
  std::vector<uint32_t> free_;
  base::BufferPool blocks_;
  TalkStore talks_;
  SilenceQueue idle_;  // who was heard last stands last
  LoopGuard fins_;
  size_t size_ = 0;
  base::Nanos now_ = 0;
  base::Nanos wall_ = 0;
  std::array<uint8_t, 1400> room_;  // an answer is one segment
};

}  // namespace portolan::respond
