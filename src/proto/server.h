// SPDX-License-Identifier: Apache-2.0
// Server: one application protocol as the side that is asked plays it. A constant record, one per protocol.
//
// The bytes of a conversation come in as they were sent, cut anywhere: `serve` is given everything that is not consumed
// yet and either consumes a whole message, or says that it needs more. So a request split over any segments is the same
// request, and no server keeps a buffer. Over UDP it is given exactly one datagram, in a Session made for it.
//
// A server says what the protocol wants said and knows no packets, clocks, files or limits: Dialogue (dialogue.h) turns
// it, and the caller bounds it. It must stand any bytes whatever: no throw, no assert that a peer can reach, no
// allocation (TLS alone allocates), no read past `pending`.
// Records are constants; a Session belongs to one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "addr/ip_address.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/siphash.h"
#include "proto/answer.h"

namespace portolan::proto {

enum class Transport : uint8_t { kTcp, kUdp };

// Both ends of a conversation, as the server sees them.
struct Ends {
  addr::IpAddress client{};
  addr::IpAddress server{};
  uint16_t client_port = 0;
  uint16_t server_port = 0;
  Transport transport = Transport::kTcp;
};

// Where masscanned's habits and today's servers differ, which of them is played.
enum class Style : uint8_t { kModern, kMasscanned };

class TlsAuthority;  // tls/authority.h

// Who is being played. Outlives every Session that refers to it.
struct Persona {
  Style style = Style::kModern;
  std::string_view host_name = "localhost";  // as greetings say it
  uint64_t variety = 0;                      // chooses among banners: the same host says the same for ever
  base::SipKey secret{};                     // for what must look random and be the same when asked again
  TlsAuthority* tls = nullptr;               // nullptr: TLS is not spoken
};

// A layer that a server puts into its Session when it needs memory of its own (TLS).
class Layer {
 public:
  virtual ~Layer() = default;
  // As Dialogue::on_silence, for the conversation inside.
  virtual void on_silence(base::Nanos wall, Answer& out) = 0;
};

// One conversation. A server finds in `step`, `a` and `b` what it left there last time; all begin as zero.
struct Session {
  Session(const Persona& who, const Ends& where, base::Nanos wall_now) : persona(&who), ends(where), wall(wall_now) {}

  const Persona* persona;
  Ends ends;
  base::Nanos wall;  // Unix epoch, of the bytes now served; the caller keeps it current
  uint32_t step = 0;
  uint64_t a = 0;
  uint64_t b = 0;
  std::unique_ptr<Layer> layer;
};

// What `serve` made of the bytes.
struct Step {
  enum class Kind : uint8_t {
    kMore,    // a message has begun and is not whole; nothing was consumed or answered
    kTaken,   // `consumed` bytes (at least 1) are dealt with; serve is called again if there are more
    kForeign  // these bytes are not of this protocol: nothing more is served in this conversation
  };
  Kind kind = Kind::kMore;
  size_t consumed = 0;

  static constexpr Step more() { return {Kind::kMore, 0}; }
  static constexpr Step taken(size_t n) { return {Kind::kTaken, n}; }
  static constexpr Step foreign() { return {Kind::kForeign, 0}; }
};

// Whether bytes begin a client's side of the protocol.
enum class Match : uint8_t {
  kNo,
  kMore,  // so far they fit; not told apart yet. A server must decide within kMostToRecognize bytes.
  kYes
};
inline constexpr size_t kMostToRecognize = 64;

// A fact that a server may tell of a request, for the log; the name is stable and unique in the program.
struct FactName {
  std::string_view name;     // "http_method"
  std::string_view meaning;  // one sentence, for docs/formats/contacts.md
};

struct Server {
  std::string_view name;  // stable, lower case: "http"
  bool tcp = false;
  bool udp = false;
  // Whether masscanned 0.2.0 knows it. Under Style::kMasscanned only these are played.
  bool masscanned = false;
  // True when an answer of ours over UDP could itself be taken for a request by a program like us: such answers are
  // rationed to one per peer and minute, so that two responders facing each other fall silent (CERT VU#417980).
  bool reflexive = false;
  // Pure in `first`, all bytes so far. nullptr: it is never recognised, only chosen by port or silence.
  Match (*recognize)(base::Bytes first, const Ends& ends) = nullptr;
  Step (*serve)(Session& session, base::Bytes pending, Answer& out) = nullptr;
  // For protocols in which the server speaks first (TCP); nullptr: the client does.
  void (*greet)(Session& session, Answer& out) = nullptr;
  // Ports on which it is usually found: there `greet` is said at once, and for `udp` they break ties.
  std::span<const uint16_t> ports{};
  std::span<const FactName> facts{};
};

// All of them, those that are most specific first: of several that recognise the same bytes the first one plays.
// Complete and constant.
std::span<const Server* const> servers();
// nullptr: none has that name.
const Server* find_server(std::string_view name);

}  // namespace portolan::proto
