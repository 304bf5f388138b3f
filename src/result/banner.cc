// SPDX-License-Identifier: Apache-2.0
#include "result/banner.h"

#include <array>
#include <utility>

namespace portolan::result {
namespace {

constexpr std::array<std::pair<uint16_t, std::string_view>, 37> kNames{{
    {0, "unknown"}, {1, "heur"},         {2, "ssh"},         {3, "ssh"},         {4, "http"},         {5, "ftp"},
    {6, "dns-ver"}, {7, "snmp"},         {8, "nbtstat"},     {9, "ssl"},         {10, "smb"},         {11, "smtp"},
    {12, "pop"},    {13, "imap"},        {14, "zeroaccess"}, {15, "X509"},       {16, "X509CA"},      {17, "title"},
    {18, "html"},   {19, "ntp"},         {20, "vuln"},       {21, "heartbleed"}, {22, "ticketbleed"}, {23, "vnc-old"},
    {24, "safe"},   {25, "memcached"},   {26, "scripting"},  {27, "versioning"}, {28, "coap"},        {29, "telnet"},
    {30, "rdp"},    {31, "http.server"}, {32, "minecraft"},  {33, "vnc"},        {34, "vnc-info"},    {35, "isakmp"},
    {36, "error"},
}};

}  // namespace

std::string_view name(Application a) {
  for (const auto& [number, word] : kNames) {
    if (number == a.number) return word;
  }
  return "unknown";
}

std::optional<Application> application_from_name(std::string_view word) {
  std::optional<Application> found;  // of two numbers with one name (ssh) the later, which is the protocol of today
  for (const auto& [number, known] : kNames) {
    if (known == word) found = Application{number};
  }
  return found;
}

}  // namespace portolan::result
