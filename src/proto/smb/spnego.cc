// SPDX-License-Identifier: Apache-2.0
#include "proto/smb/spnego.h"

#include <array>

#include "proto/ber.h"
#include "proto/smb/little.h"
#include "proto/smb/ntlm.h"
#include "proto/text.h"

namespace portolan::proto::smb {

namespace {

constexpr uint8_t kInitialToken = 0x60;  // APPLICATION 0 (RFC 2743, 3.1)
constexpr uint8_t kPrintableString = 0x13;
constexpr uint8_t kGeneralString = 0x1b;
constexpr uint8_t context(uint8_t number) { return static_cast<uint8_t>(0xa0 | number); }

constexpr std::array<uint8_t, 6> kSpnego = {0x2b, 6, 1, 5, 5, 2};                        // 1.3.6.1.5.5.2
constexpr std::array<uint8_t, 10> kNegoEx = {0x2b, 6, 1, 4, 1, 0x82, 0x37, 2, 2, 0x1e};  // 1.3.6.1.4.1.311.2.2.30
constexpr std::array<uint8_t, 10> kNtlm = {0x2b, 6, 1, 4, 1, 0x82, 0x37, 2, 2, 0x0a};    // 1.3.6.1.4.1.311.2.2.10
constexpr std::array<uint8_t, 3> kCommonName = {0x55, 4, 3};                             // 2.5.4.3

// An element around what `inside` writes.
template <class Inside>
void wrap(BerWriter& ber, uint8_t tag, Inside&& inside) {
  const size_t mark = ber.open(tag);
  inside();
  ber.close(mark);
}

// MS-NEGOEX 2.2.6: two messages without secrets, from an acceptor that knows one scheme.
namespace negoex {

constexpr std::string_view kSignature = "NEGOEXTS";
constexpr std::array<uint8_t, 16> kConversation = {0x3a, 0x91, 0x5c, 0x07, 0xe2, 0x48, 0x4d, 0xb6,
                                                   0x95, 0x1e, 0x70, 0xcb, 0x24, 0x8f, 0xd3, 0x66};
// PKU2U: 5c33530d-eaf9-0d4d-b2ec-4ae3786ec308, as it is sent.
constexpr std::array<uint8_t, 16> kScheme = {0x5c, 0x33, 0x53, 0x0d, 0xea, 0xf9, 0x0d, 0x4d,
                                             0xb2, 0xec, 0x4a, 0xe3, 0x78, 0x6e, 0xc3, 0x08};
constexpr uint32_t kAcceptorNego = 1;
constexpr uint32_t kAcceptorMetaData = 3;
constexpr uint32_t kNegoHeader = 96;
constexpr uint32_t kNegoSize = kNegoHeader + kScheme.size();
constexpr uint32_t kExchangeHeader = 64;
constexpr uint32_t kMetaDataSize = 88;

void put_header(base::Writer& out, uint32_t type, uint32_t number, uint32_t header, uint32_t size) {
  out.bytes(bytes_of(kSignature));
  put_le32(out, type);
  put_le32(out, number);
  put_le32(out, header);
  put_le32(out, size);
  out.bytes(kConversation);
}

void put_key_name(BerWriter& ber) {
  wrap(ber, 0x80, [&] {
    wrap(ber, ber::kSequence, [&] {
      wrap(ber, ber::kSet, [&] {
        wrap(ber, ber::kSequence, [&] {
          ber.element(ber::kOid, kCommonName);
          ber.element(kPrintableString, bytes_of("Token Signing Public Key"));
        });
      });
    });
  });
}

// The names of the keys by which a peer's certificate may be signed (MS-NEGOEX, 2.2.6.4).
void put_meta_data(base::Writer& out) {
  BerWriter ber(out);
  wrap(ber, ber::kSequence, [&] {
    wrap(ber, context(0), [&] {
      wrap(ber, ber::kSequence, [&] {
        for (int i = 0; i < 2; ++i) {
          wrap(ber, ber::kSequence, [&] { put_key_name(ber); });
        }
      });
    });
  });
}

void put_messages(base::Writer& out) {
  put_header(out, kAcceptorNego, 0, kNegoHeader, kNegoSize);
  for (uint8_t i = 0; i < 32; ++i) out.u8(static_cast<uint8_t>(0xd5 ^ (i * 73)));  // "random"
  put_le64(out, 0);                                                                // protocol version
  put_le64(out, uint64_t{1} << 32 | kNegoHeader);                                  // schemes: where, how many
  put_le64(out, 0);                                                                // no extensions
  out.bytes(kScheme);
  put_header(out, kAcceptorMetaData, 1, kExchangeHeader, kExchangeHeader + kMetaDataSize);
  out.bytes(kScheme);
  put_le32(out, kExchangeHeader);
  put_le32(out, kMetaDataSize);
  put_meta_data(out);
}

}  // namespace negoex

template <class Inside>
void put_initial_token(base::Writer& out, Inside&& inside) {
  BerWriter ber(out);
  wrap(ber, kInitialToken, [&] {
    ber.element(ber::kOid, kSpnego);
    wrap(ber, context(0), [&] { wrap(ber, ber::kSequence, [&] { inside(ber); }); });
  });
}

// NegTokenResp: accept-incomplete, NTLM, and the challenge if there is one.
void put_response(base::Bytes challenge, base::Writer& out) {
  constexpr std::array<uint8_t, 1> kAcceptIncomplete = {1};
  BerWriter ber(out);
  wrap(ber, context(1), [&] {
    wrap(ber, ber::kSequence, [&] {
      wrap(ber, context(0), [&] { ber.element(ber::kEnumerated, kAcceptIncomplete); });
      wrap(ber, context(1), [&] { ber.element(ber::kOid, kNtlm); });
      if (!challenge.empty()) wrap(ber, context(2), [&] { ber.element(ber::kOctets, challenge); });
    });
  });
}

}  // namespace

void put_offer(base::Writer& out) {
  put_initial_token(out, [](BerWriter& ber) {
    wrap(ber, context(0), [&] { wrap(ber, ber::kSequence, [&] { ber.element(ber::kOid, kNtlm); }); });
    wrap(ber, context(3), [&] {
      wrap(ber, ber::kSequence, [&] {
        wrap(ber, context(0), [&] { ber.element(kGeneralString, bytes_of("not_defined_in_RFC4178@please_ignore")); });
      });
    });
  });
}

void put_masscanned_offer(base::Writer& out) {
  std::array<uint8_t, negoex::kNegoSize + negoex::kExchangeHeader + negoex::kMetaDataSize> room;
  base::Writer messages(room);
  negoex::put_messages(messages);
  put_initial_token(out, [&](BerWriter& ber) {
    wrap(ber, context(0), [&] {
      wrap(ber, ber::kSequence, [&] {
        ber.element(ber::kOid, kNegoEx);
        ber.element(ber::kOid, kNtlm);
      });
    });
    wrap(ber, context(2), [&] { ber.element(ber::kOctets, messages.written()); });
  });
}

void put_challenge_token(const Session& session, base::Bytes client_token, base::Writer& out) {
  const auto asked = find_ntlm(client_token);
  if (!asked) return put_response({}, out);
  std::array<uint8_t, kMostToken> room;
  base::Writer challenge(room);
  put_challenge(session, challenge);
  const bool bare = asked->bytes.size() == client_token.size();
  bare ? out.bytes(challenge.written()) : put_response(challenge.written(), out);
}

void put_masscanned_challenge_token(base::Writer& out) {
  std::array<uint8_t, 128> room;
  base::Writer challenge(room);
  put_masscanned_challenge(challenge);
  put_response(challenge.written(), out);
}

}  // namespace portolan::proto::smb
