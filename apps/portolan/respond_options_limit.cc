// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "addr/grammar.h"
#include "options/value.h"
#include "portolan/errors.h"
#include "portolan/respond_options.h"

namespace portolan::cli {
namespace {

using options::Kind;
using options::Setting;

constexpr std::string_view kLimits = "Limits";
constexpr std::string_view kMachine = "The machine";

uint64_t number(const Setting& s) { return std::stoull(s.value); }

respond::Amplification amplification_of(std::string_view word) {
  if (word == "anybody") return respond::Amplification::kAnybody;
  return word == "private" ? respond::Amplification::kPrivate : respond::Amplification::kNobody;
}

std::vector<host::PortRange> ports_of(const Setting& s) {
  if (s.value == "none") return {};
  const auto ranges = addr::parse_ports(s.value);
  if (!ranges) refuse(ranges.error().what, s.where.to_string(), ranges.error().cure);
  std::vector<host::PortRange> out;
  for (const addr::ServiceRange& r : *ranges) out.push_back({r.first, r.last});
  return out;
}

const std::array kRows{
    RespondOption{{.names = "max-rate",
                   .kind = Kind::kNumber,
                   .value = "FRAMES",
                   .max = 1'000'000'000,
                   .fallback = "100000",
                   .group = kLimits,
                   .help = "Frames a second that leave at most, of all kinds. 0: no limit.",
                   .commands = "respond"},
                  [](RespondDraft& d, const Setting& s) { d.request.engine.rates.whole = number(s); }},
    RespondOption{{.names = "rate-per-source",
                   .kind = Kind::kNumber,
                   .value = "ANSWERS",
                   .max = 1'000'000'000,
                   .fallback = "200",
                   .group = kLimits,
                   .help = "Answers a second to one address at most. Segments of a connection that stands are not "
                           "counted. 0: no limit.",
                   .commands = "respond"},
                  [](RespondDraft& d, const Setting& s) { d.request.engine.rates.per_source = number(s); }},
    RespondOption{
        {.names = "rate-per-prefix",
         .kind = Kind::kNumber,
         .value = "ANSWERS",
         .max = 1'000'000'000,
         .fallback = "2000",
         .group = kLimits,
         .help = "The same for all addresses of an IPv4 /24 or an IPv6 /64; twice that for a /48. 0: no limit.",
         .commands = "respond"},
        [](RespondDraft& d, const Setting& s) { d.request.engine.rates.per_prefix = number(s); }},
    RespondOption{{.names = "amplification",
                   .kind = Kind::kWord,
                   .value = "WHOM",
                   .words = "nobody private anybody",
                   .fallback = "nobody; private when started as masscanned",
                   .group = kLimits,
                   .help = "To whom, over UDP, more bytes may be sent than came from him before he has completed a TCP "
                           "handshake: sources may be forged, and the answer would hit the one who was named.",
                   .commands = "respond"},
                  [](RespondDraft& d, const Setting& s) { d.amplification = amplification_of(s.value); }},
    RespondOption{{.names = "allow-amplification",
                   .group = kLimits,
                   .help = "The same as --amplification anybody. For closed laboratories only.",
                   .commands = "respond"},
                  [](RespondDraft& d, const Setting&) { d.amplification = respond::Amplification::kAnybody; }},
    RespondOption{
        {.names = "connections",
         .kind = Kind::kNumber,
         .value = "NUMBER",
         .min = 1,
         .max = 1'000'000,
         .fallback = "16384",
         .group = kLimits,
         .help = "TCP conversations at a time; when there are more, the one that was silent longest goes.",
         .commands = "respond"},
        [](RespondDraft& d, const Setting& s) { d.request.engine.tcp.connections = static_cast<uint32_t>(number(s)); }},
    RespondOption{{.names = "connection-timeout",
                   .kind = Kind::kSeconds,
                   .value = "SECONDS",
                   .min = 1,
                   .max = 86'400,
                   .fallback = "60",
                   .group = kLimits,
                   .help = "How long a conversation may be silent.",
                   .commands = "respond"},
                  [](RespondDraft& d, const Setting& s) { d.request.engine.tcp.idle = options::to_nanos(s.value); }},
    RespondOption{
        {.names = "silence",
         .kind = Kind::kSeconds,
         .value = "SECONDS",
         .max = 3600,
         .fallback = "2",
         .group = kLimits,
         .help = "After this silence of a client on a port where nobody is known to speak first, it is greeted "
                 "as FTP, SMTP and their like do.",
         .commands = "respond"},
        [](RespondDraft& d, const Setting& s) { d.request.engine.silence = options::to_nanos(s.value); }},
    RespondOption{
        {.names = "guard",
         .kind = Kind::kWord,
         .value = "WHEN",
         .words = "auto always never",
         .fallback = "auto",
         .group = kMachine,
         .help = "Keeps this machine's kernel from answering in our place for addresses that it has itself, by a "
                 "firewall table that vanishes with this program. auto: when we answer for such an address.",
         .commands = "respond"},
        [](RespondDraft& d, const Setting& s) {
          d.request.guard = s.value == "always"  ? GuardWish::kAlways
                            : s.value == "never" ? GuardWish::kNever
                                                 : GuardWish::kAuto;
        }},
    RespondOption{
        {.names = "keep-port keep-ports",
         .kind = Kind::kText,
         .value = "PORTS",
         .fallback = "those on which this machine listens when we start",
         .group = kMachine,
         .help = "Ports of this machine's own addresses that stay its own, ssh above all: we are silent there "
                 "and the guard lets them through. none: not one.",
         .commands = "respond"},
        [](RespondDraft& d, const Setting& s) { d.request.kept_ports = ports_of(s); }},
    RespondOption{{.names = "user",
                   .kind = Kind::kText,
                   .value = "NAME",
                   .fallback = "nobody",
                   .group = kMachine,
                   .help = "The user to become after the start.",
                   .commands = "respond"},
                  [](RespondDraft& d, const Setting& s) { d.request.user = s.value; }},
    RespondOption{
        {.names = "sandbox",
         .kind = Kind::kBool,
         .fallback = "yes",
         .group = kMachine,
         .help = "Gives up every right after the start: another user, no capability, and only the system calls "
                 "that are still needed.",
         .commands = "respond"},
        [](RespondDraft& d, const Setting& s) { d.request.sandbox = options::to_bool(s.value); }},
};

}  // namespace

std::span<const RespondOption> respond_limit_options() { return kRows; }

}  // namespace portolan::cli
