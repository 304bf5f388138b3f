// SPDX-License-Identifier: Apache-2.0
#include "output/sqlite_schema.h"

#include <fmt/format.h>

#include <set>
#include <string_view>

namespace portolan::output {
namespace {

constexpr std::string_view kTables = R"(
CREATE TABLE IF NOT EXISTS runs (
  id INTEGER PRIMARY KEY, program TEXT NOT NULL, started_ms INTEGER NOT NULL, ended_ms INTEGER, complete INTEGER,
  syncs INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS run_facts (
  run INTEGER NOT NULL REFERENCES runs(id), position INTEGER NOT NULL, name TEXT NOT NULL, value NOT NULL,
  PRIMARY KEY (run, position)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS run_counters (
  run INTEGER NOT NULL REFERENCES runs(id), position INTEGER NOT NULL, name TEXT NOT NULL, count INTEGER NOT NULL,
  PRIMARY KEY (run, position)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS banners (
  run INTEGER NOT NULL REFERENCES runs(id), ip TEXT NOT NULL, address BLOB NOT NULL, proto TEXT NOT NULL,
  port INTEGER NOT NULL, time_ms INTEGER NOT NULL, ttl INTEGER, app TEXT NOT NULL, app_number INTEGER NOT NULL,
  banner NOT NULL);
)";

constexpr std::string_view kIndexes[] = {
    "results_ip ON results (ip)", "results_address ON results (address)", "results_port ON results (port, proto)",
    "banners_ip ON banners (ip)", "banners_address ON banners (address)", "banners_app ON banners (app)"};

std::string_view sql_type(result::FieldType type) { return type == result::FieldType::kNumber ? "INTEGER" : "TEXT"; }

std::string results_table() {
  std::string sql =
      "CREATE TABLE IF NOT EXISTS results (run INTEGER NOT NULL REFERENCES runs(id), ip TEXT NOT NULL, address BLOB "
      "NOT "
      "NULL, proto TEXT NOT NULL, port INTEGER NOT NULL, time_ms INTEGER NOT NULL";
  for (const result::Field* field : result_columns()) {
    sql += fmt::format(", \"{}\" {}", field->name, sql_type(field->type));
  }
  return sql + ");";
}

bool add_missing_columns(SqliteDb& db) {
  std::set<std::string> there;
  SqliteStatement columns = db.prepare("SELECT name FROM pragma_table_info('results')");
  while (columns.next()) there.insert(columns.text(0));
  for (const result::Field* field : result_columns()) {
    if (there.contains(std::string(field->name))) continue;
    if (!db.exec(fmt::format("ALTER TABLE results ADD COLUMN \"{}\" {}", field->name, sql_type(field->type)))) {
      return false;
    }
  }
  return true;
}

}  // namespace

const std::vector<const result::Field*>& result_columns() {
  static const std::vector<const result::Field*> columns = [] {
    std::vector<const result::Field*> all;
    for (const result::Field& field : result::observation_fields()) {
      if (field.name != "time") all.push_back(&field);
    }
    return all;
  }();
  return columns;
}

std::optional<std::string> why_not_ours(SqliteDb& db) {
  const int64_t tables = db.number_of("SELECT count(*) FROM sqlite_master");
  if (db.is_no_database()) return "it is no SQLite file, or a damaged one";
  const int64_t application = db.number_of("PRAGMA application_id");
  if (application != kSqliteApplication && (application != 0 || tables != 0)) {
    return "it is the database of another program";
  }
  const int64_t version = db.number_of("PRAGMA user_version");
  if (version > kSqliteVersion) {
    return fmt::format("it has version {} of the schema, and this program knows up to {}", version, kSqliteVersion);
  }
  return std::nullopt;
}

bool make_schema(SqliteDb& db) {
  return db.exec("BEGIN IMMEDIATE") &&
         db.exec(
             fmt::format("PRAGMA application_id={}; PRAGMA user_version={};", kSqliteApplication, kSqliteVersion)) &&
         db.exec(std::string(kTables)) && db.exec(results_table()) && add_missing_columns(db) && make_indexes(db) &&
         db.exec("COMMIT");
}

bool make_indexes(SqliteDb& db) {
  for (const std::string_view index : kIndexes) {
    if (!db.exec(fmt::format("CREATE INDEX IF NOT EXISTS {}", index))) return false;
  }
  return true;
}

bool drop_indexes(SqliteDb& db) {
  for (const std::string_view index : kIndexes) {
    if (!index.starts_with("results")) continue;
    if (!db.exec(fmt::format("DROP INDEX IF EXISTS {}", index.substr(0, index.find(' '))))) return false;
  }
  return true;
}

std::string insert_result_sql() {
  std::string names = "run, ip, address, proto, port, time_ms";
  std::string marks = "?, ?, ?, ?, ?, ?";
  for (const result::Field* field : result_columns()) {
    names += fmt::format(", \"{}\"", field->name);
    marks += ", ?";
  }
  return fmt::format("INSERT INTO results ({}) VALUES ({})", names, marks);
}

std::string insert_banner_sql() {
  return "INSERT INTO banners (run, ip, address, proto, port, time_ms, ttl, app, app_number, banner) "
         "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
}

}  // namespace portolan::output
