// SPDX-License-Identifier: Apache-2.0
// The file of an authority, read and made at start.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "proto/tls/authority.h"

namespace portolan::proto {
namespace {

constexpr off_t kMostBytes = 65536;

class File {
 public:
  explicit File(int fd) : fd_(fd) {}
  ~File() {
    if (fd_ >= 0) close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

tl::unexpected<std::string> refusal(const std::string& path, const std::string& why) {
  return tl::make_unexpected(fmt::format("{}: {}", path, why));
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    text.remove_prefix(static_cast<size_t>(n));
  }
  return fsync(fd) == 0;
}

// Returns 0 or an errno. A file that has come into being meanwhile is left as it is: that is no error.
int make_file(const std::string& path, const std::string& text) {
  std::string hidden = path + ".XXXXXX";
  const File file(mkostemp(hidden.data(), O_CLOEXEC));  // mode 0600
  if (file.fd() < 0) return errno;
  int error = 0;
  if (!write_all(file.fd(), text) ||
      renameat2(AT_FDCWD, hidden.c_str(), AT_FDCWD, path.c_str(), RENAME_NOREPLACE) != 0) {
    error = errno;
    unlink(hidden.c_str());
  }
  return error == EEXIST ? 0 : error;
}

tl::expected<std::string, std::string> read_file(const std::string& path, int fd) {
  struct stat about {};
  if (fstat(fd, &about) != 0) return refusal(path, std::strerror(errno));
  if (!S_ISREG(about.st_mode)) return refusal(path, "is not a regular file");
  if ((about.st_mode & 077) != 0) {
    return refusal(path, fmt::format("others may read or change it (mode {:04o}), and it holds keys; chmod 600 it",
                                     about.st_mode & 07777));
  }
  if (about.st_size > kMostBytes) return refusal(path, "is too long for a file of certificates and keys");
  std::string text(static_cast<size_t>(about.st_size), '\0');
  size_t have = 0;
  while (have < text.size()) {
    const ssize_t n = pread(fd, text.data() + have, text.size() - have, static_cast<off_t>(have));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return refusal(path, std::strerror(errno));
    if (n == 0) break;
    have += static_cast<size_t>(n);
  }
  text.resize(have);
  return text;
}

}  // namespace

TlsAuthority::Result TlsAuthority::open(const std::string& path, base::Nanos wall, uint32_t most_layers) {
  if (access(path.c_str(), F_OK) != 0 && errno == ENOENT) {
    if (const int error = make_file(path, make_pem(wall)); error != 0) {
      return refusal(path, fmt::format("cannot be made: {}; name a file in a folder that can be written to",
                                       std::strerror(error)));
    }
  }
  const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.fd() < 0) return refusal(path, fmt::format("cannot be read: {}", std::strerror(errno)));
  const auto text = read_file(path, file.fd());
  if (!text) return tl::make_unexpected(text.error());
  auto authority = from_pem(*text, wall, most_layers);
  if (!authority) {
    return refusal(path, fmt::format("{}; move it away to have a new one made", authority.error()));
  }
  return authority;
}

}  // namespace portolan::proto
