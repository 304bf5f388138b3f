// SPDX-License-Identifier: Apache-2.0
// JsonReader: results in JSON, ours and masscan's, an array of records (-oJ) or one object after the other (-oD).
//
// Walks the text once, without building anything, and takes the members that it knows wherever they stand: ip, port,
// proto, status, rec_type, timestamp, "data" with what an answer told, "ports" with several of them. Brackets and
// commas between objects are passed over, and "{finished: 1}", with which masscan ended its files for years. Objects
// without a result (manifest, summary) are passed over too. Use it through ResultStream (result_reader.h). One thread.
#pragma once

#include <string>

#include "output/result_reader.h"

namespace portolan::output {

class JsonReader final : public ResultReader {
 public:
  size_t read(std::string_view bytes, bool last, result::Sink& into) override;
  std::string_view form() const override { return "JSON"; }

 private:
  std::string text_;  // a banner without its escapes
};

// Appends what stands between the quotes of a JSON string: \u00HH is the byte HH, as masscan writes bytes; what lies
// above is UTF-8.
void append_json_decoded(std::string& out, std::string_view text);

}  // namespace portolan::output
