// SPDX-License-Identifier: Apache-2.0
// Diagnostics: what a responder says on standard error while it runs, the more the louder (-v).
//
//   always  ERR    every error
//   -v      WARN   what was answered: contacts with an answer, and conversations when they are over
//   -vv     INFO   what was ignored: contacts without an answer, and frames that never became one
//   -vvv    DEBUG  every frame, both ways
//
//   2023-11-14T22:13:20.123Z WARN syn-ack from 192.0.2.1:80 to tcp-syn from 198.51.100.7:40001
//
// For people: the words may change, programs read the contact log. Bytes of strangers are not printed. On a terminal
// each line takes the place of a status line. Threads: a ContactSink's; note() is the controlling thread's, before
// start or after stop of the JournalWriter.
#pragma once

#include <string>
#include <string_view>

#include "output/contact_sink.h"
#include "output/file.h"
#include "output/frame_layers.h"

namespace portolan::output {

class Diagnostics final : public ContactSink {
 public:
  enum class Level : uint8_t { kError = 0, kAnswers = 1, kIgnored = 2, kFrames = 3 };

  // `level` is the number of -v, from 3 on the same. `wall` of the lines is that of what they tell.
  Diagnostics(File file, Level level, wire::LinkType link);

  // A line of the program itself: printed when `level` is within what is asked for.
  void note(Level level, base::Nanos wall, std::string_view text);

  bool wants_contacts() const override { return level_ >= Level::kAnswers; }
  bool wants_frames() const override { return level_ >= Level::kIgnored; }
  void on_contact(const result::Contact& contact, base::Bytes payload, Facts facts) override;
  void on_conversation(const result::Conversation& conversation, base::Bytes payload, Facts facts) override;
  void on_frame(const SeenFrame& frame) override;
  void on_ignored(result::FrameStop stop, base::Nanos wall) override;
  void tick() override { file_.flush(); }
  void close() override { file_.close(); }
  const std::string& error() const override { return file_.error(); }

 private:
  File file_;
  Level level_;
  wire::LinkType link_;
  std::string_view before_;  // each line
  std::string line_;         // kept for its memory
  FrameLayers received_;     // the last
};

}  // namespace portolan::output
