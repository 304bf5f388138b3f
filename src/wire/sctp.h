// SPDX-License-Identifier: Apache-2.0
// SCTP (RFC 9260): common header, the list of chunks, and the chunks of an association's start: INIT, INIT ACK, ABORT.
// See wire.h for the contract.
//
// check() walks all chunks: each at least 4 bytes, none past the end, INIT and INIT ACK at least 20 bytes. The padding
// of the last chunk may be missing.
#pragma once

#include <optional>
#include <tl/expected.hpp>

#include "base/bytes.h"
#include "wire/crc32c.h"
#include "wire/drop.h"

namespace portolan::wire {

namespace sctp_field {
inline constexpr size_t kSourcePort = 0;
inline constexpr size_t kDestinationPort = 2;
inline constexpr size_t kVerificationTag = 4;
inline constexpr size_t kChecksum = 8;  // CRC-32C, least significant byte first
inline constexpr size_t kSize = 12;
// A chunk, from its own beginning.
inline constexpr size_t kChunkType = 0;
inline constexpr size_t kChunkFlags = 1;
inline constexpr size_t kChunkLength = 2;  // header included, padding not
inline constexpr size_t kChunkHeader = 4;
// INIT and INIT ACK, from the chunk's beginning.
inline constexpr size_t kInitiateTag = 4;
inline constexpr size_t kReceiverWindow = 8;
inline constexpr size_t kOutboundStreams = 12;
inline constexpr size_t kInboundStreams = 14;
inline constexpr size_t kInitialTsn = 16;
inline constexpr size_t kInitSize = 20;
}  // namespace sctp_field

namespace sctp_chunk {
inline constexpr uint8_t kInit = 1;
inline constexpr uint8_t kInitAck = 2;
inline constexpr uint8_t kAbort = 6;
inline constexpr uint8_t kAbortReflectsTag = 0x01;  // the T bit: the tag is the one that provoked it (8.4)
}  // namespace sctp_chunk

// The initiate tag that carries a token. Zero is not a legal tag (RFC 9260, 3.3.2), so that one token shares 1's.
constexpr uint32_t sctp_tag(uint32_t token) { return token == 0 ? 1 : token; }

struct SctpChunk {
  uint8_t type = 0;
  uint8_t flags = 0;
  base::Bytes value{};  // behind the chunk's header, in place
};

struct SctpInit {
  uint32_t initiate_tag = 0;
  uint32_t receiver_window = 65535;
  uint16_t outbound_streams = 10;
  uint16_t inbound_streams = 65535;
  uint32_t initial_tsn = 0;

  bool operator==(const SctpInit&) const = default;
};

// A packet of at most one chunk, as we send them.
struct Sctp {
  uint16_t source_port = 0;
  uint16_t destination_port = 0;
  uint32_t verification_tag = 0;
  std::optional<SctpChunk> chunk{};
};

class SctpView {
 public:
  static tl::expected<SctpView, Drop> check(base::Bytes packet);

  uint16_t source_port() const { return base::load_be16(&packet_[sctp_field::kSourcePort]); }
  uint16_t destination_port() const { return base::load_be16(&packet_[sctp_field::kDestinationPort]); }
  uint32_t verification_tag() const { return base::load_be32(&packet_[sctp_field::kVerificationTag]); }
  bool checksum_ok() const;

  // Chunks in their order. Give next_chunk what is left, beginning with chunks(); nothing is left after the last.
  base::Bytes chunks() const { return packet_.subspan(sctp_field::kSize); }
  static std::optional<SctpChunk> next_chunk(base::Bytes& rest);
  // The first chunk, which alone says what an answer to INIT is; absent when there is none.
  std::optional<SctpChunk> first_chunk() const {
    base::Bytes rest = chunks();
    return next_chunk(rest);
  }
  // The first chunk's fields when it is an INIT or an INIT ACK.
  std::optional<SctpInit> init() const;
  // The first chunk alone.
  Sctp value() const { return {source_port(), destination_port(), verification_tag(), first_chunk()}; }

 private:
  friend class FrameView;
  explicit SctpView(base::Bytes packet) : packet_(packet) {}
  base::Bytes packet_;
};

size_t size_of(const Sctp& v);  // with the chunk's padding
void emit(const Sctp& v, base::MutableBytes out);

// The value of an INIT or INIT ACK chunk. REQUIRES: sctp_field::kInitSize - kChunkHeader bytes.
void emit(const SctpInit& v, base::MutableBytes out);

}  // namespace portolan::wire
