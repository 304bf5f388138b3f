// SPDX-License-Identifier: Apache-2.0
#include "proto/dialogue.h"

#include <algorithm>

namespace portolan::proto {

namespace {

bool plays(const Server& server, const Persona& persona, Transport transport) {
  const bool speaks = transport == Transport::kTcp ? server.tcp : server.udp;
  return speaks && (persona.style == Style::kModern || server.masscanned);
}

bool at_home(const Server& server, uint16_t port) {
  return std::find(server.ports.begin(), server.ports.end(), port) != server.ports.end();
}

bool greets(const Server& server, const Persona& persona) {
  // masscanned is silent until the client speaks, whatever the protocol.
  return server.greet != nullptr && persona.style == Style::kModern && plays(server, persona, Transport::kTcp);
}

const Server* greeter_of_port(const Persona& persona, uint16_t port) {
  for (const Server* server : servers()) {
    if (greets(*server, persona) && at_home(*server, port)) return server;
  }
  return nullptr;
}

bool is_usual(const Persona& persona, uint16_t port) {
  const auto lives_there = [&](const Server* s) { return plays(*s, persona, Transport::kTcp) && at_home(*s, port); };
  return std::any_of(servers().begin(), servers().end(), lives_there);
}

// Who greets after a silence. On a port where clients are known to speak first (HTTP's) nobody; on one that is known
// for nothing the host has made its choice for ever.
const Server* greeter_after_silence(const Persona& persona, uint16_t port) {
  if (is_usual(persona, port)) return greeter_of_port(persona, port);
  const auto candidate = [&](const Server* s) { return greets(*s, persona); };
  const auto count = static_cast<uint64_t>(std::count_if(servers().begin(), servers().end(), candidate));
  const uint64_t hash = base::siphash(base::SipKey{persona.variety, 0}, port);
  uint64_t nth = ((hash >> 32) * count) >> 32;
  for (const Server* server : servers()) {
    if (candidate(server) && nth-- == 0) return server;
  }
  return nullptr;
}

}  // namespace

void Dialogue::greet(const Server* server, Answer& out) {
  if (server == nullptr || greeted_) return;
  server_ = server;
  greeted_ = unheard_ = true;
  server->greet(session_, out);
  ended_ = out.closes() || out.aborts();
}

void Dialogue::on_open(base::Nanos wall, Answer& out) {
  session_.wall = wall;
  if (!bound_) return greet(greeter_of_port(*session_.persona, session_.ends.server_port), out);
  if (greets(*server_, *session_.persona)) greet(server_, out);
}

void Dialogue::on_silence(base::Nanos wall, Answer& out) {
  if (over()) return;
  session_.wall = wall;
  if (kept_) {
    kept_.consume(turn(kept_.bytes(), true, out));
    if (over() || kept_.size() == 0) kept_.release();
  } else if (session_.layer != nullptr) {
    session_.layer->on_silence(wall, out);
    ended_ = out.closes() || out.aborts();
  } else if (server_ == nullptr) {
    greet(greeter_after_silence(*session_.persona, session_.ends.server_port), out);
  }
}

void Dialogue::on_bytes(base::Nanos wall, base::Bytes bytes, Answer& out) {
  session_.wall = wall;
  if (!kept_ && !over()) bytes = bytes.subspan(turn(bytes, false, out));
  if (!kept_) return keep(bytes);
  while (!bytes.empty() && !over()) {
    const size_t fitting = std::min(bytes.size(), kept_.room());
    kept_.append(bytes.first(fitting));
    bytes = bytes.subspan(fitting);
    kept_.consume(turn(kept_.bytes(), false, out));
  }
  if (over() || kept_.size() == 0) kept_.release();
}

void Dialogue::keep(base::Bytes rest) {
  if (rest.empty() || over()) return;
  kept_ = pool_->take();
  pool_empty_ = !kept_ || !kept_.append(rest);
}

size_t Dialogue::turn(base::Bytes pending, bool waiting_ends, Answer& out) {
  size_t done = 0;
  while (done < pending.size() && !over()) {
    // Never more than a block at once: then it makes no difference how the bytes were cut.
    const size_t shown = std::min(pending.size() - done, base::BufferPool::kBlock);
    const base::Bytes view = pending.subspan(done, shown);
    if (server_ == nullptr) recognize(view, waiting_ends);
    if (server_ == nullptr) break;
    const Step step = server_->serve(session_, view, out);
    if (step.kind == Step::Kind::kMore) {
      foreign_ = shown == base::BufferPool::kBlock;
      break;
    }
    if (step.kind == Step::Kind::kForeign || step.consumed == 0) {
      give_up_the_floor();
      continue;
    }
    unheard_ = false;
    done += std::min(step.consumed, shown);
    ended_ = out.closes() || out.aborts();
  }
  return done;
}

void Dialogue::recognize(base::Bytes first, bool waiting_ends) {
  first = first.first(std::min(first.size(), kMostToRecognize));
  const bool whole = waiting_ends || first.size() == kMostToRecognize;
  bool waits = false;
  for (const Server* server : servers()) {
    if (server->recognize == nullptr || !plays(*server, *session_.persona, Transport::kTcp)) continue;
    const Match match = server->recognize(first, session_.ends);
    if (match == Match::kYes) {
      server_ = server;
      return;
    }
    waits = waits || match == Match::kMore;
    if (match == Match::kMore && !whole) return;
  }
  // At the end of waiting a client that may still complete its first words is left the time to do so.
  foreign_ = !waits || first.size() == kMostToRecognize;
}

void Dialogue::give_up_the_floor() {
  foreign_ = bound_ || !unheard_;
  unheard_ = false;
  server_ = nullptr;
  session_.step = 0;
  session_.a = session_.b = 0;
  session_.layer.reset();
}

const Server* answer_datagram(const Persona& persona, const Ends& ends, base::Nanos wall, base::Bytes datagram,
                              Answer& out, const Server* bound) {
  const Server* found = nullptr;
  for (const Server* server : servers()) {
    if (server->recognize == nullptr || !plays(*server, persona, Transport::kUdp)) continue;
    if (bound != nullptr && server != bound) continue;
    if (server->recognize(datagram, ends) != Match::kYes) continue;
    const bool home = at_home(*server, ends.server_port);
    if (found == nullptr || home) found = server;
    if (home) break;
  }
  if (found == nullptr) return nullptr;
  Session session(persona, ends, wall);
  if (found->serve(session, datagram, out).kind != Step::Kind::kTaken) out.rewind();
  return found;
}

}  // namespace portolan::proto
