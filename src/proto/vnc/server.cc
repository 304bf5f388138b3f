// SPDX-License-Identifier: Apache-2.0
#include "proto/vnc/server.h"

#include "proto/lines.h"
#include "proto/picks.h"

namespace portolan::proto {

namespace {

constexpr size_t kVersionSize = 12;  // "RFB 003.008\n"
constexpr size_t kChallengeSize = 16;
constexpr uint8_t kVncAuthentication = 2;

// Session::step: what is awaited, whether the greeting is said, the client's minor version above.
enum Awaited : uint32_t { kVersion, kChoice, kResponse };
constexpr uint32_t kAwaited = 0x7f;
constexpr uint32_t kGreeted = 0x80;
constexpr uint32_t kMinorShift = 8;

void await(Session& s, Awaited what, uint32_t minor) { s.step = what | kGreeted | minor << kMinorShift; }

void greet(Session& s, Answer& out) {
  s.step |= kGreeted;
  out.said("version");
  out.text("RFB 003.008\n");
}

void challenge(Session& s, Answer& out) {
  std::array<uint8_t, kChallengeSize> bytes;
  base::store_be64(bytes.data(), flow_word(s, "vnc", 0));
  base::store_be64(bytes.data() + 8, flow_word(s, "vnc", 1));
  out.fact("vnc_challenge", Hex<kChallengeSize>(bytes).text());
  out.said("challenge");
  out.bytes(bytes);
}

void refuse(uint32_t minor, std::string_view reason, Answer& out) {
  out.said("failed");
  out.out().be32(1);
  if (minor >= 8) {
    out.out().be32(static_cast<uint32_t>(reason.size()));
    out.text(reason);
  }
  out.close();
}

// Only three versions were ever published; what else calls itself 3.x is to be taken for 3.3 (RFC 6143, 7.1.1), save
// the later numbers that Apple and RealVNC gave to their 3.8.
uint32_t minor_of(std::string_view numbers) {
  if (numbers == "003.007") return 7;
  return numbers >= "003.008" ? 8 : 3;
}

Step version(Session& s, base::Bytes pending, Answer& out) {
  const std::string_view text = text_of(pending);
  const Head head = head_of(text, "RFB ");
  if (head == Head::kNo) return Step::foreign();
  if (pending.size() < kVersionSize) return Step::more();
  if (text[kVersionSize - 1] != '\n') return Step::foreign();
  if ((s.step & kGreeted) == 0) greet(s, out);
  const uint32_t minor = minor_of(text.substr(4, 7));
  out.fact("vnc_version", text.substr(4, 7));
  if (minor == 3) {
    out.out().be32(kVncAuthentication);
    challenge(s, out);
    await(s, kResponse, minor);
  } else {
    out.bytes(std::array<uint8_t, 2>{1, kVncAuthentication});
    await(s, kChoice, minor);
  }
  return Step::taken(kVersionSize);
}

Step choice(Session& s, base::Bytes pending, Answer& out) {
  if (pending.empty()) return Step::more();
  const uint32_t minor = s.step >> kMinorShift;
  if (pending[0] == kVncAuthentication) {
    challenge(s, out);
    await(s, kResponse, minor);
  } else {
    refuse(minor, "Security type not supported", out);
  }
  return Step::taken(1);
}

Step serve(Session& s, base::Bytes pending, Answer& out) {
  switch (s.step & kAwaited) {
    case kVersion:
      return version(s, pending, out);
    case kChoice:
      return choice(s, pending, out);
    default:
      if (pending.size() < kChallengeSize) return Step::more();
      out.fact("vnc_response", Hex<kChallengeSize>(pending.first(kChallengeSize)).text());
      refuse(s.step >> kMinorShift, "Authentication failed", out);
      return Step::taken(kChallengeSize);
  }
}

Match recognize(base::Bytes first, const Ends&) {
  const Head head = head_of(text_of(first), "RFB 00");
  return head == Head::kNo ? Match::kNo : head == Head::kWhole ? Match::kYes : Match::kMore;
}

constexpr uint16_t kPorts[] = {5900, 5901};
constexpr FactName kFacts[] = {
    {"vnc_version", "the protocol version that the client chose"},
    {"vnc_challenge", "the 16 bytes that were to be encrypted, in hexadecimal"},
    {"vnc_response", "the challenge as the client's password encrypted it, in hexadecimal"},
};

}  // namespace

constinit const Server kVnc = {
    .name = "vnc",
    .tcp = true,
    .recognize = recognize,
    .serve = serve,
    .greet = greet,
    .ports = kPorts,
    .facts = kFacts,
};

}  // namespace portolan::proto
