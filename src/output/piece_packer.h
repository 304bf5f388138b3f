// SPDX-License-Identifier: Apache-2.0
// PiecePacker: compresses closed pieces by zstd, in a thread of its own, so that the writer never waits.
//
// FILE becomes FILE.zst: written as FILE.zst.part, synced, renamed, and only then is FILE removed. So a kill at any
// moment leaves FILE or a whole FILE.zst, or both, and perhaps a .part that may be deleted. What cannot be compressed
// stays as it is, and error() says why. finish() or the destructor waits for what was given. Owned by one thread.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <tl/expected.hpp>

namespace portolan::output {

// The whole work for one piece, in the thread that calls. The error is "FILE: reason".
tl::expected<void, std::string> pack_piece(const std::string& path);

class PiecePacker {
 public:
  PiecePacker() : thread_([this] { run(); }) {}
  ~PiecePacker() { finish(); }
  PiecePacker(const PiecePacker&) = delete;
  PiecePacker& operator=(const PiecePacker&) = delete;

  void add(std::string path);
  void finish();
  std::string error() const;  // the first; empty while all is well

 private:
  void run();
  bool take(std::string& path);

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::string> waiting_;  // under mutex_, as are the next two
  bool finishing_ = false;
  std::string error_;
  std::thread thread_;
};

}  // namespace portolan::output
