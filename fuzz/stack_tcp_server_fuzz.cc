// SPDX-License-Identifier: Apache-2.0
// TcpServer under any segments, sends, closes and times, with handlers that answer, close and abort in the middle of
// things. Each connection that was announced must go exactly once, the table must keep its bounds, and nothing may be
// delivered after the end.
#include <array>
#include <optional>
#include <vector>

#include "base/cursor.h"
#include "stack/tcp_server.h"

using namespace portolan;
using stack::TcpEnd;
using stack::TcpId;

namespace {

constexpr uint32_t kConnections = 4;

void require(bool ok) {
  if (!ok) __builtin_trap();
}

class World : public stack::TcpEvents, public stack::TcpOutput {
 public:
  explicit World(base::Bytes script) : in_(script), server_(limits(), *this, *this) {}

  void run() {
    while (in_.left() != 0) {
      step();
      require(server_.size() <= kConnections);
    }
    server_.shut_down();
    for (const State& s : states_) require(!s.alive);
    require(server_.size() == 0 && !server_.next_deadline());
  }

 private:
  struct State {
    bool alive = false;
    bool ended = false;
  };

  static stack::TcpLimits limits() {
    stack::TcpLimits l;
    l.connections = kConnections;
    l.blocks = 4;
    l.receive_window = 3000;
    return l;
  }
  static stack::TcpPeer peer(uint8_t n) {
    stack::TcpPeer p;
    p.client = addr::IpAddress::v4(n & 7u);
    p.client_port = n & 7;
    p.window_scale = n & 15;
    return p;
  }

  void step() {
    const uint8_t what = in_.u8();
    const stack::TcpPeer p = peer(in_.u8());
    const auto id = server_.find(p);
    switch (what & 7) {
      case 0:
        now_ += base::Nanos{in_.be16()} * base::kMillisecond;
        server_.on_time(now_);
        break;
      case 1:
        if (id) react(*id, in_.u8());
        break;
      case 2:
        if (id && server_.takes_new_syn(*id)) server_.drop(*id, TcpEnd::kClosed);
        break;
      case 3:
        arrive(p, {}, what);
        break;
      default:
        if (id) arrive(p, id, what);
    }
  }

  // A segment whose numbers lie near the places where something may go wrong.
  void arrive(const stack::TcpPeer& p, std::optional<TcpId> id, uint8_t what) {
    wire::Tcp t;
    const uint8_t way = in_.u8();
    t.sequence = base::SeqNum((way & 1) != 0 ? in_.be32() : 0xfffffff0u + in_.u8() * ((way & 2) != 0 ? 60u : 1u));
    t.acknowledgment = base::SeqNum((way & 4) != 0 ? in_.be32() : 0xfffff000u + in_.be16());
    t.flags = in_.u8();
    t.window = (way & 8) != 0 ? in_.be16() : 0x2000;
    std::array<uint8_t, 12> options{1, 1, 8, 10};
    if ((way & 16) != 0) {
      base::store_be32(&options[4], in_.u8());
      t.options = options;
    }
    t.payload = base::Bytes(kText).first(in_.be16() % kText.size());
    std::vector<uint8_t> bytes(size_of(t));
    emit(t, {p.client, p.server}, bytes);
    const auto view = wire::TcpView::check(bytes);
    require(view.has_value());
    if (id) return server_.on_segment(*id, *view, now_);
    server_.accept(p, *view, {what >> 3 & 3u, way >> 4 & 15u}, now_, [&](TcpId made) {
      require(!states_[made].alive);
      states_[made] = {true, false};
      if ((way & 32) != 0) react(made, way);
    });
  }

  // What an application may do, at any time.
  void react(TcpId id, uint8_t how) {
    const base::Bytes text(kText);
    switch (how & 7) {
      case 0:
      case 1:
        server_.send(id, text.first((how >> 3) * 100u), now_);
        break;
      case 2:
        for (int i = 0; i < 20; ++i) server_.send(id, text, now_);
        break;
      case 3:
        server_.close(id, now_);
        break;
      case 4:
        if ((how >> 3) == 7) server_.abort(id, now_);
        break;
      case 5:
        if ((how >> 3) == 7) server_.drop(id, TcpEnd::kAborted);
        break;
      case 6:
        server_.grant(id, how * 16u, now_);
        break;
      default:
        break;
    }
  }

  void on_data(TcpId id, base::Bytes bytes) override {
    require(states_[id].alive && !states_[id].ended && !bytes.empty());
    for (const uint8_t b : bytes) sum_ = sum_ * 31 + b;  // the span can be read
    react(id, in_.u8());
  }
  void on_end_of_data(TcpId id) override {
    require(states_[id].alive && !states_[id].ended);
    states_[id].ended = true;
    react(id, in_.u8());
  }
  void on_room(TcpId id) override {
    require(states_[id].alive);
    react(id, in_.u8());
  }
  void on_gone(TcpId id, TcpEnd) override {
    require(states_[id].alive);
    states_[id].alive = false;
    react(id, in_.u8());  // to no effect, but to no harm
  }
  void send(const stack::TcpPeer&, const wire::Tcp& segment) override {
    require(segment.payload.size() <= 1460 && segment.options.size() % 4 == 0);
    require((segment.flags & wire::tcp_flag::kAck) != 0 && (segment.flags & wire::tcp_flag::kSyn) == 0);
    for (const uint8_t b : segment.payload) sum_ = sum_ * 31 + b;
  }

  static inline const std::vector<uint8_t> kText = std::vector<uint8_t>(4000, 'x');

  base::Reader in_;
  base::Nanos now_ = 1;
  uint64_t sum_ = 0;
  std::array<State, kConnections> states_{};
  stack::TcpServer server_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 4096) return 0;
  World({data, size}).run();
  return 0;
}
