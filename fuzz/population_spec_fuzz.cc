// SPDX-License-Identifier: Apache-2.0
// Any text as a population: it is read, or refused with a place and a cure; and what was read can be asked.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "population/spec.h"

using namespace portolan;

namespace {

void ask(const population::ReadPopulation& read) {
  if (!read) {
    if (read.error().empty()) std::abort();
    for (const population::SpecError& e : read.error()) {
      if (e.what.empty() || e.cure.empty()) std::abort();
    }
    return;
  }
  for (uint32_t i = 0; i < 8; ++i) {
    const auto address = addr::IpAddress::v4(0x0a000000 + i);
    const population::Host host = read->host(address);
    const auto port = static_cast<uint16_t>(i * 9001);
    if (read->meeting(host, address, addr::Protocol::kTcp, port) > population::kMeetsNoHost) std::abort();
    if (read->host_name(host).view().size() > 64) std::abort();
    read->service(host, address, addr::Protocol::kUdp, port);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  ask((data[0] & 1) != 0 ? population::read_inline_population(text, "fuzz")
                         : population::read_toml_population(text, "fuzz"));
  return 0;
}
