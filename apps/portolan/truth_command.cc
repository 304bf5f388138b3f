// SPDX-License-Identifier: Apache-2.0
#include "portolan/truth_command.h"
#include "portolan/line_output.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

namespace portolan::cli {
namespace {

using addr::Protocol;
using addr::Target;
using population::Host;
using population::Population;
using result::State;

constexpr size_t kBatch = 512;
constexpr size_t kPiece = 1 << 18;  // bytes to gather before a write

void append(Text& out, std::string_view text) { out.append(text.data(), text.data() + text.size()); }

void append_number(Text& out, uint32_t number) {
  const fmt::format_int digits(number);
  out.append(digits.data(), digits.data() + digits.size());
}

void append_address(Text& out, const addr::IpAddress& address) {
  if (!address.is_v4()) return append(out, address.to_string());
  for (int shift = 24; shift >= 0; shift -= 8) {
    append_number(out, (address.v4_bits() >> shift) & 0xff);
    if (shift != 0) out.push_back('.');
  }
}

void append_line(Text& out, const Target& target, const Host& host, const Truth& truth) {
  append(out, "{\"ip\":\"");
  append_address(out, target.address);
  append(out, "\",\"port\":");
  append_number(out, target.service.port);
  append(out, ",\"proto\":\"");
  append(out, addr::name(target.service.protocol));
  append(out, "\",\"status\":\"");
  append(out, result::name(truth.state));
  append(out, "\",\"kind\":\"");
  append(out, population::name(host.kind));
  if (host.alive()) {
    append(out, "\",\"personality\":\"");
    append(out, Population::personality(host).name);
  }
  if (!truth.service.empty()) {
    append(out, "\",\"service\":\"");
    append(out, truth.service);
  }
  append(out, "\"}\n");
}

std::optional<Truth> truth_of_port(const Population& population, const Host& host, const Target& target) {
  const auto& [protocol, port] = target.service;
  switch (population.meeting(host, target.address, protocol, port)) {
    case population::kMeetsOpen:
      break;
    case population::kMeetsClosed:
      return Truth{State::kClosed};
    case population::kMeetsRejection:
    case population::kMeetsNoHost:
      return Truth{State::kFiltered};
    default:
      return std::nullopt;
  }
  // Behind a SYN proxy a port that is not open has no server, though it answers.
  const bool goes_on = host.kind != population::kSynProxy ||
                       population.port(host, target.address, protocol, port) == population::kPortOpen;
  return Truth{State::kOpen, goes_on ? population.service(host, target.address, protocol, port) : std::string_view{}};
}

std::optional<Truth> when(bool answers, State state) {
  return answers ? std::optional<Truth>(Truth{state}) : std::nullopt;
}

}  // namespace

std::optional<Truth> truth_of(const Population& population, const Host& host, const Target& target) {
  switch (target.service.protocol) {
    case Protocol::kTcp:
    case Protocol::kUdp:
      return truth_of_port(population, host, target);
    case Protocol::kIcmpEcho:
    case Protocol::kIcmpTimestamp:
      return when(host.alive() && host.echo, State::kOpen);
    case Protocol::kArp:
    case Protocol::kNdp:
      return when(host.answers_neighbors(), State::kUp);
    case Protocol::kSctp:  // no simulated host speaks it: protocol unreachable
      return when(host.alive(), State::kFiltered);
    case Protocol::kIp:
      break;
  }
  // TCP, UDP and ICMP want headers that a bare IP packet has not.
  constexpr std::array<uint16_t, 4> kSpoken = {1, 6, 17, 58};
  const bool spoken = std::find(kSpoken.begin(), kSpoken.end(), target.service.port) != kSpoken.end();
  return when(host.alive() && !spoken, State::kClosed);
}

bool print_truth(const Population& population, const addr::TargetSet& targets, int fd) {
  const IgnoreBrokenPipe quiet;
  std::array<base::u128, kBatch> indexes;
  std::array<Target, kBatch> batch;
  Host host = population.host({});
  addr::IpAddress host_at{};
  Text text;
  for (base::u128 k = 0; k < targets.size();) {
    const auto n = static_cast<size_t>(std::min<base::u128>(kBatch, targets.size() - k));
    for (size_t i = 0; i < n; ++i) indexes[i] = k + i;
    targets.pick({indexes.data(), n}, {batch.data(), n});
    for (size_t i = 0; i < n; ++i) {
      // Neighbours in number share the address.
      if (batch[i].address != host_at) host = population.host(host_at = batch[i].address);
      if (const auto truth = truth_of(population, host, batch[i])) append_line(text, batch[i], host, *truth);
    }
    k += n;
    if ((text.size() >= kPiece || k == targets.size()) && !write_all(fd, text)) return errno == EPIPE;
  }
  return true;
}

}  // namespace portolan::cli
