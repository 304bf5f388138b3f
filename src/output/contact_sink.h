// SPDX-License-Identifier: Apache-2.0
// ContactSink: where a responder's contacts, conversations and frames go; one per format.
//
// Contract: the calls come from one thread, the JournalWriter's (journal.h), in the order in which things happened
// within facts and within frames; tick() about ten times a second, close() once at the end. What was told before a
// tick() is in the file after it, whole. A failure is kept (error()) and never thrown: the responder goes on.
// The views in a call die with it.
#pragma once

#include <span>
#include <string>

#include "base/bytes.h"
#include "base/clock.h"
#include "result/contact.h"

namespace portolan::output {

// A frame as it was seen. `bytes` may be cut; `size` is what it was on the link.
struct SeenFrame {
  result::FrameFate fate = result::FrameFate::kReceived;
  base::Nanos wall = 0;
  base::Bytes bytes{};
  uint32_t size = 0;
};

class ContactSink {
 public:
  using Facts = std::span<const result::NamedValue>;

  virtual ~ContactSink() = default;
  // Constant over a sink's life: what nobody wants is not told.
  virtual bool wants_contacts() const = 0;  // on_contact() and on_conversation()
  virtual bool wants_frames() const = 0;    // on_frame() and on_ignored()

  // `payload` may be cut: contact.payload_size and conversation.bytes_in say how much there was.
  virtual void on_contact(const result::Contact&, base::Bytes /*payload*/, Facts) {}
  virtual void on_conversation(const result::Conversation&, base::Bytes /*payload*/, Facts) {}
  virtual void on_frame(const SeenFrame&) {}
  // The frame seen last as received was not answered.
  virtual void on_ignored(result::FrameStop, base::Nanos /*wall*/) {}

  virtual void tick() = 0;
  virtual void close() = 0;
  virtual const std::string& error() const = 0;  // empty while all is well
};

}  // namespace portolan::output
