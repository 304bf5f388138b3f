// SPDX-License-Identifier: Apache-2.0
#include "proto/rdp/server.h"

#include "proto/lines.h"
#include "proto/picks.h"

namespace portolan::proto {

namespace {

constexpr uint8_t kTpkt = 3;
constexpr size_t kTpktSize = 4;
constexpr uint8_t kConnectionRequest = 0xe0, kConnectionConfirm = 0xd0, kData = 0xf0;
constexpr uint8_t kNegotiationRequest = 1, kNegotiationResponse = 2;
constexpr size_t kMostPacket = 8192;

constexpr uint32_t kSsl = 1, kHybrid = 2;  // security protocols; 0: RDP's own
constexpr uint8_t kTlsAlert = 21, kTlsHandshake = 22;

enum : uint32_t { kNew, kConfirmed };  // Session::step

uint32_t load_le32(base::Bytes b) { return b[0] | uint32_t{b[1]} << 8 | uint32_t{b[2]} << 16 | uint32_t{b[3]} << 24; }

// What stands in a connection request behind the X.224 header: a cookie or routing token line, a negotiation request.
struct Wish {
  bool negotiates = false;
  uint32_t protocols = 0;
};
Wish read_request(base::Bytes rest, Answer& out) {
  constexpr std::string_view kCookie = "Cookie: mstshash=";
  const std::string_view text = text_of(rest);
  if (const size_t end = text.find("\r\n"); end != std::string_view::npos) {
    const std::string_view line = text.substr(0, end);
    if (line.starts_with(kCookie)) out.fact("rdp_cookie", line.substr(kCookie.size()));
    if (line.starts_with("Cookie: ") || line.starts_with("tsv:")) rest = rest.subspan(end + 2);
  }
  if (rest.size() < 8 || rest[0] != kNegotiationRequest) return {};
  return {true, load_le32(rest.subspan(4))};
}

void confirm(Session& s, const Wish& wish, Answer& out) {
  const uint32_t chosen = (wish.protocols & kHybrid) != 0 ? kHybrid : wish.protocols & kSsl;
  const uint8_t more = wish.negotiates ? 8 : 0;
  base::Writer& w = out.out();
  w.u8(kTpkt);
  w.u8(0);
  w.be16(static_cast<uint16_t>(kTpktSize + 7 + more));
  w.u8(static_cast<uint8_t>(6 + more));
  w.u8(kConnectionConfirm);
  w.be16(0);                                                    // destination reference
  w.be16(static_cast<uint16_t>(flow_word(s, "rdp") & 0x7fff));  // source reference
  w.u8(0);
  if (wish.negotiates) {
    w.u8(kNegotiationResponse);
    w.u8(0x1f);  // flags of Windows Server 2016 and later
    w.bytes(std::array<uint8_t, 2>{8, 0});
    w.bytes(std::array<uint8_t, 4>{static_cast<uint8_t>(chosen), 0, 0, 0});
  }
  out.said(chosen == kHybrid ? "hybrid" : chosen == kSsl ? "ssl" : "standard");
  s.step = kConfirmed;
}

// The client's name in the core data of an MCS Connect Initial (MS-RDPBCGR 2.2.1.3.2): UTF-16, as much as is ASCII.
void tell_client_name(base::Bytes packet, Answer& out) {
  using namespace std::string_view_literals;
  constexpr size_t kNameOffset = 24, kNameUnits = 16;
  const size_t core = text_of(packet).find("\x01\xc0"sv);
  if (core == std::string_view::npos || packet.size() < core + kNameOffset + 2 * kNameUnits) return;
  std::array<char, kNameUnits> name;
  size_t size = 0;
  const base::Bytes units = packet.subspan(core + kNameOffset, 2 * kNameUnits);
  while (size < kNameUnits && units[2 * size] != 0 && units[2 * size + 1] == 0) {
    name[size] = static_cast<char>(units[2 * size]);
    ++size;
  }
  if (size != 0) out.fact("rdp_client_name", {name.data(), size});
}

// Behind the confirmation: TLS that fails, or RDP's own security that is disconnected.
Step fail(base::Bytes pending, Answer& out) {
  if (pending[0] == kTlsHandshake) {
    if (pending.size() < 5) return Step::more();
    const size_t size = 5 + size_t{base::load_be16(&pending[3])};
    if (pending[1] != 3 || size > kMostPacket) return Step::foreign();
    if (pending.size() < size) return Step::more();
    out.bytes(std::array<uint8_t, 7>{kTlsAlert, 3, 1, 0, 2, 2, 80});  // fatal: internal error
    out.said("tls failed");
    out.close();
    return Step::taken(size);
  }
  if (pending[0] != kTpkt) return Step::foreign();
  if (pending.size() < kTpktSize) return Step::more();
  const size_t size = base::load_be16(&pending[2]);
  if (size < 7 || size > kMostPacket) return Step::foreign();
  if (pending.size() < size) return Step::more();
  tell_client_name(pending.first(size), out);
  // MCS Disconnect Provider Ultimatum, reason: provider initiated.
  out.bytes(std::array<uint8_t, 9>{kTpkt, 0, 0, 9, 2, kData, 0x80, 0x21, 0x80});
  out.said("disconnected");
  out.close();
  return Step::taken(size);
}

Step serve(Session& s, base::Bytes pending, Answer& out) {
  if (pending.empty()) return Step::more();
  if (s.step == kConfirmed) return fail(pending, out);
  if (pending[0] != kTpkt) return Step::foreign();
  if (pending.size() < kTpktSize + 7) return Step::more();
  const size_t size = base::load_be16(&pending[2]);
  const bool request = pending[5] == kConnectionRequest && pending[4] + kTpktSize + 1 == size;
  if (!request || size < kTpktSize + 7) return Step::foreign();
  if (pending.size() < size) return Step::more();
  const Wish wish = read_request(pending.subspan(kTpktSize + 7, size - kTpktSize - 7), out);
  if (wish.negotiates) out.fact("rdp_protocols", wish.protocols);
  confirm(s, wish, out);
  return Step::taken(size);
}

// A TPKT that holds nothing but an X.224 connection request.
Match recognize(base::Bytes first, const Ends&) {
  const auto is = [&](size_t at, bool fits) { return at >= first.size() || fits; };
  const bool fits = is(0, first.empty() || first[0] == kTpkt) && is(1, first.size() < 2 || first[1] == 0) &&
                    is(4, first.size() < 5 || first[4] >= 6) &&
                    is(5, first.size() < 6 || first[5] == kConnectionRequest);
  if (!fits) return Match::kNo;
  if (first.size() < 6) return Match::kMore;
  return base::load_be16(&first[2]) == first[4] + kTpktSize + 1 ? Match::kYes : Match::kNo;
}

constexpr uint16_t kPorts[] = {3389};
constexpr FactName kFacts[] = {
    {"rdp_cookie", "the name in the client's cookie (mstshash)"},
    {"rdp_protocols", "the security protocols that the client offered: 1 TLS, 2 CredSSP, added up"},
    {"rdp_client_name", "the name that the client gave its machine"},
};

}  // namespace

constinit const Server kRdp = {
    .name = "rdp",
    .tcp = true,
    .recognize = recognize,
    .serve = serve,
    .ports = kPorts,
    .facts = kFacts,
};

}  // namespace portolan::proto
