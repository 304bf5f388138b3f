// SPDX-License-Identifier: Apache-2.0
// A whole responder under any frames: three engines (today's host, masscanned, a population with weather) get the same
// ones, and time goes on between them. The input is a row of frames: a byte of flags and time, two of length, bytes.
#include <array>
#include <memory>

#include "pktio/pair_port.h"
#include "respond/engine.h"
#include "respond/testing/street.h"

using namespace portolan;

static void require(bool holds) {
  if (!holds) __builtin_trap();
}

static respond::EngineOptions options(int kind) {
  respond::EngineOptions o = respond::testing::street_options();
  o.own = respond::AddressSet::everything();
  o.rates = {0, 0, 0};
  if (kind == 1) o.style = proto::Style::kMasscanned;
  if (kind == 2) {
    o.population = std::make_shared<const population::Population>(population::Population::open_to_all(7));
    o.weather.duplicate = respond::WeatherOptions::kWhole / 4;
    o.weather.delay_most = base::kMillisecond;
    o.weather.held_frames = 64;
    o.weather.syn_ack_repeats = 2;
  }
  o.amplification = respond::Amplification::kAnybody;
  return o;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  for (int kind = 0; kind < 3; ++kind) {
    respond::testing::Street street(options(kind));
    base::Bytes rest(data, size);
    while (rest.size() > 3) {
      const uint8_t flags = rest[0];
      const size_t length = std::min<size_t>(base::load_be16(&rest[1]) & 0x7ff, rest.size() - 3);
      // A fuzzer finds no checksum: with the flag a frame counts as one whose hardware was to fill it in.
      for (const auto& reply : street.say(rest.subspan(3, length), (flags & 1) != 0)) require(reply.valid());
      for (const auto& reply : street.turn((flags >> 1) * 50 * base::kMillisecond)) require(reply.valid());
      rest = rest.subspan(3 + length);
    }
    street.turn(120 * base::kSecond);
    require(street.books_balance());
  }
  return 0;
}
