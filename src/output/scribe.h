// SPDX-License-Identifier: Apache-2.0
// Scribe: a process of its own that does the writing, so that a kill of ours cuts no write in two.
//
// The kernel ends a write(2) between two pages when its process is killed, and whatever stood half written stays so.
// No order of writes makes a JSON array whole across that. So the bytes are handed over in shared memory, and a child
// that nobody has a reason to kill writes them: what was ordered is written whole, also when we die meanwhile; what was
// not ordered whole is not written at all. The child ends when we do, holds no sockets and no rights that it needs,
// and hears no signal of the terminal.
//
// For regular files; a pipe gains nothing by it. Killed together with us (a whole control group) it helps nothing. When
// the child is gone, writing goes on without it. Costs two context switches a write: give it tens of kilobytes at once.
// Start it while the process has one thread and little memory. Any thread; calls wait for each other.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

namespace portolan::output {

class Scribe {
 public:
  static constexpr size_t kMostBytes = size_t{20} << 20;  // in one write
  static constexpr uint64_t kAtEnd = UINT64_MAX;          // where the descriptor stands, or the end with O_APPEND

  static tl::expected<std::shared_ptr<Scribe>, std::string> start();
  ~Scribe();  // waits for the child, which has nothing left to do
  Scribe(const Scribe&) = delete;
  Scribe& operator=(const Scribe&) = delete;

  // As write(2) or pwrite(2), with errno.
  ssize_t write(int fd, std::string_view bytes, uint64_t at);

  pid_t child() const { return child_; }

 private:
  struct Order;
  struct Answer;
  Scribe(int socket, char* shared, pid_t child) : socket_(socket), shared_(shared), child_(child) {}
  bool ask(const Order& order, int fd, Answer& answer);
  [[noreturn]] static void serve(int socket, const char* shared);

  std::mutex mutex_;
  int socket_;
  char* shared_;
  pid_t child_;
};

}  // namespace portolan::output
