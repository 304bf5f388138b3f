// SPDX-License-Identifier: Apache-2.0
#include "proto/rpc/port_mapper.h"

#include <arpa/inet.h>

#include <cstring>

#include "proto/text.h"

namespace portolan::proto::rpc {

namespace {

constexpr uint32_t kLowest = 2;
constexpr uint32_t kHighest = 4;
constexpr uint32_t kTcp = 6;
constexpr uint32_t kUdp = 17;
constexpr std::string_view kOwner = "superuser";

namespace procedure {
constexpr uint32_t kNull = 0;
constexpr uint32_t kSet = 1;
constexpr uint32_t kUnset = 2;
constexpr uint32_t kGet = 3;  // GETPORT, from version 3 on GETADDR
constexpr uint32_t kDump = 4;
constexpr uint32_t kCallIt = 5;
constexpr uint32_t kGetTime = 6;      // from version 3 on
constexpr uint32_t kGetVersAddr = 9;  // from version 4 on
}  // namespace procedure

std::string_view tcp_of(const addr::IpAddress& address) { return address.is_v4() ? "tcp" : "tcp6"; }
std::string_view udp_of(const addr::IpAddress& address) { return address.is_v4() ? "udp" : "udp6"; }

void put_mapping(base::Writer& out, uint32_t version, uint32_t transport, uint16_t port) {
  out.be32(1);  // another one follows
  out.be32(kPortMapper);
  out.be32(version);
  out.be32(transport);
  out.be32(port);
}

void put_binding(base::Writer& out, uint32_t version, std::string_view netid, std::string_view address) {
  out.be32(1);
  out.be32(kPortMapper);
  out.be32(version);
  put_string(out, netid);
  put_string(out, address);
  put_string(out, kOwner);
}

void put_dump(const Ends& ends, uint32_t version, base::Writer& out) {
  const UniversalAddress here(ends.server, ends.server_port);
  for (uint32_t each = kHighest; each >= kLowest; --each) {
    if (version == kLowest) {
      put_mapping(out, each, kTcp, ends.server_port);
      put_mapping(out, each, kUdp, ends.server_port);
    } else {
      put_binding(out, each, tcp_of(ends.server), here.text());
      put_binding(out, each, udp_of(ends.server), here.text());
    }
  }
  out.be32(0);
}

// GETPORT and GETADDR: where the program is, port 0 or an empty address if nowhere.
bool put_place(const Session& session, const Call& call, base::Writer& out) {
  base::Reader arguments(call.arguments);
  const bool known = arguments.be32() == kPortMapper;
  const uint32_t version = arguments.be32();
  const bool exact = call.procedure == procedure::kGetVersAddr;
  const bool there = known && (!exact || (version >= kLowest && version <= kHighest));
  if (!arguments.ok()) return false;
  put_accepted(out, call, Accept::kSuccess);
  if (call.version == kLowest) {
    out.be32(there ? session.ends.server_port : 0);
  } else {
    const UniversalAddress here(session.ends.server, session.ends.server_port);
    put_string(out, there ? here.text() : std::string_view());
  }
  return true;
}

void put_result(const Call& call, uint32_t result, base::Writer& out) {
  put_accepted(out, call, Accept::kSuccess);
  out.be32(result);
}

void put_mismatch(const Call& call, base::Writer& out) {
  put_accepted(out, call, Accept::kProgramMismatch);
  out.be32(kLowest);
  out.be32(kHighest);
}

// REQUIRES: the program and its version are ours.
bool perform(const Session& session, const Call& call, base::Writer& out) {
  const bool has_clock = call.version > 2 && call.procedure == procedure::kGetTime;
  const bool has_exact = call.version > 3 && call.procedure == procedure::kGetVersAddr;
  switch (call.procedure) {
    case procedure::kNull:
      put_accepted(out, call, Accept::kSuccess);
      return true;
    case procedure::kSet:
    case procedure::kUnset:
      put_result(call, 0, out);  // strangers change nothing
      return true;
    case procedure::kDump:
      put_accepted(out, call, Accept::kSuccess);
      put_dump(session.ends, call.version, out);
      return true;
    case procedure::kCallIt:
      return false;  // what fails is not answered (RFC 1833, 2.2.1), and nothing is there to be called
    default:
      break;
  }
  if (has_clock) {
    put_result(call, static_cast<uint32_t>(session.wall / base::kSecond), out);
  } else if (call.procedure != procedure::kGet && !has_exact) {
    put_accepted(out, call, Accept::kProcedureUnavailable);
  } else if (!put_place(session, call, out)) {
    put_accepted(out, call, Accept::kGarbageArguments);
  }
  return true;
}

}  // namespace

UniversalAddress::UniversalAddress(const addr::IpAddress& address, uint16_t port) {
  std::array<uint8_t, 16> bytes{};
  address.is_v4() ? address.store_v4(bytes.data()) : address.store_v6(bytes.data());
  inet_ntop(address.is_v4() ? AF_INET : AF_INET6, bytes.data(), text_.data(), INET6_ADDRSTRLEN);
  size_ = std::strlen(text_.data());
  for (const int part : {port >> 8, port & 0xff}) {
    text_[size_++] = '.';
    size_ = static_cast<size_t>(std::to_chars(&text_[size_], text_.data() + text_.size(), part).ptr - text_.data());
  }
}

size_t arguments_read(const Call& call) {
  return call.procedure == procedure::kGet || call.procedure == procedure::kGetVersAddr ? 8 : 0;
}

bool reply(const Session& session, const Call& call, base::Writer& out) {
  if (call.rpc_version != kVersion) {
    put_rpc_mismatch(out, call);
  } else if (call.program != kPortMapper) {
    put_accepted(out, call, Accept::kProgramUnavailable);
  } else if (call.version < kLowest || call.version > kHighest) {
    put_mismatch(call, out);
  } else {
    return perform(session, call, out);
  }
  return true;
}

void reply_masscanned(const Session& session, const Call& call, base::Writer& out) {
  if (call.version < kLowest || call.version > kHighest) return put_mismatch(call, out);
  if (call.procedure == procedure::kNull) return put_accepted(out, call, Accept::kSuccess);
  if (call.program != kPortMapper) return put_accepted(out, call, Accept::kProgramUnavailable);
  const UniversalAddress here(session.ends.server, session.ends.server_port);
  if (call.procedure == procedure::kGet) {
    put_accepted(out, call, Accept::kSuccess);
    return call.version == kLowest ? out.be32(session.ends.server_port) : put_string(out, here.text());
  }
  if (call.procedure != procedure::kDump) return put_accepted(out, call, Accept::kSystemError);
  put_accepted(out, call, Accept::kSuccess);
  for (uint32_t each = kLowest; each <= kHighest; ++each) {
    if (call.version == kLowest) {
      put_mapping(out, each, kTcp, session.ends.server_port);
    } else {
      put_binding(out, each, tcp_of(session.ends.server), here.text());
    }
  }
  out.be32(0);
}

}  // namespace portolan::proto::rpc
