// SPDX-License-Identifier: Apache-2.0
// Whether this process may load kernel programs, for tests that must skip where it may not. For tests only.
#pragma once

#include <bpf/bpf.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

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

}  // namespace portolan::xdp::testing
