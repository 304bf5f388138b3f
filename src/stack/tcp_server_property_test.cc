// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <set>

#include "stack/tcp_server.h"
#include "stack/testing/model_client.h"
#include "stack/testing/tcp_rig.h"

namespace portolan::stack::tcp_server_property_test {
namespace {

using base::kMillisecond;
using base::kSecond;
using base::Nanos;
using testing::as_bytes;
using testing::ModelClient;
using testing::Said;
using testing::Segment;
using testing::TcpRig;

// What a link does to a packet, in percent.
struct Weather {
  uint64_t loss = 0;
  uint64_t copies = 0;
  uint64_t delay = 0;  // up to so many milliseconds, each packet for itself: so they overtake each other
};

// An application that answers each byte with its complement, at its own pace, and closes when it has answered all.
struct Mirror {
  uint32_t capacity = 0;  // 0: unbounded and at once, else what it can hold unanswered
  std::string held{};
  std::string backlog{};
  bool ended = false;
};

class Scene {
 public:
  Scene(const TcpLimits& limits, ModelClient::Traits traits, const Weather& weather, Mirror mirror, uint64_t seed)
      : rig_(limits),
        weather_(weather),
        mirror_(std::move(mirror)),
        client_(std::move(traits), seed, [this](const Segment& s) { launch(to_server_, s); }) {
    rig_.client_start = static_cast<uint32_t>(seed);
    rig_.server_start = static_cast<uint32_t>(seed >> 32);
    rig_.on_text = [this](TcpId id, std::string_view text) { hear(id, text); };
    rig_.on_end = [this](TcpId id) { mirror_.ended = true, answer(id); };
    rig_.on_more = [this](TcpId id) { answer(id); };
  }

  TcpRig& rig() { return rig_; }
  const ModelClient& client() const { return client_; }
  TcpId id() const { return id_; }

  // Until both sides are through. False: it takes for ever.
  bool play(const Segment& first, const wire::SynOffer& offer) {
    id_ = rig_.open(1, first, offer);
    client_.pump(rig_.now);
    const Nanos last = rig_.now + 4000 * kSecond;
    while (!client_.done() || !rig_.seen[id_].gone) {
      carry_off();
      const Nanos next = std::min({first_of(to_server_), first_of(to_client_), client_.next(), drain_at_,
                                   rig_.server.next_deadline().value_or(INT64_MAX)});
      if (next > last) return false;
      rig_.now = std::max(rig_.now, next);
      step();
    }
    return true;
  }

 private:
  template <class T>
  using Link = std::multimap<Nanos, T>;

  template <class T>
  static Nanos first_of(const Link<T>& link) {
    return link.empty() ? INT64_MAX : link.begin()->first;
  }
  template <class T>
  void launch(Link<T>& link, const T& packet) {
    const int copies = client_.below(100) < weather_.loss ? 0 : client_.below(100) < weather_.copies ? 2 : 1;
    for (int i = 0; i < copies; ++i) {
      link.emplace(rig_.now + 5 * kMillisecond + static_cast<Nanos>(client_.below(weather_.delay + 1)) * kMillisecond,
                   packet);
    }
  }
  void carry_off() {
    for (const Said& s : rig_.heard()) launch(to_client_, s);
  }
  void step() {
    rig_.server.on_time(rig_.now);
    client_.on_time(rig_.now);
    if (drain_at_ <= rig_.now) drain();
    while (first_of(to_client_) <= rig_.now) client_.on_segment(pop(to_client_), rig_.now);
    while (first_of(to_server_) <= rig_.now) rig_.tell(pop(to_server_));
  }
  template <class T>
  static T pop(Link<T>& link) {
    return std::move(link.extract(link.begin()).mapped());
  }

  void hear(TcpId id, std::string_view text) {
    mirror_.held += text;
    if (mirror_.capacity == 0) return drain();
    if (mirror_.held.size() > mirror_.capacity) throw std::logic_error("more than was granted");
    rig_.server.grant(id, static_cast<uint32_t>(mirror_.capacity - mirror_.held.size()), rig_.now);
    if (drain_at_ == INT64_MAX) drain_at_ = rig_.now + static_cast<Nanos>(client_.below(300)) * kMillisecond;
  }
  void drain() {
    drain_at_ = INT64_MAX;
    for (const char c : mirror_.held) mirror_.backlog += static_cast<char>(~c);
    mirror_.held.clear();
    if (mirror_.capacity != 0) rig_.server.grant(id_now(), mirror_.capacity, rig_.now);
    answer(id_now());
  }
  void answer(TcpId id) {
    mirror_.backlog.erase(0, rig_.server.send(id, as_bytes(mirror_.backlog), rig_.now));
    if (mirror_.ended && mirror_.backlog.empty() && mirror_.held.empty()) rig_.server.close(id, rig_.now);
  }
  TcpId id_now() const { return rig_.seen.begin()->first; }

  TcpRig rig_;
  Weather weather_;
  Mirror mirror_;
  ModelClient client_;
  TcpId id_ = 0;
  Nanos drain_at_ = INT64_MAX;
  Link<Segment> to_server_;
  Link<Said> to_client_;
};

TcpLimits patient() {
  TcpLimits limits;
  limits.connections = 2;
  limits.blocks = 4;
  limits.idle = limits.closing = limits.linger = 3000 * kSecond;
  limits.retransmit = 100 * kMillisecond;
  limits.attempts = 100;
  return limits;
}

// Whatever is lost, doubled and overtaken, and however slowly either side reads: what the client said arrives, each
// byte once and in order, and so does the answer; both FINs too. ModelClient and Mirror judge windows, sizes and
// numbers.
RC_GTEST_PROP(TcpServer, BothStreamsArriveWhole, (uint64_t seed)) {
  ModelClient::Traits traits;
  const auto size = *rc::gen::weightedOneOf<size_t>(
      {{3, rc::gen::inRange<size_t>(0, 3000)}, {1, rc::gen::inRange<size_t>(3000, 60'000)}});
  base::SplitMix64 text(seed);
  for (size_t i = 0; i < size; ++i) traits.text += static_cast<char>(text.next());
  const auto mss_index = *rc::gen::inRange<uint64_t>(0, 4);
  traits.mss = static_cast<uint32_t>(wire::syn_mss(mss_index));
  traits.buffer = *rc::gen::inRange(600u, 30'000u);
  traits.timestamps = *rc::gen::arbitrary<bool>();
  traits.reads_slowly = *rc::gen::arbitrary<bool>();
  Weather weather;
  weather.loss = *rc::gen::element(0, 2, 25);
  weather.copies = *rc::gen::element(0, 20);
  weather.delay = *rc::gen::element(0, 1, 120);
  TcpLimits limits = patient();
  Mirror mirror;
  if (*rc::gen::arbitrary<bool>()) mirror.capacity = limits.receive_window = *rc::gen::inRange(1500u, 20'000u);

  Scene scene(limits, traits, weather, mirror, seed);
  Segment first;
  first.window = static_cast<uint16_t>(traits.buffer >> ModelClient::kScale);
  if (traits.timestamps) first.timestamps = wire::TcpTimestamps{tcp_timestamp(scene.rig().now), 0};
  RC_ASSERT(scene.play(first, {mss_index, ModelClient::kScale}));

  const auto& seen = scene.rig().seen[scene.id()];
  RC_ASSERT(seen.data == traits.text);
  RC_ASSERT(seen.ends == 1);
  RC_ASSERT(seen.gone == TcpEnd::kClosed);
  std::string complement;
  for (const char c : traits.text) complement += static_cast<char>(~c);
  RC_ASSERT(scene.client().answer() == complement);
}

// However many come and whatever they do: the table stays within its bounds, each that was announced goes exactly once,
// and find() agrees with what was told.
RC_GTEST_PROP(TcpServer, StaysWithinItsBounds, (std::vector<std::tuple<uint8_t, uint8_t, uint16_t>> steps)) {
  TcpLimits limits;
  limits.connections = 4;
  limits.blocks = 4;
  TcpRig rig(limits);
  std::map<TcpId, uint32_t> alive;
  rig.on_over = [&](TcpId id, TcpEnd) { RC_ASSERT(alive.erase(id) == 1u); };
  uint64_t opened = 0;
  uint64_t ended = 0;
  for (const auto& [what, who, number] : steps) {
    const uint32_t n = who & 7;
    const auto id = rig.server.find(TcpRig::peer(n));
    Segment s;
    s.seq = number & 63;
    s.ack = (number >> 6) & 63;
    s.payload = std::string((number >> 12) * 3, 'x');
    s.flags = static_cast<uint8_t>(what >> 3) & 0x1f;
    switch (what & 7) {
      case 0:
      case 1:
        if (id) break;
        rig.on_open = [&](TcpId now_open) { RC_ASSERT(alive.emplace(now_open, n).second); };
        rig.open(n);
        ++opened;
        break;
      case 2:
        rig.now += number * kMillisecond;
        rig.server.on_time(rig.now);
        break;
      case 3:
        if (id) rig.server.send(*id, as_bytes(std::string(number, 'y')), rig.now);
        break;
      case 4:
        if (id) rig.server.close(*id, rig.now);
        break;
      case 5:
        if (id && (number & 3) == 0) rig.server.abort(*id, rig.now);
        if (id && (number & 3) == 1 && rig.server.takes_new_syn(*id)) rig.server.drop(*id, TcpEnd::kClosed);
        break;
      default:
        rig.tell(n, s);
    }
    rig.heard();
    RC_ASSERT(rig.server.size() == alive.size());
    RC_ASSERT(alive.size() <= 4u);
    for (const auto& [i, peer] : alive) RC_ASSERT(rig.server.find(TcpRig::peer(peer)) == i);
  }
  ended = opened - alive.size();
  RC_ASSERT(rig.server.evicted() <= ended);
  rig.server.shut_down();
  RC_ASSERT(alive.empty());
  RC_ASSERT(!rig.server.next_deadline());
}

TEST(TcpServer, HoldsSixtyFiveThousandConnections) {
  TcpLimits limits;
  limits.connections = 65'536;
  TcpRig rig(limits);
  uint64_t gone = 0;
  rig.on_over = [&](TcpId, TcpEnd) { ++gone; };
  for (uint32_t n = 0; n < 65'536; ++n) rig.open(n);
  EXPECT_EQ(rig.server.size(), 65'536u);
  EXPECT_EQ(gone, 0u);
  rig.open(70'000);
  EXPECT_EQ(gone, 1u);
  EXPECT_FALSE(rig.server.find(TcpRig::peer(0)));
  EXPECT_TRUE(rig.server.find(TcpRig::peer(1)));
  rig.pass(61 * kSecond);
  EXPECT_EQ(gone, 65'537u);
  EXPECT_EQ(rig.server.size(), 0u);
}

}  // namespace
}  // namespace portolan::stack::tcp_server_property_test
