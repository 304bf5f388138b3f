// SPDX-License-Identifier: Apache-2.0
// CsvReader: results as comma separated values (RFC 4180) whose first line names the columns.
//
// Columns are found by name, in any order: ip, port, proto, and the names of result/field_table.h; service and banner
// of banners; "timestamp" as seconds, "protocol", "address" and "state" as others call them. Columns that it does not
// know are passed over. A row with a banner, or with the reason "banner", is one. A last line without a line feed is
// taken for torn, as in read_lines.h. Use it through ResultStream (result_reader.h). One thread.
#pragma once

#include <string>
#include <vector>

#include "output/result_reader.h"

namespace portolan::output {

class CsvReader final : public ResultReader {
 public:
  size_t read(std::string_view bytes, bool last, result::Sink& into) override;
  std::string_view form() const override { return "CSV"; }

  // Whether a line names columns, and the address is one of them.
  static bool is_header(std::string_view line);

 private:
  struct Row {
    std::vector<std::string_view> fields;
    size_t size = 0;     // with its line feed
    bool whole = false;  // the line feed is there
  };
  void split(std::string_view bytes);
  std::string_view tell(result::Sink& into);

  std::vector<std::string_view Said::*> columns_;  // nullptr: of no interest
  Row row_;                                        // kept for its memory
  std::string text_;
};

}  // namespace portolan::output
