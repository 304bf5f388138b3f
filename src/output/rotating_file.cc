// SPDX-License-Identifier: Apache-2.0
#include "output/rotating_file.h"

#include <sys/stat.h>

#include <utility>

namespace portolan::output {

tl::expected<RotatingFile, std::string> RotatingFile::open(const std::string& path, const base::RotationPolicy& policy,
                                                           const base::Clock& clock) {
  if (path == "-" && policy.wanted()) return tl::unexpected<std::string>("stdout cannot be rotated: name a file");
  auto file = File::open(path, File::Mode::kAppend);
  if (!file) return tl::unexpected(file.error());
  struct stat status {};
  const bool known = path != "-" && ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
  return RotatingFile(std::move(*file), base::Rotation(path, policy), clock,
                      known ? static_cast<uint64_t>(status.st_size) : 0);
}

RotatingFile::RotatingFile(File file, base::Rotation rotation, const base::Clock& clock, uint64_t bytes)
    : file_(std::move(file)), rotation_(std::move(rotation)), clock_(&clock), bytes_(bytes) {
  rotation_.begin(clock.now());
}

void RotatingFile::append(std::string_view lines) {
  rotate_if_due();
  file_.append(lines);
  bytes_ += lines.size();
}

bool RotatingFile::flush() {
  rotate_if_due();
  return file_.flush() && rotation_error_.empty();
}

void RotatingFile::rotate_if_due() {
  if (!rotation_.policy().wanted()) return;
  const base::Nanos now = clock_->now();
  if (!rotation_.due(bytes_, now)) return;
  if (const auto moved = rotation_.advance(now); !moved) {
    rotation_error_ = moved.error();
    return;
  }
  auto next = File::open(rotation_.path(), File::Mode::kAppend);
  if (!next) {
    rotation_error_ = next.error();
    rotation_.postpone(now);
    return;
  }
  file_.close();
  lost_ += file_.lost_records();
  file_ = std::move(*next);
  rotation_error_.clear();
  rotation_.begin(now);
  bytes_ = 0;
}

}  // namespace portolan::output
