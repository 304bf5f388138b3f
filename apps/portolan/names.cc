// SPDX-License-Identifier: Apache-2.0
#include "portolan/names.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>
#include <memory>

namespace portolan::cli {
namespace {

constexpr size_t kLongestName = 253;
constexpr size_t kLongestLabel = 63;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

bool is_label(std::string_view label) {
  const auto allowed = [](char c) { return is_digit(c) || is_letter(c) || c == '-' || c == '_'; };
  return !label.empty() && label.size() <= kLongestLabel && label.front() != '-' && label.back() != '-' &&
         std::all_of(label.begin(), label.end(), allowed);
}

// What inet_aton() and its like would read as a number.
bool is_numeric(std::string_view label) {
  if (label.starts_with("0x") || label.starts_with("0X")) return true;
  return std::all_of(label.begin(), label.end(), is_digit);
}

std::optional<addr::IpAddress> address_of(const sockaddr* generic) {
  if (generic->sa_family == AF_INET) {
    sockaddr_in v4;
    std::memcpy(&v4, generic, sizeof v4);
    return addr::IpAddress::v4(ntohl(v4.sin_addr.s_addr));
  }
  if (generic->sa_family != AF_INET6) return std::nullopt;
  sockaddr_in6 v6;
  std::memcpy(&v6, generic, sizeof v6);
  return addr::IpAddress::from_v6_bytes(v6.sin6_addr.s6_addr);
}

struct Service {
  std::string_view name;
  uint16_t port;  // or protocol number
};

// IANA's numbers of the names that are typed most; the same for all protocols.
constexpr std::array kServices{
    Service{"ftp", 21},
    Service{"ssh", 22},
    Service{"telnet", 23},
    Service{"smtp", 25},
    Service{"domain", 53},
    Service{"tftp", 69},
    Service{"http", 80},
    Service{"www", 80},
    Service{"kerberos", 88},
    Service{"pop3", 110},
    Service{"sunrpc", 111},
    Service{"ntp", 123},
    Service{"imap", 143},
    Service{"imap2", 143},
    Service{"snmp", 161},
    Service{"bgp", 179},
    Service{"ldap", 389},
    Service{"https", 443},
    Service{"microsoft-ds", 445},
    Service{"isakmp", 500},
    Service{"syslog", 514},
    Service{"submission", 587},
    Service{"ipp", 631},
    Service{"ldaps", 636},
    Service{"rsync", 873},
    Service{"imaps", 993},
    Service{"pop3s", 995},
    Service{"ms-sql-s", 1433},
    Service{"nfs", 2049},
    Service{"mysql", 3306},
    Service{"ms-wbt-server", 3389},
    Service{"sip", 5060},
    Service{"mdns", 5353},
    Service{"postgresql", 5432},
    Service{"redis", 6379},
    Service{"http-alt", 8080},
};

// IANA's protocol numbers that are likely to answer.
constexpr std::array kIpProtocols{
    Service{"icmp", 1},  Service{"igmp", 2},  Service{"ipip", 4},   Service{"tcp", 6},    Service{"udp", 17},
    Service{"ipv6", 41}, Service{"gre", 47},  Service{"esp", 50},   Service{"ah", 51},    Service{"ipv6-icmp", 58},
    Service{"ospf", 89}, Service{"pim", 103}, Service{"vrrp", 112}, Service{"l2tp", 115}, Service{"sctp", 132},
};

template <size_t kSize>
std::optional<uint16_t> number_of(const std::array<Service, kSize>& table, std::string_view name) {
  const auto it = std::find_if(table.begin(), table.end(), [name](const Service& s) { return s.name == name; });
  return it == table.end() ? std::nullopt : std::optional(it->port);
}

std::optional<uint16_t> ip_protocol(const std::string& name) {
  if (const protoent* entry = getprotobyname(name.c_str())) return static_cast<uint16_t>(entry->p_proto);
  return number_of(kIpProtocols, name);
}

}  // namespace

bool looks_like_host_name(std::string_view text) {
  if (text.ends_with('.')) text.remove_suffix(1);
  if (text.empty() || text.size() > kLongestName) return false;
  std::string_view label;
  for (size_t start = 0; start <= text.size(); start += label.size() + 1) {
    label = text.substr(start, text.find('.', start) - start);
    if (!is_label(label)) return false;
  }
  return !is_numeric(label);
}

tl::expected<std::vector<addr::IpAddress>, std::string> resolve_host(const std::string& name) {
  const std::string plain = lower(name.ends_with('.') ? name.substr(0, name.size() - 1) : name);
  if (plain == "invalid" || plain.ends_with(".invalid")) {
    return tl::unexpected<std::string>("names under .invalid never exist");
  }
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int error = getaddrinfo(name.c_str(), nullptr, &hints, &found); error != 0) {
    return tl::unexpected<std::string>(gai_strerror(error));
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> list(found, freeaddrinfo);
  std::vector<addr::IpAddress> addresses;
  for (const addrinfo* a = list.get(); a != nullptr; a = a->ai_next) {
    if (const auto address = address_of(a->ai_addr)) addresses.push_back(*address);
  }
  if (addresses.empty()) return tl::unexpected<std::string>("it has no address");
  std::sort(addresses.begin(), addresses.end());
  addresses.erase(std::unique(addresses.begin(), addresses.end()), addresses.end());
  return addresses;
}

std::optional<uint16_t> service_port(std::string_view name, addr::Protocol protocol) {
  const std::string plain = lower(name);
  if (protocol == addr::Protocol::kIp) return ip_protocol(plain);
  const std::string transport(addr::name(protocol));
  // A name that is registered for another transport means the same number: registries rarely list SCTP, or UDP for SSH.
  for (const char* const of : {transport.c_str(), static_cast<const char*>(nullptr)}) {
    if (const servent* entry = getservbyname(plain.c_str(), of)) return ntohs(static_cast<uint16_t>(entry->s_port));
  }
  return number_of(kServices, plain);
}

}  // namespace portolan::cli
