// SPDX-License-Identifier: Apache-2.0
// NTLM messages (MS-NLMP, 2.2.1): the challenge of a server, and who a client's answer says it is.
//
// Nothing is verified. Also what a persona is called in Windows networks. Pure functions, any thread, no allocation.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "base/cursor.h"
#include "proto/server.h"

namespace portolan::proto::smb {

// 100 ns since 1601.
uint64_t file_time(base::Nanos wall);
// Whole seconds of it, as masscanned has them.
uint64_t file_time_of_seconds(base::Nanos wall);

enum class NtlmType : uint32_t { kNegotiate = 1, kChallenge = 2, kAuthenticate = 3 };

struct NtlmMessage {
  NtlmType type{};
  base::Bytes bytes;  // from its signature to the end of the token that holds it
};
// The NTLM message in a security token, bare or wrapped (RFC 4178). nullopt: there is none.
std::optional<NtlmMessage> find_ntlm(base::Bytes token);

// A short text, converted.
class ShortText {
 public:
  static constexpr size_t kMost = 256;
  void put(char c) {
    if (size_ < kMost) text_[size_++] = c;
  }
  std::string_view text() const { return {text_.data(), size_}; }

 private:
  std::array<char, kMost> text_;
  size_t size_ = 0;
};
// UTF-16 (little-endian) as UTF-8; what is no character becomes '?'.
ShortText from_utf16(base::Bytes utf16);
// ASCII as UTF-16.
void put_utf16(base::Writer& out, std::string_view ascii);

struct Identity {
  ShortText user;
  ShortText domain;
  ShortText workstation;
};
// nullopt: a field lies outside the message.
std::optional<Identity> read_authenticate(base::Bytes message);

// The CHALLENGE_MESSAGE. modern: the persona's names and a challenge of this conversation.
void put_challenge(const Session& session, base::Writer& out);
void put_masscanned_challenge(base::Writer& out);  // 128 bytes, always the same

// The persona's NetBIOS name: its host name's first label in capitals, at most 15 letters.
class NetbiosName {
 public:
  explicit NetbiosName(const Persona& persona);
  std::string_view text() const { return {text_.data(), size_}; }

 private:
  std::array<char, 15> text_{};
  size_t size_ = 0;
};

}  // namespace portolan::proto::smb
