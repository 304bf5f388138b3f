// SPDX-License-Identifier: Apache-2.0
#include "portolan/status_forms.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace portolan::cli::status_forms_test {
namespace {

using testing::HasSubstr;
using testing::Not;

StatusFacts running() {
  StatusFacts f;
  f.state = "running";
  f.lane = "packet";
  f.wall = 1'700'000'000 * base::kSecond;
  f.elapsed = 6 * base::kSecond;
  f.frame_rate = 24'923.07;
  f.progress = {.fraction = 0.25, .pass = 0, .positions = 152'510, .total = 610'040};
  f.found[static_cast<size_t>(addr::Protocol::kTcp)] = 27;
  f.port.sent = 152'600;
  f.port.receive_dropped = 3;
  return f;
}

TEST(StatusForms, OurLine) {
  StatusFacts f = running();
  EXPECT_EQ(status_line(f), " 25.0%  24.9 k/s  packet  0:00:18 left  found tcp 27  drops 3");
  f.state = "paused";
  f.round = 2;
  EXPECT_EQ(status_line(f), " 25.0%  24.9 k/s  packet  round 2  paused  found tcp 27  drops 3");
  f.state = "waiting";
  f.found = {};
  EXPECT_EQ(status_line(f), " 25.0%  24.9 k/s  packet  round 2  waiting for late answers  found none  drops 3");
}

// The widths and the blanks are those of masscan 1.3.2.
TEST(StatusForms, MasscansLine) {
  StatusFacts f = running();
  EXPECT_EQ(masscan_status_line(f), "rate: 24.92-kpps, 25.00% done,   0:00:18 remaining, found=27       ");
  f.progress.fraction = 1;
  f.frame_rate = 0;
  f.state = "waiting";
  f.wait_left = 3 * base::kSecond + 1;
  EXPECT_EQ(masscan_status_line(f), "rate:  0.00-kpps, 100.00% done, waiting 3-secs, found=27       ");
  f = running();
  f.round = 1;
  f.frame_rate = 1'000;
  f.probe_rate = 1'000;
  f.result_rate = 2;
  EXPECT_EQ(masscan_status_line(f), "rate:  1.00-kpps, syn/s=1000 ack/s=2 tcb-rate=0, 0-tcbs,         ");
}

TEST(StatusForms, WhatIsNotKnownIsNotSaid) {
  StatusFacts f = running();
  f.elapsed = base::kSecond / 2;
  EXPECT_EQ(masscan_status_line(f), "");
  EXPECT_THAT(status_line(f), Not(HasSubstr("left")));
  EXPECT_THAT(status_json(f), Not(HasSubstr("eta")));
  EXPECT_THAT(status_json(f), Not(HasSubstr("round")));
  f.elapsed = 5 * base::kSecond;
  f.progress.fraction = 0;
  EXPECT_EQ(f.sending_left(), std::nullopt);
}

TEST(StatusForms, JsonHasMasscansMembersAndOurs) {
  StatusFacts f = running();
  const std::string text = status_json(f);
  EXPECT_THAT(text,
              testing::StartsWith(R"({"schema":1,"time":"2023-11-14T22:13:20.000Z","state":"running",)"
                                  R"("rate":{"kpps":24.92,"pps":24923.07},"progress":{"percent":25.00,)"
                                  R"("eta":{"hours":0,"mins":0,"seconds":18},"found":27,)"
                                  R"("syn":{"sent":152510,"total":610040,"remaining":457530},"pass":1},)"
                                  R"("found":{"tcp":27},"elapsed":6.000,"lane":"packet","frames":{"sent":152600,)"));
  EXPECT_THAT(text, HasSubstr(R"("kernel_dropped":3},"counters":{"positions":0,"probes":0,)"));
  EXPECT_THAT(text, testing::EndsWith(R"("irrelevant":0}})"));
  f.wait_left = 2 * base::kSecond;
  f.round = 3;
  EXPECT_THAT(status_json(f), HasSubstr(R"("seconds":2,"found":27)"));
  EXPECT_THAT(status_json(f), HasSubstr(R"("round":3)"));
}

}  // namespace
}  // namespace portolan::cli::status_forms_test
