// SPDX-License-Identifier: Apache-2.0
// Street: an engine in memory and virtual time, and a client across the street who can say anything to it.
//
// For tests only. Words of the client return what came back at once; turn() moves the clock.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "pktio/pair_port.h"
#include "respond/engine.h"
#include "respond/stateless.h"
#include "wire/frame_view.h"
#include "wire/ndp.h"

namespace portolan::respond::testing {

inline constexpr addr::MacAddress kEngineMac{{2, 0, 0, 0, 0, 1}};
inline constexpr addr::MacAddress kClientMac{{2, 0, 0, 0, 0, 2}};

inline base::Bytes bytes_of(std::string_view s) { return {reinterpret_cast<const uint8_t*>(s.data()), s.size()}; }
inline std::string text_of(base::Bytes b) { return {reinterpret_cast<const char*>(b.data()), b.size()}; }

// A frame that came back. Owns its bytes.
struct Reply {
  std::vector<uint8_t> bytes;
  wire::FrameView view() const { return *wire::FrameView::check(bytes, wire::LinkType::kEthernet, false); }
  bool valid() const { return wire::FrameView::check(bytes, wire::LinkType::kEthernet, false).has_value(); }
};
using Replies = std::vector<Reply>;

struct Side {
  addr::IpAddress client = addr::IpAddress::v4(0xc6336407);  // 198.51.100.7
  addr::IpAddress server = addr::IpAddress::v4(0xc0000205);  // 192.0.2.5
  uint16_t client_port = 40001;
  uint16_t server_port = 80;
  std::optional<uint16_t> vlan{};

  ReplyPath path() const { return {{wire::LinkType::kEthernet, kClientMac, vlan}, kEngineMac, client, server}; }
};

inline Side side_v6() {
  Side s;
  s.client = addr::IpAddress::v6(base::make_u128(0x20010db800010000u, 7));
  s.server = addr::IpAddress::v6(base::make_u128(0x20010db800000000u, 5));
  return s;
}

// 192.0.2.0/24 and 2001:db8::/64 are the engine's.
inline EngineOptions street_options() {
  EngineOptions o;
  o.mac = kEngineMac;
  addr::RangeList<uint32_t> v4;
  v4.add(0xc0000200, 0xc00002ff);
  addr::RangeList<base::u128> v6;
  v6.add(base::make_u128(0x20010db800000000u, 0), base::make_u128(0x20010db800000000u, ~uint64_t{0}));
  o.own = AddressSet(std::move(v4), std::move(v6));
  o.primary_v4 = addr::IpAddress::v4(0xc0000201);
  o.primary_v6 = addr::IpAddress::v6(base::make_u128(0x20010db800000000u, 1));
  o.tcp.connections = 64;
  o.tcp.blocks = 64;
  o.dialogue_blocks = 16;
  o.secret = {1, 2};
  return o;
}

class Street {
 public:
  explicit Street(const EngineOptions& options = street_options(), result::Journal* journal = nullptr) {
    clock.advance(base::kSecond);
    std::tie(near_, far_) = pktio::make_port_pair({.capacity = 4096, .clock = &clock});
    engine = std::make_unique<Engine>(options, *near_, journal, clock.now());
  }

  Replies hear() {
    engine->flush();
    Replies out;
    for (const pktio::RxFrame& f : far_->receive(4096)) out.push_back({{f.bytes.begin(), f.bytes.end()}});
    return out;
  }
  Replies say(base::Bytes frame, bool checksum_partial = false) {
    engine->on_frame({frame, clock.wall(), checksum_partial}, clock.now());
    return hear();
  }
  Replies turn(base::Nanos by) {
    clock.advance(by);
    engine->on_time(clock.now(), clock.wall());
    return hear();
  }

  Replies tcp(const Side& s, uint8_t flags, uint32_t seq, uint32_t ack, base::Bytes payload = {},
              base::Bytes options = {}) {
    const wire::Tcp t{.source_port = s.client_port,
                      .destination_port = s.server_port,
                      .sequence = base::SeqNum(seq),
                      .acknowledgment = base::SeqNum(ack),
                      .flags = flags,
                      .window = 64240,
                      .options = options,
                      .payload = payload};
    return say({room_.data(), tcp_segment(s.path(), {}, t, room_)});
  }
  Replies udp(const Side& s, base::Bytes payload) {
    return say({room_.data(), udp_datagram(s.path(), {}, s.client_port, s.server_port, payload, room_)});
  }
  Replies ping(const Side& s, base::Bytes data) {
    const ReplyPath path = s.path();
    const base::MutableBytes out(room_);
    const size_t head = ip_frame(path, {}, 0, 0, out);
    if (s.client.is_v4()) {
      const wire::Icmpv4 m{8, 0, 0x12340001, data};
      wire::emit(m, out.subspan(head));
      return say(out.first(ip_frame(path, {}, 1, wire::size_of(m), out)));
    }
    const wire::Icmpv6 m{128, 0, 0x12340001, data};
    wire::emit(m, {s.client, s.server}, out.subspan(head));
    return say(out.first(ip_frame(path, {}, 58, wire::size_of(m), out)));
  }

  // A handshake; the server's initial sequence number, nullopt: it was refused.
  std::optional<uint32_t> connect(const Side& s, uint32_t seq = 1000) {
    const Replies r = tcp(s, wire::tcp_flag::kSyn, seq, 0);
    if (r.size() != 1 || r[0].view().transport() != wire::FrameView::Transport::kTcp) return std::nullopt;
    if (!r[0].view().tcp().is_syn_ack()) return std::nullopt;
    return r[0].view().tcp().sequence().value();
  }
  // What the server says to `request`, sent in segments cut at `cut` bytes, with PSH on the last.
  std::string converse(const Side& s, std::string_view request, size_t cut = 1400) {
    const auto isn = connect(s);
    if (!isn) return "no SYN-ACK";
    uint32_t seq = 1001, ack = *isn + 1;
    std::string heard;
    const auto take = [&](const Replies& replies) {
      for (const Reply& r : replies) {
        const auto t = r.view().tcp();
        if (t.sequence().value() != ack) continue;
        heard += text_of(t.payload());
        ack += static_cast<uint32_t>(t.payload().size());
      }
    };
    take(tcp(s, wire::tcp_flag::kAck, seq, ack));
    for (; !request.empty(); request.remove_prefix(std::min(cut, request.size()))) {
      const auto part = bytes_of(request.substr(0, cut));
      take(tcp(s, wire::tcp_flag::kAck | wire::tcp_flag::kPsh, seq, ack, part));
      seq += static_cast<uint32_t>(part.size());
    }
    take(tcp(s, wire::tcp_flag::kAck, seq, ack));
    return heard;
  }

  uint64_t count(Count c) const { return engine->counters().respond[c]; }

  // The two books of counters.h.
  uint64_t ends_in() const {
    uint64_t n = 0;
    for (size_t i = static_cast<size_t>(Count::kMalformed); i <= static_cast<size_t>(Count::kNoRoom); ++i) {
      n += count(static_cast<Count>(i));
    }
    return n;
  }
  uint64_t answers_out() const {
    uint64_t n = 0;
    for (size_t i = static_cast<size_t>(Count::kOutLink); i <= static_cast<size_t>(Count::kOutCopies); ++i) {
      n += count(static_cast<Count>(i));
    }
    return n;
  }
  bool books_balance() const {
    const auto stats = near_->stats();
    return count(Count::kReceived) == ends_in() && answers_out() == stats.sent + stats.send_refused;
  }

  base::VirtualClock clock;
  std::unique_ptr<Engine> engine;

 private:
  std::unique_ptr<pktio::PairPort> near_, far_;
  std::array<uint8_t, 2048> room_{};
};

}  // namespace portolan::respond::testing
