// SPDX-License-Identifier: Apache-2.0
// The schema of the SQLite file: its tables, its versions, and whose file is ours. The page: docs/formats/sqlite.md.
//
// Columns of results come from result::observation_fields() (but "time", which is the number time_ms), so that a new
// field is a new column; a file that lacks it gets it when it is opened for appending. Pure text and calls on a
// database: the database's thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "output/sqlite_db.h"
#include "result/field_table.h"

namespace portolan::output {

inline constexpr int64_t kSqliteApplication = 0x506f7274;  // "Port", PRAGMA application_id
inline constexpr int64_t kSqliteVersion = 1;               // PRAGMA user_version; a higher one is not ours to write

// What is wrong with the file for us: another program's, a newer version's, no database. nullopt: it is ours, or empty.
std::optional<std::string> why_not_ours(SqliteDb& db);

// Makes what is missing: tables, and columns of fields that are newer than the file. False: the database says why.
bool make_schema(SqliteDb& db);
bool make_indexes(SqliteDb& db);
bool drop_indexes(SqliteDb& db);

// The fields that are columns of results, in their order, after run, ip, address, proto, port, time_ms.
const std::vector<const result::Field*>& result_columns();
inline constexpr int kFirstFieldColumn = 7;  // as bound to, from 1

std::string insert_result_sql();
std::string insert_banner_sql();

}  // namespace portolan::output
