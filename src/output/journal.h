// SPDX-License-Identifier: Apache-2.0
// JournalWriter: the Journal that a packet thread tells, and the thread that gives what was told to the sinks.
//
// Telling is a copy into a ring and never waits: what finds no room is counted (JournalCount) and gone. Facts and
// frames have a ring each, so a flood of frames costs no contact. The thread empties both every few milliseconds and
// ticks the sinks ten times a second. drain() is the same work without the thread, for tests and single-threaded hosts.
//
// Lifetime: sinks and clock outlive the writer; constants (names of facts, protocol, said) outlive both. Threads: the
// calls of Journal belong to one packet thread; start(), stop(), drain() to the controlling one; counters() and
// failed() to any. After stop() the sinks are the controlling thread's again.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string_view>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/counters.h"
#include "base/record_ring.h"
#include "output/contact_sink.h"
#include "result/contact.h"

namespace portolan::output {

enum class JournalCount : uint8_t {
  kContacts,  // taken
  kContactsLost,
  kConversations,
  kConversationsLost,
  kFrames,
  kFramesLost,
  kCount,
};
// contacts contacts_lost conversations conversations_lost frames frames_lost
std::string_view counter_name(JournalCount count);

struct JournalOptions {
  size_t fact_ring = size_t{4} << 20;    // bytes for contacts and conversations on their way
  size_t frame_ring = size_t{16} << 20;  // bytes for frames; used only when a sink wants them
  uint32_t payload_cap = 2048;           // bytes of a payload that are kept
  uint32_t frame_cap = 262'144;          // bytes of a frame that are kept
};

class JournalWriter final : public result::Journal {
 public:
  using Counts = base::Counters<JournalCount>;

  static constexpr base::Nanos kTickEvery = 100 * base::kMillisecond;
  static constexpr base::Nanos kPollEvery = 5 * base::kMillisecond;
  static constexpr size_t kMostFacts = 32;  // of one contact or conversation; further ones are left out

  JournalWriter(std::vector<ContactSink*> sinks, const base::Clock& clock, const JournalOptions& options = {});
  ~JournalWriter() override;  // stops

  // The packet thread.
  bool wants_frames() const override { return !frame_sinks_.empty(); }
  bool wants_contacts() const override { return !contact_sinks_.empty(); }
  void contact(const result::Contact& contact, base::Bytes payload, ContactSink::Facts facts) override;
  void conversation(const result::Conversation& conversation, base::Bytes payload, ContactSink::Facts facts) override;
  void frame(result::FrameFate fate, base::Nanos wall, base::Bytes frame) override;
  void ignored(result::FrameStop stop, base::Nanos wall) override;

  // Any thread.
  const Counts& counters() const { return counts_; }
  bool failed() const { return failed_.load(std::memory_order_relaxed); }  // a sink has an error

  void start();
  // REQUIRES: the packet thread tells no more. Takes what is left, joins and closes the sinks. Once; later calls do
  // nothing.
  void stop();
  // Empties the rings into the sinks and ticks them when that is due. Returns how many records there were. Not while
  // the thread runs.
  size_t drain();

 private:
  template <class Value>
  bool push_fact(const Value& value, base::Bytes payload, ContactSink::Facts facts);
  void count(bool taken, JournalCount as);
  size_t drain_ring(base::RecordRing& ring);
  void give(base::Bytes record);
  void tick_if_due();
  void tick();
  void run();

  JournalOptions options_;
  const base::Clock& clock_;
  std::vector<ContactSink*> sinks_;
  std::vector<ContactSink*> contact_sinks_;
  std::vector<ContactSink*> frame_sinks_;
  base::RecordRing facts_;
  base::RecordRing frames_;
  Counts counts_;
  std::atomic<bool> failed_{false};
  base::Nanos next_tick_ = 0;  // the thread's
  bool closed_ = false;

  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;  // under mutex_
  std::thread thread_;
};

}  // namespace portolan::output
