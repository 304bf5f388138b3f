// SPDX-License-Identifier: Apache-2.0
// Dialogue: one conversation with a client, from its first bytes on: recognises the protocol, then has it served.
//
// Recognition asks every server (server.h) that speaks the transport and never depends on their order: while a more
// specific one may still fit it waits for more bytes, and a client that then falls silent is answered by the best that
// fits (on_silence). Whatever no server knows is taken and left unanswered. One that has greeted keeps the floor unless
// the client's first message is foreign to it: then the others are asked.
// Over TCP: on_open, then any number of on_bytes. Over UDP: answer_datagram, once, without a Dialogue.
// Keeps only bytes that are not consumed yet, in a buffer that it borrows from a BufferPool, at most
// BufferPool::kBlock of them; a message that is longer makes the conversation foreign. Single-threaded.
#pragma once

#include <cstdint>

#include "base/buffer_pool.h"
#include "proto/server.h"

namespace portolan::proto {

class Dialogue {
 public:
  // REQUIRES: persona and pool outlive it.
  Dialogue(const Persona& persona, const Ends& ends, base::Nanos wall, base::BufferPool& pool)
      : session_(persona, ends, wall), pool_(&pool) {}

  // This port speaks this protocol and no other; greets if that is its way. Before on_open.
  void bind(const Server& server) {
    server_ = &server;
    bound_ = true;
  }
  // The connection stands. Greets when the port is one where the server speaks first (not Style::kMasscanned).
  void on_open(base::Nanos wall, Answer& out);
  // The client's next bytes, in order. Answers to several messages are put one after another.
  void on_bytes(base::Nanos wall, base::Bytes bytes, Answer& out);
  // The client has said nothing for a while: greets if nobody has spoken yet (not on a port where clients are known to
  // speak first), or serves what fits best by now.
  void on_silence(base::Nanos wall, Answer& out);

  // Who is playing; nullptr: not known (yet).
  const Server* server() const { return server_; }
  bool greeted() const { return greeted_; }
  bool foreign() const { return foreign_; }
  bool pool_empty() const { return pool_empty_; }  // a message could not be kept: no block was left

 private:
  // Serves `pending` as far as it goes; returns how many bytes are dealt with.
  size_t turn(base::Bytes pending, bool waiting_ends, Answer& out);
  void recognize(base::Bytes first, bool waiting_ends);
  void greet(const Server* server, Answer& out);
  void give_up_the_floor();
  void keep(base::Bytes rest);
  bool over() const { return foreign_ || ended_ || pool_empty_; }

  Session session_;
  base::BufferPool* pool_;
  base::BufferPool::Block kept_{};  // bytes that are not consumed yet
  const Server* server_ = nullptr;
  bool bound_ = false;
  bool greeted_ = false;
  bool unheard_ = false;  // greeted, and the client has not yet said anything that fits the greeting
  bool foreign_ = false;
  bool ended_ = false;  // the server has closed
  bool pool_empty_ = false;
};

// One datagram. Returns the server that knew it, nullptr: none did. `bound`: the only one to be asked, if any.
const Server* answer_datagram(const Persona& persona, const Ends& ends, base::Nanos wall, base::Bytes datagram,
                              Answer& out, const Server* bound = nullptr);

}  // namespace portolan::proto
