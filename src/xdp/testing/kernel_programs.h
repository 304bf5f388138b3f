// SPDX-License-Identifier: Apache-2.0
// Kernel programs in tests: whether this process may load them, and running one without any device (BPF_PROG_TEST_RUN).
// For tests and benchmarks only.
#pragma once

#include <bpf/bpf.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace portolan::xdp::testing {

// A program that passes everything up, loaded; a negative errno: it was refused.
inline int load_take_all() {
  const bpf_insn take_all[] = {{0xb7, 0, 0, 0, 2}, {0x95, 0, 0, 0, 0}};  // r0 = XDP_PASS; exit
  const int program = bpf_prog_load(BPF_PROG_TYPE_XDP, "take_all", "Apache-2.0", take_all, 2, nullptr);
  return program < 0 ? -errno : program;
}

// Empty when it may, else the reason to print. Anything but "not permitted" is for the test to fail on.
inline std::string why_no_kernel_programs() {
  const int program = load_take_all();
  if (program >= 0) close(program);
  if (program != -EPERM && program != -EACCES && program != -ENOSYS) return {};
  return fmt::format("kernel programs (BPF) are not permitted here: {}; run it as root where they are",
                     std::strerror(-program));
}

struct Ran {
  uint32_t action = 0;  // XDP_DROP and the like; 0 also when the kernel would not run it
  std::vector<uint8_t> frame;
};

// A frame of at least 14 bytes through a program. Nothing is sent.
inline Ran run_program(int program, const std::vector<uint8_t>& frame) {
  Ran ran{0, std::vector<uint8_t>(4096)};
  bpf_test_run_opts how{};
  how.sz = sizeof how;
  how.data_in = frame.data(), how.data_size_in = static_cast<uint32_t>(frame.size());
  how.data_out = ran.frame.data(), how.data_size_out = static_cast<uint32_t>(ran.frame.size());
  how.repeat = 1;
  if (bpf_prog_test_run_opts(program, &how) != 0) return {};
  ran.action = how.retval;
  ran.frame.resize(how.data_size_out);
  return ran;
}

}  // namespace portolan::xdp::testing
