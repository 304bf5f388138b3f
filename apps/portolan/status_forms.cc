// SPDX-License-Identifier: Apache-2.0
#include "portolan/status_forms.h"

#include <fmt/format.h>

#include <iterator>

#include "portolan/status_text.h"
#include "result/field_table.h"

namespace portolan::cli {
namespace {

struct Hms {
  uint64_t hours, minutes, seconds;
};

Hms split(base::Nanos n) {
  const auto s = static_cast<uint64_t>(n / base::kSecond);
  return {s / 3'600, s / 60 % 60, s % 60};
}

// The object of members that are added one by one.
class Members {
 public:
  explicit Members(std::string& out) : out_(out) { out_.push_back('{'); }

  template <class... T>
  void add(std::string_view name, fmt::format_string<T...> form, T&&... value) {
    fmt::format_to(std::back_inserter(out_), "{}\"{}\":", first_ ? "" : ",", name);
    fmt::format_to(std::back_inserter(out_), form, std::forward<T>(value)...);
    first_ = false;
  }
  void add(std::string_view name, uint64_t value) { add(name, "{}", value); }
  void end() { out_.push_back('}'); }

 private:
  std::string& out_;
  bool first_ = true;
};

std::string json_found(const Found& found) {
  std::string out;
  Members m(out);
  for (size_t i = 0; i < found.size(); ++i) {
    if (found[i] != 0) m.add(addr::name(static_cast<addr::Protocol>(i)), found[i]);
  }
  m.end();
  return out;
}

std::string json_progress(const StatusFacts& f) {
  const scan::Progress& p = f.progress;
  std::string out;
  Members m(out);
  m.add("percent", "{:.2f}", p.fraction * 100);
  if (const auto left = f.sending_left()) {
    const Hms t = split(*left);
    m.add("eta", R"({{"hours":{},"mins":{},"seconds":{}}})", t.hours, t.minutes, t.seconds);
  }
  if (f.wait_left) m.add("seconds", static_cast<uint64_t>(*f.wait_left / base::kSecond));
  m.add("found", total(f.found));
  m.add("syn", R"({{"sent":{},"total":{},"remaining":{}}})", base::to_string(p.positions), base::to_string(p.total),
        base::to_string(p.total - p.positions));
  m.add("pass", uint64_t{p.pass} + 1);
  m.end();
  return out;
}

std::string json_frames(const pktio::PortStats& port) {
  std::string out;
  Members m(out);
  m.add("sent", port.sent);
  m.add("sent_bytes", port.sent_bytes);
  m.add("send_refused", port.send_refused);
  m.add("send_retries", port.send_retries);
  m.add("received", port.received);
  m.add("received_bytes", port.received_bytes);
  m.add("kernel_dropped", port.receive_dropped);
  m.end();
  return out;
}

std::string json_counters(const scan::CounterTotals& counters) {
  std::string out;
  Members m(out);
  for (size_t i = 0; i < static_cast<size_t>(scan::Count::kCount); ++i) {
    const auto c = static_cast<scan::Count>(i);
    m.add(counter_name(c), counters.scan[c]);
  }
  for (size_t i = 0; i < static_cast<size_t>(wire::Drop::kCount); ++i) {
    const auto d = static_cast<wire::Drop>(i);
    if (counters.malformed[d] != 0) m.add(fmt::format("malformed:{}", counter_name(d)), counters.malformed[d]);
  }
  m.end();
  return out;
}

}  // namespace

std::optional<base::Nanos> StatusFacts::sending_left() const {
  if (!sending() || progress.fraction <= 0 || elapsed < base::kSecond) return std::nullopt;
  return static_cast<base::Nanos>(static_cast<double>(elapsed) * (1 - progress.fraction) / progress.fraction);
}

std::string status_line(const StatusFacts& f) {
  std::string text = fmt::format("{:5.1f}%  {}  {}", f.progress.fraction * 100, rate_text(f.frame_rate), f.lane);
  if (f.round != 0) text += fmt::format("  round {}", f.round);
  if (f.progress.pass != 0) text += fmt::format("  pass {}", f.progress.pass + 1);
  if (f.state == "waiting") {
    text += "  waiting for late answers";
  } else if (!f.sending()) {
    text += fmt::format("  {}", f.state);
  } else if (const auto left = f.sending_left()) {
    text += fmt::format("  {} left", duration_text(seconds(*left)));
  }
  return text + fmt::format("  found {}  drops {}", to_text(f.found), f.port.receive_dropped);
}

// Widths and the blanks at the end are masscan's, which draws a shorter line over a longer one.
std::string masscan_status_line(const StatusFacts& f) {
  const double kpps = f.frame_rate / 1'000;
  const double percent = f.progress.fraction * 100;
  if (f.round != 0) {
    return fmt::format("rate:{:6.2f}-kpps, syn/s={:.0f} ack/s={:.0f} tcb-rate=0, 0-tcbs,         ", kpps, f.probe_rate,
                       f.result_rate);
  }
  if (f.wait_left) {
    return fmt::format("rate:{:6.2f}-kpps, {:5.2f}% done, waiting {}-secs, found={}       ", kpps, percent,
                       *f.wait_left / base::kSecond, total(f.found));
  }
  const auto left = f.sending_left();
  if (!left) return "";
  const Hms t = split(*left);
  return fmt::format("rate:{:6.2f}-kpps, {:5.2f}% done,{:4}:{:02}:{:02} remaining, found={}       ", kpps, percent,
                     t.hours, t.minutes, t.seconds, total(f.found));
}

std::string status_json(const StatusFacts& f) {
  std::string out;
  Members m(out);
  m.add("schema", "{}", kStatusSchema);
  m.add("time", "\"{}\"", result::rfc3339(f.wall));
  m.add("state", "\"{}\"", f.state);
  if (f.round != 0) m.add("round", "{}", f.round);
  m.add("rate", R"({{"kpps":{:.2f},"pps":{:.2f}}})", f.frame_rate / 1'000, f.frame_rate);
  m.add("progress", "{}", json_progress(f));
  m.add("found", "{}", json_found(f.found));
  m.add("elapsed", "{:.3f}", seconds(f.elapsed));
  m.add("lane", "\"{}\"", f.lane);
  m.add("frames", "{}", json_frames(f.port));
  m.add("counters", "{}", json_counters(f.counters));
  m.end();
  return out;
}

}  // namespace portolan::cli
