// SPDX-License-Identifier: Apache-2.0
// A TLS conversation of any bytes, in pieces: no more connections stay than conversations, and after a close nothing is
// said. The input is a row of pieces, each after its length of one byte times eight.
#include <algorithm>
#include <vector>

#include "proto/dialogue.h"
#include "proto/tls/authority.h"
#include "proto/tls/server.h"

using namespace portolan;

namespace {

constexpr base::Nanos kWall = 1'700'000'000 * base::kSecond;

struct World {
  std::unique_ptr<proto::TlsAuthority> authority = proto::TlsAuthority::ephemeral(kWall, 4);
  proto::Persona persona{};
  base::BufferPool pool{2};
  World() { persona.tls = authority.get(); }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static World world;
  const proto::Ends ends{.client = addr::IpAddress::v4(1), .server = addr::IpAddress::v4(2), .server_port = 993};
  {
    proto::Dialogue dialogue(world.persona, ends, kWall, world.pool);
    dialogue.bind(proto::kTls);
    proto::FactList facts;
    std::vector<uint8_t> room(16384);
    bool closed = false;
    for (base::Bytes rest{data, size}; !rest.empty();) {
      const size_t n = std::min<size_t>(size_t{rest[0]} * 8 + 1, rest.size() - 1);
      const std::vector<uint8_t> piece(rest.begin() + 1, rest.begin() + 1 + static_cast<ptrdiff_t>(n));
      rest = rest.subspan(1 + n);
      proto::Answer out(room, facts);
      if (n == 0) {
        dialogue.on_silence(kWall, out);
      } else {
        dialogue.on_bytes(kWall, piece, out);
      }
      if (closed && !out.written().empty()) __builtin_trap();
      closed = closed || out.closes() || out.aborts();
    }
    if (world.authority->alive() > 1) __builtin_trap();
  }
  if (world.authority->alive() != 0 || world.pool.left() != world.pool.blocks()) __builtin_trap();
  return 0;
}
