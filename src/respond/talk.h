// SPDX-License-Identifier: Apache-2.0
// Talk: what is remembered of one TCP conversation beside the transport: the dialogue, the facts, the first bytes.
//
// Talks are made in place, in an array as long as the connection table, and cost memory only while they live.
// Single-threaded.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/buffer_pool.h"
#include "base/clock.h"
#include "proto/dialogue.h"
#include "respond/cast.h"
#include "respond/rules.h"
#include "result/contact.h"
#include "stack/recency_list.h"

namespace portolan::respond {

struct Talk {
  static constexpr size_t kSample = 2048;  // bytes of what the client said first, for the log

  Talk(const Player& who, const proto::Ends& ends, base::Nanos wall_now, base::BufferPool& pool)
      : player(who), dialogue(player.persona, ends, wall_now, pool), wall(wall_now) {}

  void remember(base::Bytes bytes) {
    const size_t n = std::min(bytes.size(), kSample - sample_size);
    std::copy_n(bytes.begin(), n, sample.begin() + static_cast<ptrdiff_t>(sample_size));
    sample_size += n;
  }

  Player player;  // before the dialogue, which refers to it
  proto::Dialogue dialogue;
  proto::FactList facts;
  base::Nanos wall;
  std::string_view said{};
  uint8_t ttl = 0;
  int32_t window = result::Contact::kUnknown;
  bool mute = false;                     // takes everything and never says a word
  std::shared_ptr<const Rules> rules{};  // that are asked about its bytes; null: no longer
  base::BufferPool::Block asked{};       // bytes about which they have not decided
  bool ruled = false;                    // a rule has answered
  bool forwarded = false;                // to a real server, which speaks instead of us
  size_t sample_size = 0;
  std::array<uint8_t, kSample> sample;
};

// Memory for n Talks, of which the pages come when they are used. All must have ended when it does.
class TalkStore {
 public:
  explicit TalkStore(size_t n) : places_(new Place[n]), alive_(n) {}
  template <class... Args>
  Talk& make(size_t i, Args&&... args) {
    alive_[i] = true;
    return *new (places_[i].bytes) Talk(std::forward<Args>(args)...);
  }
  Talk& operator[](size_t i) { return *std::launder(reinterpret_cast<Talk*>(places_[i].bytes)); }
  void end(size_t i) {
    (*this)[i].~Talk();
    alive_[i] = false;
  }
  bool alive(size_t i) const { return alive_[i]; }

 private:
  struct Place {
    alignas(Talk) std::byte bytes[sizeof(Talk)];
  };
  std::unique_ptr<Place[]> places_;
  std::vector<bool> alive_;
};

// Who has been silent since when. All wait equally long, so the order of the last words is that of the deadlines.
class SilenceQueue {
 public:
  explicit SilenceQueue(uint32_t n) : order_(n), deadline_(n) {}

  void touch(uint32_t i, base::Nanos deadline) {
    order_.touch(i);
    deadline_[i] = deadline;
  }
  void remove(uint32_t i) { order_.remove(i); }
  // Who has been silent for longest; nullopt: nobody is there.
  std::optional<uint32_t> oldest() const {
    const uint32_t first = order_.first();
    if (first == order_.end()) return std::nullopt;
    return first;
  }
  // One whose deadline has passed, taken out; nullopt: none.
  std::optional<uint32_t> take(base::Nanos now) {
    const auto first = oldest();
    if (!first || deadline_[*first] > now) return std::nullopt;
    order_.remove(*first);
    return first;
  }
  std::optional<base::Nanos> next() const {
    const auto first = oldest();
    if (!first) return std::nullopt;
    return deadline_[*first];
  }

 private:
  stack::RecencyList order_;
  std::vector<base::Nanos> deadline_;
};

}  // namespace portolan::respond
