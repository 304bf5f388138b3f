// SPDX-License-Identifier: Apache-2.0
#include "wire/stamp_columns.h"

#include <cstring>

#include "wire/copy_frame.h"
#include "wire/icmpv4.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"
#include "wire/tcp.h"
#include "wire/udp.h"

namespace portolan::wire {
namespace {

using base::Column;
using base::load;
using base::splat;
using base::store;

// What varies in the frames, in host order: big-endian loads of the frame would give these words.
struct Words {
  Column identity;  // IPv4: 8 bytes from the identification to the header checksum
  Column pair;      // IPv4: destination << 32 | ports. IPv6: ports << 32 | token
  Column token;     // token << 32 | transport checksum << 16 | the low half of IPv6's first 4 bytes
};

struct Job {
  const PatchLayout& layout;
  const uint8_t* frame;
  const addr::MacAddress& mac;
  const StampColumns& in;
  std::span<uint8_t* const> out;
};

// To 16 bits. REQUIRES: v < 2^36.
template <class V>
[[gnu::always_inline]] inline void fold(V& v) {
  v = (v >> 16) + (v & 0xffff);
  v = (v >> 16) + (v & 0xffff);
  v = (v >> 16) + (v & 0xffff);
}

// What the token adds to the sum of a UDP payload. At an odd offset its bytes stand the other way round in the words.
template <class V>
[[gnu::always_inline]] inline void add_place(V& sum, const V& token, uint32_t offset, uint32_t width) {
  V image = width == 2 ? token & 0xffff : width == 4 ? token : token + token;
  if (offset % 2 != 0) {
    fold(image);
    image = ((image << 8) | (image >> 8)) & 0xffff;
  }
  sum += image;
}

// The words of all frames of a burst. The sums are of numbers in host order, whose checksum is the wire's (RFC 1071,
// section 2 B); none can reach 2^36.
template <class V, PatchBody body, bool is_v4>
[[gnu::always_inline]] inline void make_words(const Job& job, Words& words) {
  const PatchLayout& layout = job.layout;
  const uint8_t* const network = job.frame + layout.network_at;
  V network_sum, transport_sum, fixed;
  splat(network_sum, base::to_be(patch_fold(layout.network_sum)));
  splat(transport_sum, base::to_be(patch_fold(layout.transport_sum)));
  splat(fixed, is_v4 ? uint64_t{base::load_be32(network + ipv4_field::kIdentification + 2)} << 16 : 0x6000);
  for (size_t at = 0; at < job.out.size(); at += sizeof(V) / 8) {
    V low, ports, token, id;
    load(low, job.in.low, at), load(ports, job.in.ports, at), load(token, job.in.token, at);
    load(id, job.in.ip_id, at);
    V sum = transport_sum + token;
    V first;
    if constexpr (is_v4) {
      V header = network_sum + id + low;
      fold(header);
      store(words.identity, at, V((id << 48) | fixed | (header ^ 0xffff)));
      store(words.pair, at, V((low << 32) | ports));
      if constexpr (body != kPatchIcmp) sum += low;
      first = low ^ low;
    } else {
      V high;
      load(high, job.in.high, at);
      sum += (high >> 32) + (high & 0xffffffff) + (low >> 32) + (low & 0xffffffff);
      store(words.pair, at, V((ports << 32) | token));
      first = fixed | (id & 0xf);
    }
    if constexpr (body == kPatchUdp) {
      sum -= token;
      if (layout.place_width != 0) add_place(sum, token, layout.place_offset, layout.place_width);
    }
    if constexpr (body != kPatchIcmp) sum += ports;
    fold(sum);
    V checksum = sum ^ 0xffff;
    // A computed 0 is sent as 0xffff (RFC 768): less one it has ones above, the others zeros.
    if constexpr (body == kPatchUdp) checksum |= ((checksum - 1) >> 16) & 0xffff;
    store(words.token, at, V((token << 32) | (checksum << 16) | first));
  }
}

template <PatchBody body>
[[gnu::always_inline]] inline void write_transport(const PatchLayout& layout, uint8_t* transport, uint64_t token) {
  const auto checksum = static_cast<uint16_t>(token >> 16);
  const auto value = static_cast<uint32_t>(token >> 32);
  if constexpr (body == kPatchTcp) {
    base::store_be32(transport + tcp_field::kSequence, value);
    base::store_be16(transport + tcp_field::kChecksum, checksum);
  } else if constexpr (body == kPatchUdp) {
    base::store_be16(transport + udp_field::kChecksum, checksum);
    if (layout.place_width == 0) return;
    patch_place(transport + udp_field::kSize + layout.place_offset, layout.place_width, value, nullptr);
  } else {
    base::store_be32(transport + icmpv4_field::kRest, value);
    base::store_be16(transport + icmpv4_field::kChecksum, checksum);
  }
}

template <PatchBody body, bool is_v4>
[[gnu::always_inline]] inline void write_frames(const Job& job, const Words& words) {
  const PatchLayout layout = job.layout;  // a copy that no store into a frame can change: it stays in registers
  const addr::MacAddress mac = job.mac;
  const uint8_t* const frame = job.frame;
  for (size_t i = 0; i < job.out.size(); ++i) {
    uint8_t* const out = job.out[i];
    copy_frame(out, frame, layout.size);
    if (layout.ethernet) mac.store(out);
    uint8_t* const network = out + layout.network_at;
    uint8_t* const transport = out + layout.transport_at;
    const uint64_t pair = words.pair[i], token = words.token[i];
    if constexpr (is_v4) {
      base::store_be64(network + ipv4_field::kIdentification, words.identity[i]);
      if constexpr (body == kPatchIcmp) {
        base::store_be32(network + ipv4_field::kDestination, static_cast<uint32_t>(pair >> 32));
      } else {
        base::store_be64(network + ipv4_field::kDestination, pair);  // and the ports behind it
      }
    } else {
      base::store_be32(network, static_cast<uint32_t>((token & 0xffff) << 16 | job.in.ip_id[i]));
      base::store_be64(network + ipv6_field::kDestination, job.in.high[i]);
      base::store_be64(network + ipv6_field::kDestination + 8, job.in.low[i]);
      if constexpr (body != kPatchIcmp) base::store_be32(transport, static_cast<uint32_t>(pair >> 32));
    }
    write_transport<body>(layout, transport, token);
  }
}

template <class V, PatchBody body, bool is_v4>
[[gnu::always_inline]] inline void stamp_as(const Job& job) {
  Words words;
  make_words<V, body, is_v4>(job, words);
  write_frames<body, is_v4>(job, words);
}

template <class V>
[[gnu::always_inline]] inline void stamp_lanes(const Job& job) {
  if (job.layout.is_v4 != 0) {
    if (job.layout.body == kPatchTcp) return stamp_as<V, kPatchTcp, true>(job);
    if (job.layout.body == kPatchUdp) return stamp_as<V, kPatchUdp, true>(job);
    return stamp_as<V, kPatchIcmp, true>(job);
  }
  if (job.layout.body == kPatchTcp) return stamp_as<V, kPatchTcp, false>(job);
  if (job.layout.body == kPatchUdp) return stamp_as<V, kPatchUdp, false>(job);
  return stamp_as<V, kPatchIcmp, false>(job);
}

void stamp_plain(const Job& job) { stamp_lanes<uint64_t>(job); }

#if defined(__x86_64__)
PORTOLAN_AVX2 void stamp_avx2(const Job& job) { stamp_lanes<base::Lanes4>(job); }
PORTOLAN_AVX512 void stamp_avx512(const Job& job) { stamp_lanes<base::Lanes8>(job); }
#endif

void stamp_each(const Template& probe, const addr::MacAddress& mac, const StampColumns& in,
                std::span<uint8_t* const> out) {
  for (size_t i = 0; i < out.size(); ++i) probe.stamp(out[i], stamp_at(in, i, mac, probe.layout().is_v4 != 0));
}

}  // namespace

void stamp_columns(const Template& probe, const addr::MacAddress& mac, const StampColumns& in,
                   std::span<uint8_t* const> out) {
  static const base::LaneCount lanes = base::widest_lanes();
  stamp_columns(probe, mac, in, out, lanes);
}

void stamp_columns(const Template& probe, const addr::MacAddress& mac, const StampColumns& in,
                   std::span<uint8_t* const> out, base::LaneCount lanes) {
  const PatchLayout& layout = probe.layout();
  if (layout.body != kPatchTcp && layout.body != kPatchUdp && layout.body != kPatchIcmp) {
    return stamp_each(probe, mac, in, out);
  }
  const Job job{layout, probe.frame().data(), mac, in, out};
#if defined(__x86_64__)
  if (lanes == base::LaneCount::kEight) return stamp_avx512(job);
  if (lanes == base::LaneCount::kFour) return stamp_avx2(job);
#endif
  stamp_plain(job);
}

}  // namespace portolan::wire
