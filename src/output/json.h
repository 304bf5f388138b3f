// SPDX-License-Identifier: Apache-2.0
// Writing JSON (RFC 8259) into a string, by hand: the records are small, flat and known.
//
// Not a JSON library, it cannot read and does not check nesting. Pure: any thread.
#pragma once

#include <string>
#include <string_view>

namespace portolan::output {

// Appends `text` as a JSON string with its quotes. UTF-8 stays as it is; each byte that is not part of valid UTF-8
// (RFC 3629) becomes U+FFFD, so the result is always valid. Control characters are \u00XX.
void append_json_string(std::string& out, std::string_view text);

// Whether all of `text` is UTF-8 (RFC 3629).
bool is_utf8(std::string_view text);

}  // namespace portolan::output
