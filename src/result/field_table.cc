// SPDX-License-Identifier: Apache-2.0
#include "result/field_table.h"

#include <fmt/format.h>

#include <array>
#include <chrono>

#include "result/reason_text.h"

namespace portolan::result {
namespace {

FieldValue known(int64_t v) { return v < 0 ? FieldValue{} : FieldValue{static_cast<uint64_t>(v)}; }

const std::array kFields = {
    Field{"status", FieldType::kText, "", "what was concluded: open, closed, filtered or up",
          [](const Observation& o) -> FieldValue { return std::string(status_word(o)); }},
    Field{"reason", FieldType::kText, "", "the packet that said so, e.g. syn-ack, rst, port-unreach",
          [](const Observation& o) -> FieldValue { return reason_text(o); }},
    Field{"ttl", FieldType::kNumber, "hops", "IPv4 TTL or IPv6 hop limit of the answer as it arrived; 0 for arp",
          [](const Observation& o) -> FieldValue { return uint64_t{o.ttl}; }},
    Field{"time", FieldType::kText, "UTC", "when the answer arrived, RFC 3339 with milliseconds",
          [](const Observation& o) -> FieldValue { return rfc3339(o.wall); }},
    Field{
        "proof", FieldType::kText, "",
        "how well the answer proved itself: cookie (it carries bits that only our probe's receiver knows), quoted (an "
        "ICMP error that quotes our probe) or endpoints (only addresses and ports fit)",
        [](const Observation& o) -> FieldValue { return std::string(name(o.proof)); }},
    Field{"rtt_us", FieldType::kNumber, "microseconds", "from probe to answer",
          [](const Observation& o) -> FieldValue { return o.rtt < 0 ? FieldValue{} : known(o.rtt / 1000); }},
    Field{"from", FieldType::kText, "", "who sent the answer, when it was not the target: a router or a firewall",
          [](const Observation& o) -> FieldValue {
            return o.responder == o.target.address ? FieldValue{} : FieldValue{o.responder.to_string()};
          }},
    Field{"mac", FieldType::kText, "", "link address of the host; only for arp and ndp",
          [](const Observation& o) -> FieldValue { return o.has_mac ? FieldValue{o.mac.to_string()} : FieldValue{}; }},
    Field{"icmp_type", FieldType::kNumber, "", "type of the ICMP or ICMPv6 message",
          [](const Observation& o) -> FieldValue { return known(o.icmp_type); }},
    Field{"icmp_code", FieldType::kNumber, "", "code of the ICMP or ICMPv6 message",
          [](const Observation& o) -> FieldValue { return known(o.icmp_code); }},
    Field{"window", FieldType::kNumber, "bytes", "TCP window as received, not scaled",
          [](const Observation& o) -> FieldValue { return known(o.window); }},
    Field{"mss", FieldType::kNumber, "bytes", "TCP maximum segment size option",
          [](const Observation& o) -> FieldValue { return known(o.mss); }},
    Field{"window_scale", FieldType::kNumber, "bits", "TCP window scale option",
          [](const Observation& o) -> FieldValue { return known(o.window_scale); }},
    Field{"tcp_options", FieldType::kNumberList, "", "kinds of the TCP options in their order, at most 12",
          [](const Observation& o) -> FieldValue {
            if (o.tcp_option_count == 0) return {};
            return std::span<const uint8_t>(o.tcp_options)
                .first(std::min<size_t>(o.tcp_option_count, o.tcp_options.size()));
          }},
};

}  // namespace

std::string_view name(FieldType t) {
  switch (t) {
    case FieldType::kNumber:
      return "number";
    case FieldType::kText:
      return "text";
    case FieldType::kNumberList:
      return "list";
  }
  return "unknown";
}

std::span<const Field> observation_fields() { return kFields; }

std::string_view status_word(const Observation& o) {
  const addr::Protocol p = o.target.service.protocol;
  const bool icmp = p == addr::Protocol::kIcmpEcho || p == addr::Protocol::kIcmpTimestamp;
  return name(icmp && o.state == State::kUp ? State::kOpen : o.state);
}

std::string rfc3339(base::Nanos wall) {
  using namespace std::chrono;
  // floor: a time before 1970 must not be rounded up into the next millisecond.
  const auto ms = floor<milliseconds>(sys_time<nanoseconds>(nanoseconds(wall)));
  const auto day = floor<days>(ms);
  const year_month_day date(day);
  const hh_mm_ss time(ms - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), time.hours().count(),
                     time.minutes().count(), time.seconds().count(), time.subseconds().count());
}

}  // namespace portolan::result
