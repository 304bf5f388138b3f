// SPDX-License-Identifier: Apache-2.0
#include "output/journal.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <type_traits>
#include <utility>

namespace portolan::output {
namespace {

enum class Kind : uint8_t { kContact, kConversation, kFrame, kIgnored };

// What a record in a ring begins with. Behind it: of facts the value, `facts` FactPlaces, the payload and the values;
// of a frame its bytes. Records never leave the process, so values stand there as they are in memory.
struct Head {
  Kind kind;
  uint8_t detail;      // FrameFate, FrameStop
  uint16_t facts = 0;  // how many
  uint32_t size = 0;   // of the payload; of the frame, before it was cut
  base::Nanos wall = 0;
};

struct FactPlace {
  std::string_view name;
  size_t size;
};

template <class T>
base::Bytes bytes_of(const T& value) {
  static_assert(std::is_trivially_copyable_v<T>);
  return {reinterpret_cast<const uint8_t*>(&value), sizeof value};
}

// The next T of a record, which this file has written: no bounds to doubt.
template <class T>
T take(base::Bytes& record) {
  T value;
  std::memcpy(&value, record.data(), sizeof value);
  record = record.subspan(sizeof value);
  return value;
}

struct FactRecord {
  base::Bytes payload;
  std::array<result::NamedValue, JournalWriter::kMostFacts> facts;
};

FactRecord read_facts(const Head& head, base::Bytes record) {
  FactRecord out;
  base::Bytes places = record.first(head.facts * sizeof(FactPlace));
  record = record.subspan(places.size());
  out.payload = record.first(head.size);
  record = record.subspan(head.size);
  for (size_t i = 0; i < head.facts; ++i) {
    const auto place = take<FactPlace>(places);
    out.facts[i] = {place.name, {reinterpret_cast<const char*>(record.data()), place.size}};
    record = record.subspan(place.size);
  }
  return out;
}

}  // namespace

std::string_view counter_name(JournalCount count) {
  static constexpr std::string_view kNames[] = {"contacts",           "contacts_lost", "conversations",
                                                "conversations_lost", "frames",        "frames_lost"};
  static_assert(std::size(kNames) == static_cast<size_t>(JournalCount::kCount));
  return kNames[static_cast<size_t>(count)];
}

JournalWriter::JournalWriter(std::vector<ContactSink*> sinks, const base::Clock& clock, const JournalOptions& options)
    : options_(options),
      clock_(clock),
      sinks_(std::move(sinks)),
      facts_(std::ranges::any_of(sinks_, &ContactSink::wants_contacts) ? options.fact_ring : 0),
      frames_(std::ranges::any_of(sinks_, &ContactSink::wants_frames) ? options.frame_ring : 0) {
  std::ranges::copy_if(sinks_, std::back_inserter(contact_sinks_), &ContactSink::wants_contacts);
  std::ranges::copy_if(sinks_, std::back_inserter(frame_sinks_), &ContactSink::wants_frames);
}

JournalWriter::~JournalWriter() { stop(); }

void JournalWriter::contact(const result::Contact& contact, base::Bytes payload, ContactSink::Facts facts) {
  if (wants_contacts()) count(push_fact(contact, payload, facts), JournalCount::kContacts);
}

void JournalWriter::conversation(const result::Conversation& conversation, base::Bytes payload,
                                 ContactSink::Facts facts) {
  if (wants_contacts()) count(push_fact(conversation, payload, facts), JournalCount::kConversations);
}

template <class Value>
bool JournalWriter::push_fact(const Value& value, base::Bytes payload, ContactSink::Facts facts) {
  constexpr Kind kKind = std::is_same_v<Value, result::Contact> ? Kind::kContact : Kind::kConversation;
  payload = payload.first(std::min<size_t>(payload.size(), options_.payload_cap));
  facts = facts.first(std::min(facts.size(), kMostFacts));
  const Head head{kKind, 0, static_cast<uint16_t>(facts.size()), static_cast<uint32_t>(payload.size())};
  std::array<FactPlace, kMostFacts> places;
  std::array<base::Bytes, kMostFacts + 4> parts;
  for (size_t i = 0; i < facts.size(); ++i) {
    const std::string_view text = facts[i].value;
    places[i] = {facts[i].name, text.size()};
    parts[4 + i] = {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
  }
  parts[0] = bytes_of(head);
  parts[1] = bytes_of(value);
  parts[2] = {reinterpret_cast<const uint8_t*>(places.data()), facts.size() * sizeof(FactPlace)};
  parts[3] = payload;
  return facts_.push({parts.data(), 4 + facts.size()});
}

void JournalWriter::frame(result::FrameFate fate, base::Nanos wall, base::Bytes frame) {
  if (!wants_frames()) return;
  const Head head{Kind::kFrame, static_cast<uint8_t>(fate), 0, static_cast<uint32_t>(frame.size()), wall};
  const base::Bytes kept = frame.first(std::min<size_t>(frame.size(), options_.frame_cap));
  count(frames_.push({bytes_of(head), kept}), JournalCount::kFrames);
}

void JournalWriter::ignored(result::FrameStop stop, base::Nanos wall) {
  if (!wants_frames()) return;
  // Not counted: its frame was, and a format that misses this line misses only the end of that frame.
  frames_.push({bytes_of(Head{Kind::kIgnored, static_cast<uint8_t>(stop), 0, 0, wall})});
}

void JournalWriter::count(bool taken, JournalCount as) {
  counts_.add(taken ? as : static_cast<JournalCount>(static_cast<uint8_t>(as) + 1));
}

void JournalWriter::start() {
  next_tick_ = clock_.now() + kTickEvery;
  thread_ = std::thread([this] { run(); });
}

void JournalWriter::stop() {
  if (thread_.joinable()) {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
  }
  if (std::exchange(closed_, true)) return;
  // The packet thread is silent: what is there now is all there will be.
  while (drain() != 0) {
  }
  tick();
  for (ContactSink* sink : sinks_) sink->close();
}

size_t JournalWriter::drain() {
  const size_t taken = drain_ring(facts_) + drain_ring(frames_);
  tick_if_due();
  return taken;
}

// At most one ring's worth, so that a busy packet thread can starve neither the other ring nor the tick.
size_t JournalWriter::drain_ring(base::RecordRing& ring) {
  size_t taken = 0;
  for (size_t bytes = 0; bytes < ring.capacity(); ++taken) {
    const auto record = ring.front();
    if (!record) break;
    give(*record);
    bytes += record->size();
    ring.pop();
  }
  return taken;
}

void JournalWriter::give(base::Bytes record) {
  const auto head = take<Head>(record);
  if (head.kind == Kind::kContact) {
    const auto contact = take<result::Contact>(record);
    const FactRecord all = read_facts(head, record);
    for (ContactSink* sink : contact_sinks_) sink->on_contact(contact, all.payload, {all.facts.data(), head.facts});
  } else if (head.kind == Kind::kConversation) {
    const auto conversation = take<result::Conversation>(record);
    const FactRecord all = read_facts(head, record);
    for (ContactSink* sink : contact_sinks_) {
      sink->on_conversation(conversation, all.payload, {all.facts.data(), head.facts});
    }
  } else if (head.kind == Kind::kFrame) {
    const SeenFrame frame{static_cast<result::FrameFate>(head.detail), head.wall, record, head.size};
    for (ContactSink* sink : frame_sinks_) sink->on_frame(frame);
  } else {
    for (ContactSink* sink : frame_sinks_) sink->on_ignored(static_cast<result::FrameStop>(head.detail), head.wall);
  }
}

void JournalWriter::tick_if_due() {
  const base::Nanos now = clock_.now();
  if (now < next_tick_) return;
  next_tick_ = now + kTickEvery;
  tick();
}

void JournalWriter::tick() {
  bool failed = false;
  for (ContactSink* sink : sinks_) {
    sink->tick();
    failed = failed || !sink->error().empty();
  }
  failed_.store(failed, std::memory_order_relaxed);
}

void JournalWriter::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    const size_t taken = drain();
    lock.lock();
    if (taken == 0) wake_.wait_for(lock, std::chrono::nanoseconds(kPollEvery), [this] { return stopping_; });
  }
}

}  // namespace portolan::output
