// SPDX-License-Identifier: Apache-2.0
#include "proto/ssh/server.h"

#include <array>

#include "proto/picks.h"
#include "proto/ssh/banner.h"
#include "proto/ssh/kex_init.h"
#include "proto/text.h"

namespace portolan::proto {

namespace {

using ssh::Banner;
using ssh::Packet;

constexpr std::array<uint16_t, 2> kPorts = {22, 2222};
// Of versions whose KEXINIT is the one of kex_init.cc.
constexpr std::array<std::string_view, 6> kBanners = {
    "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u2\r\n",
    "SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n",
    "SSH-2.0-OpenSSH_9.6p1 Ubuntu-3ubuntu13.4\r\n",
    "SSH-2.0-OpenSSH_9.6p1 Ubuntu-3ubuntu13.5\r\n",
    "SSH-2.0-OpenSSH_9.6\r\n",
    "SSH-2.0-OpenSSH_9.7\r\n",
};

constexpr FactName kFacts[] = {
    {"ssh_client", "the banner of an SSH client, without its line end"},
    {"ssh_hassh", "MD5 of the client's key exchange, cipher, MAC and compression names, in hexadecimal"},
    {"ssh_kex", "the key exchange algorithms that an SSH client offers"},
    {"ssh_host_keys", "the host key algorithms that it offers"},
    {"ssh_ciphers", "the ciphers that it offers towards the server"},
    {"ssh_macs", "the MACs that it offers towards the server"},
    {"ssh_compression", "the compressions that it offers towards the server"},
};

// Session::step
enum : uint32_t { kGreeted = 1, kPackets = 2 };

Match recognize(base::Bytes first, const Ends&) {
  switch (head_of(text_of(first), "SSH-")) {
    case Head::kNo:
      return Match::kNo;
    case Head::kPart:
      return Match::kMore;
    case Head::kWhole:
      return Match::kYes;
  }
  return Match::kNo;
}

void greet(Session& session, Answer& out) {
  out.text(pick(*session.persona, "ssh", kBanners));
  out.said("banner");
  session.step = kGreeted;
}

void say_kex_init(const Session& session, Answer& out) {
  std::array<uint8_t, 16> cookie;
  base::store_be64(cookie.data(), flow_word(session, "ssh", 0));
  base::store_be64(cookie.data() + 8, flow_word(session, "ssh", 1));
  ssh::put_kex_init(out.out(), cookie);
  out.said("kexinit");
}

Step part(base::Bytes pending, uint32_t reason, std::string_view why, Answer& out) {
  ssh::put_disconnect(out.out(), reason, why);
  out.said("disconnect");
  out.close();
  return Step::taken(pending.size());
}

Step serve_banner(Session& session, base::Bytes pending, Answer& out) {
  const Banner banner = ssh::parse_banner(pending);
  if (banner.kind == Banner::Kind::kMore) return Step::more();
  if (banner.kind == Banner::Kind::kBad) return Step::foreign();
  out.fact("ssh_client", banner.line);
  if (session.step != kGreeted) greet(session, out);
  if (session.ends.transport == Transport::kUdp) return Step::taken(pending.size());
  if (banner.version != "2.0" && banner.version != "1.99") {
    out.text("Protocol major versions differ.\r\n");
    out.said("version");
    out.close();
    return Step::taken(pending.size());
  }
  say_kex_init(session, out);
  session.step = kPackets;
  return Step::taken(banner.size);
}

void tell_offer(const ssh::KexInit& offer, Answer& out) {
  const ssh::Hassh hassh = ssh::hassh_of(offer);
  if (hassh.known) out.fact("ssh_hassh", hassh.text());
  out.fact("ssh_kex", offer.kex);
  out.fact("ssh_host_keys", offer.host_keys);
  out.fact("ssh_ciphers", offer.ciphers);
  out.fact("ssh_macs", offer.macs);
  out.fact("ssh_compression", offer.compression);
}

Step serve_packet(base::Bytes pending, Answer& out) {
  const Packet packet = ssh::first_packet(pending);
  if (packet.kind == Packet::Kind::kMore) return Step::more();
  if (packet.kind == Packet::Kind::kBad) {
    return part(pending, ssh::disconnect::kProtocolError, "Packet corrupt", out);
  }
  switch (packet.payload.front()) {
    case ssh::message::kKexInit: {
      const auto offer = ssh::parse_kex_init(packet.payload);
      if (!offer) return part(pending, ssh::disconnect::kProtocolError, "Packet corrupt", out);
      tell_offer(*offer, out);
      return Step::taken(packet.size);
    }
    case ssh::message::kDisconnect:
      out.close();
      return Step::taken(pending.size());
    case ssh::message::kIgnore:
    case ssh::message::kUnimplemented:
    case ssh::message::kDebug:
      return Step::taken(packet.size);
    default:
      return part(pending, ssh::disconnect::kKeyExchangeFailed, "Key exchange failed", out);
  }
}

Step serve_masscanned(base::Bytes pending, Answer& out) {
  const Banner banner = ssh::parse_masscanned_banner(pending);
  if (banner.kind == Banner::Kind::kMore) return Step::more();
  if (banner.kind == Banner::Kind::kBad) return Step::foreign();
  out.fact("ssh_client", banner.line);
  out.text("SSH-2.0-1\r\n");
  out.said("banner");
  return Step::taken(pending.size());
}

Step serve(Session& session, base::Bytes pending, Answer& out) {
  if (session.persona->style == Style::kMasscanned) return serve_masscanned(pending, out);
  return session.step == kPackets ? serve_packet(pending, out) : serve_banner(session, pending, out);
}

}  // namespace

constinit const Server kSsh{.name = "ssh",
                            .tcp = true,
                            .udp = true,
                            .masscanned = true,
                            .reflexive = true,
                            .recognize = recognize,
                            .serve = serve,
                            .greet = greet,
                            .ports = kPorts,
                            .facts = kFacts};

}  // namespace portolan::proto
