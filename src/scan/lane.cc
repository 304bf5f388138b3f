// SPDX-License-Identifier: Apache-2.0
#include "scan/lane.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <ctime>

namespace portolan::scan {
namespace {

// What has arrived may still lie in a block that the kernel hands over when it is full or 10 ms old: so even a wait of
// zero takes in what is already here.
constexpr base::Nanos kHandOver = 25 * base::kMillisecond;

}  // namespace

Lane::Lane(const Plan& plan, Egress egress, std::span<pktio::Port* const> ports, const base::Clock& clock,
           Receiver::Ring& out, Bulk bulk)
    : clock_(clock),
      state_(plan, std::move(egress), ports, bulk),
      sender_(state_, clock.now()),
      receiver_(state_, sender_, out),
      begin_(clock.now()) {}

bool Lane::finish(End end) {
  if (!sending_done()) sending_time_ = clock_.now() - begin_;
  receiver_.finish_bulk(clock_.wall() - clock_.now());
  end_ = end;
  return false;
}

bool Lane::step(base::Nanos& wake) {
  const base::Nanos now = clock_.now();
  bool worked = receiver_.turn(now, clock_.wall() - now);
  const int stops = stop_requests_.load(std::memory_order_relaxed);
  if (stops >= 1 && !sender_.finished()) {
    sender_.stop();
    end_ = End::kStopped;
  }
  if (stops >= 2) return finish(End::kStopped);
  worked |= sender_.turn(now);
  if (sender_.phase() == Sender::Phase::kFailed) return finish(End::kFailed);
  wake = worked ? now : sender_.next(now);
  if (sender_.finished()) {
    if (!sending_done()) {
      sending_time_ = now - begin_;
      listen_until_ = now + std::max(state_.plan.wait, kHandOver);
      listening_.store(true, std::memory_order_relaxed);
    }
    // When every target has answered, nothing more can come.
    if (now >= listen_until_ || (sender_.complete() && sender_.all_answered())) return finish(end_);
    wake = worked ? now : listen_until_;
  }
  return true;
}

Lane::End Lane::run() {
  base::Nanos wake = 0;
  while (step(wake)) {
    if (wake > clock_.now()) sleep_until(wake);
  }
  return end_;
}

// Wakes for a frame, for the time, and at least ten times a second for a stop request.
void Lane::sleep_until(base::Nanos wake) const {
  constexpr size_t kMaxPolled = 64;
  std::array<pollfd, kMaxPolled> fds{};
  nfds_t count = 0;
  for (const pktio::Port* port : state_.ports) {
    if (port->wait_fd() >= 0 && count < kMaxPolled) fds[count++] = {port->wait_fd(), POLLIN, 0};
  }
  if (state_.bulk.receiver != nullptr && count < kMaxPolled) {
    fds[count++] = {state_.bulk.receiver->wait_fd(), POLLIN, 0};
  }
  const base::Nanos pause = std::clamp<base::Nanos>(wake - clock_.now(), 0, 100 * base::kMillisecond);
  const timespec timeout{pause / base::kSecond, pause % base::kSecond};
  ppoll(fds.data(), count, &timeout, nullptr);
}

pktio::PortStats Lane::port_stats() const {
  pktio::PortStats sum = state_.bulk_port.stats();
  for (const pktio::Port* port : state_.ports) {
    const pktio::PortStats s = port->stats();
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

}  // namespace portolan::scan
