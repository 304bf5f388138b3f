// SPDX-License-Identifier: Apache-2.0
#include "proto/rpc/call.h"

#include <algorithm>
#include <array>

#include "proto/text.h"

namespace portolan::proto::rpc {

namespace {

constexpr uint32_t kCall = 0;
constexpr uint32_t kReply = 1;
constexpr uint32_t kAccepted = 0;
constexpr uint32_t kDenied = 1;
constexpr uint32_t kAuthSys = 1;
constexpr size_t kJudged = 24;
constexpr uint32_t kMostAuth = 400;  // RFC 5531, 8.2

void take_auth_sys(base::Bytes body, Call& call) {
  base::Reader reader(body);
  reader.skip(4);  // stamp
  const std::string_view machine = take_string(reader);
  const uint32_t user = reader.be32();
  if (!reader.ok()) return;
  call.machine = machine;
  call.user = user;
}

base::Bytes take_auth(base::Reader& reader, uint32_t& flavor) {
  flavor = reader.be32();
  const uint32_t length = reader.be32();
  const base::Bytes body = reader.take(length);
  reader.skip(-size_t{length} & 3);
  return length <= kMostAuth ? body : base::Bytes();
}

}  // namespace

std::optional<Call> parse_call(base::Bytes message) {
  base::Reader reader(message);
  Call call;
  call.xid = reader.be32();
  if (reader.be32() != kCall) return std::nullopt;
  call.rpc_version = reader.be32();
  call.program = reader.be32();
  call.version = reader.be32();
  call.procedure = reader.be32();
  uint32_t flavor = 0;
  const base::Bytes credential = take_auth(reader, flavor);
  if (flavor == kAuthSys) take_auth_sys(credential, call);
  take_auth(reader, flavor);
  if (!reader.ok()) return std::nullopt;
  call.arguments = reader.rest();
  return call;
}

Match looks_like_call(base::Bytes message) {
  const size_t size = std::min(message.size(), kJudged);
  // Any transaction; a call; RPC of a small version; any program and version; one of its first 256 procedures.
  constexpr std::array<bool, kJudged> kZero = {false, false, false, false, true,  true,  true,  true,
                                               true,  true,  true,  false, false, false, false, false,
                                               false, false, false, false, true,  true,  true,  false};
  for (size_t i = 0; i < size; ++i) {
    if (kZero[i] && message[i] != 0) return Match::kNo;
  }
  // Programs that everybody knows excuse a wrong version of RPC.
  const bool version_fits = size <= 11 || message[11] == kVersion;
  constexpr std::array<uint8_t, 3> kWellKnown = {0, 1, 0x86};
  const size_t known = size <= 12 ? 0 : std::min(size - 12, kWellKnown.size());
  const bool program_fits = known == 0 || std::equal(kWellKnown.begin(), kWellKnown.begin() + known, &message[12]);
  if (!version_fits && !program_fits) return Match::kNo;
  return size == kJudged ? Match::kYes : Match::kMore;
}

void put_accepted(base::Writer& out, const Call& call, Accept how) {
  out.be32(call.xid);
  out.be32(kReply);
  out.be32(kAccepted);
  out.be64(0);  // verifier
  out.be32(static_cast<uint32_t>(how));
}

void put_rpc_mismatch(base::Writer& out, const Call& call) {
  out.be32(call.xid);
  out.be32(kReply);
  out.be32(kDenied);
  out.be32(0);
  out.be32(kVersion);
  out.be32(kVersion);
}

void put_string(base::Writer& out, std::string_view text) {
  out.be32(static_cast<uint32_t>(text.size()));
  out.bytes(bytes_of(text));
  out.zeros(-text.size() & 3);
}

std::string_view take_string(base::Reader& reader) {
  const uint32_t length = reader.be32();
  const std::string_view text = text_of(reader.take(length));
  reader.skip(-size_t{length} & 3);
  return text;
}

}  // namespace portolan::proto::rpc
