// SPDX-License-Identifier: Apache-2.0
// Every server of the registry over any bytes, in both styles, over both transports: whole, and cut anywhere.
//
// Input: a byte that chooses the server (0: whichever recognises them), a byte of switches, a seed for the cuts, and
// what the client sends. A server of today says the same however TCP has cut its client's bytes.
#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "proto/dialogue.h"

using namespace portolan;

namespace {

constexpr size_t kRoom = 65536;
constexpr base::Nanos kWall = 1'700'000'000 * base::kSecond;

struct Scene {
  proto::Persona persona;
  proto::Ends ends;
  const proto::Server* server = nullptr;  // nullptr: it has to be recognised
  size_t limit = proto::Answer::kNoLimit;
};

struct Said {
  std::string text;
  bool fits = true;  // all answers found room
};

// Bytes at the end of memory of their own, so that a read behind them is seen.
std::vector<uint8_t> exactly(base::Bytes bytes) { return {bytes.begin(), bytes.end()}; }

void check(proto::Answer& out) {
  if (out.written().size() > kRoom) __builtin_trap();
  for (const proto::Fact& fact : out.facts().all()) {
    if (fact.name.empty() || fact.value.size() > proto::FactList::kMostValue) __builtin_trap();
  }
}

// One side of a conversation, by way of Dialogue or with one server alone.
class Conversation {
 public:
  explicit Conversation(const Scene& scene)
      : scene_(&scene),
        pool_(1),
        dialogue_(scene_->persona, scene_->ends, kWall, pool_),
        session_(scene_->persona, scene_->ends, kWall) {
    say([&](proto::Answer& out) {
      if (scene_->server == nullptr) return dialogue_.on_open(kWall, out);
      if (scene_->server->greet != nullptr) scene_->server->greet(session_, out);
    });
  }

  void hear(base::Bytes bytes) {
    const std::vector<uint8_t> exact = exactly(bytes);
    say([&](proto::Answer& out) {
      if (scene_->server == nullptr) return dialogue_.on_bytes(kWall, exact, out);
      pending_.insert(pending_.end(), exact.begin(), exact.end());
      serve(out);
    });
  }
  void fall_silent() {
    if (scene_->server != nullptr) return;
    say([&](proto::Answer& out) { dialogue_.on_silence(kWall, out); });
  }
  const Said& said() const { return said_; }

 private:
  template <class Speak>
  void say(Speak&& speak) {
    static std::vector<uint8_t> room(kRoom);
    proto::Answer out(room, facts_, scene_->limit);
    speak(out);
    check(out);
    said_.text.append(out.written().begin(), out.written().end());
    said_.fits = said_.fits && out.ok();
  }

  void serve(proto::Answer& out) {
    while (!over_ && !pending_.empty()) {
      const std::vector<uint8_t> view(
          pending_.begin(),
          pending_.begin() + static_cast<ptrdiff_t>(std::min(pending_.size(), base::BufferPool::kBlock)));
      const proto::Step step = scene_->server->serve(session_, view, out);
      if (step.kind == proto::Step::Kind::kMore) return;
      over_ = step.kind == proto::Step::Kind::kForeign || step.consumed == 0 || out.closes() || out.aborts();
      if (step.consumed > view.size()) __builtin_trap();
      pending_.erase(pending_.begin(), pending_.begin() + static_cast<ptrdiff_t>(step.consumed));
    }
  }

  const Scene* scene_;
  base::BufferPool pool_;
  proto::Dialogue dialogue_;
  proto::Session session_;
  proto::FactList facts_;
  std::vector<uint8_t> pending_;
  Said said_;
  bool over_ = false;
};

Said play_whole(const Scene& scene, base::Bytes bytes) {
  Conversation conversation(scene);
  conversation.hear(bytes);
  return conversation.said();
}

Said play_cut(const Scene& scene, base::Bytes bytes, uint64_t seed) {
  Conversation conversation(scene);
  base::SplitMix64 random(seed);
  while (!bytes.empty()) {
    const size_t size = std::min<size_t>(bytes.size(), 1 + random.next() % (seed % 2 == 0 ? 4 : 64));
    conversation.hear(bytes.first(size));
    bytes = bytes.subspan(size);
  }
  const Said said = conversation.said();
  conversation.fall_silent();
  return said;
}

void play_stream(const Scene& scene, base::Bytes bytes, uint64_t seed) {
  const Said whole = play_whole(scene, bytes);
  const Said cut = play_cut(scene, bytes, seed);
  // masscanned answers segments, not requests.
  const bool same = scene.persona.style == proto::Style::kMasscanned || !whole.fits || !cut.fits;
  if (!same && whole.text != cut.text) __builtin_trap();
}

void play_datagram(const Scene& scene, base::Bytes bytes) {
  const std::vector<uint8_t> exact = exactly(bytes);
  std::vector<uint8_t> room(kRoom);
  proto::FactList facts;
  proto::Answer out(room, facts, scene.limit);
  if (scene.server == nullptr) {
    proto::answer_datagram(scene.persona, scene.ends, kWall, exact, out);
  } else {
    proto::Session session(scene.persona, scene.ends, kWall);
    const proto::Step step = scene.server->serve(session, exact, out);
    if (step.consumed > exact.size()) __builtin_trap();
  }
  check(out);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 4) return 0;
  const auto servers = proto::servers();
  const size_t chosen = data[0] % (servers.size() + 1);
  const uint8_t switches = data[1];
  const base::Bytes bytes(data + 3, size - 3);

  Scene scene;
  scene.server = chosen == 0 ? nullptr : servers[chosen - 1];
  scene.persona.style = (switches & 1) != 0 ? proto::Style::kMasscanned : proto::Style::kModern;
  scene.persona.host_name = (switches & 8) != 0 ? "mail.example.org" : "a";
  scene.persona.variety = switches >> 4;
  const bool v6 = (switches & 2) != 0;
  scene.ends.client =
      v6 ? addr::IpAddress::v6(base::make_u128(0x20010db8'00000000, 9)) : addr::IpAddress::v4(0xc0000209);
  scene.ends.server =
      v6 ? addr::IpAddress::v6(base::make_u128(0x20010db8'00000000, 7)) : addr::IpAddress::v4(0xc6336407);
  scene.ends.client_port = 40000;
  const bool home = scene.server != nullptr && !scene.server->ports.empty();
  scene.ends.server_port = home ? scene.server->ports[0] : static_cast<uint16_t>(data[2] * 16);

  const bool udp = (switches & 4) != 0;
  scene.ends.transport = udp ? proto::Transport::kUdp : proto::Transport::kTcp;
  if (udp && data[2] % 2 == 0) scene.limit = bytes.size();
  if (scene.server != nullptr && !(udp ? scene.server->udp : scene.server->tcp)) return 0;
  udp ? play_datagram(scene, bytes) : play_stream(scene, bytes, data[2]);
  return 0;
}
