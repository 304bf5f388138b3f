// SPDX-License-Identifier: Apache-2.0
// The packet log in masscanned's two forms: a line for each layer that a frame passed, up and down again.
//
//   console   1700000000.5<TAB>tcp<TAB>recv<TAB>02:..:02<TAB>02:..:01<TAB>198.51.100.7<TAB>192.0.2.1<TAB>Tcp<TAB>...
//   logfmt    ts=1700000000.5 proto=tcp verb=recv  mac_src=02:..:02 mac_dst=02:..:01 ip_src=198.51.100.7 ...
//
// Byte for byte what scripts made for masscanned read, its oddities included: milliseconds without leading zeros, an
// ARP request and its answer told twice, at each layer only the columns known by then, and on the way down the columns
// of the request (the client first). Layers: arp eth ipv4 ipv6 icmpv4 icmpv6 tcp udp; verbs: init recv send drop.
// docs/formats/packet-log.md
//
// A received frame is written when its fate is known: with what was sent because of it, when it was ignored, or when
// the next one comes. Frames sent of our own accord (repetitions, greetings) have the columns of their own addresses.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "output/contact_sink.h"
#include "output/file.h"
#include "output/frame_layers.h"

namespace portolan::output {

enum class PacketLogForm : uint8_t { kConsole, kLogfmt };

// What is known of the two sides by the time of a line.
struct LogColumns {
  std::optional<addr::MacAddress> mac_src{};  // of the client
  std::optional<addr::MacAddress> mac_dst{};
  std::optional<addr::IpAddress> ip_src{};
  std::optional<addr::IpAddress> ip_dst{};
  std::optional<uint8_t> transport{};  // IP protocol
  std::optional<uint16_t> port_src{};
  std::optional<uint16_t> port_dst{};
};

// The lines, appended to a string. One thread.
class PacketLines {
 public:
  PacketLines(PacketLogForm form, wire::LinkType link) : form_(form), link_(link) {}

  void begin(std::string& out, base::Nanos wall) const;
  void frame(std::string& out, const SeenFrame& frame);
  void ignored(std::string& out, result::FrameStop stop, base::Nanos wall);
  // What is still held back.
  void finish(std::string& out);

 private:
  struct Received {
    FrameLayers layers;
    base::Nanos wall;
    bool written = false;  // its recv lines
  };

  void write_received(std::string& out, result::FrameStop depth);
  void write_sent(std::string& out, const FrameLayers& sent, base::Nanos wall) const;
  LogColumns columns_of_answer(const FrameLayers& sent) const;
  bool answers_received(const FrameLayers& sent) const;

  PacketLogForm form_;
  wire::LinkType link_;
  std::optional<Received> received_{};  // the last
  LogColumns columns_{};                // what is known of it
};

class PacketLog final : public ContactSink {
 public:
  // Writes the init lines.
  PacketLog(File file, PacketLogForm form, wire::LinkType link, base::Nanos wall);

  bool wants_contacts() const override { return false; }
  bool wants_frames() const override { return true; }
  void on_frame(const SeenFrame& frame) override;
  void on_ignored(result::FrameStop stop, base::Nanos wall) override;
  void tick() override { file_.flush(); }
  void close() override;
  const std::string& error() const override { return file_.error(); }

 private:
  void hand_over();

  File file_;
  PacketLines lines_;
  std::string text_;  // kept for its memory
};

}  // namespace portolan::output
