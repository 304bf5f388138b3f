// SPDX-License-Identifier: Apache-2.0
#include "scan/lane_group.h"

#include <algorithm>

namespace portolan::scan {

LaneGroup::LaneGroup(const Plan& plan, Egress egress, LanePorts ports, const base::Clock& clock, Bulk bulk,
                     size_t ring_room)
    : plan_(plan),
      egress_(std::move(egress)),
      ports_(std::move(ports)),
      clock_(clock),
      bulk_(bulk),
      ring_room_(ring_room),
      crew_(plan, size()),
      rings_(size()),
      lanes_(size()),
      moved_in_(size()),
      made_(size()),
      going_on_(size(), true) {}

LaneGroup::~LaneGroup() {
  if (threads_.empty()) return;
  crew_.request_stop();
  crew_.request_stop();
  start();
  join();
}

void LaneGroup::make_room(uint32_t lane) {
  rings_[lane] = std::make_unique<Receiver::Ring>(ring_room_);
  crew_.mesh().open(lane);
}

void LaneGroup::make_lane(uint32_t lane) {
  const LaneShare share(plan_, lane, size());
  lanes_[lane] =
      std::make_unique<Lane>(plan_, share, egress_, ports_[lane], clock_, crew_, *rings_[lane], bulk_, remembered_);
}

void LaneGroup::move_in(const std::function<void(uint32_t lane)>& moving_in) {
  alive_ = size();
  for (uint32_t lane = 0; lane < size(); ++lane) {
    threads_.emplace_back([this, lane, &moving_in] { live(lane, moving_in); });
  }
  moved_in_.wait();
}

void LaneGroup::live(uint32_t lane, const std::function<void(uint32_t lane)>& moving_in) {
  moving_in(lane);
  make_room(lane);
  moved_in_.count_down();
  go_.wait();
  make_lane(lane);
  made_.arrive_and_wait();
  lanes_[lane]->run();
  alive_.fetch_sub(1, std::memory_order_release);
}

void LaneGroup::start() {
  go_.count_down();
  made_.wait();
}

LaneGroup::End LaneGroup::join() {
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  settle_rest();
  return end();
}

void LaneGroup::move_in_here() {
  for (uint32_t lane = 0; lane < size(); ++lane) make_room(lane);
  for (uint32_t lane = 0; lane < size(); ++lane) make_lane(lane);
}

bool LaneGroup::step(base::Nanos& wake) {
  bool any = false, ended = false;
  for (uint32_t lane = 0; lane < size(); ++lane) {
    if (!going_on_[lane]) continue;
    base::Nanos due = 0;
    going_on_[lane] = lanes_[lane]->step(due);
    ended |= !going_on_[lane];
    if (!going_on_[lane]) continue;
    wake = any ? std::min(wake, due) : due;
    any = true;
  }
  // What one lane's end means to the others they see in their next turn, and a lane may have been handed something
  // after its turn.
  if (ended) wake = clock_.now();
  for (uint32_t lane = 0; lane < size(); ++lane) {
    if (going_on_[lane] && crew_.mesh().waiting(lane)) wake = clock_.now();
  }
  if (!any) settle_rest();
  return any;
}

// A lane may end while another one, on its last turn, hands over to it.
void LaneGroup::settle_rest() {
  for (bool any = true; any;) {
    any = false;
    for (const auto& lane : lanes_) any |= lane->settle_rest();
  }
}

std::vector<Receiver::Ring*> LaneGroup::rings() const {
  std::vector<Receiver::Ring*> rings;
  for (const auto& ring : rings_) rings.push_back(ring.get());
  return rings;
}

template <class F>
bool LaneGroup::all(F&& f) const {
  return std::all_of(lanes_.begin(), lanes_.end(), [&](const auto& lane) { return f(*lane); });
}

LaneGroup::End LaneGroup::end() const {
  End worst = End::kComplete;  // the ends are declared from good to bad
  for (const auto& lane : lanes_) worst = std::max(worst, lane->end());
  return worst;
}

const std::string& LaneGroup::error() const {
  const auto it = std::find_if(lanes_.begin(), lanes_.end(), [](const auto& lane) { return !lane->error().empty(); });
  return it == lanes_.end() ? lanes_.front()->error() : (*it)->error();
}

CounterTotals LaneGroup::counters() const {
  CounterTotals sum;
  for (const auto& lane : lanes_) sum.add(lane->counters());
  return sum;
}

Progress LaneGroup::progress() const {
  Progress sum{0, lanes_.front()->progress().pass, 0, 0};
  for (const auto& lane : lanes_) {
    const Progress p = lane->progress();
    sum.fraction += p.fraction;
    sum.pass = std::min(sum.pass, p.pass);
    sum.positions += p.positions;
    sum.total += p.total;
  }
  sum.fraction /= static_cast<double>(lanes_.size());  // their shares differ by one position at most
  return sum;
}

tl::expected<void, std::string> LaneGroup::exclude(std::span<const AddressRange> ranges) {
  if (bulk_.sender != nullptr) return tl::unexpected(std::string(kBulkHasItsTargets));
  crew_.steering().exclude(ranges);
  return {};
}

// What lies behind the slowest lane is behind all.
Covered LaneGroup::covered(base::Nanos lag, base::Nanos now) const {
  Covered least = lanes_.front()->covered(lag, now);
  for (const auto& lane : lanes_) {
    const Covered c = lane->covered(lag, now);
    if (c.is_before(least)) least = c;
  }
  return least;
}

bool LaneGroup::sending_done() const {
  return all([](const Lane& lane) { return lane.sending_done(); });
}

base::Nanos LaneGroup::sending_time() const {
  base::Nanos longest = 0;
  for (const auto& lane : lanes_) longest = std::max(longest, lane->sending_time());
  return longest;
}

bool LaneGroup::covered_everything() const {
  return all([](const Lane& lane) { return lane.covered_everything(); });
}

uint64_t LaneGroup::writer_waits() const {
  uint64_t sum = 0;
  for (const auto& lane : lanes_) sum += lane->writer_waits();
  return sum;
}

size_t LaneGroup::answered_memory_bytes() const {
  size_t sum = 0;
  for (const auto& lane : lanes_) sum += lane->answered_memory_bytes();
  return sum;
}

pktio::PortStats LaneGroup::port_stats() const {
  pktio::PortStats sum;
  for (const auto& lane : lanes_) sum += lane->port_stats();
  return sum;
}

}  // namespace portolan::scan
