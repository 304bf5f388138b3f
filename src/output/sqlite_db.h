// SPDX-License-Identifier: Apache-2.0
// SqliteDb, SqliteStatement: just enough of SQLite for a writer, with the library's handles owned.
//
// Not a general wrapper: no row is more than a few numbers and texts, and nothing here throws. Errors are the library's
// words; whoever calls adds the file. A statement is to be gone before its database. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "base/bytes.h"

struct sqlite3;
struct sqlite3_stmt;

namespace portolan::output {

class SqliteStatement {
 public:
  explicit SqliteStatement(sqlite3_stmt* statement = nullptr) : statement_(statement) {}

  // Columns count from 1. Text and bytes are lent until run() or next() has returned.
  void bind(int column, int64_t number);
  void bind(int column, std::string_view text);
  void bind(int column, base::Bytes bytes);
  void bind_null(int column);

  // Does it and makes it ready for the next time, all columns null again. False: the database says why.
  bool run();
  // The next row of a question; false after the last.
  bool next();
  int64_t number(int column) const;  // from 0
  std::string text(int column) const;

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* s) const;
  };
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

class SqliteDb {
 public:
  SqliteDb() = default;
  static tl::expected<SqliteDb, std::string> open(const std::string& path);

  explicit operator bool() const { return db_ != nullptr; }
  bool exec(const std::string& sql);
  // An empty statement, which fails, when `sql` is wrong.
  SqliteStatement prepare(const std::string& sql);
  // The first column of the first row; nothing there: 0, "".
  int64_t number_of(const std::string& sql);
  std::string text_of(const std::string& sql);

  std::string error() const;  // of the last call
  // Whether the last call failed because the file is no database, or a damaged one.
  bool is_no_database() const;
  int64_t last_row() const;
  // Rolls back what is open, if anything.
  void rollback();
  void close() { db_.reset(); }

 private:
  struct Close {
    void operator()(sqlite3* db) const;
  };
  std::unique_ptr<sqlite3, Close> db_;
};

}  // namespace portolan::output
