// SPDX-License-Identifier: Apache-2.0
#include "population/services.h"

#include <fmt/format.h>

#include <algorithm>

namespace portolan::population {
namespace {

struct Usual {
  uint32_t protocol;
  uint16_t port;
  std::string_view service;
};

// By protocol, then port: searched by halves.
constexpr auto kUsual = std::to_array<Usual>({
    {kProtocolTcp, 21, "ftp"},     {kProtocolTcp, 22, "ssh"},          {kProtocolTcp, 23, "telnet"},
    {kProtocolTcp, 25, "smtp"},    {kProtocolTcp, 53, "dns"},          {kProtocolTcp, 80, "http"},
    {kProtocolTcp, 110, "pop3"},   {kProtocolTcp, 111, "rpc"},         {kProtocolTcp, 139, "smb"},
    {kProtocolTcp, 143, "imap"},   {kProtocolTcp, 389, "ldap"},        {kProtocolTcp, 443, "tls"},
    {kProtocolTcp, 445, "smb"},    {kProtocolTcp, 465, "tls"},         {kProtocolTcp, 587, "smtp"},
    {kProtocolTcp, 631, "http"},   {kProtocolTcp, 636, "tls"},         {kProtocolTcp, 993, "tls"},
    {kProtocolTcp, 995, "tls"},    {kProtocolTcp, 1883, "mqtt"},       {kProtocolTcp, 2222, "ssh"},
    {kProtocolTcp, 3268, "ldap"},  {kProtocolTcp, 3306, "mysql"},      {kProtocolTcp, 3389, "rdp"},
    {kProtocolTcp, 3478, "stun"},  {kProtocolTcp, 5060, "sip"},        {kProtocolTcp, 5900, "vnc"},
    {kProtocolTcp, 6379, "redis"}, {kProtocolTcp, 8000, "http"},       {kProtocolTcp, 8008, "http"},
    {kProtocolTcp, 8080, "http"},  {kProtocolTcp, 8081, "http"},       {kProtocolTcp, 8443, "tls"},
    {kProtocolTcp, 8888, "http"},  {kProtocolTcp, 11211, "memcached"}, {kProtocolUdp, 53, "dns"},
    {kProtocolUdp, 69, "tftp"},    {kProtocolUdp, 111, "rpc"},         {kProtocolUdp, 123, "ntp"},
    {kProtocolUdp, 161, "snmp"},   {kProtocolUdp, 389, "ldap"},        {kProtocolUdp, 443, "quic"},
    {kProtocolUdp, 1900, "ssdp"},  {kProtocolUdp, 3478, "stun"},       {kProtocolUdp, 5060, "sip"},
    {kProtocolUdp, 5353, "mdns"},  {kProtocolUdp, 11211, "memcached"},
});

constexpr bool before(const Usual& a, const Usual& b) {
  return a.protocol != b.protocol ? a.protocol < b.protocol : a.port < b.port;
}
static_assert(std::is_sorted(kUsual.begin(), kUsual.end(), before));

// What people run where it does not belong, and on ports that have no usual server. The empty ones say nothing.
constexpr std::array<std::string_view, 8> kOdd = {"ssh", "http", "http", "telnet", "ftp", "redis", "vnc", "mysql"};
constexpr std::array<std::string_view, 8> kElsewhere = {"http", "http", "http", "tls", "tls", "ssh", "", ""};

constexpr std::array<std::string_view, 16> kRoles = {"web", "mail", "db",  "files", "gw",    "vpn",   "dns", "ldap",
                                                     "app", "ci",   "cam", "print", "stage", "proxy", "sip", "node"};

}  // namespace

std::string_view usual_service(uint32_t protocol, uint16_t port) {
  const Usual key{protocol, port, {}};
  const auto at = std::lower_bound(kUsual.begin(), kUsual.end(), key, before);
  return at != kUsual.end() && !before(key, *at) ? at->service : std::string_view{};
}

std::string_view choose_service(uint32_t protocol, uint16_t port, uint64_t bits, uint32_t odd) {
  const std::string_view usual = usual_service(protocol, port);
  if (protocol == kProtocolUdp) return usual;
  if (usual.empty()) return kElsewhere[bits >> 61];
  return host_draw(bits) < odd ? kOdd[bits >> 61] : usual;
}

HostName made_host_name(uint64_t variety) {
  HostName name;
  const auto end = fmt::format_to_n(name.text.data(), name.text.size(), "{}-{:04x}.example", kRoles[variety >> 60],
                                    variety & 0xffff);
  name.size = static_cast<uint8_t>(end.size);
  return name;
}

}  // namespace portolan::population
