// SPDX-License-Identifier: Apache-2.0
#include <dirent.h>
#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

#include "portolan/commands.h"
#include "portolan/control_socket.h"
#include "portolan/ctl_options.h"
#include "portolan/errors.h"
#include "portolan/page_printer.h"

namespace portolan::cli {
namespace {

std::vector<std::string> sockets_in(const std::string& folder) {
  std::vector<std::string> found;
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(::opendir(folder.c_str()), ::closedir);
  while (const dirent* entry = dir ? ::readdir(dir.get()) : nullptr) {
    const std::string_view name = entry->d_name;
    if (name.starts_with("scan-") && name.ends_with(".sock")) found.push_back(fmt::format("{}/{}", folder, name));
  }
  return found;
}

// Of the sockets there those at which somebody answers; killed programs leave theirs behind.
std::string the_one_socket() {
  std::vector<std::string> alive;
  for (const std::string& path : sockets_in(control_folder())) {
    if (ask_control(path, "status")) alive.push_back(path);
  }
  if (alive.size() == 1) return alive[0];
  if (alive.empty()) {
    print_error({fmt::format("no scan of this user runs (looked in {})", control_folder()), {}, {}});
    return "";
  }
  std::string list;
  for (const std::string& path : alive) list += "\n  --socket " + path;
  refuse(fmt::format("{} scans run", alive.size()), "", "say which:" + list);
}

// {"ok":true,"member":value,...} for people: a member a line.
std::string for_people(std::string_view json) {
  std::string out;
  bool quoted = false;
  int depth = 0;
  for (const char c : json) {
    if (c == '"') {
      quoted = !quoted;
    } else if (!quoted && (c == '{' || c == '}')) {
      depth += c == '{' ? 1 : -1;
    } else if (!quoted && c == ',' && depth == 1) {
      out.push_back('\n');
    } else if (!quoted && c == ':') {
      out += ": ";
    } else {
      out.push_back(c);
    }
  }
  return out;
}

}  // namespace

int ctl_main(Args args) {
  const auto settings = options::parse(ctl_table(), args, kFirstArgument);
  if (!settings) throw Refusal(settings.error());
  if (print_page_if_asked(ctl_table(), kCtlPage, *settings)) return kOk;
  const CtlRequest request = make_ctl_request(*settings);
  const std::string socket = request.socket.empty() ? the_one_socket() : request.socket;
  if (socket.empty()) return kFailed;
  const auto answer = ask_control(socket, request.line);
  if (!answer) {
    print_error({answer.error(), {}, {}});
    return kFailed;
  }
  const bool ok = answer->starts_with(R"({"ok":true)");
  fmt::print(ok || request.json ? stdout : stderr, "{}\n", request.json ? *answer : for_people(*answer));
  return ok ? kOk : kFailed;
}

}  // namespace portolan::cli
