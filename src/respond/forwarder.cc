// SPDX-License-Identifier: Apache-2.0
#include "respond/forwarder.h"

#include <utility>

#include "respond/proxy_header.h"

namespace portolan::respond {

using host::StreamEvent;

Forwarder::Forwarder(std::unique_ptr<host::StreamClient> streams, stack::TcpServer& tcp, uint32_t connections)
    : streams_(std::move(streams)), tcp_(tcp), stream_of_(connections, kNone), joints_(streams_->most()) {}

bool Forwarder::begin(stack::TcpId id, const proto::Ends& ends, const ForwardTo& to, base::Bytes first,
                      base::Nanos now) {
  ProxyHeaderRoom room;
  const base::Bytes header = write_proxy_header(to.proxy_protocol, ends, room);
  const auto stream = streams_->open(to.address, to.port, now);
  if (!stream) {
    ++failed_;
    return false;
  }
  if (header.size() + first.size() > streams_->room(*stream)) {
    streams_->abort(*stream);
    ++failed_;
    return false;
  }
  streams_->send(*stream, header, now);
  streams_->send(*stream, first, now);
  stream_of_[id] = *stream;
  joints_[*stream] = {id, false};
  grant(*stream, now);
  return true;
}

void Forwarder::on_data(stack::TcpId id, base::Bytes bytes, base::Nanos now) {
  const host::StreamId stream = stream_of_[id];
  if (streams_->send(stream, bytes, now) == bytes.size()) return grant(stream, now);
  // The stream is doomed, and the next poll would say so; the bytes are lost, so the client hears it now.
  ++failed_;
  streams_->abort(stream);
  part(stream);
  tcp_.abort(id, now);
}

void Forwarder::on_end_of_data(stack::TcpId id) { streams_->finish(stream_of_[id]); }

void Forwarder::on_room(stack::TcpId id, base::Nanos now) { pump(stream_of_[id], now); }

void Forwarder::on_gone(stack::TcpId id, stack::TcpEnd how) {
  const host::StreamId stream = stream_of_[id];
  part(stream);
  if (how == stack::TcpEnd::kClosed) {
    streams_->finish(stream);
  } else {
    streams_->abort(stream);
  }
}

void Forwarder::poll(base::Nanos now) {
  for (const StreamEvent& event : streams_->poll(now)) on_event(event, now);
}

void Forwarder::on_event(const StreamEvent& event, base::Nanos now) {
  const stack::TcpId id = joints_[event.id].tcp;
  if (id == kNone) return;  // aborted while these events were dealt with, or nobody listens any more
  switch (event.kind) {
    case StreamEvent::Kind::kConnected:
      break;
    case StreamEvent::Kind::kRoom:
      grant(event.id, now);
      break;
    case StreamEvent::Kind::kEnd:
      joints_[event.id].ended = true;
      pump(event.id, now);
      break;
    case StreamEvent::Kind::kData:
      pump(event.id, now);
      break;
    case StreamEvent::Kind::kGone:
      part(event.id);
      if (event.how == host::StreamEnd::kClosed) break;  // the client has had the FIN
      ++failed_;
      tcp_.abort(id, now);
      break;
  }
}

// From the server to the client, as much as goes.
void Forwarder::pump(host::StreamId stream, base::Nanos now) {
  const stack::TcpId id = joints_[stream].tcp;
  for (;;) {
    const base::Bytes piece = streams_->received(stream);
    if (piece.empty()) break;
    const size_t taken = tcp_.send(id, piece, now);
    if (joints_[stream].tcp != id) return;  // it had to go for want of room
    streams_->consume(stream, taken, now);
    if (taken < piece.size()) return;
  }
  if (joints_[stream].ended) tcp_.close(id, now);
}

void Forwarder::grant(host::StreamId stream, base::Nanos now) {
  tcp_.grant(joints_[stream].tcp, static_cast<uint32_t>(streams_->room(stream)), now);
}

void Forwarder::part(host::StreamId stream) {
  stream_of_[joints_[stream].tcp] = kNone;
  joints_[stream].tcp = kNone;
}

}  // namespace portolan::respond
