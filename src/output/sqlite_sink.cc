// SPDX-License-Identifier: Apache-2.0
#include "output/sqlite_sink.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <iterator>
#include <system_error>
#include <utility>
#include <variant>

#include "base/errno_text.h"
#include "output/free_name.h"
#include "output/json.h"
#include "output/sqlite_schema.h"

namespace portolan::output {
namespace {

int64_t milliseconds(base::Nanos wall) {
  const int64_t whole = wall / base::kMillisecond;
  return whole - (wall % base::kMillisecond < 0 ? 1 : 0);
}

std::array<uint8_t, 16> sortable(const addr::IpAddress& address) {
  std::array<uint8_t, 16> bytes{};
  address.store_v6(bytes.data());
  return bytes;
}

// Text where it is text, so that people can read and compare it; else the bytes as they are.
void bind_text_or_bytes(SqliteStatement& into, int column, base::Bytes bytes) {
  const std::string_view text = base::as_text(bytes);
  if (is_utf8(text) && text.find('\0') == std::string_view::npos) {
    into.bind(column, text);
  } else {
    into.bind(column, bytes);
  }
}

base::Bytes as_bytes(std::string_view text) { return {reinterpret_cast<const uint8_t*>(text.data()), text.size()}; }

// "[2,4,8,1,3]": what json_each() of SQLite reads.
std::string json_list(std::span<const uint8_t> numbers) {
  std::string text = "[";
  for (const uint8_t n : numbers) fmt::format_to(std::back_inserter(text), "{}{}", text.size() > 1 ? "," : "", n);
  return text + "]";
}

// `kept` holds what is bound until the statement has run.
void bind_field(SqliteStatement& into, int column, result::FieldValue& value, std::string& kept) {
  if (const auto* number = std::get_if<uint64_t>(&value)) {
    into.bind(column, static_cast<int64_t>(*number));
  } else if (auto* text = std::get_if<std::string>(&value)) {
    kept = std::move(*text);
    into.bind(column, std::string_view(kept));
  } else if (const auto* list = std::get_if<std::span<const uint8_t>>(&value)) {
    kept = json_list(*list);
    into.bind(column, std::string_view(kept));
  }
}

std::optional<std::string> why_no_place(const std::string& path) {
  if (path == "-") return "a SQLite file cannot go to standard output: name a file";
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) return path + ": not a regular file";
  return std::nullopt;
}

// The file and what SQLite keeps beside it.
tl::expected<void, std::string> remove_all(const std::string& path) {
  for (const char* suffix : {"-wal", "-shm", "-journal", ""}) {
    if (::unlink((path + suffix).c_str()) == 0 || errno == ENOENT) continue;
    return tl::unexpected(fmt::format("{}: {}", path, std::generic_category().message(errno)));
  }
  return {};
}

tl::expected<SqliteDb, std::string> open_ours(const std::string& path) {
  auto db = SqliteDb::open(path);
  if (!db) return tl::unexpected(fmt::format("{}: {}", path, db.error()));
  if (const auto why = why_not_ours(*db)) {
    return tl::unexpected(fmt::format("{}: {}; name another file", path, *why));
  }
  return db;
}

// Made beside its place, so that whoever looks finds a file with its tables or none.
tl::expected<void, std::string> make_new(const std::string& path) {
  auto made = make_new_file(path, ".part");
  if (!made) return tl::unexpected(base::errno_text(path));
  const std::string beside = std::move(made->name);
  made.reset();  // a descriptor that is closed later would take SQLite's locks with it
  const auto failed = [&](const std::string& why) {
    ::unlink(beside.c_str());
    return tl::unexpected(fmt::format("{}: {}", path, why));
  };
  auto db = SqliteDb::open(beside);
  if (!db) return failed(db.error());
  db->exec("PRAGMA journal_mode=OFF");  // nobody else has it yet
  if (!make_schema(*db)) return failed(db->error());
  db->close();
  if (::rename(beside.c_str(), path.c_str()) == 0) return {};
  return failed(std::generic_category().message(errno));
}

// Whether there is a database to go on with; what is there must be ours, also when it is to be replaced, and is gone
// then.
tl::expected<bool, std::string> make_way(const std::string& path, bool append) {
  struct stat there {};
  if (::stat(path.c_str(), &there) != 0 || there.st_size == 0) return false;
  auto db = open_ours(path);
  if (!db) return tl::unexpected(db.error());
  if (append) return true;
  db->close();
  if (const auto removed = remove_all(path); !removed) return tl::unexpected(removed.error());
  return false;
}

}  // namespace

tl::expected<std::unique_ptr<result::Sink>, std::string> SqliteSink::open(const std::string& path, bool append) {
  if (const auto why = why_no_place(path)) return tl::unexpected(*why);
  const auto goes_on = make_way(path, append);
  if (!goes_on) return tl::unexpected(goes_on.error());
  if (!*goes_on) {
    if (const auto made = make_new(path); !made) return tl::unexpected(made.error());
  }
  auto db = open_ours(path);
  if (!db) return tl::unexpected(db.error());
  auto sink = std::unique_ptr<SqliteSink>(new SqliteSink(path, std::move(*db)));
  if (!sink->prepare()) return tl::unexpected(sink->error());
  return sink;
}

SqliteSink::SqliteSink(std::string path, SqliteDb db) : path_(std::move(path)), db_(std::move(db)) {
  results_pending_.reserve(kBatch);
}

SqliteSink::~SqliteSink() { commit(); }

bool SqliteSink::prepare() {
  db_.exec("PRAGMA journal_mode=WAL");  // a file system that cannot keeps the rollback journal
  db_.exec("PRAGMA synchronous=NORMAL");
  db_.exec("PRAGMA cache_size=-65536");         // 64 MiB
  db_.exec("PRAGMA wal_autocheckpoint=16384");  // 64 MiB: folding in waits for the device
  if (!make_schema(db_)) {
    fail();
    return false;
  }
  insert_result_ = db_.prepare(insert_result_sql());
  insert_banner_ = db_.prepare(insert_banner_sql());
  return true;
}

void SqliteSink::begin(const result::RunManifest& manifest) {
  if (!db_.exec("BEGIN IMMEDIATE") || !insert_facts(manifest) || !db_.exec("COMMIT")) fail();
}

bool SqliteSink::insert_facts(const result::RunManifest& manifest) {
  SqliteStatement run = db_.prepare("INSERT INTO runs (program, started_ms) VALUES (?, ?)");
  run.bind(1, std::string_view(manifest.program));
  run.bind(2, milliseconds(manifest.started_wall));
  if (!run.run()) return false;
  run_ = db_.last_row();
  SqliteStatement fact = db_.prepare("INSERT INTO run_facts (run, position, name, value) VALUES (?, ?, ?, ?)");
  int64_t position = 0;
  for (const auto& [name, value] : manifest.facts) {
    fact.bind(1, run_);
    fact.bind(2, position++);
    fact.bind(3, std::string_view(name));
    bind_text_or_bytes(fact, 4, as_bytes(value));
    if (!fact.run()) return false;
  }
  return true;
}

void SqliteSink::write(const result::Observation& o) {
  results_pending_.push_back(o);
  commit_when_full();
}

void SqliteSink::banner(const result::Banner& b) {
  banners_pending_.push_back({b, std::vector<uint8_t>(b.text.begin(), b.text.end())});
  commit_when_full();
}

void SqliteSink::commit_when_full() {
  const size_t pending = results_pending_.size() + banners_pending_.size();
  // While it fails, every record would be a failing transaction: then only tick() tries.
  if (pending >= kBatch && error_.empty()) commit();
  if (pending <= kMaxPending) return;
  lost_ += pending;
  results_pending_.clear();
  banners_pending_.clear();
  error_ = fmt::format("{}; {} records are lost", error_.substr(0, error_.find(';')), lost_);
}

bool SqliteSink::commit() {
  if (results_pending_.empty() && banners_pending_.empty()) return error_.empty();
  if (!db_) return false;
  if (!db_.exec("BEGIN IMMEDIATE") || !insert_all() || !db_.exec("COMMIT")) {
    fail();
    return false;
  }
  results_ += results_pending_.size();
  results_pending_.clear();
  banners_pending_.clear();
  if (lost_ == 0) error_.clear();
  if (indexed_ && results_ > kIndexedResults && !give_up_indexes()) fail();
  return error_.empty();
}

bool SqliteSink::give_up_indexes() {
  if (!db_.exec("BEGIN IMMEDIATE") || !drop_indexes(db_) || !db_.exec("COMMIT")) return false;
  indexed_ = false;
  return true;
}

bool SqliteSink::insert_all() {
  for (const result::Observation& o : results_pending_) {
    if (!insert(o)) return false;
  }
  for (const KeptBanner& kept : banners_pending_) {
    if (!insert(kept)) return false;
  }
  return true;
}

bool SqliteSink::insert(const result::Observation& o) {
  const std::string ip = o.target.address.to_string();
  const auto address = sortable(o.target.address);
  insert_result_.bind(1, run_);
  insert_result_.bind(2, std::string_view(ip));
  insert_result_.bind(3, base::Bytes(address));
  insert_result_.bind(4, addr::name(o.target.service.protocol));
  insert_result_.bind(5, int64_t{o.target.service.port});
  insert_result_.bind(6, milliseconds(o.wall));
  std::array<std::string, 32> kept;
  const auto& columns = result_columns();
  for (size_t i = 0; i < columns.size(); ++i) {
    result::FieldValue value = columns[i]->get(o);
    bind_field(insert_result_, kFirstFieldColumn + static_cast<int>(i), value, kept.at(i));
  }
  return insert_result_.run();
}

bool SqliteSink::insert(const KeptBanner& kept) {
  const result::Banner& b = kept.banner;
  const std::string ip = b.target.address.to_string();
  const auto address = sortable(b.target.address);
  insert_banner_.bind(1, run_);
  insert_banner_.bind(2, std::string_view(ip));
  insert_banner_.bind(3, base::Bytes(address));
  insert_banner_.bind(4, addr::name(b.target.service.protocol));
  insert_banner_.bind(5, int64_t{b.target.service.port});
  insert_banner_.bind(6, milliseconds(b.wall));
  if (b.ttl != 0) insert_banner_.bind(7, int64_t{b.ttl});
  insert_banner_.bind(8, name(b.application));
  insert_banner_.bind(9, int64_t{b.application.number});
  bind_text_or_bytes(insert_banner_, 10, kept.text);
  return insert_banner_.run();
}

// A commit in FULL mode syncs the log, and with it all that stands there already.
bool SqliteSink::sync() {
  if (!commit() || !db_) return false;
  const std::string mark = fmt::format("UPDATE runs SET syncs = syncs + 1 WHERE id = {}", run_);
  const bool kept = db_.exec("PRAGMA synchronous=FULL") && db_.exec(mark);
  if (!kept) fail();
  db_.exec("PRAGMA synchronous=NORMAL");
  return kept && error_.empty();
}

void SqliteSink::end(const result::RunSummary& summary) {
  commit();
  const size_t left = results_pending_.size() + banners_pending_.size();
  if (left != 0) {
    lost_ += left;
    error_ = fmt::format("{}; {} records are lost", error_.substr(0, error_.find(';')), lost_);
    results_pending_.clear();
    banners_pending_.clear();
  }
  if (!db_.exec("BEGIN IMMEDIATE") || !insert_summary(summary) || !db_.exec("COMMIT")) fail();
  fold_in();
  if (!indexed_ && !make_indexes(db_)) fail();
  db_.close();
}

bool SqliteSink::insert_summary(const result::RunSummary& summary) {
  SqliteStatement run = db_.prepare("UPDATE runs SET ended_ms = ?, complete = ? WHERE id = ?");
  run.bind(1, milliseconds(summary.ended_wall));
  run.bind(2, int64_t{summary.complete ? 1 : 0});
  run.bind(3, run_);
  if (!run.run()) return false;
  SqliteStatement counter = db_.prepare("INSERT INTO run_counters (run, position, name, count) VALUES (?, ?, ?, ?)");
  int64_t position = 0;
  for (const auto& [name, count] : summary.counters) {
    counter.bind(1, run_);
    counter.bind(2, position++);
    counter.bind(3, std::string_view(name));
    counter.bind(4, static_cast<int64_t>(count));
    if (!counter.run()) return false;
  }
  return true;
}

// The log into the file, and away with it. When somebody reads just now it stays; whoever closes the file last folds
// it.
void SqliteSink::fold_in() {
  insert_result_ = SqliteStatement();
  insert_banner_ = SqliteStatement();
  db_.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  db_.exec("PRAGMA journal_mode=DELETE");
}

void SqliteSink::fail() {
  const std::string reason = db_.error();
  db_.rollback();
  error_ = lost_ == 0 ? fmt::format("{}: {}", path_, reason)
                      : fmt::format("{}: {}; {} records are lost", path_, reason, lost_);
}

}  // namespace portolan::output
