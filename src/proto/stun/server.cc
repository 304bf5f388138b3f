// SPDX-License-Identifier: Apache-2.0
#include "proto/stun/server.h"

#include <array>

#include "proto/picks.h"
#include "proto/stun/message.h"
#include "proto/text.h"

namespace portolan::proto {

namespace {

using stun::kHeader;
namespace attribute = stun::attribute;

constexpr std::array<uint16_t, 1> kPorts = {3478};
constexpr std::array<std::string_view, 3> kSoftware = {"Coturn-4.5.2 'dan Eider'", "Coturn-4.6.1 'Gorst'",
                                                       "Coturn-4.6.2 'Gorst'"};
constexpr size_t kFingerprintSize = 8;
constexpr size_t kMostAnswer = 160;

constexpr FactName kFacts[] = {
    {"stun_software", "the SOFTWARE of a STUN request"},
    {"stun_username", "the USERNAME of a STUN request"},
    {"stun_change", "what CHANGE-REQUEST asks to be changed: address, port, both"},
};

// Where the length and the cookie agree with it; a datagram must also be as long as it says.
Match recognize(base::Bytes first, const Ends& ends) {
  const auto differs = [&](size_t at, uint8_t byte) { return first.size() > at && first[at] != byte; };
  if (differs(0, 0) || differs(1, 1)) return Match::kNo;
  if (ends.transport == Transport::kTcp) {
    if (differs(4, 0x21) || differs(5, 0x12) || differs(6, 0xa4) || differs(7, 0x42)) return Match::kNo;
    return first.size() < 8 ? Match::kMore : Match::kYes;
  }
  if (first.size() < kHeader) return Match::kNo;
  const size_t size = kHeader + base::load_be16(&first[2]);
  if (base::load_be32(&first[4]) == stun::kCookie) return size <= first.size() ? Match::kYes : Match::kNo;
  // Without the cookie only the whole form tells it from anything that begins with 0001.
  return size == first.size() && stun::parse_binding(first).well_formed ? Match::kYes : Match::kNo;
}

size_t address_size(const addr::IpAddress& address) { return address.is_v4() ? 12 : 24; }

// The attribute, its address and port combined with what they are hidden by (zeros: nothing).
void put_address(base::Writer& out, uint16_t type, const addr::IpAddress& address, uint16_t port, base::Bytes mask) {
  std::array<uint8_t, 16> bytes{};
  address.is_v4() ? address.store_v4(bytes.data()) : address.store_v6(bytes.data());
  const size_t size = address.is_v4() ? 4 : 16;
  for (size_t i = 0; i < size; ++i) bytes[i] ^= mask[i];
  out.be16(type);
  out.be16(static_cast<uint16_t>(size + 4));
  out.be16(address.is_v4() ? 1 : 2);
  out.be16(static_cast<uint16_t>(port ^ base::load_be16(mask.data())));
  out.bytes(base::Bytes(bytes).first(size));
}

void put_text(base::Writer& out, uint16_t type, std::string_view text) {
  out.be16(type);
  out.be16(static_cast<uint16_t>(text.size()));
  out.bytes(bytes_of(text));
  out.zeros(-text.size() & 3);
}

constexpr std::array<uint8_t, 16> kNoMask{};

uint16_t next_port(uint16_t port) { return static_cast<uint16_t>(port + 1); }

void put_mapping(base::Writer& out, const stun::Binding& binding, const Ends& ends) {
  if (!binding.classic) {
    put_address(out, attribute::kXorMappedAddress, ends.client, ends.client_port, binding.transaction);
    return;
  }
  const uint16_t port = binding.change_port ? next_port(ends.server_port) : ends.server_port;
  put_address(out, attribute::kMappedAddress, ends.client, ends.client_port, kNoMask);
  put_address(out, attribute::kSourceAddress, ends.server, port, kNoMask);
  put_address(out, attribute::kChangedAddress, ends.server, next_port(ends.server_port), kNoMask);
}

// 420 (RFC 8489, 6.3.1): attributes that must be understood and are not.
void put_unknown(base::Writer& out, const stun::Binding& binding) {
  constexpr std::string_view kReason = "Unknown Attribute";
  out.be16(attribute::kErrorCode);
  out.be16(4 + kReason.size());
  out.be32(4 << 8 | 20);
  out.bytes(bytes_of(kReason));
  out.zeros(-kReason.size() & 3);
  out.be16(attribute::kUnknownAttributes);
  out.be16(static_cast<uint16_t>(2 * binding.unknown_count));
  for (size_t i = 0; i < binding.unknown_count; ++i) out.be16(binding.unknown[i]);
  if (binding.unknown_count % 2 != 0) out.zeros(2);
}

void put_header(base::Writer& out, uint16_t type, base::Bytes transaction) {
  out.be16(type);
  out.be16(0);
  out.bytes(transaction);
}

void put_length(base::MutableBytes message, size_t more) {
  base::store_be16(&message[2], static_cast<uint16_t>(message.size() - kHeader + more));
}

void say_modern(const Session& session, const stun::Binding& binding, Answer& out) {
  std::array<uint8_t, kMostAnswer> room;
  base::Writer message(room);
  const bool fails = binding.unknown_count != 0;
  put_header(message, fails ? stun::type::kBindingError : stun::type::kBindingSuccess, binding.transaction);
  if (fails) {
    put_unknown(message, binding);
  } else {
    put_mapping(message, binding, session.ends);
  }
  const size_t tail = binding.fingerprint ? kFingerprintSize : 0;
  const std::string_view software = pick(*session.persona, "stun", kSoftware);
  const size_t with_software = message.size() + 4 + ((software.size() + 3) & ~size_t{3}) + tail;
  if (!binding.classic && out.limit() >= with_software) put_text(message, attribute::kSoftware, software);
  put_length(message.written(), tail);
  if (binding.fingerprint) {
    const uint32_t value = stun::fingerprint_of(message.written());
    message.be16(attribute::kFingerprint);
    message.be16(4);
    message.be32(value);
  }
  out.bytes(message.written());
  out.said(fails ? "unknown attribute" : "binding");
}

void say_masscanned(const Session& session, const stun::Binding& binding, Answer& out) {
  out.out().be16(stun::type::kBindingSuccess);
  out.out().be16(static_cast<uint16_t>(address_size(session.ends.client)));
  out.bytes(binding.transaction);
  put_address(out.out(), attribute::kMappedAddress, session.ends.client, session.ends.client_port, kNoMask);
  out.said("binding");
}

void tell(const stun::Binding& binding, Answer& out) {
  if (!binding.software.empty()) out.fact("stun_software", binding.software);
  if (!binding.username.empty()) out.fact("stun_username", binding.username);
  if (binding.change_address || binding.change_port) {
    const std::string_view one = binding.change_address ? "address" : "port";
    out.fact("stun_change", binding.change_address && binding.change_port ? "both" : one);
  }
}

Step serve(Session& session, base::Bytes pending, Answer& out) {
  if (pending.size() < kHeader) return Step::more();
  const size_t size = kHeader + base::load_be16(&pending[2]);
  if (pending.size() < size) return Step::more();
  if (base::load_be16(pending.data()) != stun::type::kBindingRequest) return Step::foreign();
  stun::Binding binding = stun::parse_binding(pending.first(size));
  tell(binding, out);
  const bool modern = session.persona->style == Style::kModern;
  if (modern && !binding.well_formed) return Step::foreign();
  // There is no other address to answer from: this request cannot be met (RFC 5780, 6.1).
  if (modern && binding.change_address && binding.unknown_count < binding.unknown.size()) {
    binding.unknown[binding.unknown_count++] = attribute::kChangeRequest;
  }
  modern ? say_modern(session, binding, out) : say_masscanned(session, binding, out);
  if (binding.change_port && binding.unknown_count == 0) out.from_port(next_port(session.ends.server_port));
  return Step::taken(size);
}

}  // namespace

constinit const Server kStun{.name = "stun",
                             .tcp = true,
                             .udp = true,
                             .masscanned = true,
                             .recognize = recognize,
                             .serve = serve,
                             .ports = kPorts,
                             .facts = kFacts};

}  // namespace portolan::proto
