// SPDX-License-Identifier: Apache-2.0
// The part of TcpDesk that joins a client with a real server, with back pressure both ways: a client is granted no more
// than the server's stream has room for, and of the server no more is consumed than the client's connection takes.
#include <algorithm>

#include "respond/proxy_header.h"
#include "respond/tcp_desk.h"

namespace portolan::respond {

void TcpDesk::forward(stack::TcpId id, const ForwardTo& to, base::Bytes bytes) {
  const auto stream = streams_ == nullptr ? std::nullopt : streams_->open(to.address, to.port, now_);
  if (!stream) {
    counters_.respond.add(Count::kForwardsLost);
    return tcp_.abort(id, now_);
  }
  counters_.respond.add(Count::kForwarded);
  Talk& talk = talks_[id];
  talk.stream = stream;
  talk.forwarded = true;
  silent_.remove(id);
  of_stream_[*stream] = id;
  const stack::TcpPeer& peer = tcp_.peer(id);
  ProxyHeaderRoom room;
  const proto::Ends ends{peer.client, peer.server, peer.client_port, peer.server_port, proto::Transport::kTcp};
  streams_->send(*stream, write_proxy_header(to.proxy_protocol, ends, room), now_);
  to_server(id, bytes);
}

void TcpDesk::to_server(stack::TcpId id, base::Bytes bytes) {
  const host::StreamId stream = *talks_[id].stream;
  if (streams_->send(stream, bytes, now_) != bytes.size()) {
    // More than was granted: this client does not keep to the window.
    counters_.respond.add(Count::kNoRoom);
    return tcp_.abort(id, now_);
  }
  tcp_.grant(id, static_cast<uint32_t>(std::min<size_t>(streams_->room(stream), window_)), now_);
}

void TcpDesk::to_client(stack::TcpId id) {
  Talk& talk = talks_[id];
  for (base::Bytes next; !(next = streams_->received(*talk.stream)).empty();) {
    const size_t taken = tcp_.send(id, next, now_);
    streams_->consume(*talk.stream, taken, now_);
    if (taken < next.size()) return;  // on_room() goes on
  }
  if (talk.server_done) tcp_.close(id, now_);
}

void TcpDesk::on_stream(const host::StreamEvent& event) {
  const stack::TcpId id = of_stream_[event.id];
  if (!talks_.alive(id) || talks_[id].stream != event.id) return;
  Talk& talk = talks_[id];
  switch (event.kind) {
    case host::StreamEvent::Kind::kConnected:
      return;
    case host::StreamEvent::Kind::kRoom:
      return tcp_.grant(id, static_cast<uint32_t>(std::min<size_t>(streams_->room(event.id), window_)), now_);
    case host::StreamEvent::Kind::kEnd:
      talk.server_done = true;
      [[fallthrough]];
    case host::StreamEvent::Kind::kData:
      return to_client(id);
    case host::StreamEvent::Kind::kGone:
      break;
  }
  talk.stream.reset();
  if (event.how == host::StreamEnd::kClosed) return tcp_.close(id, now_);
  counters_.respond.add(Count::kForwardsLost);
  tcp_.abort(id, now_);
}

void TcpDesk::on_streams(base::Nanos now, base::Nanos wall) {
  if (streams_ == nullptr) return;
  now_ = now, wall_ = wall;
  for (const host::StreamEvent& event : streams_->poll(now)) on_stream(event);
}

}  // namespace portolan::respond
