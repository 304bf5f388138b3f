// SPDX-License-Identifier: Apache-2.0
#include "portolan/answered_log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "base/errno_text.h"

namespace portolan::cli {
namespace {

constexpr std::string_view kHeader{"portolan-heard1\n"};  // 16 bytes; another form is another number
constexpr size_t kEntry = 16;
constexpr size_t kWriteAt = size_t{1} << 20;  // bytes that are not kept in memory only

void append_entry(std::string& out, base::u128 index) {
  for (size_t i = 0; i < kEntry; ++i) out.push_back(static_cast<char>(static_cast<uint8_t>(index >> (8 * i))));
}

base::u128 entry_at(const char* bytes) {
  base::u128 index = 0;
  for (size_t i = kEntry; i-- > 0;) index = index << 8 | static_cast<uint8_t>(bytes[i]);
  return index;
}

}  // namespace

AnsweredLog::AnsweredLog(std::string path, const addr::TargetSet& targets, std::vector<base::u128> known)
    : path_(std::move(path)), targets_(targets), pending_(kHeader) {
  for (const base::u128 index : known) append_entry(pending_, index);
}

void AnsweredLog::write(const result::Observation& o) {
  if (const auto index = targets_.index_of(o.target)) append_entry(pending_, *index);
}

bool AnsweredLog::open() {
  if (file_) return true;
  file_ = base::UniqueFd(::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!file_) error_ = base::errno_text(path_);
  return static_cast<bool>(file_);
}

void AnsweredLog::tick() {
  const bool wanted = kept_.load(std::memory_order_relaxed) || file_ || pending_.size() >= kWriteAt;
  if (!wanted || pending_.empty() || !open()) return;
  while (!pending_.empty()) {
    const ssize_t n = ::pwrite(file_.get(), pending_.data(), pending_.size(), static_cast<off_t>(file_bytes_));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      error_ = base::errno_text(path_);
      return;
    }
    file_bytes_ += static_cast<uint64_t>(n);
    pending_.erase(0, static_cast<size_t>(n));
  }
  error_.clear();
  stored_.store((file_bytes_ - kHeader.size()) / kEntry, std::memory_order_release);
}

bool AnsweredLog::sync() {
  tick();
  return error_.empty() && (!file_ || ::fdatasync(file_.get()) == 0);
}

void AnsweredLog::forget() {
  pending_ = kHeader;
  file_bytes_ = 0;
  stored_.store(0, std::memory_order_release);
  if (file_ && ::ftruncate(file_.get(), 0) != 0) error_ = base::errno_text(path_);
}

void AnsweredLog::remove() {
  if (file_) ::unlink(path_.c_str());
  file_ = {};
}

tl::expected<std::vector<base::u128>, std::string> AnsweredLog::read(const std::string& path, uint64_t most) {
  std::ifstream file(path, std::ios::binary);
  std::string header(kHeader.size(), '\0');
  if (!file.read(header.data(), static_cast<std::streamsize>(header.size())) || header != kHeader) {
    return tl::unexpected(fmt::format("{} cannot be read, or is no list of who has answered", path));
  }
  std::vector<base::u128> indexes;
  std::array<char, kEntry> entry{};
  while (indexes.size() < most && file.read(entry.data(), entry.size())) indexes.push_back(entry_at(entry.data()));
  return indexes;
}

}  // namespace portolan::cli
