// SPDX-License-Identifier: Apache-2.0
#include "output/external_sort.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <queue>
#include <tuple>

#include "base/errno_text.h"

namespace portolan::output {
namespace {

constexpr size_t kWriteAt = size_t{256} << 10;
constexpr size_t kLeastAhead = size_t{4} << 10;
constexpr size_t kHeadBytes = 20;  // of an ExternalSort::Head, without the padding

base::UniqueFd open_nameless(const std::string& folder) {
  base::UniqueFd file(::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (file) return file;
  // Not every file system has files without a name.
  std::string name = folder + "/.portolan-sort-XXXXXX";
  file = base::UniqueFd(::mkostemp(name.data(), O_CLOEXEC));
  if (file) ::unlink(name.c_str());
  return file;
}

}  // namespace

// What stands before a record's bytes in the file. Only this program reads it, while it runs: in the machine's order.
struct ExternalSort::Head {
  uint64_t hi, lo;
  uint32_t size;
};

// Goes through one run, some of it at a time.
class ExternalSort::RunReader {
 public:
  RunReader(int file, const Run& run, size_t ahead) : file_(file), at_(run.begin), end_(run.end), ahead_(ahead) {}

  // To the next record. False at the end of the run, or, with errno set in failed(), when it cannot be read.
  bool next() {
    first_ += taken_;
    taken_ = 0;
    if (first_ == buffer_.size() && at_ == end_) return false;
    if (!have(kHeadBytes)) return false;
    std::memcpy(&head_, buffer_.data() + first_, kHeadBytes);
    if (!have(kHeadBytes + head_.size)) return false;
    taken_ = kHeadBytes + head_.size;
    return true;
  }
  Key key() const { return {head_.hi, head_.lo}; }
  std::string_view bytes() const { return std::string_view(buffer_).substr(first_ + kHeadBytes, head_.size); }
  int failed() const { return failed_; }

 private:
  bool have(size_t size) {
    while (buffer_.size() - first_ < size) {
      buffer_.erase(0, first_);
      first_ = 0;
      const size_t before = buffer_.size();
      const size_t wanted = std::min<uint64_t>(std::max(ahead_, size) - before, end_ - at_);
      buffer_.resize(before + wanted);
      const ssize_t got = ::pread(file_, buffer_.data() + before, wanted, static_cast<off_t>(at_));
      buffer_.resize(before + static_cast<size_t>(std::max<ssize_t>(got, 0)));
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) {
        failed_ = got < 0 ? errno : EIO;
        return false;
      }
      at_ += static_cast<uint64_t>(got);
    }
    return true;
  }

  int file_;
  uint64_t at_, end_;  // of what is still to be read
  size_t ahead_;
  std::string buffer_;
  size_t first_ = 0;  // of the record, in buffer_
  size_t taken_ = 0;  // its size there
  Head head_{};
  int failed_ = 0;
};

void ExternalSort::add(const Key& key, std::string_view bytes) {
  entries_.push_back({key, bytes_.size(), static_cast<uint32_t>(bytes.size())});
  bytes_ += bytes;
  if (entries_.size() * sizeof(Entry) + bytes_.size() >= memory_) write_run();
}

tl::expected<void, std::string> ExternalSort::drain(const Take& take) {
  if (runs_.empty() && error_.empty()) {
    sort_entries();
    for (const Entry& e : entries_) take(e.key, std::string_view(bytes_).substr(e.at, e.size));
    return {};
  }
  write_run();
  // What the merge needs is what gathering no longer does.
  entries_ = {};
  bytes_ = {};
  merge(take);
  if (!error_.empty()) return tl::unexpected(error_);
  return {};
}

// In the order of their bytes, of which one without any comes before the next: that is the order of adding, without the
// memory of a stable sort.
void ExternalSort::sort_entries() {
  std::sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
    return std::tie(a.key, a.at, a.size) < std::tie(b.key, b.at, b.size);
  });
}

void ExternalSort::write_run() {
  if (!file_ && error_.empty()) {
    file_ = open_nameless(folder_);
    if (!file_) fail();
  }
  sort_entries();
  const uint64_t begin = written_;
  std::string out;
  for (const Entry& e : entries_) {
    const Head head{e.key.hi, e.key.lo, e.size};
    out.append(reinterpret_cast<const char*>(&head), kHeadBytes);
    out.append(bytes_, e.at, e.size);
    if (out.size() < kWriteAt) continue;
    write(out);
    out.clear();
  }
  write(out);
  if (written_ != begin) runs_.push_back({begin, written_});
  entries_.clear();
  bytes_.clear();
}

void ExternalSort::write(std::string_view bytes) {
  while (!bytes.empty() && error_.empty()) {
    const ssize_t done = ::write(file_.get(), bytes.data(), bytes.size());
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return fail();
    written_ += static_cast<uint64_t>(done);
    bytes.remove_prefix(static_cast<size_t>(done));
  }
}

void ExternalSort::merge(const Take& take) {
  if (!error_.empty()) return;
  const size_t ahead = std::max(memory_ / runs_.size(), kLeastAhead);
  std::vector<RunReader> readers;
  readers.reserve(runs_.size());
  for (const Run& run : runs_) readers.emplace_back(file_.get(), run, ahead);
  // The least key, and of equal ones the earlier run.
  using Next = std::pair<Key, size_t>;
  std::priority_queue<Next, std::vector<Next>, std::greater<>> waiting;
  const auto advance = [&](size_t run) {
    if (readers[run].next()) {
      waiting.emplace(readers[run].key(), run);
    } else if (readers[run].failed() != 0) {
      errno = readers[run].failed();
      fail();
    }
  };
  for (size_t run = 0; run < readers.size(); ++run) advance(run);
  while (!waiting.empty() && error_.empty()) {
    const auto [key, run] = waiting.top();
    waiting.pop();
    take(key, readers[run].bytes());
    advance(run);
  }
}

void ExternalSort::fail() { error_ = base::errno_text("no room to sort in " + folder_); }

}  // namespace portolan::output
