// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "options/value.h"
#include "portolan/errors.h"
#include "portolan/respond_options.h"

namespace portolan::cli {
namespace {

using options::Kind;
using options::Setting;

constexpr std::string_view kWho = "Who answers";
constexpr std::string_view kAs = "As whom";

addr::MacAddress mac_of(const Setting& s) {
  const auto mac = addr::MacAddress::parse(s.value);
  if (!mac || mac->is_group()) {
    refuse("'" + s.value + "' is not the MAC address of a station", s.where.to_string(),
           "write six bytes in hexadecimal, such as 02:00:00:00:00:01, the first of them even");
  }
  return *mac;
}

xdp::FastMode fast_mode(std::string_view word) {
  if (word == "driver") return xdp::FastMode::kDriver;
  return word == "generic" ? xdp::FastMode::kGeneric : xdp::FastMode::kAuto;
}

const std::array kRows{
    RespondOption{{.names = "iface interface",
                   .shorts = "-i",
                   .kind = Kind::kText,
                   .value = "NAME",
                   .group = kWho,
                   .help = "The interface on which to listen and answer.",
                   .commands = "respond"},
                  [](RespondDraft& d, const Setting& s) { d.request.interface = s.value; }},
    RespondOption{{.names = "mac-addr",
                   .shorts = "-m -a",
                   .kind = Kind::kText,
                   .value = "MAC",
                   .group = kWho,
                   .help = "The MAC address to answer with. Default: that of the interface, else c0:ff:ee:c0:ff:ee.",
                   .commands = "respond"},
                  [](RespondDraft& d, const Setting& s) { d.request.mac = mac_of(s); }},
    RespondOption{{.names = "self-ip-list",
                   .kind = Kind::kList,
                   .value = "ADDRESSES",
                   .group = kWho,
                   .help = "The addresses to answer for: addresses, networks (CIDR) and ranges, parted by commas. "
                           "Without any list it answers for every address on the link, and says so first.",
                   .commands = "respond"},
                  [](RespondDraft& d, const Setting& s) {
                    d.own_lists.push_back({s.value, s.where});
                  }},
    RespondOption{{.names = "self-ip-file ip-addr-file",
                   .shorts = "-f",
                   .kind = Kind::kList,
                   .value = "FILE",
                   .group = kWho,
                   .help = "The same from a file, any number a line. A file that cannot be read, or holds none, ends "
                           "the program before anything is answered.",
                   .commands = "respond"},
                  [](RespondDraft& d, const Setting& s) {
                    d.own_files.push_back({s.value, s.where});
                  }},
    RespondOption{{.names = "remote-ip-deny-list",
                   .kind = Kind::kList,
                   .value = "ADDRESSES",
                   .group = kWho,
                   .help = "Sources that are never answered (above ARP and neighbor discovery).",
                   .commands = "respond"},
                  [](RespondDraft& d, const Setting& s) {
                    d.denied_lists.push_back({s.value, s.where});
                  }},
    RespondOption{{.names = "remote-ip-deny-file",
                   .kind = Kind::kList,
                   .value = "FILE",
                   .group = kWho,
                   .help = "The same from a file.",
                   .commands = "respond"},
                  [](RespondDraft& d, const Setting& s) {
                    d.denied_files.push_back({s.value, s.where});
                  }},
    RespondOption{{.names = "deny-special",
                   .group = kWho,
                   .help = "Never answers sources in special-purpose networks (private, documentation, reserved): "
                           "right on a public address, where nobody honest comes from there.",
                   .commands = "respond"},
                  [](RespondDraft& d, const Setting&) { d.deny_special = true; }},
    RespondOption{{.names = "personality",
                   .kind = Kind::kWord,
                   .value = "WHO",
                   .words = "linux masscanned",
                   .fallback = "linux; masscanned when started under that name",
                   .group = kAs,
                   .help = "Where masscanned's habits and correct behaviour differ, which of them to have.",
                   .commands = "respond"},
                  [](RespondDraft& d, const Setting& s) { d.personality_masscanned = s.value == "masscanned"; }},
    RespondOption{{.names = "population",
                   .kind = Kind::kText,
                   .value = "FILE-OR-SPEC",
                   .group = kAs,
                   .help = "Plays a whole population of simulated hosts: a TOML file, or one line such as "
                           "seed=7,live=0.2,tcp=22:0.5+80:0.3,loss=0.02.",
                   .commands = "respond"},
                  [](RespondDraft& d, const Setting& s) {
                    d.population = Sourced{s.value, s.where};
                  }},
    RespondOption{
        {.names = "truth",
         .group = kAs,
         .help = "Prints what a perfect scan would find, as newline JSON, and sends nothing: portolan respond "
                 "--population FILE --truth TARGETS PORTS.",
         .commands = "respond"},
        [](RespondDraft& d, const Setting&) { d.truth = true; }},
    RespondOption{{.names = "host-name",
                   .kind = Kind::kText,
                   .value = "NAME",
                   .fallback = "localhost",
                   .group = kAs,
                   .help = "How the host calls itself in greetings, without a population. At most 64 characters.",
                   .commands = "respond"},
                  [](RespondDraft& d, const Setting& s) { d.request.engine.host_name = s.value; }},
    RespondOption{{.names = "rules",
                   .kind = Kind::kText,
                   .value = "FILE",
                   .group = kAs,
                   .help = "Answers of one's own, and flows to hand to real servers, as a TOML file "
                           "(docs/formats/rules.md). Read again on SIGHUP; with a mistake in it the old rules stay.",
                   .commands = "respond"},
                  [](RespondDraft& d, const Setting& s) { d.request.rules_path = s.value; }},
    RespondOption{
        {.names = "tls-state",
         .kind = Kind::kText,
         .value = "FILE",
         .group = kAs,
         .help = "Keeps the keys of the certificates that are shown over TLS, so that they are the same after "
                 "a restart. Made when it is not there. Without it they are new each time.",
         .commands = "respond"},
        [](RespondDraft& d, const Setting& s) { d.request.tls_state_path = s.value; }},
    RespondOption{{.names = "tls",
                   .kind = Kind::kBool,
                   .fallback = "yes",
                   .group = kAs,
                   .help = "Whether TLS is spoken.",
                   .commands = "respond"},
                  [](RespondDraft& d, const Setting& s) { d.request.tls = options::to_bool(s.value); }},
    RespondOption{{.names = "fast",
                   .kind = Kind::kWord,
                   .value = "WHERE",
                   .bare = "auto",
                   .words = "auto driver generic",
                   .group = kAs,
                   .help = "Answers what needs no memory (ARP, NDP, ping, SYN, closed ports) inside the driver, by an "
                           "XDP program. Such contacts are counted and not logged one by one. generic: before the "
                           "network stack instead, slower, on any interface. auto, also without a word: in the driver "
                           "where that can be, but not in that of a veth, whose other end may lack what it needs.",
                   .commands = "respond"},
                  [](RespondDraft& d, const Setting& s) { d.request.fast = fast_mode(s.value); }},
};

}  // namespace

std::span<const RespondOption> respond_who_options() { return kRows; }

}  // namespace portolan::cli
