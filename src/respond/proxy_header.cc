// SPDX-License-Identifier: Apache-2.0
#include "respond/proxy_header.h"

#include <arpa/inet.h>

#include <charconv>
#include <string_view>

#include "base/cursor.h"

namespace portolan::respond {
namespace {

constexpr uint8_t kSignature[12] = {0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a};
constexpr uint8_t kVersion2Proxy = 0x21;
constexpr uint8_t kUnspecified = 0x00;
constexpr uint8_t kTcpOverIpv4 = 0x11;
constexpr uint8_t kTcpOverIpv6 = 0x21;

void put(base::Writer& out, std::string_view text) {
  out.bytes({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
}

void put_address(base::Writer& out, const addr::IpAddress& address) {
  std::array<uint8_t, 16> raw;
  std::array<char, INET6_ADDRSTRLEN> text;
  if (address.is_v4()) {
    address.store_v4(raw.data());
  } else {
    address.store_v6(raw.data());
  }
  const char* shown = inet_ntop(address.is_v4() ? AF_INET : AF_INET6, raw.data(), text.data(), text.size());
  if (shown != nullptr) put(out, shown);
}

void put_port(base::Writer& out, uint16_t port) {
  std::array<char, 8> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), port).ptr;
  put(out, {text.data(), static_cast<size_t>(end - text.data())});
}

void write_line(const proto::Ends& ends, base::Writer& out) {
  if (ends.client.family() != ends.server.family()) return put(out, "PROXY UNKNOWN\r\n");
  put(out, ends.client.is_v4() ? "PROXY TCP4 " : "PROXY TCP6 ");
  put_address(out, ends.client);
  put(out, " ");
  put_address(out, ends.server);
  put(out, " ");
  put_port(out, ends.client_port);
  put(out, " ");
  put_port(out, ends.server_port);
  put(out, "\r\n");
}

void write_binary(const proto::Ends& ends, base::Writer& out) {
  const bool v4 = ends.client.is_v4();
  const bool known = v4 == ends.server.is_v4();
  out.bytes(kSignature);
  out.u8(kVersion2Proxy);
  out.u8(!known ? kUnspecified : v4 ? kTcpOverIpv4 : kTcpOverIpv6);
  out.be16(!known ? 0 : v4 ? 12 : 36);
  if (!known) return;
  for (const addr::IpAddress& a : {ends.client, ends.server}) {
    if (v4) {
      out.be32(a.v4_bits());
    } else {
      out.be64(a.hi());
      out.be64(a.lo());
    }
  }
  out.be16(ends.client_port);
  out.be16(ends.server_port);
}

}  // namespace

base::Bytes write_proxy_header(uint8_t version, const proto::Ends& ends, ProxyHeaderRoom& room) {
  base::Writer out(room);
  if (version == 1) write_line(ends, out);
  if (version == 2) write_binary(ends, out);
  return out.written();
}

}  // namespace portolan::respond
