// SPDX-License-Identifier: Apache-2.0
// TcpRig: a TcpServer with everything it says written down, and a hand to write clients' segments. For tests.
//
// Client n is 198.51.100.n (or fd00::n), port 40000 + n. Sequence numbers in Segment and Said count from the first byte
// of data either way, so 0 is the byte after SYN; what they stand for on the wire is client_start and server_start.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "stack/tcp_server.h"

namespace portolan::stack::testing {

namespace flag = wire::tcp_flag;

struct Segment {
  uint32_t seq = 0;
  uint32_t ack = 0;
  uint8_t flags = flag::kAck;
  std::string payload{};
  uint16_t window = 65535;
  std::optional<wire::TcpTimestamps> timestamps{};
};

// What the server sent.
struct Said {
  TcpPeer to{};
  uint32_t seq = 0;
  uint32_t ack = 0;
  uint8_t flags = 0;
  std::string payload{};
  uint16_t window = 0;
  wire::TcpOptions options{};
};

struct Seen {
  std::string data{};
  int ends = 0;
  int rooms = 0;
  std::optional<TcpEnd> gone{};
};

inline base::Bytes as_bytes(std::string_view s) { return {reinterpret_cast<const uint8_t*>(s.data()), s.size()}; }

class TcpRig : public TcpEvents, public TcpOutput {
 public:
  explicit TcpRig(const TcpLimits& limits = {}) : server(limits, *this, *this) {}

  static TcpPeer peer(uint32_t n, bool v6 = false) {
    TcpPeer p;
    p.client = v6 ? addr::IpAddress::v6(base::make_u128(0xfdull << 56, n)) : addr::IpAddress::v4(0xc6336400u + n);
    p.server = v6 ? addr::IpAddress::v6(base::make_u128(0xfdull << 56, 0xffff)) : addr::IpAddress::v4(0xcb007101u);
    p.client_port = static_cast<uint16_t>(40000 + n);
    p.server_port = 80;
    return p;
  }

  std::vector<uint8_t> bytes_of(const TcpPeer& from, const Segment& s) const {
    std::vector<uint8_t> options;
    if (s.timestamps) {
      options = {1, 1, 8, 10, 0, 0, 0, 0, 0, 0, 0, 0};
      base::store_be32(&options[4], s.timestamps->value);
      base::store_be32(&options[8], s.timestamps->echo);
    }
    wire::Tcp t;
    t.source_port = from.client_port;
    t.destination_port = from.server_port;
    t.sequence = base::SeqNum(client_start + s.seq);
    t.acknowledgment = base::SeqNum(server_start + s.ack);
    t.flags = s.flags;
    t.window = s.window;
    t.options = options;
    t.payload = as_bytes(s.payload);
    std::vector<uint8_t> out(size_of(t));
    emit(t, {from.client, from.server}, out);
    return out;
  }

  TcpId open(uint32_t n = 1, const Segment& first = {}, const wire::SynOffer& offer = {3, 7}) {
    const auto bytes = bytes_of(peer(n), first);
    TcpId got = 0;
    server.accept(peer(n), *wire::TcpView::check(bytes), offer, now, [&](TcpId id) {
      got = id;
      seen[id] = {};
      if (on_open) on_open(id);
    });
    return got;
  }

  // False: there is no such connection.
  bool tell(uint32_t n, const Segment& s) {
    const auto id = server.find(peer(n));
    if (!id) return false;
    const auto bytes = bytes_of(peer(n), s);
    server.on_segment(*id, *wire::TcpView::check(bytes), now);
    return true;
  }
  bool tell(const Segment& s) { return tell(1, s); }

  void pass(base::Nanos time) {
    const base::Nanos until = now + time;
    while (const auto next = server.next_deadline()) {
      if (*next > until) break;
      now = std::max(now, *next);
      server.on_time(now);
    }
    now = until;
    server.on_time(now);
  }

  // Everything said since the last call.
  std::vector<Said> heard() { return std::exchange(said, {}); }

  void on_data(TcpId id, base::Bytes bytes) override {
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    seen[id].data += text;
    if (on_text) on_text(id, text);
  }
  void on_end_of_data(TcpId id) override {
    ++seen[id].ends;
    if (on_end) on_end(id);
  }
  void on_room(TcpId id) override {
    ++seen[id].rooms;
    if (on_more) on_more(id);
  }
  void on_gone(TcpId id, TcpEnd how) override {
    seen[id].gone = how;
    if (on_over) on_over(id, how);
  }
  void send(const TcpPeer& to, const wire::Tcp& s) override {
    const std::string_view payload(reinterpret_cast<const char*>(s.payload.data()), s.payload.size());
    said.push_back({to, s.sequence.value() - server_start, s.acknowledgment.value() - client_start, s.flags,
                    std::string(payload), s.window, wire::TcpOptions::read(s.options)});
  }

  uint32_t client_start = 1001;
  uint32_t server_start = 5001;
  base::Nanos now = base::kSecond;
  std::vector<Said> said;
  std::map<TcpId, Seen> seen;
  std::function<void(TcpId)> on_open, on_end, on_more;
  std::function<void(TcpId, std::string_view)> on_text;
  std::function<void(TcpId, TcpEnd)> on_over;
  TcpServer server;  // last: it refers to the rest
};

}  // namespace portolan::stack::testing
