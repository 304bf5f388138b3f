// SPDX-License-Identifier: Apache-2.0
// lab_counter: the far side of the lab that counts every probe.
//
//   lab_counter INTERFACE [--space PREFIX,PORTS,PROTO]... [--pairs FILE] [--neighbors] [--open-every N] [--reset]
//
// Writes "ready" when it listens; on SIGTERM or SIGINT (and when its parent dies) it takes in what is still in the
// ring and writes its account as JSON. PROTO: tcp udp sctp icmp arp ndp ip.
#include <fmt/format.h>
#include <sys/prctl.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>

#include "answer.h"
#include "ring.h"
#include "tally.h"

namespace portolan::lab {
namespace {

volatile std::sig_atomic_t g_ending = 0;

struct Options {
  std::string interface;
  std::vector<Space> spaces;
  AnswerRule rule;
};

Options parse(std::span<char*> words) {
  Options o;
  if (words.empty()) throw std::runtime_error("which interface?");
  o.interface = words[0];
  for (size_t i = 1; i < words.size(); ++i) {
    const std::string word = words[i];
    const auto value = [&] {
      if (++i >= words.size()) throw std::runtime_error(word + " needs a value");
      return std::string(words[i]);
    };
    if (word == "--space") {
      o.spaces.push_back(Space::block(value()));
    } else if (word == "--pairs") {
      o.spaces.push_back(Space::list(value()));
    } else if (word == "--neighbors") {
      o.rule.neighbors = true;
    } else if (word == "--open-every") {
      o.rule.open_every = static_cast<uint32_t>(std::stoul(value()));
    } else if (word == "--reset") {
      o.rule.reset = true;
    } else {
      throw std::runtime_error("unknown option " + word);
    }
  }
  return o;
}

void die_with_parent() {
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  struct sigaction action {};
  action.sa_handler = [](int) { g_ending = 1; };
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGINT, &action, nullptr);
}

void run(Options options) {
  Ring ring(options.interface);
  Tally tally(std::move(options.spaces));
  std::vector<std::vector<uint8_t>> answers;
  uint64_t answered = 0;
  fmt::print("ready\n");
  std::fflush(stdout);
  const auto take = [&](std::span<const uint8_t> frame, uint64_t wall_ns) {
    const Packet packet = read_packet(frame);
    tally.add(packet, wall_ns);
    if (auto back = answer(options.rule, packet)) answers.push_back(*std::move(back));
    if (answers.size() < 64) return;
    answered += ring.send(answers);
    answers.clear();
  };
  // After the signal go on until the ring has been empty for longer than a block waits before it is handed over.
  for (bool came = true; g_ending == 0 || came;) {
    came = ring.poll(50, take);
    if (!answers.empty()) answered += ring.send(answers);
    answers.clear();
  }
  fmt::print("{}", tally.json(ring.lost(), answered));
}

}  // namespace
}  // namespace portolan::lab

int main(int argc, char** argv) {
  try {
    portolan::lab::die_with_parent();
    portolan::lab::run(portolan::lab::parse({argv + 1, argv + argc}));
    return EXIT_SUCCESS;
  } catch (const std::exception& e) {
    fmt::print(stderr, "lab_counter: {}\n", e.what());
    return 2;
  }
}
