// SPDX-License-Identifier: Apache-2.0
// What makes one host differ from the next, and the same host the same for ever: banners by Persona::variety, numbers
// that must look random by Persona::secret.
//
// Not randomness: whoever knows the secret knows all of it. Pure functions, any thread.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

#include "base/random.h"
#include "proto/server.h"

namespace portolan::proto {

// A protocol's name as a word (its first 8 letters): keeps the choices of the protocols of one host apart.
constexpr uint64_t trait(std::string_view protocol) {
  uint64_t word = 0;
  for (const char c : protocol.substr(0, 8)) word = word << 8 | static_cast<uint8_t>(c);
  return word;
}

template <class T, size_t N>
const T& pick(const Persona& persona, std::string_view protocol, const std::array<T, N>& of) {
  return of[base::SplitMix64(persona.variety ^ trait(protocol)).next() % N];
}

// The n-th secret word of a host: the same for all who ask.
inline uint64_t host_word(const Session& s, std::string_view protocol, uint64_t n = 0) {
  return base::siphash(s.persona->secret, s.ends.server.hi(), s.ends.server.lo(), trait(protocol), n);
}

// The n-th secret word of a conversation: another one for another client or another port of his.
inline uint64_t flow_word(const Session& s, std::string_view protocol, uint64_t n = 0) {
  const uint64_t ports = uint64_t{s.ends.client_port} << 16 | s.ends.server_port;
  return base::siphash(s.persona->secret, s.ends.client.hi(), s.ends.client.lo(), s.ends.server.lo(), ports,
                       trait(protocol), n);
}

// Up to N bytes as hexadecimal text.
template <size_t N>
class Hex {
 public:
  explicit Hex(base::Bytes bytes) {
    for (const uint8_t byte : bytes.first(std::min(bytes.size(), N))) {
      text_[size_++] = kDigits[byte >> 4];
      text_[size_++] = kDigits[byte & 15];
    }
  }
  std::string_view text() const { return {text_.data(), size_}; }

 private:
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::array<char, 2 * N> text_;
  size_t size_ = 0;
};

}  // namespace portolan::proto
