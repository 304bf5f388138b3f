// SPDX-License-Identifier: Apache-2.0
// Who may be answered, and how often: the part of answer.bpf.c that knows addresses and rates. Included by it alone.
//
// Functions that are not static are verified once, by themselves, whoever calls them.
#pragma once

#include "xdp/answer_maps.bpf.h"

static __always_inline int is_v4(uint64_t hi, uint64_t lo) { return hi == 0 && lo >> 32 == 0xffff; }

static __always_inline int in_block(uint64_t hi, uint64_t lo, uint64_t bits, uint64_t mask_hi, uint64_t mask_lo) {
  const struct OwnBlockKey key = {hi & mask_hi, lo & mask_lo, bits};
  const struct OwnBlock* block = bpf_map_lookup_elem(&own_blocks, &key);
  return block && (block->members[(lo >> 6) & 3] >> (lo & 63) & 1);
}

// Without a branch for each place, which nobody could predict: a difference of 32 bits less one is negative only of 0.
static __always_inline int is_among(const struct OwnSlots* slots, uint32_t address) {
  uint64_t found = 0;
#pragma unroll
  for (int i = 0; i < kSlots; ++i) found |= (uint64_t)(slots->address[i] ^ address) - 1;
  return (int)(found >> 63);
}

static __always_inline int in_slots(uint32_t address) {
  const uint32_t first = own_slot_of(address, config.own_slot_shift);
#pragma unroll
  for (uint32_t k = 0; k < 2; ++k) {
    const uint32_t bucket = (first + k) & config.own_slot_mask;
    const struct OwnSlots* slots = bpf_map_lookup_elem(&own_slots, &bucket);
    if (!slots) return 0;
    if (is_among(slots, address)) return address != 0;
    if (slots->address[kSlots - 1] == 0) return 0;
  }
  return 0;
}

// The same for one address and for a /8: a look into a table, and for what is no whole /16 one into a cache line.
__attribute__((noinline)) int is_own(uint64_t hi, uint64_t lo) {
  if (config.own_everything) return 1;
  if (is_v4(hi, lo)) {
    const uint8_t state = own_v4[(lo >> 16) & 0xffff];
    if (state == kOwnFew) return in_slots((uint32_t)lo);
    if (state != kOwnMany) return state == kOwnAll;
    return in_block(hi, lo, kOwnBlockBits, 0, ~(uint64_t)0xff);
  }
  for (uint32_t i = 0; i < kOwnPrefixes; ++i) {
    if (i >= config.own_v6_count) break;
    const struct AnswerPrefix* p = &config.own_v6[i];
    if (in_block(hi, lo, p->bits, p->mask_hi, p->mask_lo)) return 1;
  }
  return 0;
}

// An answer to it would go to nobody or to many: as respond::is_unanswerable().
static __always_inline int is_bad_source(uint64_t hi, uint64_t lo) {
  if (is_v4(hi, lo)) {
    const uint64_t top = (lo >> 24) & 0xff;
    return top == 0 || top == 127 || top >= 224;
  }
  return (hi == 0 && lo <= 1) || hi >> 56 == 0xff;
}

static __always_inline int is_to_many(uint64_t hi, uint64_t lo) {
  if (is_v4(hi, lo)) return ((lo >> 28) & 0xf) == 0xe || (uint32_t)lo == 0xffffffffu;
  return hi >> 56 == 0xff;
}

// A host that is written down: what he is, user space knows.
static __always_inline int is_named(uint64_t hi, uint64_t lo) {
  if (!config.named_any) return 0;
  const struct AddressKey key = {hi, lo};
  return bpf_map_lookup_elem(&named, &key) != 0;
}

static __always_inline int is_denied(uint64_t hi, uint64_t lo) {
  if (!config.deny_any) return 0;
  struct DenyKey key = {.bits = 128};
  const uint64_t words[2] = {bpf_cpu_to_be64(hi), bpf_cpu_to_be64(lo)};
  __builtin_memcpy(key.address, words, sizeof words);
  return bpf_map_lookup_elem(&denied, &key) != 0;
}

// The counter under which a frame from there ends; 0: it may be answered.
__attribute__((noinline)) int refusal_of(uint64_t hi, uint64_t lo) {
  if (is_bad_source(hi, lo)) return kAnswerBadSource;
  if (is_denied(hi, lo)) return kAnswerDenied;
  if (config.refuse_own && is_own(hi, lo)) return kAnswerOwnSource;
  if ((hi | lo) != 0 && ((hi == config.primary_v4[0] && lo == config.primary_v4[1]) ||
                         (hi == config.primary_v6[0] && lo == config.primary_v6[1]))) {
    return kAnswerOwnSource;
  }
  return 0;
}

static __always_inline uint64_t later(uint64_t a, uint64_t b) { return a > b ? a : b; }

// Two CPUs at the same bucket may both take its last token: a limit may be passed by a token a CPU, not by more.
static __always_inline int may_take(const struct AnswerRate* rate, uint64_t full_at, uint64_t now) {
  return later(full_at, now) + rate->interval - now <= rate->window;
}

static __always_inline void put_bucket(const struct BucketKey* key, uint64_t* at, uint64_t full_at) {
  if (at) {
    *at = full_at;
  } else {
    bpf_map_update_elem(&buckets, key, &full_at, BPF_ANY);
  }
}

static __always_inline void bucket_key(struct BucketKey* key, uint64_t hi, uint64_t lo, uint64_t level) {
  key->hi = level == 2 ? hi & ~(uint64_t)0xffff : hi;
  key->lo = level == 0 ? lo : is_v4(hi, lo) ? lo & ~(uint64_t)0xff : 0;
  key->level = level;
}

static __always_inline int has_level(uint64_t level, uint64_t hi, uint64_t lo) {
  return config.limits[level].interval != 0 && (level != 2 || !is_v4(hi, lo));
}

// One token for an answer to this source from its address, its subnet and its site: from all of them or from none.
__attribute__((noinline)) int is_limited(uint64_t hi, uint64_t lo) {
  if (!config.limits_any) return 0;
  struct BucketKey key;
  uint64_t* at[kLimitLevels] = {0, 0, 0};
  const uint64_t now = bpf_ktime_get_ns();
#pragma unroll
  for (uint64_t i = 0; i < kLimitLevels; ++i) {
    if (!has_level(i, hi, lo)) continue;
    bucket_key(&key, hi, lo, i);
    at[i] = bpf_map_lookup_elem(&buckets, &key);
    if (at[i] && !may_take(&config.limits[i], *at[i], now)) return 1;
  }
#pragma unroll
  for (uint64_t i = 0; i < kLimitLevels; ++i) {
    if (!has_level(i, hi, lo)) continue;
    bucket_key(&key, hi, lo, i);
    put_bucket(&key, at[i], later(at[i] ? *at[i] : 0, now) + config.limits[i].interval);
  }
  return 0;
}

// One token for an ICMP error of the simulated host.
__attribute__((noinline)) int is_out_of_errors(uint64_t hi, uint64_t lo) {
  if (config.errors.interval == 0) return 0;
  const struct BucketKey key = {hi, lo, kLimitLevels};
  const uint64_t now = bpf_ktime_get_ns();
  uint64_t* at = bpf_map_lookup_elem(&buckets, &key);
  if (at && !may_take(&config.errors, *at, now)) return 1;
  put_bucket(&key, at, later(at ? *at : 0, now) + config.errors.interval);
  return 0;
}

// One token for an answer of any kind.
static __always_inline int is_capped(void) {
  if (config.whole.interval == 0) return 0;
  const uint64_t now = bpf_ktime_get_ns();
  const uint64_t full_at = whole_full_at;
  if (!may_take(&config.whole, full_at, now)) return 1;
  whole_full_at = later(full_at, now) + config.whole.interval;
  return 0;
}

// The end of a frame that is answered: `end` says what it was, `out` what the answer is.
static __always_inline int answer(uint32_t end, uint32_t out) {
  count(kAnswerReceived);
  count(end);
  if (is_capped()) {
    count(kAnswerCapped);
    return XDP_DROP;
  }
  count(out);
  return XDP_TX;
}
