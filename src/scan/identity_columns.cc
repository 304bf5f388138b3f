// SPDX-License-Identifier: Apache-2.0
#include "scan/identity_columns.h"

namespace portolan::scan {
namespace {

struct Job {
  const IdentityInput& in;
  uint64_t first;  // of our ports; 0 where they are a list, and then offsets come out
  const SourcePorts& ports;
  uint32_t pass_offset;
  size_t count;
  const IdentityColumns& out;
};

// probe_offset() and probe_ip_id() of cookie_step.h with borrows in place of choices.
template <class V>
[[gnu::always_inline]] inline void identify(const Job& job) {
  V first, size, pass;
  base::splat(first, job.first), base::splat(size, job.ports.size()), base::splat(pass, job.pass_offset);
  for (size_t at = 0; at < job.count; at += sizeof(V) / 8) {
    V hash, service;
    base::load(hash, job.in.hash, at), base::load(service, job.in.service, at);
    V offset = ((((hash >> 32) & 0xffff) * size) >> 16) + pass;
    offset -= size & (((offset - size) >> 63) - 1);
    const V id = hash >> 48;
    base::store(job.out.ports, at, V(((first + offset) << 16) | (service >> 8)));
    base::store(job.out.token, at, V(hash & 0xffffffff));
    base::store(job.out.ip_id, at, V(id | ((id - 1) >> 63)));
  }
}

void identify_plain(const Job& job) { identify<uint64_t>(job); }
#if defined(__x86_64__)
PORTOLAN_AVX2 void identify_avx2(const Job& job) { identify<base::Lanes4>(job); }
PORTOLAN_AVX512 void identify_avx512(const Job& job) { identify<base::Lanes8>(job); }
#endif

void identify_by(const Job& job, base::LaneCount lanes) {
#if defined(__x86_64__)
  if (lanes == base::LaneCount::kEight) return identify_avx512(job);
  if (lanes == base::LaneCount::kFour) return identify_avx2(job);
#endif
  identify_plain(job);
}

}  // namespace

void service_columns(base::Column& service, size_t count) {
  for (size_t i = 0; i < count; ++i) service[i] = (service[i] & 0xffff) << 8 | service[i] >> 16;
}

void identity_columns(const IdentityInput& in, const SourcePorts& ports, uint32_t pass_offset, size_t count,
                      const IdentityColumns& out) {
  static const base::LaneCount lanes = base::widest_lanes();
  identity_columns(in, ports, pass_offset, count, out, lanes);
}

void identity_columns(const IdentityInput& in, const SourcePorts& ports, uint32_t pass_offset, size_t count,
                      const IdentityColumns& out, base::LaneCount lanes) {
  identify_by(Job{in, ports.is_range() ? ports.first() : uint64_t{0}, ports, pass_offset, count, out}, lanes);
  if (ports.is_range()) return;
  for (size_t i = 0; i < count; ++i) {
    const uint64_t both = out.ports[i];
    out.ports[i] = uint64_t{ports.at(static_cast<uint32_t>(both >> 16))} << 16 | (both & 0xffff);
  }
}

}  // namespace portolan::scan
