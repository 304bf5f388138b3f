// SPDX-License-Identifier: Apache-2.0
#include "measure.h"

#include <fmt/format.h>
#include <pthread.h>
#include <sched.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <thread>

namespace portolan::bench {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_of_thread(pthread_t thread) {
  clockid_t clock{};
  timespec t{};
  if (pthread_getcpuclockid(thread, &clock) != 0 || clock_gettime(clock, &t) != 0) return 0;
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

double seconds_of_file(int fd) {
  std::array<char, 128> text{};
  return pread(fd, text.data(), text.size() - 1, 0) > 0 ? std::strtod(text.data(), nullptr) * 1e-9 : 0;
}

struct Snapshot {
  Clock::time_point when;
  uint64_t sent = 0, arrived = 0;
  double sender = 0, kernel_threads = 0;
};

class Measurement {
 public:
  Measurement(const Options& options, FarSide* far, const Loop& loop) : options_(options), far_(far), loop_(loop) {}

  void run() {
    std::thread sender([this] { send(); });
    thread_ = sender.native_handle();
    pass_time(options_.warm_up);
    const Snapshot begin = look();
    pass_time(options_.seconds);
    const Snapshot end = look();
    loop_.stop();
    while (!done_) {
      pthread_kill(thread_, SIGUSR1);  // ends a long call
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    sender.join();
    if (!error_.empty()) throw std::runtime_error(error_);
    print(begin, end);
  }

 private:
  void send() {
    cpu_set_t cores;
    CPU_ZERO(&cores);
    CPU_SET(static_cast<size_t>(options_.core), &cores);
    sched_setaffinity(0, sizeof cores, &cores);
    try {
      loop_.run();
    } catch (const std::exception& e) {
      error_ = e.what();
    }
    done_ = true;
  }

  void pass_time(double seconds) const {
    const auto until = Clock::now() + std::chrono::duration<double>(seconds);
    while (Clock::now() < until && !done_ && loop_.sent() < options_.most) {
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  }

  Snapshot look() const {
    Snapshot s{.when = Clock::now(), .sent = loop_.sent(), .arrived = far_ != nullptr ? far_->arrived() : 0};
    if (!done_) s.sender = seconds_of_thread(thread_);
    for (const int fd : options_.watched) s.kernel_threads += seconds_of_file(fd);
    return s;
  }

  void print(const Snapshot& begin, const Snapshot& end) const {
    fmt::print(R"({{"way":"{}","seconds":{:.4f},"sent":{},"arrived":{},"sender_seconds":{:.4f},)"
               R"("kernel_thread_seconds":{:.4f}}})"
               "\n",
               options_.way, std::chrono::duration<double>(end.when - begin.when).count(), end.sent - begin.sent,
               end.arrived - begin.arrived, end.sender - begin.sender, end.kernel_threads - begin.kernel_threads);
  }

  const Options& options_;
  FarSide* far_;
  const Loop& loop_;
  pthread_t thread_{};
  std::atomic<bool> done_{false};
  std::string error_;
};

}  // namespace

Options parse(int argc, char** argv) {
  if (argc < 4) throw std::runtime_error(std::string(argv[0]) + " NEAR FAR WAY [options]");
  Options o;
  o.near = argv[1], o.far = argv[2], o.way = argv[3];
  for (int i = 4; i + 1 < argc; i += 2) {
    const std::string word = argv[i], value = argv[i + 1];
    if (word == "--seconds") {
      o.seconds = std::stod(value);
    } else if (word == "--warm-up") {
      o.warm_up = std::stod(value);
    } else if (word == "--most") {
      o.most = std::stoull(value);
    } else if (word == "--batch") {
      o.batch = static_cast<uint32_t>(std::stoul(value));
    } else if (word == "--core") {
      o.core = std::stoi(value);
    } else if (word == "--watch-file") {
      o.watched.push_back(std::stoi(value));
    } else {
      throw std::runtime_error("unknown option " + word);
    }
  }
  return o;
}

int measure(const Options& options, FarSide* far, const Loop& loop) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  struct sigaction action {};
  action.sa_handler = [](int) {};
  sigaction(SIGUSR1, &action, nullptr);
  Measurement(options, far, loop).run();
  return EXIT_SUCCESS;
}

}  // namespace portolan::bench
