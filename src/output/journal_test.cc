// SPDX-License-Identifier: Apache-2.0
#include "output/journal.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <memory>

namespace portolan::output::journal_test {
namespace {

using result::NamedValue;

struct Told {
  std::string kind;
  uint16_t port = 0;
  std::vector<uint8_t> bytes{};
  std::vector<std::pair<std::string, std::string>> facts{};
  base::Nanos wall = 0;
  uint32_t size = 0;

  bool operator==(const Told&) const = default;
};

std::vector<std::pair<std::string, std::string>> copy(ContactSink::Facts facts) {
  std::vector<std::pair<std::string, std::string>> all;
  for (const NamedValue& f : facts) all.emplace_back(f.name, f.value);
  return all;
}

class Recorder final : public ContactSink {
 public:
  explicit Recorder(bool contacts = true, bool frames = true) : contacts_(contacts), frames_(frames) {}

  bool wants_contacts() const override { return contacts_; }
  bool wants_frames() const override { return frames_; }
  void on_contact(const result::Contact& c, base::Bytes payload, Facts facts) override {
    told.push_back({"contact", c.client_port, {payload.begin(), payload.end()}, copy(facts), c.wall});
  }
  void on_conversation(const result::Conversation& c, base::Bytes payload, Facts facts) override {
    told.push_back({"conversation", c.client_port, {payload.begin(), payload.end()}, copy(facts), c.wall});
  }
  void on_frame(const SeenFrame& f) override {
    told.push_back({f.fate == result::FrameFate::kSent ? "sent" : "received",
                    0,
                    {f.bytes.begin(), f.bytes.end()},
                    {},
                    f.wall,
                    f.size});
  }
  void on_ignored(result::FrameStop stop, base::Nanos wall) override {
    told.push_back({"ignored", static_cast<uint16_t>(stop), {}, {}, wall});
  }
  void tick() override { ++ticks; }
  void close() override { ++closes; }
  const std::string& error() const override { return failure; }

  std::vector<Told> told;
  int ticks = 0;
  int closes = 0;
  std::string failure;

 private:
  bool contacts_;
  bool frames_;
};

result::Contact contact_of(uint16_t port) {
  result::Contact c;
  c.client_port = port;
  c.wall = port;
  return c;
}

const std::vector<uint8_t> kBytes{1, 2, 3, 4, 5};

TEST(JournalWriter, GivesWhatWasToldToThoseWhoWantIt) {
  Recorder all;
  Recorder contacts(true, false);
  Recorder frames(false, true);
  const base::VirtualClock clock;
  JournalWriter journal({&all, &contacts, &frames}, clock, {.payload_cap = 3, .frame_cap = 4});
  const NamedValue facts[] = {{"http_method", "GET"}, {"http_host", ""}};
  journal.contact(contact_of(7), kBytes, facts);
  result::Conversation conversation;
  conversation.client_port = 8;
  journal.conversation(conversation, {}, {});
  journal.frame(result::FrameFate::kReceived, 50, kBytes);
  journal.ignored(result::FrameStop::kNetwork, 51);
  journal.frame(result::FrameFate::kSent, 52, base::Bytes(kBytes).first(2));
  EXPECT_EQ(journal.drain(), 5u);

  const Told contact{"contact", 7, {1, 2, 3}, {{"http_method", "GET"}, {"http_host", ""}}, 7};
  const Told talk{"conversation", 8};
  const Told received{"received", 0, {1, 2, 3, 4}, {}, 50, 5};
  const Told ignored{"ignored", 1, {}, {}, 51};
  const Told sent{"sent", 0, {1, 2}, {}, 52, 2};
  EXPECT_EQ(all.told, (std::vector<Told>{contact, talk, received, ignored, sent}));
  EXPECT_EQ(contacts.told, (std::vector<Told>{contact, talk}));
  EXPECT_EQ(frames.told, (std::vector<Told>{received, ignored, sent}));
  EXPECT_EQ(journal.counters()[JournalCount::kFrames], 2u);
}

TEST(JournalWriter, WantsNothingThatNoSinkWants) {
  const base::VirtualClock clock;
  JournalWriter nobody({}, clock);
  EXPECT_FALSE(nobody.wants_contacts());
  EXPECT_FALSE(nobody.wants_frames());
  nobody.contact(contact_of(1), {}, {});
  nobody.frame(result::FrameFate::kSent, 0, kBytes);
  EXPECT_EQ(nobody.drain(), 0u);
  EXPECT_EQ(nobody.counters()[JournalCount::kContactsLost], 0u);
}

// Whatever the sizes: what was counted as taken comes out, in order; taken and lost are all that was told.
RC_GTEST_PROP(JournalWriter, CountsWhatFindsNoRoom, ()) {
  Recorder sink(true, true);
  const base::VirtualClock clock;
  const auto ring = *rc::gen::inRange<size_t>(1, 8192);
  JournalWriter journal({&sink}, clock, {.fact_ring = ring, .frame_ring = ring, .payload_cap = 600});
  uint64_t told = 0;
  uint64_t taken = 0;
  for (const std::string& text : *rc::gen::arbitrary<std::vector<std::string>>()) {
    const std::vector<uint8_t> payload(*rc::gen::inRange<size_t>(0, 900), 7);
    const std::vector<NamedValue> facts(*rc::gen::inRange<size_t>(0, 40), NamedValue{"name", text});
    journal.contact(contact_of(static_cast<uint16_t>(told++)), payload, facts);
    journal.frame(result::FrameFate::kReceived, 0, payload);
    if (*rc::gen::arbitrary<bool>()) taken += journal.drain();
  }
  taken += journal.drain();
  const auto& n = journal.counters();
  RC_ASSERT(n[JournalCount::kContacts] + n[JournalCount::kContactsLost] == told);
  RC_ASSERT(n[JournalCount::kFrames] + n[JournalCount::kFramesLost] == told);
  RC_ASSERT(n[JournalCount::kContacts] + n[JournalCount::kFrames] == taken);
  RC_ASSERT(sink.told.size() == taken);
  uint32_t last = 0;
  for (const Told& t : sink.told) {
    if (t.kind != "contact") continue;
    RC_ASSERT(t.port >= last);
    RC_ASSERT(t.bytes.size() <= 600u);
    RC_ASSERT(t.facts.size() <= JournalWriter::kMostFacts);
    last = t.port + 1u;
  }
}

TEST(JournalWriter, TicksTenTimesASecondAndTellsOfFailures) {
  Recorder sink;
  base::VirtualClock clock;
  JournalWriter journal({&sink}, clock);
  for (int i = 0; i < 1000; ++i) {
    clock.advance(base::kMillisecond);
    journal.drain();
  }
  EXPECT_EQ(sink.ticks, 10);
  EXPECT_FALSE(journal.failed());
  sink.failure = "disk full";
  clock.advance(base::kSecond);
  journal.drain();
  EXPECT_TRUE(journal.failed());
}

// Run under TSan.
TEST(JournalWriter, TheThreadTakesEverythingBeforeItStops) {
  Recorder sink(true, true);
  const base::SystemClock clock;
  JournalWriter journal({&sink}, clock);
  journal.start();
  for (uint16_t i = 0; i < 2000; ++i) {
    journal.contact(contact_of(i), kBytes, {});
    journal.frame(result::FrameFate::kSent, i, kBytes);
  }
  journal.stop();
  journal.stop();
  EXPECT_EQ(sink.closes, 1);
  EXPECT_GE(sink.ticks, 1);
  const auto& n = journal.counters();
  EXPECT_EQ(n[JournalCount::kContactsLost] + n[JournalCount::kFramesLost], 0u);
  EXPECT_EQ(sink.told.size(), 4000u);
}

TEST(JournalWriter, NamesItsCounters) {
  EXPECT_EQ(counter_name(JournalCount::kContacts), "contacts");
  EXPECT_EQ(counter_name(JournalCount::kFramesLost), "frames_lost");
}

}  // namespace
}  // namespace portolan::output::journal_test
