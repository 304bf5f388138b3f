// SPDX-License-Identifier: Apache-2.0
// Stage: plays one server against a client's bytes, as Dialogue does, and keeps what came of it. For tests only.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "proto/server.h"

namespace portolan::proto::testing {

struct Played {
  std::string said;
  std::string what;
  std::map<std::string, std::string> facts;
  size_t left = 0;  // bytes of the client that are not consumed
  bool closes = false;
  bool foreign = false;
  bool ok = true;

  bool operator==(const Played&) const = default;
};

// Room of exactly n bytes, so that a sanitizer sees a byte written behind it.
class Stage {
 public:
  static constexpr base::Nanos kWall = 1'700'000'000 * base::kSecond;

  explicit Stage(const Server& server, uint16_t port = 0) : server_(&server) {
    persona.host_name = "mx1.example.org";
    persona.secret = {11, 22};
    ends.client = addr::IpAddress::v4(0xc0000209);  // 192.0.2.9
    ends.server = addr::IpAddress::v4(0xc6336407);  // 198.51.100.7
    ends.client_port = 40000;
    ends.server_port = port != 0 ? port : server.ports.empty() ? uint16_t{9999} : server.ports[0];
    ends.transport = server.tcp ? Transport::kTcp : Transport::kUdp;
  }

  Persona persona;
  Ends ends;
  size_t room = 16384;
  size_t limit = Answer::kNoLimit;
  bool greets = true;  // over TCP, as far as the server does

  // The whole conversation: the pieces arrive one after another.
  Played play(const std::vector<std::string>& pieces) const {
    std::vector<uint8_t> bytes(room);
    FactList facts;
    Answer out(bytes, facts, limit);
    Session session(persona, ends, kWall);
    Played played;
    const bool tcp = ends.transport == Transport::kTcp;
    if (tcp && greets && server_->greet != nullptr) server_->greet(session, out);
    std::string pending;
    for (const std::string& piece : pieces) {
      pending += piece;
      if (!serve(session, pending, out)) {
        played.foreign = true;
        break;
      }
    }
    finish(played, pending, out);
    return played;
  }
  Played play(const std::string& bytes) const { return play(std::vector<std::string>{bytes}); }

  // Every byte alone.
  Played play_bytewise(const std::string& bytes) const {
    std::vector<std::string> pieces;
    for (const char c : bytes) pieces.emplace_back(1, c);
    return play(pieces);
  }

  Match recognize(std::string_view bytes) const {
    // A copy of the right size: a read behind the end is seen.
    const std::vector<uint8_t> first(bytes.begin(), bytes.end());
    return server_->recognize == nullptr ? Match::kNo : server_->recognize(first, ends);
  }

 private:
  // False when the server says that the bytes are not its own.
  bool serve(Session& session, std::string& pending, Answer& out) const {
    while (!pending.empty() && !out.closes() && !out.aborts()) {
      const std::vector<uint8_t> exact(pending.begin(), pending.end());
      const Step step = server_->serve(session, exact, out);
      if (step.kind == Step::Kind::kForeign) return false;
      if (step.kind == Step::Kind::kMore) return true;
      pending.erase(0, step.consumed == 0 ? pending.size() : step.consumed);
    }
    return true;
  }
  static void finish(Played& played, const std::string& pending, Answer& out) {
    played.said.assign(out.written().begin(), out.written().end());
    played.what = out.what();
    for (const Fact& fact : out.facts().all()) played.facts[std::string(fact.name)] = fact.value;
    // What follows a close is nobody's.
    played.left = out.closes() || played.foreign ? 0 : pending.size();
    played.closes = out.closes();
    played.ok = out.ok();
  }

  const Server* server_;
};

// "\x01\x02" from "01 02"; letters in quotes stand for themselves: 10 0c 'MQTT'.
inline std::string bytes_from(std::string_view notation) {
  std::string out;
  for (size_t i = 0; i < notation.size();) {
    if (notation[i] == ' ') {
      ++i;
    } else if (notation[i] == '\'') {
      const size_t end = notation.find('\'', i + 1);
      out += notation.substr(i + 1, end - i - 1);
      i = end + 1;
    } else {
      out += static_cast<char>(std::stoi(std::string(notation.substr(i, 2)), nullptr, 16));
      i += 2;
    }
  }
  return out;
}

inline std::string hex_of(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    const auto byte = static_cast<uint8_t>(c);
    if (!out.empty()) out += ' ';
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

}  // namespace portolan::proto::testing
