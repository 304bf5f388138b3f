// SPDX-License-Identifier: Apache-2.0
// The one list of all servers. Those that are most specific come first; a new protocol is a folder and a line here.
#include <algorithm>
#include <array>

#include "proto/dns/server.h"
#include "proto/ftp/server.h"
#include "proto/gh0st/server.h"
#include "proto/http/server.h"
#include "proto/imap/server.h"
#include "proto/ldap/server.h"
#include "proto/mdns/server.h"
#include "proto/memcached/server.h"
#include "proto/mqtt/server.h"
#include "proto/mysql/server.h"
#include "proto/ntp/server.h"
#include "proto/pop3/server.h"
#include "proto/quic/server.h"
#include "proto/rdp/server.h"
#include "proto/redis/server.h"
#include "proto/rpc/server.h"
#include "proto/server.h"
#include "proto/sip/server.h"
#include "proto/smb/server.h"
#include "proto/smtp/server.h"
#include "proto/snmp/server.h"
#include "proto/ssdp/server.h"
#include "proto/ssh/server.h"
#include "proto/stun/server.h"
#include "proto/telnet/server.h"
#include "proto/tftp/server.h"
#include "proto/tls/server.h"
#include "proto/vnc/server.h"

namespace portolan::proto {

namespace {

// One a line, easy to merge.
// clang-format off
constexpr const Server* kAll[] = {
    &kGh0st,
    &kTls,
    &kSsh,
    &kVnc,
    &kStun,
    &kQuic,
    &kSmb,
    &kRdp,
    &kMqtt,
    &kLdap,
    &kSnmp,
    &kRpc,
    &kNtp,
    &kMdns,
    &kDns,
    &kTftp,
    &kSsdp,
    &kSip,
    &kHttp,
    &kMemcached,
    &kRedis,
    &kFtp,
    &kSmtp,
    &kPop3,
    &kImap,
    &kTelnet,
    &kMysql,
};
// clang-format on

}  // namespace

std::span<const Server* const> servers() { return kAll; }

const Server* find_server(std::string_view name) {
  const auto named = [&](const Server* server) { return server->name == name; };
  const auto* const found = std::find_if(std::begin(kAll), std::end(kAll), named);
  return found == std::end(kAll) ? nullptr : *found;
}

}  // namespace portolan::proto
