// SPDX-License-Identifier: Apache-2.0
// Script: what a client says and what a server is to answer, as rows of a table. For tests only.
//
// Each row is played whole, cut in two at every place, and byte by byte: all must come to the same.
#pragma once

#include <gtest/gtest.h>

#include "proto/testing/stage.h"

namespace portolan::proto::testing {

// Whether the text is the pattern; '~' stands for any bytes.
inline bool fits(std::string_view text, std::string_view pattern) {
  const size_t wild = pattern.find('~');
  if (wild == std::string_view::npos) return text == pattern;
  if (text.substr(0, wild) != pattern.substr(0, wild)) return false;
  const std::string_view rest = pattern.substr(wild + 1);
  for (size_t skip = wild; skip <= text.size(); ++skip) {
    if (fits(text.substr(skip), rest)) return true;
  }
  return false;
}

using Facts = std::map<std::string, std::string>;

struct Row {
  std::string what;
  std::string client;
  std::string server;  // pattern
  Facts facts = {};    // all of them
  bool closes = false;
};

inline void expect_same_for_every_cut(const Stage& stage, const std::string& client, const Played& whole) {
  for (size_t cut = 1; cut < client.size(); ++cut) {
    ASSERT_EQ(stage.play({client.substr(0, cut), client.substr(cut)}), whole) << "cut at " << cut;
  }
  ASSERT_EQ(stage.play_bytewise(client), whole);
}

inline void expect_row(const Stage& stage, const Row& row) {
  SCOPED_TRACE(row.what);
  const Played played = stage.play(row.client);
  EXPECT_TRUE(fits(played.said, row.server)) << played.said << "\n" << hex_of(played.said);
  EXPECT_EQ(played.facts, row.facts);
  EXPECT_EQ(played.closes, row.closes);
  EXPECT_EQ(played.left, 0u);
  EXPECT_FALSE(played.foreign);
  EXPECT_TRUE(played.ok);
  if (stage.ends.transport == Transport::kTcp) expect_same_for_every_cut(stage, row.client, played);
}

}  // namespace portolan::proto::testing
