// SPDX-License-Identifier: Apache-2.0
// Contact, Conversation: what a responder saw, as facts. And Journal, where it tells them.
//
// A Contact is one packet that asked something of an address of ours. A Conversation is a TCP connection, told when it
// is over; each connection is preceded by the Contact of its SYN. Both are values; what varies in length (payload,
// facts) stands beside them in a call and is copied by the Journal, which must not block: what it cannot take it counts
// and the packet thread goes on.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

#include "addr/ip_address.h"
#include "addr/mac_address.h"
#include "base/bytes.h"
#include "base/clock.h"

namespace portolan::result {

// What a contact asked. Stable numbers: append only. name(): arp ndp echo timestamp tcp-syn tcp-stray udp other
enum class Ask : uint8_t {
  kArp = 0,
  kNeighbor = 1,
  kEcho = 2,
  kTimestamp = 3,
  kSyn = 4,
  kStray = 5,  // a TCP segment of no connection
  kDatagram = 6,
  kOther = 7,  // another IP protocol
};

// What was done about it. Stable numbers: append only. name(): the words in the comments.
enum class Deed : uint8_t {
  kSilence = 0,      // silence: there is nothing to say to this
  kReply = 1,        // reply: ARP, NDP, echo, timestamp
  kSynAck = 2,       // syn-ack
  kReset = 3,        // reset
  kUnreachable = 4,  // unreachable: an ICMP error
  kData = 5,         // data: bytes of an application
  kRationed = 6,     // rationed: an answer was due, and a limit (rate, amplification, loop) forbade it
  kFiltered = 7,     // filtered: this port of the simulated host is silent
  kForwarded = 8,    // forwarded: to a real server
};

// How a conversation ended. Stable numbers: append only. name(): the words in the comments.
enum class Ending : uint8_t {
  kClosed = 0,    // closed: by FIN, both ways
  kReset = 1,     // reset: by the client
  kIdle = 2,      // idle: nothing for too long
  kEvicted = 3,   // evicted: the table was full and this one the least recently used
  kLost = 4,      // lost: what we sent was never acknowledged
  kAborted = 5,   // aborted: by us
  kShutdown = 6,  // shutdown: the responder ended
};

struct Contact {
  static constexpr int32_t kUnknown = -1;

  base::Nanos wall = 0;  // arrival, Unix epoch
  addr::IpAddress client{};
  addr::IpAddress server{};
  addr::MacAddress mac{};  // link source; has_mac says whether there is one
  uint16_t client_port = 0;
  uint16_t server_port = 0;
  Ask ask = Ask::kOther;
  Deed deed = Deed::kSilence;
  bool has_mac = false;
  uint8_t ip_protocol = 0;
  uint8_t ttl = 0;
  uint8_t tcp_flags = 0;
  int32_t vlan = kUnknown;
  int32_t ip_id = kUnknown;   // IPv4 only
  int32_t window = kUnknown;  // TCP: unscaled
  int32_t mss = kUnknown;
  int16_t window_scale = kUnknown;
  std::array<uint8_t, 12> tcp_options{};  // option kinds in their order
  uint8_t tcp_option_count = 0;
  uint32_t sequence = 0;        // TCP
  uint32_t acknowledgment = 0;  // TCP
  uint32_t payload_size = 0;    // of the packet, before any cap
  uint32_t answer_size = 0;     // bytes of payload answered
  std::string_view protocol{};  // recognised application, a constant; empty: none
  std::string_view said{};      // a constant, of the server that answered
};
static_assert(std::is_trivially_copyable_v<Contact>);

struct Conversation {
  base::Nanos wall = 0;      // of the client's handshake ACK, Unix epoch
  base::Nanos duration = 0;  // to its end
  addr::IpAddress client{};
  addr::IpAddress server{};
  uint16_t client_port = 0;
  uint16_t server_port = 0;
  uint8_t ttl = 0;
  int32_t window = Contact::kUnknown;
  Ending ending = Ending::kClosed;
  bool forwarded = false;
  bool facts_cut = false;
  uint32_t segments_in = 0;
  uint32_t segments_out = 0;
  uint64_t bytes_in = 0;   // payload, in order, each once
  uint64_t bytes_out = 0;  // payload, each once
  std::string_view protocol{};
  std::string_view said{};  // the last
};
static_assert(std::is_trivially_copyable_v<Conversation>);

// A fact as the protocols tell it. `name` is a constant, `value` any bytes.
struct NamedValue {
  std::string_view name;
  std::string_view value;
};

// A frame, for captures and packet logs.
enum class FrameFate : uint8_t {
  kReceived = 0,  // told before it is looked at; what is sent because of it follows before the next is received
  kSent = 1,
};

// How far a received frame came that was not answered. Stable numbers: append only.
enum class FrameStop : uint8_t {
  kLink = 0,       // not to a station that we are, or an EtherType or tags that we do not read
  kNetwork = 1,    // ARP, IP: not to an address of ours, not from one that we answer, or damaged
  kTransport = 2,  // everything above: nothing was to be said, or nothing that could be
};

class Journal {
 public:
  virtual ~Journal() = default;
  // Which of the calls below are wanted: what is not is not worth preparing. Frames: frame() and ignored().
  virtual bool wants_frames() const = 0;
  virtual bool wants_contacts() const = 0;

  // `payload` is the first bytes of the packet's payload (a conversation's: of what the client said).
  virtual void contact(const Contact& contact, base::Bytes payload, std::span<const NamedValue> facts) = 0;
  virtual void conversation(const Conversation& conversation, base::Bytes payload,
                            std::span<const NamedValue> facts) = 0;
  virtual void frame(FrameFate fate, base::Nanos wall, base::Bytes frame) = 0;
  // The frame told last as received is dealt with, and was not answered.
  virtual void ignored(FrameStop stop, base::Nanos wall) = 0;
};

std::string_view name(Ask a);
std::string_view name(Deed d);
std::string_view name(Ending e);

}  // namespace portolan::result
