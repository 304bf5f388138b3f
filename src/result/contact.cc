// SPDX-License-Identifier: Apache-2.0
#include "result/contact.h"

#include <iterator>

namespace portolan::result {
namespace {

template <size_t N, class E>
std::string_view word_of(const std::string_view (&words)[N], E e) {
  return static_cast<size_t>(e) < N ? words[static_cast<size_t>(e)] : "unknown";
}

}  // namespace

std::string_view name(Ask a) {
  static constexpr std::string_view kWords[] = {"arp",     "ndp",       "echo", "timestamp",
                                                "tcp-syn", "tcp-stray", "udp",  "other"};
  return word_of(kWords, a);
}

std::string_view name(Deed d) {
  static constexpr std::string_view kWords[] = {"silence", "reply",    "syn-ack",  "reset",    "unreachable",
                                                "data",    "rationed", "filtered", "forwarded"};
  return word_of(kWords, d);
}

std::string_view name(Ending e) {
  static constexpr std::string_view kWords[] = {"closed", "reset", "idle", "evicted", "lost", "aborted", "shutdown"};
  return word_of(kWords, e);
}

}  // namespace portolan::result
