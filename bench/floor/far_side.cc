// SPDX-License-Identifier: Apache-2.0
#include "far_side.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <unistd.h>

#include <bpf/bench/floor.skel.h>
#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <vector>

namespace portolan::bench {
namespace {

constexpr int kMostLive = 1 << 30;  // of one call; a signal ends it sooner

[[noreturn]] void fail(const std::string& what, int reason) {
  throw std::runtime_error(what + ": " + std::strerror(reason));
}

}  // namespace

FarSide::FarSide(const std::string& interface) : program_(floor_bpf__open_and_load()) {
  if (program_ == nullptr) fail("load the kernel program", errno);
  bpf_link_create_opts how{};
  how.sz = sizeof how;
  how.flags = XDP_FLAGS_DRV_MODE;
  link_ = bpf_link_create(bpf_program__fd(program_->progs.drop_all),
                          static_cast<int>(if_nametoindex(interface.c_str())), BPF_XDP, &how);
  if (link_ < 0) fail("drop in the driver of " + interface, -link_);
}

FarSide::~FarSide() {
  if (link_ >= 0) close(link_);
  floor_bpf__destroy(program_);
}

uint64_t FarSide::count(uint32_t which) const {
  std::vector<uint64_t> of_cpus(static_cast<size_t>(libbpf_num_possible_cpus()));
  bpf_map__lookup_elem(program_->maps.counts, &which, sizeof which, of_cpus.data(), 8 * of_cpus.size(), 0);
  uint64_t sum = 0;
  for (const uint64_t n : of_cpus) sum += n;
  return sum;
}

void FarSide::send_live(const std::string& interface, bool write) {
  const std::array<uint8_t, 56> frame{};
  const bpf_program* sender = write ? program_->progs.write_and_send : program_->progs.send_ready;
  program_->bss->interface = if_nametoindex(interface.c_str());
  bpf_test_run_opts how{};
  how.sz = sizeof how;
  how.data_in = frame.data(), how.data_size_in = frame.size();
  how.repeat = kMostLive;
  how.flags = BPF_F_TEST_XDP_LIVE_FRAMES, how.batch_size = 64;
  const int result = bpf_prog_test_run_opts(bpf_program__fd(sender), &how);
  if (result != 0 && result != -EINTR) fail("send live frames", -result);
}

void FarSide::stop_live() { __atomic_store_n(&program_->bss->ended, 1, __ATOMIC_RELAXED); }

}  // namespace portolan::bench
