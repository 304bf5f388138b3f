// SPDX-License-Identifier: Apache-2.0
#include "output/service_name.h"

#include <algorithm>
#include <array>
#include <utility>

namespace portolan::output {
namespace {

using Row = std::pair<uint16_t, std::string_view>;

// By port.
constexpr std::array kTcp{
    Row{7, "echo"},
    Row{9, "discard"},
    Row{13, "daytime"},
    Row{19, "chargen"},
    Row{20, "ftp-data"},
    Row{21, "ftp"},
    Row{22, "ssh"},
    Row{23, "telnet"},
    Row{25, "smtp"},
    Row{37, "time"},
    Row{43, "whois"},
    Row{53, "domain"},
    Row{70, "gopher"},
    Row{79, "finger"},
    Row{80, "http"},
    Row{88, "kerberos"},
    Row{110, "pop3"},
    Row{111, "sunrpc"},
    Row{113, "auth"},
    Row{119, "nntp"},
    Row{135, "epmap"},
    Row{139, "netbios-ssn"},
    Row{143, "imap"},
    Row{179, "bgp"},
    Row{389, "ldap"},
    Row{443, "https"},
    Row{445, "microsoft-ds"},
    Row{465, "submissions"},
    Row{514, "shell"},
    Row{515, "printer"},
    Row{548, "afpovertcp"},
    Row{554, "rtsp"},
    Row{587, "submission"},
    Row{631, "ipp"},
    Row{636, "ldaps"},
    Row{873, "rsync"},
    Row{989, "ftps-data"},
    Row{990, "ftps"},
    Row{993, "imaps"},
    Row{995, "pop3s"},
    Row{1080, "socks"},
    Row{1433, "ms-sql-s"},
    Row{1521, "ncube-lm"},
    Row{1723, "pptp"},
    Row{1883, "mqtt"},
    Row{2049, "nfs"},
    Row{3128, "ndl-aas"},
    Row{3306, "mysql"},
    Row{3389, "ms-wbt-server"},
    Row{5060, "sip"},
    Row{5222, "xmpp-client"},
    Row{5432, "postgresql"},
    Row{5672, "amqp"},
    Row{5900, "rfb"},
    Row{6379, "redis"},
    Row{8080, "http-alt"},
    Row{8883, "secure-mqtt"},
    Row{9100, "pdl-datastream"},
    Row{11211, "memcache"},
    Row{25565, "minecraft"},
};

constexpr std::array kUdp{
    Row{7, "echo"},         Row{19, "chargen"},       Row{53, "domain"},   Row{67, "bootps"},
    Row{68, "bootpc"},      Row{69, "tftp"},          Row{111, "sunrpc"},  Row{123, "ntp"},
    Row{137, "netbios-ns"}, Row{138, "netbios-dgm"},  Row{161, "snmp"},    Row{162, "snmptrap"},
    Row{443, "https"},      Row{500, "isakmp"},       Row{514, "syslog"},  Row{520, "router"},
    Row{1194, "openvpn"},   Row{1701, "l2tp"},        Row{1812, "radius"}, Row{1900, "ssdp"},
    Row{3478, "stun"},      Row{4500, "ipsec-nat-t"}, Row{5060, "sip"},    Row{5353, "mdns"},
    Row{5683, "coap"},      Row{11211, "memcache"},
};

template <size_t N>
std::string_view find(const std::array<Row, N>& rows, uint16_t port) {
  const auto it =
      std::lower_bound(rows.begin(), rows.end(), port, [](const Row& r, uint16_t p) { return r.first < p; });
  return it == rows.end() || it->first != port ? std::string_view() : it->second;
}

}  // namespace

std::string_view service_name(addr::ProtoPort service) {
  if (service.protocol == addr::Protocol::kTcp) return find(kTcp, service.port);
  if (service.protocol == addr::Protocol::kUdp) return find(kUdp, service.port);
  return {};
}

}  // namespace portolan::output
