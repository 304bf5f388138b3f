// SPDX-License-Identifier: Apache-2.0
// The program is run by libpcap's interpreter and held against the function that says what it should say; the kernel's
// own dealing is tested with the ports (kernel_ports_test.cc).
#include "pktio/fanout.h"

#include <gtest/gtest.h>
#include <pcap/pcap.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "base/bytes.h"

namespace portolan::pktio::fanout_test {
namespace {

using Packet = std::vector<uint8_t>;

uint32_t run(const std::vector<FilterInstruction>& program, const Packet& packet) {
  const auto length = static_cast<u_int>(packet.size());
  return bpf_filter(reinterpret_cast<const bpf_insn*>(program.data()), packet.data(), length, length);
}

Packet packet(bool v6, uint8_t protocol, uint16_t to_port, size_t options = 0) {
  Packet p((v6 ? 40 : 20 + 4 * options) + 8);
  p[0] = v6 ? 0x60 : static_cast<uint8_t>(0x45 + options);
  p[v6 ? 6 : 9] = protocol;
  base::store_be16(&p[p.size() - 6], to_port);
  return p;
}

Fanout draw_fanout() {
  Fanout f;
  f.count = *rc::gen::element<uint16_t>(1, 2, 3, 4, 7, 64, 255, Fanout::kMostMembers);
  f.first_port = *rc::gen::element<uint16_t>(0, 1, 1024, 40000, 61000, 65535);
  f.last_port = static_cast<uint16_t>(*rc::gen::inRange<uint32_t>(f.first_port, 65536));
  return f;
}

TEST(Fanout, EveryPortOfEveryProtocolGoesWhereTheFunctionSays) {
  for (const Fanout& f : {Fanout{0, 0, 1, 0, 65535}, Fanout{0, 0, 3, 0, 65535}, Fanout{0, 0, 4, 61000, 62023},
                          Fanout{0, 0, 256, 40000, 40001}, Fanout{0, 0, 256, 1, 65535}}) {
    const auto program = compile(f);
    for (uint32_t port = 0; port <= 65535; ++port) {
      const bool ours = port >= f.first_port && port <= f.last_port;
      const uint32_t member = ours ? fanout_member(port - f.first_port, f.count, f.port_count()) : 0;
      ASSERT_LT(member, f.count);
      for (const uint8_t protocol : std::initializer_list<uint8_t>{6, 17, 132}) {
        ASSERT_EQ(run(program, packet(false, protocol, static_cast<uint16_t>(port))), member) << port;
        ASSERT_EQ(run(program, packet(true, protocol, static_cast<uint16_t>(port))), member) << port;
      }
    }
  }
}

RC_GTEST_PROP(Fanout, TheProgramAgreesWithTheFunction, ()) {
  const Fanout f = draw_fanout();
  const auto program = compile(f);
  for (int i = 0; i < 50; ++i) {
    const auto port = *rc::gen::arbitrary<uint16_t>();
    const auto protocol = *rc::gen::element<uint8_t>(0, 1, 6, 17, 43, 58, 132);
    const bool has_port = protocol == 6 || protocol == 17 || protocol == 132;
    const bool ours = has_port && port >= f.first_port && port <= f.last_port;
    const uint32_t offset = uint32_t{port} - f.first_port;
    const uint32_t member = ours ? fanout_member(offset, f.count, f.port_count()) : 0;
    RC_ASSERT(run(program, packet(true, protocol, port)) == member);
    RC_ASSERT(run(program, packet(false, protocol, port, *rc::gen::inRange<size_t>(0, 11))) == member);
  }
}

// A list of ports, cut where the members' own begin.
RC_GTEST_PROP(Fanout, AListIsDealtByWhereItsSlicesBegin, ()) {
  Fanout f{.count = *rc::gen::element<uint16_t>(2, 3, 7, 64), .first_port = 1000, .last_port = 9000};
  const auto step = *rc::gen::inRange<uint16_t>(1, 120);
  for (uint16_t member = 1; member < f.count; ++member) {
    f.begins.push_back(static_cast<uint16_t>(f.first_port + member * step));
  }
  const auto program = compile(f);
  for (int i = 0; i < 50; ++i) {
    const auto port = *rc::gen::inRange<uint16_t>(900, 9100);
    const auto below = std::upper_bound(f.begins.begin(), f.begins.end(), port) - f.begins.begin();
    const uint32_t member = port > f.last_port ? 0 : static_cast<uint32_t>(below);
    RC_ASSERT(run(program, packet(true, 6, port)) == member);
    RC_ASSERT(run(program, packet(false, 17, port)) == member);
    RC_ASSERT(run(program, packet(false, 1, port)) == 0u);
  }
}

RC_GTEST_PROP(Fanout, TheSlicesAreAllPortsOnceAndInOrder, ()) {
  const Fanout f = draw_fanout();
  uint32_t next = 0;
  for (uint32_t member = 0; member < f.count; ++member) {
    const FanoutSlice slice = fanout_slice(member, f.count, f.port_count());
    RC_ASSERT(slice.first == next);
    for (; next < slice.first + slice.size; ++next) RC_ASSERT(fanout_member(next, f.count, f.port_count()) == member);
    RC_ASSERT(slice.size <= f.port_count() / f.count + 1);
  }
  RC_ASSERT(next == f.port_count());
}

RC_GTEST_PROP(Fanout, IsAValidProgram, ()) {
  const auto program = compile(draw_fanout());
  RC_ASSERT(bpf_validate(reinterpret_cast<const bpf_insn*>(program.data()), static_cast<int>(program.size())) == 1);
}

TEST(Fanout, WhatHasNoPortGoesToTheFirst) {
  const auto program = compile(Fanout{0, 0, 4, 1, 65535});
  Packet fragment = packet(false, 6, 65535);
  EXPECT_EQ(run(program, fragment), 3u);
  fragment[7] = 1;
  EXPECT_EQ(run(program, fragment), 0u);
  Packet arp(28, 0xff);
  base::store_be16(&arp[0], 1);
  EXPECT_EQ(run(program, arp), 0u);
  for (const bool v6 : {false, true}) {
    Packet cut = packet(v6, 17, 65535);
    for (cut.resize(cut.size() - 5); !cut.empty(); cut.pop_back()) EXPECT_EQ(run(program, cut), 0u) << cut.size();
  }
}

}  // namespace
}  // namespace portolan::pktio::fanout_test
