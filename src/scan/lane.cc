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
constexpr base::Nanos kLongestSleep = 100 * base::kMillisecond;
constexpr base::Nanos kUnwokenSleep = base::kMillisecond;  // of a lane that waits for others, who cannot wake it

}  // namespace

Lane::Lane(const Plan& plan, const LaneShare& share, Egress egress, std::span<pktio::Port* const> ports,
           const base::Clock& clock, Crew& crew, Receiver::Ring& out, Bulk bulk, std::span<const base::u128> remembered)
    : clock_(clock),
      crew_(crew),
      state_(plan, share, std::move(egress), ports, bulk),
      sender_(state_, clock.now()),
      receiver_(state_, sender_, crew.mesh(), out),
      begin_(clock.now()) {
  remember(remembered);
}

// Each lane keeps those that it would ask.
void Lane::remember(std::span<const base::u128> answered) {
  for (const base::u128 index : answered) {
    const auto place = state_.share.place(state_.order.inverse(index));
    if (!place || place->lane != state_.share.lane || !state_.answered.insert(index)) continue;
    if (state_.bulk.sender != nullptr && state_.plan.resume.answers) state_.bulk.sender->mark_answered(index);
  }
}

void Lane::steer(base::Nanos now) {
  Steering& steering = crew_.steering();
  const uint64_t number = steering.number();
  if (number == steered_ || !sender_.steer(steering.orders(), now)) return;
  steered_ = number;
  steering.obey(state_.share.lane, number);
}

bool Lane::finish(End end, bool waited) {
  sender_.end_coverage(waited, clock_.now());
  crew_.steering().obey_all(state_.share.lane);
  if (!sending_done()) sending_time_ = clock_.now() - begin_;
  receiver_.finish_bulk(clock_.wall() - clock_.now());
  end_ = end;
  return false;
}

bool Lane::step(base::Nanos& wake) {
  const base::Nanos now = clock_.now();
  steer(now);
  bool worked = receiver_.turn(now, clock_.wall() - now);
  const int stops = crew_.stop_requests();
  if (stops >= 1 && !sender_.finished()) {
    sender_.stop();
    end_ = End::kStopped;
  }
  if (stops >= 2) return finish(End::kStopped, false);
  worked |= sender_.turn(now);
  if (sender_.phase() == Sender::Phase::kFailed) crew_.fail();
  if (crew_.failed()) return finish(End::kFailed, false);
  wake = worked ? now : sender_.next(now);
  if (sender_.finished()) {
    note_progress(now);
    // When every target has answered, nothing more can come.
    const base::Nanos until = listen_until(now);
    if (now >= until || crew_.all_answered()) return finish(end_, true);
    wake = worked ? now : until;
  }
  return true;
}

void Lane::note_progress(base::Nanos now) {
  if (!sending_done()) {
    sending_time_ = now - begin_;
    crew_.note_sent(now);
    listening_.store(true, std::memory_order_relaxed);
  }
  if (!answered_ && sender_.nothing_can_come()) {
    answered_ = true;
    crew_.note_answered();
  }
}

// While others still send, what answers them may come to us.
base::Nanos Lane::listen_until(base::Nanos now) const {
  if (!crew_.all_sent()) return now + base::kSecond;
  const base::Nanos sent = crew_.last_sent();
  const base::Nanos wait = std::max(state_.plan.wait, kHandOver);
  return wait > kForever - sent ? kForever : sent + wait;
}

Lane::End Lane::run() {
  base::Nanos wake = 0;
  while (step(wake)) {
    if (wake > clock_.now()) sleep_until(wake);
  }
  return end_;
}

// Wakes for a frame, for another lane, for the time, and at least ten times a second for a stop request.
void Lane::sleep_until(base::Nanos wake) {
  constexpr size_t kMaxPolled = 64;
  std::array<pollfd, kMaxPolled> fds{};
  nfds_t count = 0;
  const auto poll_for = [&](int fd) {
    if (fd >= 0 && count < kMaxPolled) fds[count++] = {fd, POLLIN, 0};
  };
  Mesh& mesh = crew_.mesh();
  const uint32_t lane = state_.share.lane;
  poll_for(mesh.wake_fd(lane));
  for (const pktio::Port* port : state_.ports) poll_for(port->wait_fd());
  if (state_.bulk.receiver != nullptr && !receiver_.is_held()) poll_for(state_.bulk.receiver->wait_fd());
  const bool can_be_woken =
      (state_.share.lanes == 1 || mesh.wake_fd(lane) >= 0) && !receiver_.is_held();  // the writer wakes nobody
  const base::Nanos longest = can_be_woken ? kLongestSleep : kUnwokenSleep;
  const base::Nanos pause = std::clamp<base::Nanos>(wake - clock_.now(), 0, longest);
  const timespec timeout{pause / base::kSecond, pause % base::kSecond};
  if (mesh.lie_down(lane)) ppoll(fds.data(), count, &timeout, nullptr);
  mesh.get_up(lane);
}

pktio::PortStats Lane::port_stats() const {
  pktio::PortStats sum = state_.bulk_port.stats();
  for (const pktio::Port* port : state_.ports) sum += port->stats();
  return sum;
}

}  // namespace portolan::scan
