// SPDX-License-Identifier: Apache-2.0
// The SQLite file: what stands in it, that runs add up, whose files are refused, and that no kill harms it.
#include "output/sqlite_sink.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>

#include "output/sqlite_schema.h"
#include "result/field_table.h"

namespace portolan::output::sqlite_sink_test {
namespace {

using addr::IpAddress;
using addr::Protocol;
using result::Observation;

class TempDir {
 public:
  TempDir() { path_ = ::mkdtemp(path_.data()); }
  ~TempDir() { std::filesystem::remove_all(path_); }
  std::string file() const { return path_ + "/found.sqlite"; }
  size_t count() const { return static_cast<size_t>(std::distance(std::filesystem::directory_iterator(path_), {})); }

 private:
  std::string path_ = "/tmp/portolan-sqlite-test-XXXXXX";
};

Observation observation(uint32_t address, uint16_t port) {
  Observation o;
  o.wall = 1'700'000'000'123'999'999;
  o.target = {IpAddress::v4(address), {Protocol::kTcp, port}};
  o.responder = o.target.address;
  o.ttl = 55;
  return o;
}

std::unique_ptr<result::Sink> opened(const std::string& path, bool append) {
  auto sink = SqliteSink::open(path, append);
  if (!sink) throw std::runtime_error(sink.error());
  return std::move(*sink);
}

std::string asked(const std::string& path, const std::string& sql) {
  SqliteDb db = std::move(*SqliteDb::open(path));
  return db.text_of(sql);
}

void write_run(const std::string& path, bool append, uint32_t results) {
  auto sink = opened(path, append);
  sink->begin({"portolan 0.1.0", 1'700'000'000 * base::kSecond, {{"seed", "7"}}});
  for (uint32_t i = 0; i < results; ++i) sink->write(observation(i, 80));
  sink->end({1'700'000'005 * base::kSecond, true, {{"sent", 768}}});
  EXPECT_EQ(sink->error(), "");
}

TEST(SqliteSink, EveryFieldHasItsColumn) {
  TempDir dir;
  Observation o = observation(0xc000020a, 443);
  o.rtt = 1'234'567;
  o.mss = 1460;
  o.tcp_options = {2, 4, 8};
  o.tcp_option_count = 3;
  auto sink = opened(dir.file(), false);
  sink->begin({"portolan 0.1.0", 0, {}});
  sink->write(o);
  sink->tick();
  const std::string row =
      "SELECT concat FROM (SELECT ip||' '||hex(address)||' '||proto||' '||port||' '||time_ms||' '||status||' "
      "'||reason||"
      "' '||ttl||' '||proof||' '||rtt_us||' '||mss||' '||tcp_options||' '||(\"from\" IS NULL)||(mac IS NULL) AS concat "
      "FROM results)";
  EXPECT_EQ(
      asked(dir.file(), row),
      "192.0.2.10 00000000000000000000FFFFC000020A tcp 443 1700000000123 open syn-ack 55 cookie 1234 1460 [2,4,8] "
      "11");
  SqliteDb db = std::move(*SqliteDb::open(dir.file()));
  for (const result::Field& field : result::observation_fields()) {
    const std::string name = field.name == "time" ? "time_ms" : std::string(field.name);
    EXPECT_EQ(db.number_of("SELECT count(*) FROM pragma_table_info('results') WHERE name = '" + name + "'"), 1) << name;
  }
}

TEST(SqliteSink, AddressesSortAsTheyAre) {
  TempDir dir;
  auto sink = opened(dir.file(), false);
  sink->begin({});
  std::mt19937_64 random(7);
  std::vector<IpAddress> all;
  for (int i = 0; i < 1000; ++i) {
    const uint64_t bits = random() >> (random() % 64);
    all.push_back(i % 2 == 0 ? IpAddress::v4(static_cast<uint32_t>(bits)) : IpAddress::v6(base::make_u128(bits, 1)));
    Observation o = observation(0, 1);
    o.target.address = all.back();
    sink->write(o);
  }
  sink->end({});
  std::sort(all.begin(), all.end());
  SqliteDb db = std::move(*SqliteDb::open(dir.file()));
  SqliteStatement rows = db.prepare("SELECT ip FROM results ORDER BY address");
  for (const IpAddress& address : all) {
    ASSERT_TRUE(rows.next());
    ASSERT_EQ(rows.text(0), address.to_string());
  }
}

TEST(SqliteSink, ARunHasItsFactsAndCounters) {
  TempDir dir;
  write_run(dir.file(), false, 3);
  EXPECT_EQ(asked(dir.file(), "SELECT program||started_ms||' '||ended_ms||complete FROM runs"),
            "portolan 0.1.01700000000000 17000000050001");
  EXPECT_EQ(asked(dir.file(), "SELECT name||value FROM run_facts"), "seed7");
  EXPECT_EQ(asked(dir.file(), "SELECT name||count FROM run_counters"), "sent768");
  EXPECT_EQ(dir.count(), 1u) << "one file when all is done";
}

TEST(SqliteSink, AppendingAddsARunAndReplacingDoesNot) {
  TempDir dir;
  write_run(dir.file(), false, 3);
  write_run(dir.file(), true, 2);
  EXPECT_EQ(asked(dir.file(), "SELECT group_concat(n) FROM (SELECT count(*) n FROM results GROUP BY run)"), "3,2");
  write_run(dir.file(), false, 1);
  EXPECT_EQ(asked(dir.file(), "SELECT group_concat(n) FROM (SELECT count(*) n FROM results GROUP BY run)"), "1");
}

TEST(SqliteSink, BannersAreTextWhereTheyAreText) {
  TempDir dir;
  auto sink = opened(dir.file(), false);
  sink->begin({});
  const std::string text = "caf\xc3\xa9", bytes("a\0\xff", 3);
  result::Banner b;
  b.target = observation(1, 80).target;
  b.application = {4};
  b.text = {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
  sink->banner(b);
  b.text = {reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()};
  sink->banner(b);
  sink->end({});
  EXPECT_EQ(asked(dir.file(),
                  "SELECT group_concat(typeof(banner)||hex(banner)||app||app_number||(ttl IS NULL)) FROM banners"),
            "text636166C3A9http41,blob6100FFhttp41");
}

TEST(SqliteSink, IndexesAreThereAfterManyResultsToo) {
  TempDir dir;
  write_run(dir.file(), false, SqliteSink::kIndexedResults + SqliteSink::kBatch + 1);
  EXPECT_EQ(asked(dir.file(),
                  "SELECT count(*) FROM sqlite_master WHERE type = 'index' AND name LIKE '%\\_%' ESCAPE '\\' "
                  "AND sql IS NOT NULL"),
            "6");
  EXPECT_EQ(asked(dir.file(), "PRAGMA integrity_check"), "ok");
}

TEST(SqliteSink, RefusesWhatIsNotOurs) {
  TempDir dir;
  std::ofstream(dir.file()) << std::string(4096, 'x');
  EXPECT_EQ(SqliteSink::open(dir.file(), false).error(),
            dir.file() + ": it is no SQLite file, or a damaged one; name another file");
  std::filesystem::remove(dir.file());
  SqliteDb::open(dir.file())->exec("CREATE TABLE theirs (a)");
  for (const bool append : {false, true}) {
    EXPECT_EQ(SqliteSink::open(dir.file(), append).error(),
              dir.file() + ": it is the database of another program; name another file");
  }
  EXPECT_EQ(asked(dir.file(), "SELECT name FROM sqlite_master"), "theirs");
  std::filesystem::remove(dir.file());
  write_run(dir.file(), false, 1);
  SqliteDb::open(dir.file())->exec("PRAGMA user_version=2");
  EXPECT_EQ(SqliteSink::open(dir.file(), true).error(),
            dir.file() + ": it has version 2 of the schema, and this program knows up to 1; name another file");
  EXPECT_FALSE(SqliteSink::open("-", false));
  EXPECT_FALSE(SqliteSink::open("/dev/null", false));
  EXPECT_FALSE(SqliteSink::open("/nowhere/x.sqlite", false));
}

TEST(SqliteSink, AnOlderFileGetsTheColumnsItLacks) {
  TempDir dir;
  write_run(dir.file(), false, 1);
  ASSERT_TRUE(SqliteDb::open(dir.file())->exec("ALTER TABLE results DROP COLUMN rtt_us"));
  write_run(dir.file(), true, 1);
  EXPECT_EQ(asked(dir.file(), "SELECT count(*) FROM results WHERE rtt_us IS NULL"), "2");
}

TEST(SqliteSink, WhatCannotBeWrittenIsWrittenLater) {
  TempDir dir;
  auto sink = opened(dir.file(), false);
  sink->begin({});
  SqliteDb other = std::move(*SqliteDb::open(dir.file()));
  ASSERT_TRUE(other.exec("BEGIN IMMEDIATE"));
  sink->write(observation(1, 80));
  sink->tick();
  EXPECT_EQ(sink->error(), dir.file() + ": database is locked");
  EXPECT_FALSE(sink->sync());
  ASSERT_TRUE(other.exec("COMMIT"));
  sink->tick();
  EXPECT_EQ(sink->error(), "");
  EXPECT_TRUE(sink->sync());
  EXPECT_EQ(other.number_of("SELECT count(*) FROM results"), 1);
}

TEST(SqliteSink, AReaderIsNeverInTheWay) {
  TempDir dir;
  auto sink = opened(dir.file(), false);
  sink->begin({});
  sink->write(observation(1, 80));
  sink->tick();
  SqliteDb reader = std::move(*SqliteDb::open(dir.file()));
  ASSERT_TRUE(reader.exec("BEGIN"));
  EXPECT_EQ(reader.number_of("SELECT count(*) FROM results"), 1);
  sink->write(observation(2, 80));
  EXPECT_TRUE(sink->sync());
  EXPECT_EQ(reader.number_of("SELECT count(*) FROM results"), 1);
  sink->end({});
  EXPECT_EQ(sink->error(), "");
  reader.exec("COMMIT");
  EXPECT_EQ(reader.number_of("SELECT count(*) FROM results"), 2);
}

// The child tells by its pipe how many results are in the file for certain; it is killed wherever it is then.
[[noreturn]] void write_and_tell(const std::string& path, int tell, bool append) {
  auto sink = SqliteSink::open(path, append);
  if (!sink) ::_exit(1);
  (*sink)->begin({"portolan 0.1.0", 0, {{"seed", "7"}}});
  for (uint32_t i = 1;; ++i) {
    (*sink)->write(observation(i, 80));
    if (i % 50 != 0) continue;
    (*sink)->tick();
    if (::write(tell, &i, sizeof i) != sizeof i) ::_exit(1);
  }
}

TEST(SqliteSink, AKillAtAnyMomentHarmsNothing) {
  TempDir dir;
  std::srand(7);
  int64_t certain = 0;
  for (int run = 0; run < 12; ++run) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    if (child == 0) write_and_tell(dir.file(), ends[1], run != 0);
    ::close(ends[1]);
    uint32_t told = 0;
    const int wanted = 1 + std::rand() % 60;
    for (int i = 0; i < wanted; ++i) ASSERT_EQ(::read(ends[0], &told, sizeof told), ssize_t{sizeof told});
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    while (::read(ends[0], &told, sizeof told) == ssize_t{sizeof told}) continue;
    ::close(ends[0]);
    certain += told;
    SqliteDb db = std::move(*SqliteDb::open(dir.file()));
    ASSERT_EQ(db.text_of("PRAGMA integrity_check"), "ok");
    ASSERT_GE(db.number_of("SELECT count(*) FROM results"), certain);
    ASSERT_LE(db.number_of("SELECT count(*) FROM results"), certain + 50 * (run + 1));
    ASSERT_EQ(db.number_of("SELECT count(*) FROM runs"), run + 1);
  }
}

}  // namespace
}  // namespace portolan::output::sqlite_sink_test
