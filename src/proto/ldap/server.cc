// SPDX-License-Identifier: Apache-2.0
#include "proto/ldap/server.h"

#include "proto/ldap/root_dse.h"
#include "proto/lines.h"

namespace portolan::proto {

namespace {

// Protocol operations: their application tags, of requests.
enum Operation : uint8_t {
  kBind = 0x60,
  kUnbind = 0x42,
  kSearch = 0x63,
  kModify = 0x66,
  kAdd = 0x68,
  kDelete = 0x4a,
  kRename = 0x6c,
  kCompare = 0x6e,
  kAbandon = 0x50,
  kExtended = 0x77,
};
constexpr uint8_t kEntry = 0x64, kDone = 0x65, kBindResponse = 0x61, kExtendedResponse = 0x78;
constexpr uint8_t kSimple = 0x80, kSasl = 0xa3;
constexpr uint8_t kPresent = 0x87;
constexpr size_t kMostMessage = 12288;

enum Result : int64_t {
  kSuccess = 0,
  kProtocolError = 2,
  kMethodNotSupported = 7,
  kStrongerAuthRequired = 8,
  kAdminLimitExceeded = 11,
  kNoSuchObject = 32,
  kInvalidCredentials = 49,
  kInsufficientAccess = 50,
  kUnwilling = 53,
};

// LDAPMessage around an LDAPResult, and behind it `more` elements.
void reply(base::Bytes id, uint8_t tag, Result result, std::string_view text, Answer& out, base::Bytes more = {}) {
  BerWriter w(out.out());
  const size_t message = w.open(ber::kSequence);
  w.raw(id);
  const size_t operation = w.open(tag);
  w.integer(result, ber::kEnumerated);
  w.element(ber::kOctets, {});
  w.element(ber::kOctets, bytes_of(text));
  w.raw(more);
  w.close(operation);
  w.close(message);
}

void bind(base::Bytes id, BerReader in, Answer& out) {
  const int64_t version = in.integer();
  const std::string_view name = text_of(in.next(ber::kOctets));
  const BerElement how = in.next();
  out.fact("ldap_bind_dn", name);
  if (!in.ok()) return reply(id, kBindResponse, kProtocolError, "decoding error", out);
  if (version != 3) {
    return reply(id, kBindResponse, kProtocolError, "historical protocol version requested, use LDAPv3 instead", out);
  }
  if (how.tag != kSimple) {
    if (how.tag == kSasl) out.fact("ldap_sasl_mechanism", text_of(BerReader(how.value).next(ber::kOctets)));
    return reply(id, kBindResponse, kMethodNotSupported, "authentication method not supported", out);
  }
  if (how.value.empty()) {
    const bool anonymous = name.empty();
    out.said(anonymous ? "anonymous" : "unwilling");
    return reply(id, kBindResponse, anonymous ? kSuccess : kUnwilling,
                 anonymous ? "" : "unauthenticated bind (DN with no password) disallowed", out);
  }
  out.fact("ldap_password", text_of(how.value));
  out.said("invalid credentials");
  reply(id, kBindResponse, kInvalidCredentials, {}, out);
}

struct Search {
  base::Bytes base, attributes;
  int64_t scope = 0;
  bool all = false;  // the filter is (objectClass=*)
};

bool read_search(BerReader in, Search& search) {
  search.base = in.next(ber::kOctets);
  search.scope = in.integer(ber::kEnumerated);
  in.integer(ber::kEnumerated);  // dereferencing of aliases
  in.integer();                  // size limit
  in.integer();                  // time limit
  in.next(ber::kBoolean);        // types only
  const BerElement filter = in.next();
  search.all = filter.tag == kPresent && same_ignoring_case(text_of(filter.value), "objectClass");
  search.attributes = in.next(ber::kSequence);
  return in.ok();
}

void say_root(const Session& s, base::Bytes id, const Search& search, Answer& out) {
  BerWriter w(out.out());
  const size_t message = w.open(ber::kSequence);
  w.raw(id);
  const size_t entry = w.open(kEntry);
  w.element(ber::kOctets, {});
  const size_t attributes = w.open(ber::kSequence);
  ldap::say_root_dse(*s.persona, search.attributes, out.out());
  w.close(attributes);
  w.close(entry);
  w.close(message);
}

void search(const Session& s, base::Bytes id, BerReader in, Answer& out) {
  Search search;
  if (!read_search(in, search)) return reply(id, kDone, kProtocolError, "decoding error", out);
  out.fact("ldap_search_base", text_of(search.base));
  if (!search.base.empty() || search.scope != 0) {
    const bool ours = ldap::in_naming_context(*s.persona, search.base);
    out.said(ours ? "insufficient access" : "no such object");
    return reply(id, kDone, ours ? kInsufficientAccess : kNoSuchObject, {}, out);
  }
  out.said("root DSE");
  if (search.all) say_root(s, id, search, out);
  reply(id, kDone, kSuccess, {}, out);
  if (s.ends.transport == Transport::kTcp || out.ok()) return;
  out.rewind();
  reply(id, kDone, kAdminLimitExceeded, {}, out);
}

void extended(base::Bytes id, BerReader in, Answer& out) {
  constexpr std::string_view kWhoAmI = "1.3.6.1.4.1.4203.1.11.3";
  const std::string_view oid = text_of(in.next(0x80));
  out.fact("ldap_extension", oid);
  // Nobody: an empty authorization identity (RFC 4532).
  constexpr std::array<uint8_t, 2> kAnonymous = {0x8b, 0};
  if (oid == kWhoAmI) return reply(id, kExtendedResponse, kSuccess, {}, out, kAnonymous);
  reply(id, kExtendedResponse, kProtocolError, "unsupported extended operation", out);
}

void play(const Session& s, base::Bytes id, uint8_t operation, base::Bytes body, Answer& out) {
  switch (operation) {
    case kBind:
      return bind(id, BerReader(body), out);
    case kSearch:
      return search(s, id, BerReader(body), out);
    case kExtended:
      return extended(id, BerReader(body), out);
    case kModify:
    case kAdd:
    case kRename:
    case kDelete:
      // The response's tag is the next number, constructed even where the request's is not.
      out.said("stronger authentication required");
      return reply(id, static_cast<uint8_t>((operation | 0x20) + 1), kStrongerAuthRequired,
                   "modifications require authentication", out);
    case kCompare:
      return reply(id, kCompare + 1, kNoSuchObject, {}, out);
    case kAbandon:
      return;
    default:  // UNBIND, and what is no request
      return out.close();
  }
}

Step serve(Session& s, base::Bytes pending, Answer& out) {
  const ber::Head head = ber::head_of(pending);
  if (head.kind == ber::Head::Kind::kMore) return Step::more();
  const bool sane = head.kind == ber::Head::Kind::kWhole && head.tag == ber::kSequence && head.length <= kMostMessage;
  if (!sane) return Step::foreign();
  const size_t size = head.size + head.length;
  if (pending.size() < size) return Step::more();
  BerReader in(pending.subspan(head.size, head.length));
  const BerElement id = in.next();
  const BerElement operation = in.next();
  if (!in.ok() || id.tag != ber::kInteger || id.value.size() > 5) return Step::foreign();
  play(s, id.whole, operation.tag, operation.value, out);
  return Step::taken(size);
}

// A sequence that begins with a message number and a request's tag. SNMP's has an octet string or a sequence there.
Match recognize(base::Bytes first, const Ends& ends) {
  const auto undecided = ends.transport == Transport::kTcp ? Match::kMore : Match::kNo;
  if (!first.empty() && first[0] != ber::kSequence) return Match::kNo;
  const ber::Head head = ber::head_of(first);
  if (head.kind != ber::Head::Kind::kWhole) return head.kind == ber::Head::Kind::kMore ? undecided : Match::kNo;
  const base::Bytes inside = first.subspan(head.size);
  if (inside.empty()) return undecided;
  if (inside[0] != ber::kInteger) return Match::kNo;
  if (inside.size() < 2) return undecided;
  const size_t number = inside[1];
  if (number < 1 || number > 4) return Match::kNo;
  if (inside.size() < 2 + number + 1) return undecided;
  switch (inside[2 + number]) {
    case kBind:
    case kSearch:
    case kExtended:
    case kAbandon:
    case kUnbind:
      return Match::kYes;
    default:
      return Match::kNo;
  }
}

constexpr uint16_t kPorts[] = {389, 3268};
constexpr FactName kFacts[] = {
    {"ldap_bind_dn", "the name of the first bind"},
    {"ldap_password", "the password of the first bind"},
    {"ldap_sasl_mechanism", "the SASL mechanism of the first bind"},
    {"ldap_search_base", "the base of the first search"},
    {"ldap_extension", "the object identifier of the first extended request"},
};

}  // namespace

constinit const Server kLdap = {
    .name = "ldap",
    .tcp = true,
    .udp = true,
    .recognize = recognize,
    .serve = serve,
    .ports = kPorts,
    .facts = kFacts,
};

}  // namespace portolan::proto
