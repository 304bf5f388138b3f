// SPDX-License-Identifier: Apache-2.0
// A group of positions made into probes: permutation, target, way, cookie. Included by send.bpf.c alone.
#pragma once

#include "xdp/send_pace.bpf.h"

struct Tables {
  const struct PickEntryV4* v4_entries;
  const uint32_t* v4_buckets;
  const struct SendService* v4_services;
  const struct PickEntryV6* v6_entries;
  const uint32_t* v6_buckets;
  const struct SendService* v6_services;
  const struct SendPair* pairs;
  const struct SendWay* ways;
  const uint16_t* cells;
  const uint64_t* answered;
};

// Of those that the plan uses; 0: one is not there, which cannot be.
static __always_inline int find_tables(const struct SendPlan* plan, struct Tables* t) {
  if (plan->v4.ranges > 1) {
    t->v4_entries = PORTOLAN_TABLE(v4_entries);
    t->v4_buckets = PORTOLAN_TABLE(v4_buckets);
    if (!t->v4_entries || !t->v4_buckets) return 0;
  }
  if (plan->v6.ranges > 1) {
    t->v6_entries = PORTOLAN_TABLE(v6_entries);
    t->v6_buckets = PORTOLAN_TABLE(v6_buckets);
    if (!t->v6_entries || !t->v6_buckets) return 0;
  }
  if (plan->v4.by_services.divisor > 1 && !(t->v4_services = PORTOLAN_TABLE(v4_services))) return 0;
  if (plan->v6.by_services.divisor > 1 && !(t->v6_services = PORTOLAN_TABLE(v6_services))) return 0;
  if (plan->pairs != 0 && !(t->pairs = PORTOLAN_TABLE(pair_list))) return 0;
  if (plan->ways > 1 && !(t->ways = PORTOLAN_TABLE(way_list))) return 0;
  if (plan->probe_cells != 0 && !(t->cells = PORTOLAN_TABLE(probe_table))) return 0;
  if (plan->retries && !(t->answered = PORTOLAN_TABLE(answered_bits))) return 0;
  return 1;
}

struct Aim {
  uint64_t hi, lo;
  struct SendService service;
};

enum { kV4Mapped = 0xffff };

// The number of an address x service taken apart. 0: cannot be.
static __always_inline int locate(const struct SendBlock* block, const struct SendService* services, uint64_t number,
                                  uint64_t* place, struct SendService* service) {
  *place = number;
  *service = block->first;
  if (block->by_services.divisor <= 1) return 1;
  *place =
      block->size >> 63 ? pick_quotient_long(&block->by_services, number) : pick_quotient(&block->by_services, number);
  const uint64_t at = number - *place * block->by_services.divisor;
  if (at >= block->by_services.divisor) return 0;
  *service = services[at];
  return 1;
}

static __always_inline int aim_at(const struct SendPlan* plan, const struct Tables* t, uint64_t number,
                                  struct Aim* aim) {
  uint64_t place;
  if (number < plan->v4.size) {
    if (!locate(&plan->v4, t->v4_services, number, &place, &aim->service)) return 0;
    const uint64_t bits = plan->v4.ranges == 1 ? plan->v4.begin_lo + place
                                               : pick_v4(t->v4_entries, t->v4_buckets, &plan->v4.shape, place);
    aim->hi = 0;
    aim->lo = (uint64_t)kV4Mapped << 32 | (bits & 0xffffffffu);
    return 1;
  }
  number -= plan->v4.size;
  if (number < plan->v6.size) {
    if (!locate(&plan->v6, t->v6_services, number, &place, &aim->service)) return 0;
    PickWide bits = (PickWide)plan->v6.begin_hi << 64 | plan->v6.begin_lo;
    if (plan->v6.ranges == 1) {
      bits += place;
    } else {
      bits = pick_v6(t->v6_entries, t->v6_buckets, &plan->v6.shape, place);
    }
    aim->hi = (uint64_t)(bits >> 64);
    aim->lo = (uint64_t)bits;
    return 1;
  }
  number -= plan->v6.size;
  if (number >= plan->pairs) return 0;
  aim->hi = t->pairs[number].hi;
  aim->lo = t->pairs[number].lo;
  aim->service = t->pairs[number].service;
  return 1;
}

static __always_inline int is_before(uint64_t a_hi, uint64_t a_lo, uint64_t b_hi, uint64_t b_lo) {
  return a_hi < b_hi || (a_hi == b_hi && a_lo < b_lo);
}

// The way to an address; 0: none.
static __always_inline const struct SendWay* find_way(const struct SendPlan* plan, const struct Tables* t,
                                                      const struct Aim* aim) {
  const struct SendWay* way = &plan->way;
  if (plan->way_is_sure) return way;
  if (plan->ways > 1) {
    uint64_t low = 0, count = plan->ways;
    for (int step = 0; step < 32 && count > 1; ++step) {
      const uint64_t half = count >> 1;
      if (low + half >= plan->ways) return 0;
      const struct SendWay* middle = &t->ways[low + half];
      if (!is_before(aim->hi, aim->lo, middle->first_hi, middle->first_lo)) low += half;
      count -= half;
    }
    if (low >= plan->ways) return 0;
    way = &t->ways[low];
  }
  if (is_before(aim->hi, aim->lo, way->first_hi, way->first_lo)) return 0;
  return is_before(way->last_hi, way->last_lo, aim->hi, aim->lo) ? 0 : way;
}

// Cycle walking, in a function of its own since it is rare. Above `last`: not ended.
__attribute__((noinline)) uint64_t walk(uint64_t item) {
  const struct SendPlan* plan = the_plan();
  for (int step = 0; step < kMostSendWalk && item > plan->last; ++step) item = narrow_forward(&plan->keys, item);
  return item;
}

static __always_inline int is_answered(const struct SendPlan* plan, const struct Tables* t, uint64_t number) {
  const uint64_t word = number >> 6;
  return word < plan->answered_words && (t->answered[word] >> (number & 63) & 1);
}

// A probe without its cookie. 1: made; 0: to be left to the caller.
static __always_inline int make(const struct SendPlan* plan, struct SendState* s, const struct Tables* t,
                                uint64_t number) {
  struct Aim aim = {0, 0, {0, 0, 0}};
  if (!aim_at(plan, t, number, &aim)) return 0;
  const struct SendWay* way = find_way(plan, t, &aim);
  if (!way) return 0;
  uint64_t probe = 0;
  if (plan->probe_cells != 0) {
    const uint64_t cell = way->row + aim.service.kind;
    if (cell >= plan->probe_cells) return 0;
    probe = t->cells[cell];
    if (probe == kNoSendProbe) return 0;
  }
  struct SendMade* m = &s->ring[s->made & (kSendRing - 1)];
  if (!plan->only_v4) m->hi = aim.hi;
  m->lo = aim.lo;
  if (!plan->one_service) m->service = aim.service.service;
  if (plan->probe_cells != 0) m->probe = probe;
  if (!plan->way_is_sure) {
    m->source_hi = way->source_hi;
    m->source_lo = way->source_lo;
  }
  ++s->made;
  return 1;
}

static __always_inline void finish(const struct SendPlan* plan, uint64_t port_offset, uint64_t hash, uint64_t service,
                                   struct SendMade* m) {
  const uint64_t port = plan->first_port + probe_offset(cookie_port_bits(hash), plan->port_count, port_offset);
  m->ports = port << 16 | service >> 8;
  m->token = cookie_token(hash);
  m->ip_id = probe_ip_id(cookie_id_bits(hash));
}

// What makes it ours.
static __always_inline void sign(const struct SendPlan* plan, const struct SipState* key, uint64_t port_offset,
                                 struct SendMade* m) {
  const int v4 = plan->only_v4 ? 1 : m->hi == 0 && m->lo >> 32 == kV4Mapped;
  const uint64_t service = plan->one_service ? plan->v4.first.service : m->service;
  const uint64_t source_hi = plan->way_is_sure ? plan->way.source_hi : m->source_hi;
  const uint64_t source_lo = plan->way_is_sure ? plan->way.source_lo : m->source_lo;
  const uint64_t hash = v4 ? cookie_hash_v4(key, source_lo & 0xffffffffu, m->lo & 0xffffffffu, service)
                           : cookie_hash_v6(key, source_hi, source_lo, m->hi, m->lo, service);
  finish(plan, port_offset, hash, service, m);
}

static __always_inline void leave(struct SendState* s, uint64_t position) {
  PORTOLAN_WRITE(left_positions[s->left & (kSendLeft - 1)], position);
  PORTOLAN_WRITE(s->left, s->left + 1);
}

// The next group. Whether there is a probe to send.
static __noinline int make_group(void) {
  const struct SendPlan* plan = the_plan();
  struct SendState* s = &state;
  struct Tables t = {0};
  uint64_t numbers[kSendGroup];
  const uint64_t count = grant(plan, s);
  if (count == 0 || !find_tables(plan, &t)) return 0;
  const uint64_t position = s->position;
  uint64_t index = plan->first + position * plan->stride;
  for (uint64_t k = 0; k < kSendGroup; k += kNarrowLanes) {
    if (k >= count) break;
    narrow_forward_lanes(&plan->keys, index, plan->stride, numbers + k);
    index += kNarrowLanes * plan->stride;
  }
  PORTOLAN_WRITE(s->taken, s->taken + count);
  for (uint64_t k = 0; k < kSendGroup; ++k) {
    if (k >= count) break;
    uint64_t number = numbers[k];
    if (number > plan->last) number = walk(number);
    if (plan->retries && s->skips_answered && number <= plan->last && is_answered(plan, &t, number)) {
      ++s->skipped;
    } else if (number > plan->last || !make(plan, s, &t, number)) {
      leave(s, position + k);
    }
  }
  const struct SipState key = plan->sip;
  const uint64_t port_offset = PORTOLAN_READ(s->port_offset), made = s->made;
  uint64_t at = s->handed;
  for (uint64_t k = 0; k < kSendGroup; ++k, ++at) {
    if (at == made) break;
    sign(plan, &key, port_offset, &s->ring[at & (kSendRing - 1)]);
  }
  PORTOLAN_WRITE(s->position, position + count);
  return s->made != s->handed;
}
