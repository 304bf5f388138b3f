// SPDX-License-Identifier: Apache-2.0
// Forwarder: joins connections of a TcpServer with real servers behind us, byte for byte.
//
// The real server is told who the client is by a PROXY protocol header (proxy_header.h). Back pressure both ways: the
// client may send what the stream has room for (TcpServer::grant), and of the server is read what TcpServer takes. A
// FIN goes through either way once all bytes before it have. If the server cannot be reached or resets, the client is
// reset; if the client is gone, the server is.
//
// The caller hands on what TcpEvents says about the connections that has() knows, and calls poll() when fd() is
// readable or next_deadline() has come. Memory is taken at construction. Single-threaded.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "host/stream_client.h"
#include "proto/server.h"
#include "respond/rules.h"
#include "stack/tcp_server.h"

namespace portolan::respond {

class Forwarder {
 public:
  // REQUIRES: tcp outlives it, has at most `connections`, and a receive window that with a block of first bytes and a
  // header fits into a buffer of `streams` (StreamLimits::buffer).
  Forwarder(std::unique_ptr<host::StreamClient> streams, stack::TcpServer& tcp, uint32_t connections);

  // Takes a connection over, with the bytes that the client has said already. False: too many are forwarded, or the
  // bytes are too many; nothing is done then.
  bool begin(stack::TcpId id, const proto::Ends& ends, const ForwardTo& to, base::Bytes first, base::Nanos now);
  bool has(stack::TcpId id) const { return stream_of_[id] != kNone; }

  // REQUIRES: has(id).
  void on_data(stack::TcpId id, base::Bytes bytes, base::Nanos now);
  void on_end_of_data(stack::TcpId id);
  void on_room(stack::TcpId id, base::Nanos now);
  void on_gone(stack::TcpId id, stack::TcpEnd how);

  int fd() const { return streams_->fd(); }
  std::optional<base::Nanos> next_deadline() const { return streams_->next_deadline(); }
  void poll(base::Nanos now);

  size_t size() const { return streams_->size(); }
  uint64_t failed() const { return failed_; }  // that could not be joined, or broke off on the server's side

 private:
  static constexpr uint32_t kNone = 0xffffffff;
  struct Joint {
    stack::TcpId tcp = kNone;  // kNone: the client has closed, what is left is brought to the server
    bool ended = false;        // the server's FIN has come
  };

  void on_event(const host::StreamEvent& event, base::Nanos now);
  void pump(host::StreamId stream, base::Nanos now);
  void grant(host::StreamId stream, base::Nanos now);
  void part(host::StreamId stream);

  std::unique_ptr<host::StreamClient> streams_;
  stack::TcpServer& tcp_;
  std::vector<host::StreamId> stream_of_;  // by connection
  std::vector<Joint> joints_;              // by stream
  uint64_t failed_ = 0;
};

}  // namespace portolan::respond
