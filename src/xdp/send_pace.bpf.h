// SPDX-License-Identifier: Apache-2.0
// How many positions may be taken now. Included by send.bpf.c alone.
#pragma once

#include "xdp/send_maps.bpf.h"

enum { kMinReach = 62500, kMaxReach = 1000000, kReachFade = 4 };

static __always_inline void advance(uint64_t* at, uint64_t* rest, uint64_t nanos, uint64_t part, uint64_t packets) {
  *rest += packets * part;
  *at += packets * nanos + (*rest >> 32);
  *rest &= 0xffffffffu;
}

// Both schedules brought up to the clock: arrears beyond the debt, and bursts beyond the reach, are forgone.
static __always_inline void settle(struct SendState* s, const struct SendSchedule* pace) {
  const uint64_t now = bpf_ktime_get_ns();
  const uint64_t pause = now - s->settled;
  s->now = now;
  if (pace->unlimited || s->settled == 0) {
    s->credit_at = s->burst_at = now;
    s->reach = kMinReach;
  } else {
    if (now - s->credit_at > pace->debt && now > s->credit_at) s->credit_at = now - pace->debt;
    if (now - s->burst_at > s->reach && now > s->burst_at) s->burst_at = now - s->reach;
    uint64_t reach = s->reach - (pause >> kReachFade);
    if (pause > s->reach || pause > reach) reach = pause;
    s->reach = reach < kMinReach ? kMinReach : reach > kMaxReach ? kMaxReach : reach;
  }
  s->settled = now;
  const uint64_t charged = PORTOLAN_READ(s->charged);
  uint64_t owed = charged - s->charges_seen;
  if (owed == 0) return;
  owed = owed > 4096 ? 4096 : owed;
  s->charges_seen += owed;
  if (pace->unlimited) return;
  advance(&s->credit_at, &s->credit_rest, pace->credit_nanos, pace->credit_part, owed);
  advance(&s->burst_at, &s->burst_rest, pace->burst_nanos, pace->burst_part, owed);
}

static __always_inline int is_due(const struct SendState* s, const struct SendSchedule* pace, uint64_t packets) {
  const uint64_t credit = s->credit_at + (packets - 1) * pace->credit_nanos;
  const uint64_t burst = s->burst_at + (packets - 1) * pace->burst_nanos;
  return credit <= s->now && burst <= s->now;
}

static __always_inline int is_held(struct SendState* s) {
  if (s->position < s->next_hold_look && !s->holding) return 0;
  s->next_hold_look = s->position + kSendHoldEvery;
  const uint32_t zero = 0;
  const uint64_t most = PORTOLAN_READ(s->hold_bytes);
  void* ring = most == 0 ? 0 : bpf_map_lookup_elem(&results, &zero);
  const int full = ring && bpf_ringbuf_query(ring, BPF_RB_AVAIL_DATA) >= most;
  if (full && !s->holding) ++s->held;
  s->holding = full;
  return full;
}

// So many positions, a group at most, from s->position on; 0: none now.
static __always_inline uint64_t grant(const struct SendPlan* plan, struct SendState* s) {
  const uint64_t generation = PORTOLAN_READ(s->generation);
  if (generation != s->seen) {
    s->position = s->next_mark = s->next_hold_look = PORTOLAN_READ(s->first);
    PORTOLAN_WRITE(s->seen, generation);
  }
  if (PORTOLAN_READ(s->hold)) {
    s->now = s->settled = 0;  // then the schedule begins anew
    return 0;
  }
  uint64_t end = PORTOLAN_READ(s->end);
  if (end > plan->size) end = plan->size;
  if (s->position >= end || PORTOLAN_READ(s->stop)) return 0;
  if (s->left - PORTOLAN_READ(s->left_taken) > kSendLeft - kSendGroup || is_held(s)) return 0;
  uint64_t count = end - s->position;
  const struct SendSchedule* pace = &s->schedules[PORTOLAN_READ(s->schedule_at) & 1];
  if (count > pace->group) count = pace->group;
  if (count > kSendGroup) count = kSendGroup;
  const int mark = s->position >= s->next_mark;
  if (mark || (!pace->unlimited && !is_due(s, pace, count))) settle(s, pace);
  if (!pace->unlimited) {
    if (!is_due(s, pace, count)) return 0;
    advance(&s->credit_at, &s->credit_rest, pace->credit_nanos, pace->credit_part, count);
    advance(&s->burst_at, &s->burst_rest, pace->burst_nanos, pace->burst_part, count);
  }
  if (mark) {
    struct SendMark* m = &marks[s->marks & (kSendMarks - 1)];
    PORTOLAN_WRITE(m->position, s->position);
    PORTOLAN_WRITE(m->time, s->now);
    PORTOLAN_WRITE(s->marks, s->marks + 1);
    s->next_mark = s->position + pace->mark_every;
  }
  return count;
}
