// SPDX-License-Identifier: Apache-2.0
// Long text to a descriptor: for commands whose output is the result and may be millions of lines. One thread.
#pragma once

#include <fmt/format.h>

#include <csignal>

namespace portolan::cli {

using Text = fmt::memory_buffer;  // cheaper to write into than a string

// Writes and empties it. False, with errno, when the reader has gone or the disk is full.
bool write_all(int fd, Text& text);

// SIGPIPE would end the program with a signal's status; while this lives a write fails with EPIPE instead.
class IgnoreBrokenPipe {
 public:
  IgnoreBrokenPipe() : before_(std::signal(SIGPIPE, SIG_IGN)) {}
  ~IgnoreBrokenPipe() { std::signal(SIGPIPE, before_); }
  IgnoreBrokenPipe(const IgnoreBrokenPipe&) = delete;
  IgnoreBrokenPipe& operator=(const IgnoreBrokenPipe&) = delete;

 private:
  void (*before_)(int);
};

}  // namespace portolan::cli
