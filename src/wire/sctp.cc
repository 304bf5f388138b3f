// SPDX-License-Identifier: Apache-2.0
#include "wire/sctp.h"

#include <algorithm>
#include <array>

namespace portolan::wire {

namespace {

constexpr size_t padded(size_t length) { return (length + 3) & ~size_t{3}; }

// The length field of the chunk at the beginning of `rest` is sane for its type and fits.
bool chunk_fits(base::Bytes rest) {
  if (rest.size() < sctp_field::kChunkHeader) return false;
  const size_t length = base::load_be16(&rest[sctp_field::kChunkLength]);
  if (length < sctp_field::kChunkHeader || length > rest.size()) return false;
  const uint8_t type = rest[sctp_field::kChunkType];
  const bool is_init = type == sctp_chunk::kInit || type == sctp_chunk::kInitAck;
  return !is_init || length >= sctp_field::kInitSize;
}

uint32_t checksum_of(base::Bytes packet) {
  constexpr std::array<uint8_t, 4> kZero{};  // in place of the field itself
  uint32_t state = crc32c_step(kCrc32cStart, packet.first(sctp_field::kChecksum));
  state = crc32c_step(state, kZero);
  return ~crc32c_step(state, packet.subspan(sctp_field::kSize));
}

}  // namespace

tl::expected<SctpView, Drop> SctpView::check(base::Bytes packet) {
  if (packet.size() < sctp_field::kSize) return tl::unexpected(Drop::kTruncatedSctp);
  const SctpView view(packet);
  for (base::Bytes rest = view.chunks(); !rest.empty(); next_chunk(rest)) {
    if (!chunk_fits(rest)) return tl::unexpected(Drop::kSctpChunkLength);
  }
  return view;
}

bool SctpView::checksum_ok() const {
  uint32_t stored;
  std::memcpy(&stored, &packet_[sctp_field::kChecksum], 4);
  return stored == checksum_of(packet_);
}

std::optional<SctpChunk> SctpView::next_chunk(base::Bytes& rest) {
  if (!chunk_fits(rest)) return std::nullopt;
  const size_t length = base::load_be16(&rest[sctp_field::kChunkLength]);
  const base::Bytes value = rest.subspan(sctp_field::kChunkHeader, length - sctp_field::kChunkHeader);
  const SctpChunk chunk{rest[sctp_field::kChunkType], rest[sctp_field::kChunkFlags], value};
  rest = rest.subspan(std::min(padded(length), rest.size()));
  return chunk;
}

std::optional<SctpInit> SctpView::init() const {
  const auto chunk = first_chunk();
  if (!chunk || (chunk->type != sctp_chunk::kInit && chunk->type != sctp_chunk::kInitAck)) return std::nullopt;
  const uint8_t* const p = chunk->value.data() - sctp_field::kChunkHeader;
  return SctpInit{base::load_be32(p + sctp_field::kInitiateTag), base::load_be32(p + sctp_field::kReceiverWindow),
                  base::load_be16(p + sctp_field::kOutboundStreams), base::load_be16(p + sctp_field::kInboundStreams),
                  base::load_be32(p + sctp_field::kInitialTsn)};
}

size_t size_of(const Sctp& v) {
  return sctp_field::kSize + (v.chunk ? padded(sctp_field::kChunkHeader + v.chunk->value.size()) : 0);
}

void emit(const Sctp& v, base::MutableBytes out) {
  const size_t size = size_of(v);
  base::store_be16(&out[sctp_field::kSourcePort], v.source_port);
  base::store_be16(&out[sctp_field::kDestinationPort], v.destination_port);
  base::store_be32(&out[sctp_field::kVerificationTag], v.verification_tag);
  if (v.chunk) {
    const base::Bytes value = v.chunk->value;
    uint8_t* const chunk = &out[sctp_field::kSize];
    std::memset(chunk, 0, size - sctp_field::kSize);
    chunk[sctp_field::kChunkType] = v.chunk->type;
    chunk[sctp_field::kChunkFlags] = v.chunk->flags;
    base::store_be16(chunk + sctp_field::kChunkLength, static_cast<uint16_t>(sctp_field::kChunkHeader + value.size()));
    if (!value.empty()) std::memcpy(chunk + sctp_field::kChunkHeader, value.data(), value.size());
  }
  const uint32_t crc = checksum_of(out.first(size));
  std::memcpy(&out[sctp_field::kChecksum], &crc, 4);
}

void emit(const SctpInit& v, base::MutableBytes out) {
  uint8_t* const p = out.data();
  base::store_be32(p + sctp_field::kInitiateTag - sctp_field::kChunkHeader, v.initiate_tag);
  base::store_be32(p + sctp_field::kReceiverWindow - sctp_field::kChunkHeader, v.receiver_window);
  base::store_be16(p + sctp_field::kOutboundStreams - sctp_field::kChunkHeader, v.outbound_streams);
  base::store_be16(p + sctp_field::kInboundStreams - sctp_field::kChunkHeader, v.inbound_streams);
  base::store_be32(p + sctp_field::kInitialTsn - sctp_field::kChunkHeader, v.initial_tsn);
}

}  // namespace portolan::wire
