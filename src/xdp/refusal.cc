// SPDX-License-Identifier: Apache-2.0
#include "xdp/refusal.h"

#include <bpf/libbpf.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstring>

namespace portolan::xdp {
namespace {

thread_local std::string last_words;

int keep_words(enum libbpf_print_level level, const char* format, va_list args) {
  if (level != LIBBPF_WARN) return 0;
  char text[512];
  vsnprintf(text, sizeof text, format, args);
  last_words = text;
  while (!last_words.empty() && last_words.back() == '\n') last_words.pop_back();
  return 0;
}

}  // namespace

void keep_last_words() {
  libbpf_set_print(keep_words);
  last_words.clear();
}

std::string refusal(std::string_view what, int error) {
  if (error == EPERM || error == EACCES) {
    return fmt::format("{}: {}; it needs root, or CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON", what, std::strerror(error));
  }
  return fmt::format("{}: {}{}{}", what, std::strerror(error), last_words.empty() ? "" : ": ", last_words);
}

}  // namespace portolan::xdp
