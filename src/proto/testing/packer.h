// SPDX-License-Identifier: Apache-2.0
// Requests of the binary protocols, put together from their parts. For tests only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace portolan::proto::testing {

inline std::string be(uint64_t value, size_t size) {
  std::string out;
  for (size_t i = size; i-- > 0;) out += static_cast<char>(value >> (8 * i));
  return out;
}
inline std::string le(uint64_t value, size_t size) {
  const std::string swapped = be(value, size);
  return {swapped.rbegin(), swapped.rend()};
}
inline std::string zeros(size_t n) { return std::string(n, '\0'); }
inline std::string utf16(std::string_view ascii) {
  std::string out;
  for (const char c : ascii) (out += c) += '\0';
  return out;
}

// DNS
inline std::string dns_name(std::string_view dotted) {
  std::string out;
  while (!dotted.empty()) {
    const std::string_view label = dotted.substr(0, dotted.find('.'));
    (out += static_cast<char>(label.size())) += label;
    dotted.remove_prefix(std::min(dotted.size(), label.size() + 1));
  }
  return out + '\0';
}
inline std::string dns_query(std::string_view name, uint16_t type, uint16_t klass = 1, uint16_t edns_size = 0) {
  const std::string options = edns_size == 0 ? "" : '\0' + be(41, 2) + be(edns_size, 2) + be(0, 4) + be(0, 2);
  return be(0x1234, 2) + be(0x0100, 2) + be(1, 2) + be(0, 4) + be(edns_size == 0 ? 0 : 1, 2) + dns_name(name) +
         be(type, 2) + be(klass, 2) + options;
}
inline std::string with_length(const std::string& message) { return be(message.size(), 2) + message; }

// ONC RPC
inline std::string xdr(std::string_view text) {
  return be(text.size(), 4) + std::string(text) + zeros(-text.size() & 3);
}
inline std::string rpc_call(uint32_t program, uint32_t version, uint32_t procedure, const std::string& arguments = {},
                            uint32_t xid = 0x5a5a0001, const std::string& credential = zeros(8)) {
  return be(xid, 4) + be(0, 4) + be(2, 4) + be(program, 4) + be(version, 4) + be(procedure, 4) + credential + zeros(8) +
         arguments;
}
inline std::string record(const std::string& fragment, bool last = true) {
  return be(fragment.size() | (last ? 0x80000000u : 0u), 4) + fragment;
}

// SMB
inline std::string nbt(const std::string& message) { return be(message.size(), 4) + message; }
inline std::string smb1(uint8_t command, const std::string& words, const std::string& data, uint16_t flags2 = 0xc853) {
  return "\xffSMB" + be(command, 1) + zeros(4) + '\x18' + le(flags2, 2) + zeros(12) + le(0x1111, 2) + le(0x2222, 2) +
         le(0x3333, 2) + le(0x4444, 2) + be(words.size() / 2, 1) + words + le(data.size(), 2) + data;
}
inline std::string smb1_negotiate(const std::vector<std::string>& dialects, uint16_t flags2 = 0xc853) {
  std::string data;
  for (const std::string& dialect : dialects) data += '\2' + dialect + '\0';
  return smb1(0x72, "", data, flags2);
}
inline std::string smb1_session_setup(const std::string& token) {
  return smb1(0x73, be(0xff000000, 4) + le(4356, 2) + le(50, 2) + zeros(6) + le(token.size(), 2) + zeros(8), token);
}
inline std::string smb2(uint16_t command, const std::string& body, uint64_t session = 0) {
  return "\xfeSMB" + le(64, 2) + le(1, 2) + zeros(4) + le(command, 2) + le(31, 2) + zeros(8) + le(7, 8) +
         le(0xfeff, 8) + le(session, 8) + zeros(16) + body;
}
inline std::string smb2_negotiate(const std::vector<uint16_t>& dialects) {
  std::string numbers;
  for (const uint16_t dialect : dialects) numbers += le(dialect, 2);
  numbers += zeros(-(64 + 36 + numbers.size()) & 7);
  const std::string preauth = le(1, 2) + le(38, 2) + zeros(4) + le(1, 2) + le(32, 2) + le(1, 2) + std::string(32, 's');
  const std::string encryption = le(2, 2) + le(6, 2) + zeros(4) + le(2, 2) + le(1, 2) + le(2, 2);
  return smb2(0, le(36, 2) + le(dialects.size(), 2) + le(1, 2) + zeros(2) + le(0x7f, 4) + std::string(16, 'g') +
                     le(64 + 36 + numbers.size(), 4) + le(2, 2) + zeros(2) + numbers + preauth + zeros(2) + encryption);
}
inline std::string smb2_session_setup(const std::string& token, uint64_t session = 0) {
  return smb2(1, le(25, 2) + zeros(10) + le(88, 2) + le(token.size(), 2) + zeros(8) + token, session);
}
inline std::string ntlm_negotiate() { return std::string("NTLMSSP\0", 8) + le(1, 4) + le(0x62088215, 4) + zeros(16); }
inline std::string ntlm_authenticate(std::string_view user, std::string_view domain, std::string_view workstation) {
  std::string out = std::string("NTLMSSP\0", 8) + le(3, 4);
  size_t at = 64;
  // Two responses, the names, a session key that is none.
  for (const size_t size :
       {size_t{24}, size_t{24}, 2 * domain.size(), 2 * user.size(), 2 * workstation.size(), size_t{0}}) {
    out += le(size, 2) + le(size, 2) + le(at, 4);
    at += size;
  }
  return out + le(0x62088215, 4) + std::string(48, 'r') + utf16(domain) + utf16(user) + utf16(workstation);
}

// STUN
inline std::string stun_request(const std::string& attributes, std::string_view cookie = "\x21\x12\xa4\x42") {
  return be(1, 2) + be(attributes.size(), 2) + std::string(cookie) + "transaction!" + attributes;
}
inline std::string stun_attribute(uint16_t type, std::string_view value) {
  return be(type, 2) + be(value.size(), 2) + std::string(value) + zeros(-value.size() & 3);
}

// SSH
inline std::string ssh_packet(const std::string& payload) {
  size_t padding = 8 - (5 + payload.size()) % 8;
  if (padding < 4) padding += 8;
  return be(1 + payload.size() + padding, 4) + be(padding, 1) + payload + zeros(padding);
}
inline std::string ssh_kex_init(const std::vector<std::string>& lists) {
  std::string payload = "\x14" + std::string(16, 'c');
  for (const std::string& list : lists) payload += be(list.size(), 4) + list;
  return ssh_packet(payload + zeros(5));
}

}  // namespace portolan::proto::testing
