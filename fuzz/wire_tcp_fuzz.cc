// SPDX-License-Identifier: Apache-2.0
// TcpView and TcpOptions over any bytes: the options end, and the value written back is accepted with a right checksum.
#include <algorithm>
#include <vector>

#include "wire/tcp.h"

using namespace portolan;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto tcp = wire::TcpView::check({data, size});
  if (!tcp) return 0;
  const wire::TcpOptions options = tcp->options();
  if (options.kind_count > options.kinds.size()) __builtin_trap();
  if (tcp->is_syn_ack() && tcp->is_rst()) __builtin_trap();
  if (tcp->header_length() + tcp->payload().size() != size) __builtin_trap();

  const wire::Endpoints ends{addr::IpAddress::v4(0xc0000201), addr::IpAddress::v4(0xc6336407)};
  const wire::Tcp value = tcp->value();
  std::vector<uint8_t> bytes(size_of(value));
  emit(value, ends, bytes);
  const auto again = wire::TcpView::check(bytes);
  if (!again || !again->checksum_ok(ends)) __builtin_trap();
  if (!(again->options() == options) || again->flags() != tcp->flags()) __builtin_trap();
  if (!std::ranges::equal(again->payload(), tcp->payload())) __builtin_trap();
  return 0;
}
