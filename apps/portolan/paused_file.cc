// SPDX-License-Identifier: Apache-2.0
#include "portolan/paused_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "options/table.h"
#include "options/value.h"

namespace portolan::cli {
namespace {

constexpr std::string_view kMark = "#portolan ";
constexpr std::string_view kSetting = "set ";

// Names that masscan reads in a configuration file and that mean the same to it.
constexpr std::string_view kKnownToMasscan =
    "seed rate shard retries ports range exclude excludefile includefile adapter adapter-ip adapter-mac adapter-vlan "
    "router-mac ttl wait ping arp output-filename output-format show open-only rotate rotate-size rotate-dir "
    "rotate-offset source-ip source-mac source-port banners pcap infinite";

bool masscan_knows(std::string_view name) {
  const std::string plain = options::canonical(name);
  const auto words = options::split_words(kKnownToMasscan);
  return std::any_of(words.begin(), words.end(), [&](std::string_view w) { return options::canonical(w) == plain; });
}

std::string_view trim(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

struct Line {
  std::string_view name, value;
};

Line split(std::string_view line) {
  const size_t equals = line.find('=');
  if (equals == std::string_view::npos) return {trim(line), {}};
  return {trim(line.substr(0, equals)), trim(line.substr(equals + 1))};
}

template <class F>
void for_each_line(std::string_view text, F&& take) {
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    take(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

std::optional<uint64_t> hex64(std::string_view text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (text.size() != 16 || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

template <class T>
bool put(T& to, std::optional<T> value) {
  if (value) to = *value;
  return value.has_value();
}

std::optional<uint64_t> number(std::string_view text, uint64_t most) {
  const auto value = options::parse_number(text);
  return value && *value <= most ? value : std::nullopt;
}

bool put_key(base::SipKey& key, std::string_view text) {
  return text.size() == 32 && put(key.k0, hex64(text.substr(0, 16))) && put(key.k1, hex64(text.substr(16)));
}

bool put_ports(scan::SourcePorts& ports, std::string_view text) {
  auto parsed = scan::SourcePorts::parse(text);
  if (parsed) ports = *std::move(parsed);
  return parsed.has_value();
}

// Each a line of the state, in this order.
struct Member {
  std::string_view name;
  std::string (*text)(const PausedState& s);
  bool (*read)(PausedState& s, std::string_view text);
};

const std::array kMembers{
    Member{"pass", [](const PausedState& s) { return std::to_string(s.pass); },
           [](PausedState& s, std::string_view t) {
             const auto n = number(t, UINT32_MAX);
             s.pass = static_cast<uint32_t>(n.value_or(0));
             return n.has_value();
           }},
    Member{"index", [](const PausedState& s) { return base::to_string(s.index); },
           [](PausedState& s, std::string_view t) { return put(s.index, base::parse_u128(t)); }},
    Member{"seed", [](const PausedState& s) { return std::to_string(s.seed); },
           [](PausedState& s, std::string_view t) { return put(s.seed, options::parse_number(t)); }},
    Member{"key", [](const PausedState& s) { return fmt::format("{:016x}{:016x}", s.key.k0, s.key.k1); },
           [](PausedState& s, std::string_view t) { return put_key(s.key, t); }},
    Member{"source-ports", [](const PausedState& s) { return s.source_ports.to_string(); },
           [](PausedState& s, std::string_view t) { return put_ports(s.source_ports, t); }},
    Member{"digest", [](const PausedState& s) { return fmt::format("{:016x}", s.scan_digest); },
           [](PausedState& s, std::string_view t) { return put(s.scan_digest, hex64(t)); }},
    Member{"answered", [](const PausedState& s) { return std::to_string(s.answered); },
           [](PausedState& s, std::string_view t) { return put(s.answered, options::parse_number(t)); }},
    Member{"answered-file", [](const PausedState& s) { return s.answered_path; },
           [](PausedState& s, std::string_view t) {
             s.answered_path = t;
             return true;
           }},
    Member{"boot", [](const PausedState& s) { return s.boot; },
           [](PausedState& s, std::string_view t) {
             s.boot = t;
             return true;
           }},
};

// Reads the lines of a file in turn.
class Reader {
 public:
  explicit Reader(const std::string& path) : path_(path) {}

  void take(std::string_view line) {
    ++line_;
    if (error_) return;
    if (line.starts_with(kMark)) {
      take_ours(line.substr(kMark.size()));
    } else if (options::canonical(split(line).name) != "resumeindex" || !state_seen_) {
      // What the state says as well is not said twice.
      out_.settings += line;
    }
    out_.settings.push_back('\n');
  }

  tl::expected<PausedFile, options::Error> result() {
    if (!error_ && state_seen_ && seen_ != (1u << kMembers.size()) - 1) fail("a part of the state is missing");
    if (error_) return tl::unexpected(*error_);
    if (state_seen_) out_.state = state_;
    return std::move(out_);
  }

 private:
  void fail(std::string what) {
    const options::Where where{.file = path_, .line = line_};
    error_ = options::Error{std::move(what), where.to_string(),
                            "the file is damaged: start the scan again, or take an older copy"};
  }

  void take_ours(std::string_view line) {
    if (line.starts_with(kSetting)) {
      // Columns stay those of the file.
      out_.settings += std::string(kMark.size() + kSetting.size(), ' ');
      out_.settings += line.substr(kSetting.size());
      return;
    }
    state_seen_ = true;
    const auto [name, value] = split(line);
    for (size_t i = 0; i < kMembers.size(); ++i) {
      if (kMembers[i].name != name) continue;
      seen_ |= 1u << i;
      if (!kMembers[i].read(state_, value)) fail(fmt::format("'{}' is no {} of a paused scan", value, name));
      return;
    }
    fail(fmt::format("a paused scan has no '{}'", name));
  }

  const std::string& path_;
  uint64_t line_ = 0;
  PausedFile out_;
  PausedState state_;
  bool state_seen_ = false;
  uint32_t seen_ = 0;
  std::optional<options::Error> error_;
};

}  // namespace

bool PausedState::operator==(const PausedState& o) const {
  return std::all_of(kMembers.begin(), kMembers.end(), [&](const Member& m) { return m.text(*this) == m.text(o); });
}

uint64_t scan_digest(const scan::Plan& plan) {
  // Not a secret: any fixed key makes it a hash of its words.
  return base::siphash(base::SipKey{1, 2}, plan.targets.digest(), plan.seed, plan.shard.x, plan.shard.y,
                       base::lo64(plan.part.first_index), base::hi64(plan.part.first_index),
                       base::lo64(plan.part.count), base::hi64(plan.part.count));
}

std::string paused_text(const PausedState& state, std::string_view settings) {
  std::string out =
      "# A scan that is not finished. To go on: portolan scan --resume FILE\n"
      "# Lines that begin with #portolan are for Portolan; keep them as they are.\n";
  for (const Member& m : kMembers) out += fmt::format("{}{} = {}\n", kMark, m.name, m.text(state));
  out += fmt::format("resume-index = {}\n", base::to_string(state.index));
  for_each_line(settings, [&](std::string_view line) {
    const auto [name, value] = split(line);
    const bool plain = trim(line).empty() || line.front() == '#' || (masscan_knows(name) && !value.starts_with('"'));
    out += fmt::format("{}{}\n", plain ? "" : fmt::format("{}{}", kMark, kSetting), line);
  });
  return out;
}

tl::expected<PausedFile, options::Error> read_paused(std::string_view text, const std::string& path) {
  Reader reader(path);
  for_each_line(text, [&](std::string_view line) { reader.take(line); });
  return reader.result();
}

}  // namespace portolan::cli
