// SPDX-License-Identifier: Apache-2.0
#include "output/base64.h"

namespace portolan::output {

void append_base64(std::string& out, base::Bytes bytes) {
  static constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const auto digit = [](uint32_t group, int at) { return kDigits[group >> (18 - 6 * at) & 63]; };
  for (; !bytes.empty(); bytes = bytes.subspan(bytes.size() < 3 ? bytes.size() : 3)) {
    const size_t left = bytes.size();
    const uint32_t group =
        uint32_t{bytes[0]} << 16 | (left > 1 ? uint32_t{bytes[1]} << 8 : 0u) | (left > 2 ? uint32_t{bytes[2]} : 0u);
    out.push_back(digit(group, 0));
    out.push_back(digit(group, 1));
    out.push_back(left > 1 ? digit(group, 2) : '=');
    out.push_back(left > 2 ? digit(group, 3) : '=');
  }
}

}  // namespace portolan::output
