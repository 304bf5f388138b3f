// SPDX-License-Identifier: Apache-2.0
// SendProgram::probe: whether a device takes live frames.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <net/if.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

#include "xdp/live_call.h"
#include "xdp/refusal.h"
#include "xdp/send.h"

#include <bpf/xdp/send_trial.skel.h>

namespace portolan::xdp {
namespace {

constexpr int kTries = 10;  // some milliseconds each

struct Unload {
  void operator()(send_trial_bpf* program) const { send_trial_bpf__destroy(program); }
};

std::string name_of(int interface_index) {
  std::array<char, IF_NAMESIZE> name{};
  if (if_indextoname(static_cast<unsigned>(interface_index), name.data()) == nullptr) {
    return fmt::format("interface {}", interface_index);
  }
  return name.data();
}

std::string why_not(const std::string& name, int error) {
  switch (error) {
    case EOPNOTSUPP:
      return fmt::format(
          "{0} does not take frames from XDP: its driver cannot, or not yet. If {0} is a veth, its other end needs an "
          "XDP program or GRO (ethtool -K PEER gro on)",
          name);
    case ENETDOWN:
    case ENXIO:
      return fmt::format("{} takes no frames from XDP: is it up? ({})", name, std::strerror(error));
    case 0:
      return fmt::format("{} took none of {} frames that it was given by XDP: its queue stays full", name, kTries);
    default:
      return fmt::format("{} does not take frames from XDP: {}", name, std::strerror(error));
  }
}

// To ourselves, of a type for local experiments (IEEE 802), as short as Ethernet's shortest.
std::array<uint8_t, 60> trial_frame(const addr::MacAddress& own) {
  std::array<uint8_t, 60> frame{};
  own.store(&frame[0]);
  own.store(&frame[6]);
  frame[12] = 0x88, frame[13] = 0xb5;
  return frame;
}

}  // namespace

tl::expected<void, std::string> SendProgram::probe(int interface_index, const addr::MacAddress& own) {
  keep_last_words();
  const std::string name = name_of(interface_index);
  const std::unique_ptr<send_trial_bpf, Unload> trial(send_trial_bpf__open_and_load());
  if (!trial) return failed("cannot load a kernel program", errno);
  const uint32_t zero = 0, device = static_cast<uint32_t>(interface_index);
  if (bpf_map__update_elem(trial->maps.device, &zero, sizeof zero, &device, sizeof device, BPF_ANY) != 0) {
    return failed(fmt::format("cannot send frames from XDP through {}", name), errno);
  }
  if (const int error = send_trial_bpf__attach(trial.get()); error != 0) {
    return failed("cannot attach to the kernel's tracepoints of XDP", -error);
  }
  // A queue that is full, which is no error, is full for a moment.
  for (int tries = 0; tries < kTries && trial->bss->taken == 0 && trial->bss->error == 0; ++tries) {
    LiveCall call;
    const int error = call.run(bpf_program__fd(trial->progs.send_one), trial_frame(own), 1);
    if (error == EINVAL)
      return tl::unexpected<std::string>("this kernel has no XDP live frames; Linux 5.18 and later have");
    if (error != 0) return failed("the kernel does not run a program over live frames", error);
  }
  if (trial->bss->taken != 0) return {};
  return tl::unexpected(why_not(name, static_cast<int>(-trial->bss->error)));
}

}  // namespace portolan::xdp
