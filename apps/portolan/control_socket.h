// SPDX-License-Identifier: Apache-2.0
// ControlSocket: a local socket by which one running program is asked and told things, a line at a time.
//
// A request is one line of words, an answer one line of JSON with a member "ok"; docs/formats/control.md. Who may ask:
// root, and the user that the program runs as (SO_PEERCRED), whatever the file's mode. A thread of its own serves one
// caller after the other; one that is silent for two seconds is sent away, so that nobody can hold the others up.
// The file is removed at the end, and one that a killed program left behind is replaced.
// The answerer is called on that thread: what it touches must bear it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <tl/expected.hpp>

#include "base/unique_fd.h"

namespace portolan::cli {

class ControlSocket {
 public:
  // From a request's words to the line that answers it, without its newline.
  using Answerer = std::function<std::string(const std::vector<std::string>& words)>;

  // The error says what failed: another program answers at `path`, or the folder does not let us.
  static tl::expected<std::unique_ptr<ControlSocket>, std::string> open(const std::string& path, Answerer answerer);
  ~ControlSocket();
  ControlSocket(const ControlSocket&) = delete;
  ControlSocket& operator=(const ControlSocket&) = delete;

  const std::string& path() const { return path_; }

 private:
  ControlSocket(std::string path, base::UniqueFd listener, Answerer answerer);
  void serve();
  void serve_one(int fd);

  std::string path_;
  base::UniqueFd listener_;
  base::UniqueFd stop_;  // an eventfd
  Answerer answerer_;
  std::thread thread_;
};

// The folder in which programs of this user put their sockets: /run/portolan for root, else of XDG_RUNTIME_DIR.
std::string control_folder();

// Asks the program at `path`: its answer without the newline, or why there is none.
tl::expected<std::string, std::string> ask_control(const std::string& path, std::string_view request);

}  // namespace portolan::cli
