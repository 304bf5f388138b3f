// SPDX-License-Identifier: Apache-2.0
#include "portolan/checkpoint.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>

#include "base/errno_text.h"

namespace portolan::cli {
namespace {

constexpr uint32_t kMostNames = 1000;

bool keep_file(const std::string& path) {
  const base::UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  return file && ::fdatasync(file.get()) == 0;
}

bool write_whole(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = ::write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    text.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

// paused.conf, paused.2.conf, paused.3.conf ...
std::string usual_name(uint32_t number) { return number == 1 ? "paused.conf" : fmt::format("paused.{}.conf", number); }

}  // namespace

std::string boot_name() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string name;
  file >> name;
  return name;
}

Checkpoint::Checkpoint(Options options, AnsweredLog& log, const base::Clock& clock)
    : options_(std::move(options)), log_(log), clock_(clock), next_(clock.now() + options_.every) {
  if (options_.replace) path_ = options_.path;
}

void Checkpoint::turn(const scan::LaneGroup& lanes, output::Writer& writer) {
  const base::Nanos now = clock_.now();
  if (!asked_) {
    if (now < next_) return;
    log_.keep();
    const scan::Covered covered = lanes.covered(kLag, now);
    asked_ = {covered, writer.ask_for_flush()};
    return;
  }
  if (writer.flushed() < asked_->flush) return;
  keep_outputs();
  write(asked_->covered);
  asked_.reset();
  next_ = now + options_.every;
}

bool Checkpoint::finish(const scan::LaneGroup& lanes, base::Nanos lag) {
  log_.keep();
  log_.sync();
  keep_outputs();
  return write(lanes.covered(lag, clock_.now()));
}

void Checkpoint::remove() {
  if (!path_.empty()) ::unlink(path_.c_str());
  log_.remove();
  remove_earlier_log();
}

// By descriptors of our own: the writer goes on meanwhile.
void Checkpoint::keep_outputs() {
  for (const std::string& path : options_.outputs) keep_file(path);
  keep_file(log_.path());
}

bool Checkpoint::write(const scan::Covered& covered) {
  PausedState state = options_.state;
  state.pass = covered.pass;
  state.index = covered.index;
  state.answered = log_.stored();
  state.answered_path = log_.path();
  return put(paused_text(state, options_.settings));
}

bool Checkpoint::put(const std::string& text) {
  const std::string& base = !path_.empty() ? path_ : !options_.path.empty() ? options_.path : usual_name(1);
  const std::string fresh = fmt::format("{}.{}", base, ::getpid());
  bool ok = false;
  {
    const base::UniqueFd file(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    ok = file && write_whole(file.get(), text) && ::fdatasync(file.get()) == 0;
  }
  if (ok) ok = path_.empty() ? claim_name(fresh) : std::rename(fresh.c_str(), path_.c_str()) == 0;
  error_ = ok ? "" : base::errno_text(base);
  if (ok) remove_earlier_log();
  if (!ok) ::unlink(fresh.c_str());
  return ok;
}

// All that it held is in this run's.
void Checkpoint::remove_earlier_log() {
  if (!options_.earlier_log.empty()) ::unlink(options_.earlier_log.c_str());
  options_.earlier_log.clear();
}

// Takes a name that nobody has, in one step: link(2) does not replace.
bool Checkpoint::claim_name(const std::string& from) {
  if (!options_.path.empty()) {
    path_ = options_.path;
    return std::rename(from.c_str(), path_.c_str()) == 0;
  }
  for (uint32_t number = 1; number <= kMostNames; ++number) {
    const std::string name = usual_name(number);
    if (::link(from.c_str(), name.c_str()) == 0) {
      path_ = name;
      ::unlink(from.c_str());
      return true;
    }
    if (errno != EEXIST) return false;
  }
  return false;
}

}  // namespace portolan::cli
