// SPDX-License-Identifier: Apache-2.0
#include "proto/rpc/server.h"

#include <array>

#include "proto/rpc/call.h"
#include "proto/rpc/port_mapper.h"
#include "proto/rpc/record.h"

namespace portolan::proto {

namespace {

using rpc::Call;

constexpr std::array<uint16_t, 1> kPorts = {111};
constexpr size_t kMostRecord = 2048;  // what is read of a record; a call of the port mapper is a fourth of it

constexpr FactName kFacts[] = {
    {"rpc_program", "the program number of an ONC RPC call"},
    {"rpc_version", "the version of the program that is called"},
    {"rpc_procedure", "the procedure number that is called"},
    {"rpc_machine", "the machine name in an AUTH_SYS credential"},
    {"rpc_uid", "the user id in an AUTH_SYS credential"},
};

constexpr size_t kMostReply = 1024;

// Session::step. What masscanned keeps of the first call of a connection stands in a and b.
enum : uint32_t { kFirst = 0, kRecords = 1, kEnough = 2 };

Match recognize(base::Bytes first, const Ends& ends) {
  const Match bare = rpc::looks_like_call(first);
  if (ends.transport == Transport::kUdp) return first.size() < rpc::kLeastCall ? Match::kNo : bare;
  if (bare == Match::kYes) return bare;
  // A first fragment of 64 KiB and more is nobody's call.
  if (first.size() > 1 && (((first[0] & 0x7f) != 0) || first[1] != 0)) return bare;
  std::array<uint8_t, kMostToRecognize> room;
  const rpc::Gathered record = rpc::gather(first, room);
  const Match marked = rpc::looks_like_call(base::Bytes(room).first(record.length));
  if (marked == Match::kMore && record.whole) return bare;
  return marked == Match::kNo ? bare : marked;
}

void tell(const Call& call, Answer& out) {
  out.fact("rpc_program", call.program);
  out.fact("rpc_version", call.version);
  out.fact("rpc_procedure", call.procedure);
  if (!call.machine.empty()) out.fact("rpc_machine", call.machine);
  if (call.user) out.fact("rpc_uid", *call.user);
}

// masscanned's parser stays at the first call of a connection: later ones get its reply again.
Call as_masscanned_sees(Session& session, Call call) {
  if (session.step == kRecords) {
    call.xid = static_cast<uint32_t>(session.a >> 32);
    call.procedure = static_cast<uint32_t>(session.a);
    call.program = static_cast<uint32_t>(session.b >> 32);
    call.version = static_cast<uint32_t>(session.b);
  }
  session.a = uint64_t{call.xid} << 32 | call.procedure;
  session.b = uint64_t{call.program} << 32 | call.version;
  return call;
}

enum class Marked : uint8_t { kNo, kYes };

void answer(Session& session, const Call& call, Marked marked, Answer& out) {
  tell(call, out);
  std::array<uint8_t, kMostReply> room;
  base::Writer reply(room);
  if (session.persona->style == Style::kMasscanned) {
    rpc::reply_masscanned(session, as_masscanned_sees(session, call), reply);
  } else if (!rpc::reply(session, call, reply)) {
    return;
  }
  if (marked == Marked::kYes) out.out().be32(rpc::kLastFragment | static_cast<uint32_t>(reply.size()));
  out.bytes(reply.written());
  out.said("rpc");
}

Step serve_datagram(Session& session, base::Bytes datagram, Answer& out) {
  const auto call = rpc::parse_call(datagram);
  if (!call) return Step::foreign();
  answer(session, *call, Marked::kNo, out);
  return Step::taken(datagram.size());
}

// Without marks nobody knows where a call ends; so one is answered, and no other after it.
Step serve_bare(Session& session, base::Bytes pending, Answer& out) {
  const auto call = rpc::parse_call(pending);
  if (!call || call->arguments.size() < rpc::arguments_read(*call)) return Step::more();
  answer(session, *call, Marked::kNo, out);
  session.step = kEnough;
  return Step::taken(pending.size());
}

Step serve_record(Session& session, base::Bytes pending, Answer& out) {
  std::array<uint8_t, kMostRecord> room;
  const rpc::Gathered record = rpc::gather(pending, room);
  if (!record.whole) return Step::more();
  const auto call = rpc::parse_call(base::Bytes(room).first(record.length));
  if (!call) return Step::foreign();
  answer(session, *call, Marked::kYes, out);
  session.step = kRecords;
  return Step::taken(record.size);
}

Step serve(Session& session, base::Bytes pending, Answer& out) {
  if (session.ends.transport == Transport::kUdp) return serve_datagram(session, pending, out);
  if (session.step == kEnough) return Step::taken(pending.size());
  const bool bare = session.step == kFirst && rpc::looks_like_call(pending) == Match::kYes;
  return bare ? serve_bare(session, pending, out) : serve_record(session, pending, out);
}

}  // namespace

constinit const Server kRpc{.name = "rpc",
                            .tcp = true,
                            .udp = true,
                            .masscanned = true,
                            .recognize = recognize,
                            .serve = serve,
                            .ports = kPorts,
                            .facts = kFacts};

}  // namespace portolan::proto
