// SPDX-License-Identifier: Apache-2.0
// The ClientHello over any bytes: it is the same in however many records it comes, and its fingerprints are well
// formed.
#include <algorithm>
#include <vector>

#include "proto/tls/client_hello.h"
#include "proto/tls/fingerprint.h"

using namespace portolan;
using namespace portolan::proto::tls;

namespace {

// The message in records of 7 bytes.
std::vector<uint8_t> in_small_records(base::Bytes body) {
  std::vector<uint8_t> message = {kClientHelloMessage, static_cast<uint8_t>(body.size() >> 16),
                                  static_cast<uint8_t>(body.size() >> 8), static_cast<uint8_t>(body.size())};
  message.insert(message.end(), body.begin(), body.end());
  std::vector<uint8_t> stream;
  for (size_t at = 0; at < message.size(); at += 7) {
    const size_t n = std::min<size_t>(7, message.size() - at);
    stream.insert(stream.end(), {kHandshakeRecord, 3, 1, 0, static_cast<uint8_t>(n)});
    stream.insert(stream.end(), message.begin() + static_cast<ptrdiff_t>(at),
                  message.begin() + static_cast<ptrdiff_t>(at + n));
  }
  return stream;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::vector<uint8_t> room(16384);
  const HelloBytes bytes = assemble_hello({data, size}, room);
  if (bytes.state != HelloBytes::State::kWhole) return 0;
  const std::vector<uint8_t> body(bytes.body.begin(), bytes.body.end());
  const std::vector<uint8_t> stream = in_small_records(body);
  const HelloBytes again = assemble_hello(stream, room);
  if (again.state != HelloBytes::State::kWhole || !std::ranges::equal(again.body, body)) __builtin_trap();

  const auto hello = ClientHello::check(body);
  if (!hello) return 0;
  if (ja4(*hello).size() != 36 || ja3(*hello).size() != 32) __builtin_trap();
  if (alpn_text(*hello).size() > size || hello->server_name().size() > size) __builtin_trap();
  return 0;
}
