// SPDX-License-Identifier: Apache-2.0
#include "output/piece_packer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <zstd.h>

#include <cerrno>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "base/errno_text.h"
#include "base/unique_fd.h"
#include "output/free_name.h"

namespace portolan::output {
namespace {

constexpr size_t kChunk = size_t{256} << 10;

struct FreeContext {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};

tl::expected<void, std::string> failed(const std::string& path) { return tl::unexpected(base::errno_text(path)); }

bool write_all(int fd, const uint8_t* data, size_t size) {
  while (size > 0) {
    const ssize_t n = ::write(fd, data, size);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    data += n;
    size -= static_cast<size_t>(n);
  }
  return true;
}

// One chunk through the compressor and out. False: errno.
bool compress_chunk(ZSTD_CCtx* context, ZSTD_inBuffer in, bool last, int to, std::vector<uint8_t>& room) {
  for (;;) {
    ZSTD_outBuffer out{room.data(), room.size(), 0};
    const size_t left = ZSTD_compressStream2(context, &out, &in, last ? ZSTD_e_end : ZSTD_e_continue);
    if (ZSTD_isError(left) != 0) {
      errno = EIO;
      return false;
    }
    if (!write_all(to, room.data(), out.pos)) return false;
    if (last ? left == 0 : in.pos == in.size) return true;
  }
}

bool compress(int from, int to) {
  const std::unique_ptr<ZSTD_CCtx, FreeContext> context(ZSTD_createCCtx());
  if (context == nullptr) {
    errno = ENOMEM;
    return false;
  }
  ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
  std::vector<uint8_t> in(kChunk), out(ZSTD_CStreamOutSize());
  for (;;) {
    const ssize_t n = ::read(from, in.data(), in.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    const ZSTD_inBuffer chunk{in.data(), static_cast<size_t>(n), 0};
    if (!compress_chunk(context.get(), chunk, n == 0, to, out)) return false;
    if (n == 0) return true;
  }
}

}  // namespace

tl::expected<void, std::string> pack_piece(const std::string& path) {
  const std::string packed = path + ".zst";
  const base::UniqueFd from(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!from) return failed(path);
  const auto part = make_new_file(packed, ".part");
  if (!part) return failed(packed + ".part");
  const bool whole = compress(from.get(), part->fd.get()) && ::fsync(part->fd.get()) == 0;
  if (!whole || !rename_to_free_name(part->name, packed)) {
    const auto reason = failed(whole ? packed : part->name);
    ::unlink(part->name.c_str());
    return reason;
  }
  if (::unlink(path.c_str()) != 0) return failed(path);
  return {};
}

void PiecePacker::add(std::string path) {
  const std::lock_guard lock(mutex_);
  waiting_.push_back(std::move(path));
  wake_.notify_one();
}

void PiecePacker::finish() {
  {
    const std::lock_guard lock(mutex_);
    finishing_ = true;
    wake_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

std::string PiecePacker::error() const {
  const std::lock_guard lock(mutex_);
  return error_;
}

bool PiecePacker::take(std::string& path) {
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [this] { return finishing_ || !waiting_.empty(); });
  if (waiting_.empty()) return false;
  path = std::move(waiting_.front());
  waiting_.pop_front();
  return true;
}

void PiecePacker::run() {
  for (std::string path; take(path);) {
    const auto packed = pack_piece(path);
    if (packed) continue;
    const std::lock_guard lock(mutex_);
    if (error_.empty()) error_ = packed.error();
  }
}

}  // namespace portolan::output
