// SPDX-License-Identifier: Apache-2.0
// The contact log: newline-delimited JSON, one object a contact and one a conversation. docs/formats/contacts.md
//
//   {"rec_type":"contact","time":"2023-11-14T22:13:20.123456789Z","time_ns":1700000000123456789,"flow":"0f1e...",
//    "client_ip":"198.51.100.7","client_port":40001,"server_ip":"192.0.2.1","server_port":80,"proto":"tcp", ...}
//
// Names, order and meaning of the members are stable; further ones may be added. A member that is not known is absent,
// never null. Text that is no UTF-8 is written with U+FFFD for each bad byte (json.h); payloads are base64 and so
// lossless. Every line is whole in the file at any moment (file.h).
#pragma once

#include <string>

#include "output/contact_sink.h"
#include "output/rotating_file.h"

namespace portolan::output {

// Each appends one line. Pure.
void append_contact_json(std::string& out, const result::Contact& contact, base::Bytes payload,
                         ContactSink::Facts facts);
void append_conversation_json(std::string& out, const result::Conversation& conversation, base::Bytes payload,
                              ContactSink::Facts facts);

class ContactJson final : public ContactSink {
 public:
  explicit ContactJson(RotatingFile file) : file_(std::move(file)) {}

  bool wants_contacts() const override { return true; }
  bool wants_frames() const override { return false; }
  void on_contact(const result::Contact& contact, base::Bytes payload, Facts facts) override;
  void on_conversation(const result::Conversation& conversation, base::Bytes payload, Facts facts) override;
  void tick() override { file_.flush(); }
  void close() override { file_.close(); }
  const std::string& error() const override { return file_.error(); }

  uint64_t lost_records() const { return file_.lost_records(); }

 private:
  void hand_over();

  RotatingFile file_;
  std::string line_;  // kept for its memory
};

}  // namespace portolan::output
