// SPDX-License-Identifier: Apache-2.0
#include "output/diagnostics.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "result/field_table.h"
#include "wire/wire.h"

namespace portolan::output {
namespace {

using result::Deed;

bool is_answer(Deed d) { return d != Deed::kSilence && d != Deed::kRationed && d != Deed::kFiltered; }

// Address, and port where the protocol has ports.
std::string end_text(const result::Contact& c, const addr::IpAddress& address, uint16_t port) {
  const bool ports = c.ip_protocol == wire::ip_protocol::kTcp || c.ip_protocol == wire::ip_protocol::kUdp;
  return ports ? endpoint_text(address, port) : address.to_string();
}

// " (http: 401)": constants of ours.
std::string said_text(std::string_view protocol, std::string_view said) {
  if (protocol.empty() && said.empty()) return {};
  if (protocol.empty() || said.empty()) return fmt::format(" ({}{})", protocol, said);
  return fmt::format(" ({}: {})", protocol, said);
}

}  // namespace

Diagnostics::Diagnostics(File file, Level level, wire::LinkType link)
    : file_(std::move(file)),
      level_(std::min(level, Level::kFrames)),
      link_(link),
      before_(file_.is_terminal() ? "\r\x1b[K" : "") {}

void Diagnostics::note(Level level, base::Nanos wall, std::string_view text) {
  static constexpr std::string_view kWords[] = {"ERR", "WARN", "INFO", "DEBUG"};
  if (level > level_) return;
  line_.clear();
  fmt::format_to(std::back_inserter(line_), "{}{} {} {}\n", before_, result::rfc3339(wall),
                 kWords[static_cast<size_t>(level)], text);
  file_.append(line_);
}

void Diagnostics::on_contact(const result::Contact& c, base::Bytes, Facts) {
  const Level level = is_answer(c.deed) ? Level::kAnswers : Level::kIgnored;
  if (level > level_) return;
  note(level, c.wall,
       fmt::format("{} from {} to {} from {}{}", result::name(c.deed), end_text(c, c.server, c.server_port),
                   result::name(c.ask), end_text(c, c.client, c.client_port), said_text(c.protocol, c.said)));
}

void Diagnostics::on_conversation(const result::Conversation& c, base::Bytes, Facts) {
  note(Level::kAnswers, c.wall + c.duration,
       fmt::format("conversation of {} and {}{}: {} after {}.{:03} s, {} bytes in, {} out",
                   endpoint_text(c.server, c.server_port), endpoint_text(c.client, c.client_port),
                   said_text(c.protocol, c.said), result::name(c.ending), c.duration / base::kSecond,
                   c.duration % base::kSecond / base::kMillisecond, c.bytes_in, c.bytes_out));
}

void Diagnostics::on_frame(const SeenFrame& frame) {
  const bool in = frame.fate == result::FrameFate::kReceived;
  const FrameLayers layers = FrameLayers::read(frame.bytes, link_);
  if (in) received_ = layers;
  if (level_ < Level::kFrames) return;
  note(Level::kFrames, frame.wall,
       fmt::format("{} {} bytes: {}", in ? "received" : "sent", frame.size, layers.to_string()));
}

void Diagnostics::on_ignored(result::FrameStop stop, base::Nanos wall) {
  // What came further is a contact, which says more, or belongs to a conversation.
  if (stop == result::FrameStop::kTransport) return;
  const char* why = stop == result::FrameStop::kLink ? "not for this station" : "not to be answered";
  note(Level::kIgnored, wall, fmt::format("ignored, {}: {}", why, received_.to_string()));
}

}  // namespace portolan::output
