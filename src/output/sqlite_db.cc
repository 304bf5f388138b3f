// SPDX-License-Identifier: Apache-2.0
#include "output/sqlite_db.h"

#include <sqlite3.h>

namespace portolan::output {
namespace {

// Another process that writes to the same file is waited for; readers never are (write-ahead log).
constexpr int kBusyMilliseconds = 200;

}  // namespace

void SqliteStatement::Finalize::operator()(sqlite3_stmt* s) const { sqlite3_finalize(s); }
void SqliteDb::Close::operator()(sqlite3* db) const { sqlite3_close_v2(db); }

void SqliteStatement::bind(int column, int64_t number) { sqlite3_bind_int64(statement_.get(), column, number); }

void SqliteStatement::bind(int column, std::string_view text) {
  // The library takes a null pointer for NULL, and an empty view may hold one.
  const char* begin = text.empty() ? "" : text.data();
  sqlite3_bind_text(statement_.get(), column, begin, static_cast<int>(text.size()), SQLITE_STATIC);
}

void SqliteStatement::bind(int column, base::Bytes bytes) {
  if (bytes.empty()) {
    sqlite3_bind_zeroblob(statement_.get(), column, 0);
  } else {
    sqlite3_bind_blob(statement_.get(), column, bytes.data(), static_cast<int>(bytes.size()), SQLITE_STATIC);
  }
}

void SqliteStatement::bind_null(int column) { sqlite3_bind_null(statement_.get(), column); }

bool SqliteStatement::run() {
  if (statement_ == nullptr) return false;
  const bool done = sqlite3_step(statement_.get()) == SQLITE_DONE;
  sqlite3_reset(statement_.get());
  sqlite3_clear_bindings(statement_.get());
  return done;
}

bool SqliteStatement::next() { return statement_ != nullptr && sqlite3_step(statement_.get()) == SQLITE_ROW; }

int64_t SqliteStatement::number(int column) const { return sqlite3_column_int64(statement_.get(), column); }

std::string SqliteStatement::text(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
  return text == nullptr ? std::string() : std::string(text);
}

tl::expected<SqliteDb, std::string> SqliteDb::open(const std::string& path) {
  sqlite3* handle = nullptr;
  const int result =
      sqlite3_open_v2(path.c_str(), &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  SqliteDb db;
  db.db_.reset(handle);
  if (result != SQLITE_OK) return tl::unexpected(db.error());
  sqlite3_busy_timeout(handle, kBusyMilliseconds);
  sqlite3_extended_result_codes(handle, 0);
  return db;
}

bool SqliteDb::exec(const std::string& sql) {
  return sqlite3_exec(db_.get(), sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK;
}

SqliteStatement SqliteDb::prepare(const std::string& sql) {
  sqlite3_stmt* statement = nullptr;
  sqlite3_prepare_v3(db_.get(), sql.c_str(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &statement,
                     nullptr);
  return SqliteStatement(statement);
}

int64_t SqliteDb::number_of(const std::string& sql) {
  SqliteStatement question = prepare(sql);
  return question.next() ? question.number(0) : 0;
}

std::string SqliteDb::text_of(const std::string& sql) {
  SqliteStatement question = prepare(sql);
  return question.next() ? question.text(0) : std::string();
}

std::string SqliteDb::error() const { return db_ == nullptr ? "out of memory" : sqlite3_errmsg(db_.get()); }

bool SqliteDb::is_no_database() const {
  const int code = sqlite3_errcode(db_.get());
  return code == SQLITE_NOTADB || code == SQLITE_CORRUPT;
}

int64_t SqliteDb::last_row() const { return sqlite3_last_insert_rowid(db_.get()); }

void SqliteDb::rollback() {
  if (sqlite3_get_autocommit(db_.get()) == 0) exec("ROLLBACK");
}

}  // namespace portolan::output
