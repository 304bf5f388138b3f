// SPDX-License-Identifier: Apache-2.0
// SqliteSink: results into one SQLite file, which any program that knows SQLite can question. Schema and examples:
// docs/formats/sqlite.md.
//
// Records gather in memory and go into the file in one transaction at tick(), or when kBatch of them are there. The
// file is in write-ahead mode while it is written: readers never wait for us nor we for them, and after a kill the
// first program that opens it finds all whole transactions. Beside FILE stand FILE-wal and FILE-shm until end(), which
// folds them in. Where a file system cannot do that (SQLite then says so by itself) a rollback journal is used, and
// readers make us wait.
//
// What cannot be written (a full disk, a lock) stays in memory, up to kMaxPending records, and is tried again at the
// next tick. Not for standard output nor pipes, and not for two scans at once into one file: they would wait for each
// other. Owned by one thread, the writer.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "output/sqlite_db.h"
#include "result/sink.h"

namespace portolan::output {

class SqliteSink final : public result::Sink {
 public:
  static constexpr size_t kBatch = 16384;
  static constexpr size_t kMaxPending = 8 * kBatch;
  // Indexes are kept up to date for so many results of a run, which a killed scan then has too. Beyond them they are
  // dropped and made anew by end(): random insertions into a large index would cost more than all the rest.
  static constexpr uint64_t kIndexedResults = 20'000;

  // Without `append` a file of ours is replaced. A file that is not ours, or of a newer version, is refused either way.
  static tl::expected<std::unique_ptr<result::Sink>, std::string> open(const std::string& path, bool append);
  ~SqliteSink() override;

  void begin(const result::RunManifest& manifest) override;
  void write(const result::Observation& o) override;
  void banner(const result::Banner& b) override;
  void tick() override { commit(); }
  bool sync() override;
  void end(const result::RunSummary& summary) override;
  const std::string& error() const override { return error_; }

  uint64_t lost_records() const { return lost_; }

 private:
  struct KeptBanner {
    result::Banner banner;
    std::vector<uint8_t> text;
  };

  SqliteSink(std::string path, SqliteDb db);
  bool prepare();
  void commit_when_full();
  bool commit();
  bool insert_all();
  bool insert(const result::Observation& o);
  bool insert(const KeptBanner& kept);
  bool insert_facts(const result::RunManifest& manifest);
  bool insert_summary(const result::RunSummary& summary);
  bool give_up_indexes();
  void fold_in();
  void fail();

  std::string path_;
  SqliteDb db_;
  SqliteStatement insert_result_;
  SqliteStatement insert_banner_;
  int64_t run_ = 0;
  bool indexed_ = true;
  uint64_t results_ = 0;  // of this run, in the file
  uint64_t lost_ = 0;
  std::vector<result::Observation> results_pending_;
  std::vector<KeptBanner> banners_pending_;
  std::string error_;
};

}  // namespace portolan::output
