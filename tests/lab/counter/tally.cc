// SPDX-License-Identifier: Apache-2.0
#include "tally.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace portolan::lab {
namespace {

constexpr uint64_t kSecond = 1'000'000'000, kMillisecond = 1'000'000;
constexpr size_t kSample = 10, kMaxSeconds = 100'000;

bool is_target_of_any(const Packet& packet) {
  return packet.kind < Kind::kArp && packet.kind != Kind::kTcpReset && packet.kind != Kind::kTcpOther;
}

template <size_t N>
std::vector<size_t> members(const std::bitset<N>& set) {
  std::vector<size_t> found;
  for (size_t i = 0; i < N; ++i) {
    if (set[i]) found.push_back(i);
  }
  return found;
}

std::string histogram_json(const std::array<uint64_t, 256>& histogram) {
  std::vector<std::string> parts;
  for (size_t times = 0; times < histogram.size(); ++times) {
    if (histogram[times] != 0) parts.push_back(fmt::format("\"{}\": {}", times, histogram[times]));
  }
  return fmt::format("{{{}}}", fmt::join(parts, ", "));
}

// How many there are, and how often the rarest and the most frequent of them were seen.
template <class Seen>
std::string spread_json(const Seen& seen) {
  uint64_t least = UINT64_MAX, most = 0;
  for (const auto& [what, times] : seen) least = std::min(least, times), most = std::max(most, times);
  return fmt::format("\"count\": {}, \"least\": {}, \"most\": {}", seen.size(), least, most);
}

}  // namespace

void Tally::add(const Packet& packet, uint64_t wall_ns) {
  ++frames_;
  ++kinds_[static_cast<size_t>(packet.kind)];
  bad_header_checksums_ += packet.header_checksum_bad;
  bad_checksums_ += packet.checksum_bad;
  add_probe(packet, wall_ns);
}

void Tally::add_probe(const Packet& packet, uint64_t wall_ns) {
  bool known = false;
  for (Space& space : spaces_) known = space.count(packet, wall_ns / kMillisecond) || known;
  if (!known && !is_target_of_any(packet) && packet.kind != Kind::kOtherIp) return;
  ++probes_;
  add_time(wall_ns);
  ++source_ports_[packet.source_port];
  ++sources_[packet.source];
  hop_limits_.set(packet.hop_limit);
  if (known) return;
  ++outside_;
  if (outside_sample_.size() < kSample) {
    outside_sample_.push_back(
        fmt::format("\"{} {} {}\"", kKindNames[static_cast<size_t>(packet.kind)], packet.target.text(), packet.port));
  }
}

void Tally::add_time(uint64_t wall_ns) {
  if (first_ns_ == 0) first_ns_ = wall_ns;
  last_ns_ = std::max(last_ns_, wall_ns);
  const size_t second = wall_ns < first_ns_ ? 0 : (wall_ns - first_ns_) / kSecond;
  if (second >= kMaxSeconds) return;
  if (second >= per_second_.size()) per_second_.resize(second + 1);
  ++per_second_[second];
  const uint64_t ms = wall_ns / kMillisecond;
  in_current_ms_ = ms == current_ms_ ? in_current_ms_ + 1 : 1;
  current_ms_ = ms;
  busiest_ms_ = std::max(busiest_ms_, in_current_ms_);
}

std::string Tally::json(uint64_t lost, uint64_t answers) const {
  std::array<uint64_t, 256> histogram{};
  size_t targets = 0;
  uint64_t least = UINT64_MAX, greatest = 0;
  for (const Space& space : spaces_) {
    targets += space.targets();
    space.add_to(&histogram);
    least = std::min(least, space.least_spacing_ms());
    greatest = std::max(greatest, space.greatest_spacing_ms());
  }
  std::vector<std::string> kinds;
  for (size_t k = 0; k < kKinds; ++k) kinds.push_back(fmt::format("\"{}\": {}", kKindNames[k], kinds_[k]));
  std::string out = "{";
  out += fmt::format("\"frames\": {}, \"lost\": {}, \"answers\": {}, \"kinds\": {{{}}},\n ", frames_, lost, answers,
                     fmt::join(kinds, ", "));
  out += fmt::format("\"probes\": {}, \"targets\": {}, \"seen\": {}, \"outside\": {}, \"outside_sample\": [{}],\n ",
                     probes_, targets, histogram_json(histogram), outside_, fmt::join(outside_sample_, ", "));
  if (least != UINT64_MAX) out += fmt::format("\"spacing_ms\": {{\"min\": {}, \"max\": {}}}, ", least, greatest);
  if (!sources_.empty()) {
    std::map<size_t, uint64_t> ports;
    for (size_t port = 0; port < source_ports_.size(); ++port) {
      if (source_ports_[port] != 0) ports[port] = source_ports_[port];
    }
    out += fmt::format("\"source_ports\": {{{}, \"min\": {}, \"max\": {}}},\n ", spread_json(ports),
                       ports.begin()->first, ports.rbegin()->first);
    out += fmt::format("\"sources\": {{{}, \"first\": \"{}\", \"last\": \"{}\"}},\n ", spread_json(sources_),
                       sources_.begin()->first.text(), sources_.rbegin()->first.text());
  }
  out += fmt::format("\"hop_limits\": [{}], \"bad_header_checksums\": {}, \"bad_checksums\": {},\n ",
                     fmt::join(members(hop_limits_), ", "), bad_header_checksums_, bad_checksums_);
  out += fmt::format("\"first_ns\": {}, \"last_ns\": {}, \"busiest_ms\": {}, \"per_second\": [{}]}}\n", first_ns_,
                     last_ns_, busiest_ms_, fmt::join(per_second_, ", "));
  return out;
}

}  // namespace portolan::lab
