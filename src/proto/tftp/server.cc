// SPDX-License-Identifier: Apache-2.0
#include "proto/tftp/server.h"

#include "proto/text.h"

namespace portolan::proto {

namespace {

constexpr uint16_t kRead = 1, kWrite = 2, kError = 5;
constexpr uint16_t kFileNotFound = 1, kAccessViolation = 2;

struct Request {
  uint16_t operation = 0;
  std::string_view file, mode;
};

// Operation, file name and mode; options (RFC 2347) may follow.
std::optional<Request> read(base::Bytes datagram) {
  if (datagram.size() < 6) return std::nullopt;
  Request r;
  r.operation = base::load_be16(datagram.data());
  if (r.operation != kRead && r.operation != kWrite) return std::nullopt;
  const std::string_view text = text_of(datagram.subspan(2));
  const size_t file = text.find('\0');
  if (file == std::string_view::npos || file == 0) return std::nullopt;
  const size_t mode = text.find('\0', file + 1);
  if (mode == std::string_view::npos) return std::nullopt;
  r.file = text.substr(0, file);
  r.mode = text.substr(file + 1, mode - file - 1);
  for (const std::string_view known : {"octet", "netascii", "mail"}) {
    if (same_ignoring_case(r.mode, known)) return r;
  }
  return std::nullopt;
}

void say_error(uint16_t code, std::string_view text, Answer& out) {
  out.out().be16(kError);
  out.out().be16(code);
  out.text(text);
  out.out().u8(0);
}

Step serve(Session&, base::Bytes datagram, Answer& out) {
  const auto request = read(datagram);
  if (!request) return Step::foreign();
  const bool reads = request->operation == kRead;
  out.fact("tftp_operation", reads ? "read" : "write");
  out.fact("tftp_file", request->file);
  out.fact("tftp_mode", request->mode);
  const uint16_t code = reads ? kFileNotFound : kAccessViolation;
  out.said(reads ? "file not found" : "access violation");
  say_error(code, reads ? "File not found" : "Access violation", out);
  if (!out.ok()) {
    out.rewind();
    say_error(code, {}, out);
  }
  return Step::taken(datagram.size());
}

Match recognize(base::Bytes first, const Ends&) { return read(first) ? Match::kYes : Match::kNo; }

constexpr uint16_t kPorts[] = {69};
constexpr FactName kFacts[] = {
    {"tftp_operation", "read or write"},
    {"tftp_file", "the file that was asked for or offered"},
    {"tftp_mode", "the transfer mode"},
};

}  // namespace

constinit const Server kTftp = {
    .name = "tftp",
    .udp = true,
    .recognize = recognize,
    .serve = serve,
    .ports = kPorts,
    .facts = kFacts,
};

}  // namespace portolan::proto
