// SPDX-License-Identifier: Apache-2.0
// What to tell people when the kernel does not take a program: the error, the right that is missing, and libbpf's own
// last words about it. Of the calling thread.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace portolan::xdp {

// From here on libbpf's warnings are kept for refusal() instead of printed; what it said before is forgotten.
void keep_last_words();
// "what: error", and the cure or the words where there are any. `error` is an errno.
std::string refusal(std::string_view what, int error);
inline tl::unexpected<std::string> failed(std::string_view what, int error) {
  return tl::unexpected(refusal(what, error));
}

}  // namespace portolan::xdp
