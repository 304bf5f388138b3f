// SPDX-License-Identifier: Apache-2.0
#include "portolan/metrics_child.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <microhttpd.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <stdexcept>
#include <string>

namespace portolan::cli {
namespace {

constexpr unsigned kMostConnections = 16;
constexpr unsigned kConnectionSeconds = 5;
constexpr int kLookAfterParentMs = 250;
constexpr rlim_t kMostFiles = 64;

void require(bool done, const char* what) {
  if (!done) throw std::runtime_error(fmt::format("cannot {}: {}", what, std::strerror(errno)));
}

// A parent without standard streams may have given their numbers to what we keep.
void lift(int& fd) {
  fd = ::fcntl(fd, F_DUPFD_CLOEXEC, 3);
  require(fd >= 0, "keep a file");
}

// Standard streams lead nowhere, and nothing else is left of the parent's.
void close_all_but(std::array<int, 3> kept) {
  const int nowhere = ::open("/dev/null", O_RDWR);
  for (int fd = 0; fd < 3; ++fd) require(::dup2(nowhere, fd) == fd, "open /dev/null");
  std::ranges::sort(kept);
  unsigned from = 3;
  for (const int fd : kept) {
    if (static_cast<unsigned>(fd) > from) ::close_range(from, static_cast<unsigned>(fd) - 1, 0);
    from = static_cast<unsigned>(fd) + 1;
  }
  ::close_range(from, ~0u, 0);
}

void drop_capabilities() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {};
  ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  require(::syscall(SYS_capset, &header, none) == 0, "give the capabilities up");
  require(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "renounce new privileges");
}

bool is_over(int parent) {
  pollfd look{parent, POLLIN, 0};
  return ::poll(&look, 1, 0) > 0;
}

MHD_Result answer(void* cls, MHD_Connection* connection, const char* url, const char* method, const char*, const char*,
                  size_t*, void**) {
  const auto& self = *static_cast<const MetricsChild*>(cls);
  const bool get = std::strcmp(method, "GET") == 0 || std::strcmp(method, "HEAD") == 0;
  unsigned status = MHD_HTTP_OK;
  std::string text;
  if (!get) {
    status = MHD_HTTP_METHOD_NOT_ALLOWED;
  } else if (std::strcmp(url, "/metrics") != 0) {
    status = MHD_HTTP_NOT_FOUND;
    text = "The numbers are at /metrics.\n";
  } else {
    std::vector<uint64_t> values(self.metrics.size());
    for (size_t i = 0; i < values.size(); ++i) values[i] = self.values[i].load(std::memory_order_relaxed);
    text = metrics_page(self.metrics, values, self.started_wall);
  }
  MHD_Response* response = MHD_create_response_from_buffer(text.size(), text.data(), MHD_RESPMEM_MUST_COPY);
  if (response == nullptr) return MHD_NO;
  const bool page = status == MHD_HTTP_OK;
  MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
                          page ? "text/plain; version=0.0.4; charset=utf-8" : "text/plain; charset=utf-8");
  if (!get) MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
  const MHD_Result queued = MHD_queue_response(connection, status, response);
  MHD_destroy_response(response);
  return queued;
}

}  // namespace

void MetricsChild::run() {
  try {
    lower();
    serve();
  } catch (const std::exception& error) {
    const std::string_view text = error.what();
    [[maybe_unused]] const ssize_t written = ::write(ready, text.data(), text.size());
  }
  ::_exit(0);
}

void MetricsChild::lower() {
  // The terminal's signals are meant for the parent, which then ends us.
  for (const int ignored : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE}) std::signal(ignored, SIG_IGN);
  for (int* fd : {&listener, &ready, &parent}) lift(*fd);
  close_all_but({listener, ready, parent});
  const rlimit files{kMostFiles, kMostFiles};
  ::setrlimit(RLIMIT_NOFILE, &files);
  if (::geteuid() == 0) {
    require(::setgroups(0, nullptr) == 0 && ::setresgid(group, group, group) == 0 && ::setresuid(user, user, user) == 0,
            "become nobody");
  }
  drop_capabilities();
  // Last, because a change of rights resets it. The pipe catches what it cannot: a parent of another user.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
}

void MetricsChild::serve() {
  MHD_Daemon* daemon = MHD_start_daemon(MHD_NO_FLAG, 0, nullptr, nullptr, &answer, this, MHD_OPTION_LISTEN_SOCKET,
                                        listener, MHD_OPTION_CONNECTION_LIMIT, kMostConnections,
                                        MHD_OPTION_CONNECTION_TIMEOUT, kConnectionSeconds, MHD_OPTION_END);
  require(daemon != nullptr, "start the HTTP server");
  require(::write(ready, &kReady, 1) == 1, "tell the parent");
  ::close(ready);
  while (!is_over(parent) && MHD_run_wait(daemon, kLookAfterParentMs) == MHD_YES) {
  }
}

}  // namespace portolan::cli
