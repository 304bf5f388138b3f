// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <array>

#include "base/clock.h"
#include "options/value.h"
#include "portolan/scan_options.h"

namespace portolan::cli {
namespace {

using options::Kind;
using options::Setting;

constexpr std::string_view kPace = "Rate and order";
constexpr std::string_view kProbes = "Probes";
constexpr uint64_t kYear = 365 * 24 * 3600;
constexpr base::Nanos kForever = 100 * static_cast<base::Nanos>(kYear) * base::kSecond;

template <class T>
void set_or_off(std::optional<T>& out, const Setting& s) {
  out = s.value == "off" ? std::nullopt : std::optional(static_cast<T>(options::to_number(s.value)));
}

const std::array kRows{
    ScanOption{{.names = "rate max-rate",
                .kind = Kind::kText,
                .value = "PER-SECOND",
                .fallback = "100",
                .group = kPace,
                .help = "How many probes a second, all interfaces together: 0.1, 100, 10k, 1.5m, or unlimited.",
                .commands = "scan"},
               [](ScanDraft& d, const Setting& s) {
                 d.rate = Sourced{s.value, s.where};
               }},
    ScanOption{
        {.names = "seed",
         .kind = Kind::kNumber,
         .value = "N",
         .words = "time",
         .fallback = "drawn",
         .group = kPace,
         .help = "Fixes the order of the probes, so that shards and a second run agree on it. time takes the clock.",
         .commands = "scan"},
        [](ScanDraft& d, const Setting& s) {
          const auto now = static_cast<uint64_t>(base::SystemClock().wall() / base::kSecond);
          d.seed = s.value == "time" ? now : options::to_number(s.value);
        }},
    ScanOption{{.names = "shard shards",
                .kind = Kind::kText,
                .value = "X/Y",
                .fallback = "1/1",
                .group = kPace,
                .help = "Scans the X-th of Y equal parts. Give each the same targets and the same --seed.",
                .commands = "scan"},
               [](ScanDraft& d, const Setting& s) {
                 d.shard = Sourced{s.value, s.where};
               }},
    ScanOption{{.names = "lane",
                .kind = Kind::kWord,
                .value = "LANE",
                .words = "auto xdp af_xdp packet",
                .fallback = "auto",
                .group = kPace,
                .help = "How frames leave and come back: xdp makes probes and judges answers in the kernel's driver, "
                        "af_xdp goes past the network stack, packet takes packet sockets. auto takes the fastest that "
                        "the interface can, and packet sockets up to 250k a second.",
                .commands = "scan"},
               [](ScanDraft& d, const Setting& s) {
                 d.lane_where = s.where;
                 for (const LaneKind k : {LaneKind::kAuto, LaneKind::kXdp, LaneKind::kAfXdp, LaneKind::kPacket}) {
                   if (s.value == lane_name(k)) d.request.lane = k;
                 }
               }},
    ScanOption{{.names = "retries retry max-retries max-retry",
                .kind = Kind::kNumber,
                .value = "N",
                .max = 1000,
                .fallback = "0",
                .group = kPace,
                .help = "Sends up to N further probes to each target that has not answered.",
                .commands = "scan"},
               [](ScanDraft& d, const Setting& s) {
                 d.request.plan.retries = static_cast<uint32_t>(options::to_number(s.value));
               }},
    ScanOption{{.names = "retry-spacing",
                .kind = Kind::kSeconds,
                .value = "SECONDS",
                .max = 3600,
                .fallback = "1",
                .group = kPace,
                .help = "The least time between two probes to one target.",
                .commands = "scan"},
               [](ScanDraft& d, const Setting& s) { d.request.plan.retry_spacing = options::to_nanos(s.value); }},
    ScanOption{{.names = "wait",
                .kind = Kind::kSeconds,
                .value = "SECONDS",
                .words = "forever",
                .max = kYear,
                .fallback = "10",
                .group = kPace,
                .help = "How long to listen after the last probe.",
                .commands = "scan"},
               [](ScanDraft& d, const Setting& s) {
                 d.request.plan.wait = s.value == "forever" ? kForever : options::to_nanos(s.value);
               }},
    ScanOption{{.names = "randomize-hosts",
                .group = kPace,
                .help = "Asks for what is always done: targets are visited in a random order.",
                .commands = "scan"},
               [](ScanDraft&, const Setting&) {}},

    ScanOption{{.names = "ttl",
                .kind = Kind::kNumber,
                .value = "N",
                .min = 1,
                .max = 255,
                .fallback = "255",
                .group = kProbes,
                .help = "IPv4 time to live and IPv6 hop limit of what is sent.",
                .commands = "scan"},
               [](ScanDraft& d, const Setting& s) {
                 d.request.plan.shape.ttl = static_cast<uint8_t>(options::to_number(s.value));
               }},
    ScanOption{{.names = "tcp-mss",
                .kind = Kind::kNumber,
                .value = "BYTES",
                .bare = "1460",
                .words = "off",
                .min = 1,
                .max = 65535,
                .fallback = "1460",
                .group = kProbes,
                .help = "The maximum segment size that the SYN announces, or off for none.",
                .commands = "scan"},
               [](ScanDraft& d, const Setting& s) { set_or_off(d.request.plan.shape.syn.mss, s); }},
    ScanOption{{.names = "tcp-wscale",
                .kind = Kind::kNumber,
                .value = "SHIFT",
                .bare = "3",
                .words = "off",
                .max = 14,
                .fallback = "off",
                .group = kProbes,
                .help = "The window scale option of the SYN (RFC 7323).",
                .commands = "scan"},
               [](ScanDraft& d, const Setting& s) { set_or_off(d.request.plan.shape.syn.window_scale, s); }},
    ScanOption{
        {.names = "tcp-sackok",
         .kind = Kind::kBool,
         .fallback = "no",
         .group = kProbes,
         .help = "The SACK-permitted option of the SYN (RFC 2018).",
         .commands = "scan"},
        [](ScanDraft& d, const Setting& s) { d.request.plan.shape.syn.sack_permitted = options::to_bool(s.value); }},
    ScanOption{{.names = "tcp-tsecho",
                .kind = Kind::kNumber,
                .value = "TICKS",
                .bare = "305419896",
                .words = "off",
                .max = UINT32_MAX,
                .fallback = "off",
                .group = kProbes,
                .help = "The timestamp option of the SYN (RFC 7323), with this value.",
                .commands = "scan"},
               [](ScanDraft& d, const Setting& s) { set_or_off(d.request.plan.shape.syn.timestamp, s); }},
    ScanOption{{.names = "tcp-window",
                .kind = Kind::kNumber,
                .value = "BYTES",
                .min = 1,
                .max = 65535,
                .fallback = "1024",
                .group = kProbes,
                .help = "The window that the SYN announces.",
                .commands = "scan"},
               [](ScanDraft& d, const Setting& s) {
                 d.request.plan.shape.syn.window = static_cast<uint16_t>(options::to_number(s.value));
               }},
    ScanOption{{.names = "noreset",
                .kind = Kind::kBool,
                .fallback = "no",
                .group = kProbes,
                .help = "Sends no RST to those that answered a SYN; they will hold a half-open connection for a while.",
                .commands = "scan"},
               [](ScanDraft& d, const Setting& s) { d.request.plan.reset = !options::to_bool(s.value); }},
    ScanOption{{.names = "skip-discovery",
                .shorts = "-Pn",
                .group = kProbes,
                .help = "Asks for what is always done: no target is left out because its host did not answer.",
                .commands = "scan"},
               [](ScanDraft&, const Setting&) {}},
};

}  // namespace

std::span<const ScanOption> probe_options() { return kRows; }

}  // namespace portolan::cli
