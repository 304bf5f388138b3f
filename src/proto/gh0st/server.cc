// SPDX-License-Identifier: Apache-2.0
#include "proto/gh0st/server.h"

#include <array>

#include "base/buffer_pool.h"
#include "proto/text.h"

namespace portolan::proto {

namespace {

constexpr std::string_view kMagic = "Gh0st";
constexpr size_t kHeader = 13;  // magic, whole size, size of the contents when inflated: 32 bits, little-endian
constexpr FactName kFacts[] = {{"gh0st_size", "the size that a Gh0st packet claims to have, in bytes"}};

// A zlib stream of one zero byte.
constexpr std::array<uint8_t, 22> kAnswer = {'G', 'h', '0',  's',  't',  22, 0, 0, 0, 1, 0,
                                             0,   0,   0x78, 0x9c, 0x63, 0,  0, 0, 1, 0, 1};

uint32_t claimed_size(base::Bytes packet) {
  return uint32_t{packet[5]} | uint32_t{packet[6]} << 8 | uint32_t{packet[7]} << 16 | uint32_t{packet[8]} << 24;
}

Match recognize(base::Bytes first, const Ends&) {
  switch (head_of(text_of(first), kMagic)) {
    case Head::kNo:
      return Match::kNo;
    case Head::kPart:
      return Match::kMore;
    case Head::kWhole:
      return Match::kYes;
  }
  return Match::kNo;
}

void answer(Answer& out) {
  out.bytes(kAnswer);
  out.said("gh0st");
}

Step serve_datagram(base::Bytes datagram, Answer& out) {
  if (datagram.size() >= kHeader) out.fact("gh0st_size", claimed_size(datagram));
  answer(out);
  return Step::taken(datagram.size());
}

// A packet is answered when it is whole.
Step serve_modern(base::Bytes pending, Answer& out) {
  const Head head = head_of(text_of(pending), kMagic);
  if (head == Head::kNo) return Step::foreign();
  if (pending.size() < kHeader) return Step::more();
  const uint32_t size = claimed_size(pending);
  out.fact("gh0st_size", size);
  if (size < kHeader || size > base::BufferPool::kBlock) return Step::foreign();
  if (pending.size() < size) return Step::more();
  answer(out);
  return Step::taken(size);
}

// Whatever begins with the magic is answered, and the rest of what has come with it is left unread.
Step serve_masscanned(base::Bytes pending, Answer& out) {
  const Head head = head_of(text_of(pending), kMagic);
  if (head == Head::kPart) return Step::more();
  if (head == Head::kNo) return Step::taken(std::min(text_of(pending).find(kMagic.front(), 1), pending.size()));
  answer(out);
  return Step::taken(kMagic.size());
}

Step serve(Session& session, base::Bytes pending, Answer& out) {
  if (session.ends.transport == Transport::kUdp) return serve_datagram(pending, out);
  return session.persona->style == Style::kMasscanned ? serve_masscanned(pending, out) : serve_modern(pending, out);
}

}  // namespace

constinit const Server kGh0st{.name = "gh0st",
                              .tcp = true,
                              .udp = true,
                              .masscanned = true,
                              .reflexive = true,
                              .recognize = recognize,
                              .serve = serve,
                              .facts = kFacts};

}  // namespace portolan::proto
