// SPDX-License-Identifier: Apache-2.0
#include "wire/cookie.h"

#include <algorithm>
#include <array>

#include "wire/cookie_lanes.h"

namespace portolan::wire {

namespace {

using internal::SipRow;

constexpr uint64_t kEndV4 = uint64_t{kCookieBytesV4} << 56;
constexpr uint64_t kEndV6 = uint64_t{kCookieBytesV6} << 56;

// The inputs of cookie(), in columns: ours and theirs, upper and lower half, and the service.
struct Columns {
  base::Column ours_high, ours_low, high, low, service;
};

base::SipState begin(const base::SipKey& key) {
  base::SipState start{};
  base::sip_begin(&start, key.k0, key.k1);
  return start;
}

bool is_v4(const CookieQuery& q) { return q.ours.is_v4() && q.theirs.is_v4(); }

// How many queries at the front are of the first one's family, a column at most.
size_t run_length(std::span<const CookieQuery> queries) {
  const size_t most = std::min(queries.size(), base::kColumnSize);
  size_t n = 1;
  while (n < most && is_v4(queries[n]) == is_v4(queries[0])) ++n;
  return n;
}

void lay_out(std::span<const CookieQuery> run, bool v4, Columns& c) {
  for (size_t i = 0; i < run.size(); ++i) {
    const CookieQuery& q = run[i];
    c.service[i] = cookie_service(q.their_port, q.protocol_tag);
    if (v4) {
      c.low[i] = uint64_t{q.ours.v4_bits()} << 32 | q.theirs.v4_bits();
    } else {
      c.ours_high[i] = q.ours.hi(), c.ours_low[i] = q.ours.lo();
      c.high[i] = q.theirs.hi(), c.low[i] = q.theirs.lo();
    }
  }
}

}  // namespace

void cookies(const base::SipKey& key, std::span<const CookieQuery> queries, std::span<Cookie> out) {
  static const base::LaneCount lanes = base::widest_lanes();
  cookies(key, queries, out, lanes);
}

void cookies(const base::SipKey& key, std::span<const CookieQuery> queries, std::span<Cookie> out,
             base::LaneCount lanes) {
  const base::SipState start = begin(key);
  Columns c;
  base::Column hashes;
  const std::array<SipRow, 2> v4_rows = {{{&c.low}, {&c.service, kEndV4}}};
  const std::array<SipRow, 5> v6_rows = {{{&c.ours_high}, {&c.ours_low}, {&c.high}, {&c.low}, {&c.service, kEndV6}}};
  while (!queries.empty()) {
    const size_t n = run_length(queries);
    const bool v4 = is_v4(queries[0]);
    lay_out(queries.first(n), v4, c);
    internal::sip_rows(lanes, start, v4 ? std::span<const SipRow>(v4_rows) : v6_rows, n, hashes);
    for (size_t i = 0; i < n; ++i) out[i] = Cookie::from_hash(hashes[i]);
    queries = queries.subspan(n);
    out = out.subspan(n);
  }
}

void cookie_columns(const base::SipKey& key, const addr::IpAddress& ours, const CookieColumns& in, size_t count,
                    base::Column& out) {
  static const base::LaneCount lanes = base::widest_lanes();
  cookie_columns(key, ours, in, count, out, lanes);
}

void cookie_columns(const base::SipKey& key, const addr::IpAddress& ours, const CookieColumns& in, size_t count,
                    base::Column& out, base::LaneCount lanes) {
  base::SipState start = begin(key);
  if (ours.is_v4()) {
    const std::array<SipRow, 2> rows = {{{&in.low, uint64_t{ours.v4_bits()} << 32}, {&in.service, kEndV4}}};
    return internal::sip_rows(lanes, start, rows, count, out);
  }
  base::sip_absorb(&start, ours.hi());
  base::sip_absorb(&start, ours.lo());
  const std::array<SipRow, 3> rows = {{{&in.high}, {&in.low}, {&in.service, kEndV6}}};
  internal::sip_rows(lanes, start, rows, count, out);
}

}  // namespace portolan::wire
