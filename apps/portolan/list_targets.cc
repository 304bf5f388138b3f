// SPDX-License-Identifier: Apache-2.0
#include "portolan/list_targets.h"
#include "portolan/line_output.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <iterator>
#include <string_view>

#include "permute/permutation.h"

namespace portolan::cli {
namespace {

constexpr size_t kBatch = 512;
constexpr size_t kPiece = 1 << 18;  // bytes to gather before a write

void append(Text& out, std::string_view text) { out.append(text.data(), text.data() + text.size()); }

void append_v4(Text& out, uint32_t bits) {
  for (int shift = 24; shift >= 0; shift -= 8) {
    const fmt::format_int octet((bits >> shift) & 0xff);
    out.append(octet.data(), octet.data() + octet.size());
    if (shift != 0) out.push_back('.');
  }
}

void append_line(Text& out, const addr::Target& target) {
  const bool port = addr::has_port(target.service.protocol);
  if (target.address.is_v4()) {
    append_v4(out, target.address.v4_bits());
  } else {
    if (port) out.push_back('[');
    append(out, target.address.to_string());
    if (port) out.push_back(']');
  }
  if (port) {
    const fmt::format_int number(target.service.port);
    out.push_back(':');
    out.append(number.data(), number.data() + number.size());
    if (target.service.protocol != addr::Protocol::kTcp) {
      out.push_back('/');
      append(out, addr::name(target.service.protocol));
    }
  }
  out.push_back('\n');
}

}  // namespace

bool list_targets(const scan::Plan& plan, int fd) {
  const IgnoreBrokenPipe quiet;
  const permute::Permutation order(plan.targets.size(), plan.seed);
  const base::u128 total = plan.shard.size(plan.targets.size());
  std::array<base::u128, kBatch> indexes;
  std::array<addr::Target, kBatch> targets;
  Text text;
  for (base::u128 k = 0; k < total;) {
    const auto n = static_cast<size_t>(std::min<base::u128>(kBatch, total - k));
    order.at(plan.shard.index(k), plan.shard.y, {indexes.data(), n});
    plan.targets.pick({indexes.data(), n}, {targets.data(), n});
    for (size_t i = 0; i < n; ++i) append_line(text, targets[i]);
    k += n;
    if ((text.size() >= kPiece || k == total) && !write_all(fd, text)) return errno == EPIPE;
  }
  return true;
}

}  // namespace portolan::cli
