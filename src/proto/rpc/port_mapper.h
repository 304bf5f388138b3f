// SPDX-License-Identifier: Apache-2.0
// The port mapper, program 100000 in versions 2 to 4 (RFC 1833): what it replies to a call, in both styles.
//
// It knows itself alone, at the address and port that were asked. Pure but for what it writes; any thread.
#pragma once

#include <array>
#include <string_view>

#include "proto/rpc/call.h"

namespace portolan::proto::rpc {

// Writes the whole reply, without a record mark; false: it stays silent.
bool reply(const Session& session, const Call& call, base::Writer& out);
// How many bytes of its arguments a reply depends on.
size_t arguments_read(const Call& call);
// As masscanned 0.2.0 does.
void reply_masscanned(const Session& session, const Call& call, base::Writer& out);

// An address and port as "192.0.2.1.0.111" (RFC 5665, section 5.2).
class UniversalAddress {
 public:
  UniversalAddress(const addr::IpAddress& address, uint16_t port);
  std::string_view text() const { return {text_.data(), size_}; }

 private:
  std::array<char, 64> text_{};
  size_t size_ = 0;
};

}  // namespace portolan::proto::rpc
