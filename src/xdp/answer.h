// SPDX-License-Identifier: Apache-2.0
// FastAnswer: the kernel program that answers in the driver what needs no memory (answer.bpf.c), loaded and attached.
//
// It says what respond::Engine would say, from the same population and cookie keys, to the plain cases, and passes all
// else up to whoever listens. It knows no weather: a population with loss or delay wants user space. As long as this
// lives it is attached; when the process dies, however, the kernel takes it off (a bpf_link that is not pinned).
//
// Needs CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON (root) to load and attach; afterwards none. Kernel 5.15 or later.
// Costs the same for one address of ours and for 65,536, for a /32 and for a /8.
// Not for several threads, but for counters(), which any may ask.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "addr/ip_address.h"
#include "addr/mac_address.h"
#include "addr/range_list.h"
#include "population/population.h"
#include "wire/syn_cookie.h"
#include "xdp/answer_shared.h"

namespace portolan::xdp {

// `burst` answers at once, then one each `interval`; interval 0: no limit.
struct FastRate {
  base::Nanos interval = 0;
  uint64_t burst = 1;
};

struct FastOptions {
  addr::MacAddress mac{};
  bool own_everything = true;  // answer for every address; else for these
  addr::RangeList<uint32_t> own_v4{};
  addr::RangeList<base::u128> own_v6{};
  std::optional<addr::IpAddress> primary_v4{};  // addresses of this machine, which are never answered
  std::optional<addr::IpAddress> primary_v6{};
  addr::RangeList<uint32_t> denied_v4{};  // sources that are never answered
  addr::RangeList<base::u128> denied_v6{};
  std::shared_ptr<const population::Population> population{};  // null: one Linux host everywhere, all ports open
  wire::SynKeys keys{};
  FastRate per_address{}, per_subnet{}, per_site{};  // of sources: /32 and /128, /24 and /64, IPv6 /48
  FastRate whole{};                                  // frames of any kind
  uint32_t buckets = 1 << 16;                        // sources that are kept apart
  bool trust_checksums = false;                      // of a veth's other end, whose kernel leaves them unfinished
};

// Where on the way of a frame the program runs.
enum class FastMode : uint8_t {
  kAuto,     // in the driver if that can be, else before the network stack. Not in that of a veth: there answers reach
             // the other end only if that has a program of its own, which nobody can see from here
  kDriver,   // or not at all
  kGeneric,  // before the network stack: any interface, slower
};

using FastCounts = std::array<uint64_t, kAnswerCounts>;

// The stable spelling: those of respond::Count where both count the same, those of wire::Drop for checksums, "passed".
std::string_view answer_counter_name(AnswerCount c);

class FastAnswer {
 public:
  // Makes the program and its tables, attached to nothing. The error says what the kernel or the options lack.
  static tl::expected<FastAnswer, std::string> load(const FastOptions& options);
  // load() and attach().
  static tl::expected<FastAnswer, std::string> open(int interface_index, const FastOptions& options,
                                                    FastMode mode = FastMode::kAuto);

  FastAnswer(FastAnswer&&) noexcept;
  FastAnswer& operator=(FastAnswer&&) noexcept;
  ~FastAnswer();

  // REQUIRES: it is not attached.
  tl::expected<void, std::string> attach(int interface_index, FastMode mode = FastMode::kAuto);
  void detach();
  bool is_attached() const;
  // Why it does not run in the driver; empty: it does.
  const std::string& generic_reason() const;

  // Takes effect with the next frame; a cookie in the making holds either keys, never half of each.
  void set_keys(const wire::SynKeys& keys);
  // Other options, from one frame to the next. On failure the old ones stay in force.
  tl::expected<void, std::string> replace(const FastOptions& options);

  // Since load(), over all CPUs and replacements.
  FastCounts counters() const;

  int program_fd() const;  // for measurements; stays ours

 private:
  struct State;
  explicit FastAnswer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace portolan::xdp
