// SPDX-License-Identifier: Apache-2.0
// Requests of the protocols that masscanned knows, each of which is answered. For tests only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "proto/testing/packer.h"
#include "proto/testing/stage.h"

namespace portolan::proto::testing {

// Requests that masscanned misses are among them : recognition must not depend on what another protocol begins with.
struct Request {
  std::string_view server;
  std::string bytes;
};

inline const std::vector<Request>& stream_requests() {
  static const std::vector<Request> all = {
      {"http", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"http", "GET /x HTTP/1.0\nUser-Agent: y\n\n"},
      {"http", "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"http", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"http", "CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\n\r\n"},
      {"http", "GET http://example.org/a HTTP/1.1\r\nHost: example.org\r\n\r\n"},
      {"http", "get / HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"http", "PROPFIND / HTTP/1.1\r\nHost: a\r\nDepth: 0\r\n\r\n"},
      {"http", "M-SEARCH * HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"http", "BREW-IT+NOW /pot HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"http", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
      {"ssh", "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n"},
      {"ssh", "SSH-1.99-PuTTY comment\r\n"},
      {"ssh", "SSH-1.5-ancient\r\n"},
      {"gh0st", "Gh0st" + le(22, 4) + le(1, 4) + bytes_from("78 9c 63 00 00 00 01 00 01")},
      {"stun", stun_request("")},
      {"stun", stun_request(stun_attribute(0x8022, "software") + stun_attribute(0x0024, "prio"))},
      {"rpc", record(rpc_call(100000, 2, 0))},
      {"rpc", record(rpc_call(100000, 2, 4, "", 0x00000001))},
      {"rpc", record(rpc_call(100003, 3, 0, "", 0x47455420))},
      {"rpc", record(rpc_call(100000, 2, 3, be(100003, 4) + be(3, 4) + be(6, 4) + be(0, 4)))},
      {"rpc", record(rpc_call(100000, 4, 4).substr(0, 24), false) + record(rpc_call(100000, 4, 4).substr(24))},
      {"rpc", record(rpc_call(100000, 3, 4).substr(0, 5), false) + record(rpc_call(100000, 3, 4).substr(5))},
      {"rpc", rpc_call(100000, 2, 0)},
      {"smb", nbt(smb1_negotiate({"NT LM 0.12"}))},
      {"smb", nbt(smb1_negotiate({"PC NETWORK PROGRAM 1.0", "NT LM 0.12", "SMB 2.002", "SMB 2.???"}))},
      {"smb", nbt(smb2_negotiate({0x0202, 0x0210, 0x0300, 0x0302, 0x0311}))},
      {"smb", smb2_negotiate({0x0202, 0x0210, 0x0300, 0x0302, 0x0311})},
      {"smb", smb1_negotiate({"NT LM 0.12"})},
      {"smb", bytes_from("81 00 00 44 20") + std::string("CKFDENECFDEFFCFGEFFCCACACACACACA") + bytes_from("00 20") +
                  "EDEMEJEFEOFECACACACACACACACACACA" + '\0'},
      {"dns", with_length(dns_query("example.org", 1))},
      {"dns", with_length(dns_query("a.example.org", 28, 1, 4096))},
      {"dns", with_length(dns_query("version.bind", 16, 3))},
      {"dns", with_length(bytes_from("00 00 10 00 00 00 00 00 00 00 00 00"))},
  };
  return all;
}

inline const std::vector<Request>& datagram_requests() {
  static const std::vector<Request> all = {
      {"http", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"ssh", "SSH-2.0-x\r\n"},
      {"gh0st", "Gh0st"},
      {"stun", stun_request("")},
      {"stun", stun_request("", "abcd")},
      {"stun", stun_request(stun_attribute(3, be(2, 4)), "abcd")},
      {"stun", stun_request(stun_attribute(6, "ab:cd") + stun_attribute(0x8022, "x") + stun_attribute(0x25, ""))},
      {"stun", stun_request(stun_attribute(0x8022, std::string(300, 'x')))},
      {"rpc", rpc_call(100000, 2, 0)},
      {"rpc", rpc_call(100000, 2, 4, "", 0x00000001)},
      {"rpc", rpc_call(100000, 3, 4, "", 0x47657420)},
      {"rpc", rpc_call(100000, 4, 4, "", 0x53534822)},
      {"smb", nbt(smb1_negotiate({"NT LM 0.12"}))},
      {"smb", nbt(smb2_negotiate({0x0202}))},
      {"dns", dns_query("example.org", 1)},
      {"dns", dns_query("example.org", 255, 1, 1232)},
      {"dns", bytes_from("12 34 01 00 00 00 00 00 00 00 00 00")},
  };
  return all;
}

}  // namespace portolan::proto::testing
