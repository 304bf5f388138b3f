// SPDX-License-Identifier: Apache-2.0
#include "pktio/joined_port.h"
#include "pktio/system_error.h"

#include <sys/epoll.h>

namespace portolan::pktio {
namespace {

tl::expected<base::UniqueFd, std::string> watch_all(const std::vector<std::unique_ptr<Port>>& ports) {
  base::UniqueFd any;
  for (const auto& port : ports) {
    if (port->wait_fd() < 0) continue;
    if (!any) any = base::UniqueFd(epoll_create1(EPOLL_CLOEXEC));
    epoll_event readable{};
    readable.events = EPOLLIN;
    if (!any || epoll_ctl(any.get(), EPOLL_CTL_ADD, port->wait_fd(), &readable) != 0) {
      return tl::make_unexpected(system_error("wait for several ports at once"));
    }
  }
  return any;
}

}  // namespace

tl::expected<std::unique_ptr<JoinedPort>, std::string> JoinedPort::join(std::vector<std::unique_ptr<Port>> ports) {
  auto any = watch_all(ports);
  if (!any) return tl::make_unexpected(any.error());
  return std::unique_ptr<JoinedPort>(new JoinedPort(std::move(ports), std::move(*any)));
}

std::span<const RxFrame> JoinedPort::receive(size_t want) {
  for (size_t asked = 0; asked < ports_.size(); ++asked) {
    const std::span<const RxFrame> frames = ports_[next_]->receive(want);
    next_ = next_ + 1 == ports_.size() ? 0 : next_ + 1;
    if (!frames.empty()) return frames;
  }
  return {};
}

PortStats JoinedPort::stats() const {
  PortStats sum;
  for (const auto& port : ports_) {
    const PortStats s = port->stats();
    sum.sent += s.sent;
    sum.sent_bytes += s.sent_bytes;
    sum.send_refused += s.send_refused;
    sum.send_retries += s.send_retries;
    sum.received += s.received;
    sum.received_bytes += s.received_bytes;
    sum.receive_dropped += s.receive_dropped;
  }
  return sum;
}

}  // namespace portolan::pktio
