// SPDX-License-Identifier: Apache-2.0
#include "portolan/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "portolan/errors.h"

namespace portolan::cli {
namespace {

constexpr size_t kPiece = 1 << 20;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ > STDERR_FILENO) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

std::string place(const std::string& path, const options::Where& given) {
  return fmt::format("{}, {}", given.to_string(), file_title(path));
}

}  // namespace

std::string file_title(const std::string& path) { return path == "-" ? "standard input" : path; }

void read_file(const std::string& path, const options::Where& given,
               const std::function<void(std::string_view)>& take) {
  const Descriptor file(path == "-" ? STDIN_FILENO : open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) {
    const int why = errno;
    refuse(fmt::format("cannot open {}: {}", path, std::strerror(why)), place(path, given),
           why == ENOENT ? "check the path; it is relative to the current directory" : "make the file readable");
  }
  std::vector<char> piece(kPiece);
  while (true) {
    const ssize_t n = read(file.get(), piece.data(), piece.size());
    if (n == 0) return;
    if (n > 0) {
      take({piece.data(), static_cast<size_t>(n)});
    } else if (errno != EINTR) {
      const int why = errno;
      refuse(fmt::format("cannot read {}: {}", file_title(path), std::strerror(why)), place(path, given),
             why == EISDIR ? "name a file, not a directory" : "make the file readable");
    }
  }
}

namespace {

// As opening it to write would do, but leaves nothing: a file that would be new is made and taken away again.
int try_to_write(const std::string& path) {
  constexpr int kWrite = O_WRONLY | O_NONBLOCK | O_CLOEXEC;
  const int there = open(path.c_str(), kWrite);
  if (there >= 0 || errno != ENOENT) return there;
  const int made = open(path.c_str(), kWrite | O_CREAT | O_EXCL, 0666);
  if (made >= 0) unlink(path.c_str());
  return made >= 0 || errno != EEXIST ? made : open(path.c_str(), kWrite | O_CREAT, 0666);  // a link to nowhere yet
}

}  // namespace

void check_writable(const std::string& path) {
  if (path == "-") return;
  const Descriptor file(try_to_write(path));
  // A named pipe without a reader is there and fine: whoever opens it to write will wait for one.
  if (file.get() >= 0 || errno == ENXIO) return;
  refuse(fmt::format("cannot write {}: {}", path, std::strerror(errno)), path,
         "name a file in a directory that is there and may be written to");
}

}  // namespace portolan::cli
