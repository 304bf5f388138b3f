// SPDX-License-Identifier: Apache-2.0
#include "proto/ssdp/server.h"

#include <fmt/format.h>

#include "proto/headers.h"
#include "proto/lines.h"
#include "proto/picks.h"

namespace portolan::proto {

namespace {

constexpr std::string_view kSearch = "M-SEARCH * HTTP/1.1\r\n";

constexpr std::array<std::string_view, 5> kProducts = {
    "Debian/11 UPnP/1.1 MiniUPnPd/2.2.1",  "Linux/3.14.29 UPnP/1.1 MiniUPnPd/1.9",
    "Ubuntu/20.04 UPnP/1.1 MiniUPnPd/2.1", "Linux/2.6.36, UPnP/1.0, Portable SDK for UPnP devices/1.6.19",
    "Linux/4.4.60 UPnP/1.0 jUPnP/1.0",
};

constexpr std::string_view kRoot = "upnp:rootdevice";
constexpr std::array<std::string_view, 3> kTargets = {
    kRoot,
    "urn:schemas-upnp-org:device:InternetGatewayDevice:1",
    "urn:schemas-upnp-org:service:WANIPConnection:1",
};

// Which of what we are a search is for; empty: none.
std::string_view target_of(std::string_view wanted) {
  if (wanted == "ssdp:all") return kRoot;
  for (const std::string_view target : kTargets) {
    if (wanted == target) return target;
  }
  return {};
}

void say_device(const Session& s, std::string_view target, Answer& out) {
  std::array<char, 40> uuid;
  const uint64_t a = host_word(s, "ssdp", 0);
  const uint64_t b = host_word(s, "ssdp", 1);
  char* const end = fmt::format_to(uuid.data(), "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", a >> 32, a >> 16 & 0xffff,
                                   0x4000 | (a & 0xfff), 0x8000 | (b >> 48 & 0x3fff), b & 0xffffffffffff);
  const Persona& persona = *s.persona;
  const bool v6 = !s.ends.server.is_v4();
  out.text("HTTP/1.1 200 OK\r\nCACHE-CONTROL: max-age=120\r\nEXT:\r\nLOCATION: http://");
  out.text(v6 ? "[" : "");
  say_address(out, s.ends.server);
  out.text(v6 ? "]" : "");
  say(out, persona, ":5000/rootDesc.xml\r\nSERVER: %w\r\n", pick(persona, "ssdp", kProducts));
  say(out, persona, "ST: %w\r\n", target);
  say(out, persona, "USN: uuid:%w::", {uuid.data(), static_cast<size_t>(end - uuid.data())});
  out.text(target);
  out.text("\r\n\r\n");
  out.said("200");
}

Step serve(Session& s, base::Bytes datagram, Answer& out) {
  const std::string_view text = text_of(datagram);
  if (!text.starts_with(kSearch)) return Step::foreign();
  HeaderLines lines(text.substr(kSearch.size()));
  std::string_view man, wanted;
  for (HeaderField field; lines.next(field);) {
    if (same_ignoring_case(field.name, "MAN")) man = field.value;
    if (same_ignoring_case(field.name, "ST")) wanted = field.value;
  }
  out.fact("ssdp_target", wanted);
  const std::string_view target = target_of(wanted);
  if (man == "\"ssdp:discover\"" && !target.empty()) say_device(s, target, out);
  return Step::taken(datagram.size());
}

Match recognize(base::Bytes first, const Ends&) {
  return head_of(text_of(first), kSearch) == Head::kWhole ? Match::kYes : Match::kNo;
}

constexpr uint16_t kPorts[] = {1900};
constexpr FactName kFacts[] = {
    {"ssdp_target", "what was searched for"},
};

}  // namespace

constinit const Server kSsdp = {
    .name = "ssdp",
    .udp = true,
    .recognize = recognize,
    .serve = serve,
    .ports = kPorts,
    .facts = kFacts,
};

}  // namespace portolan::proto
