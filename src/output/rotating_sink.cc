// SPDX-License-Identifier: Apache-2.0
#include "output/rotating_sink.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include "output/folder.h"
#include "output/free_name.h"

namespace portolan::output {
namespace {

std::string reason() { return std::generic_category().message(errno); }

std::optional<std::string> why_no_folder(const std::string& dir, const std::string& path) {
  struct stat there {
  }, here{};
  if (::stat(dir.c_str(), &there) != 0) return fmt::format("{}: {}; make the directory first", dir, reason());
  if (!S_ISDIR(there.st_mode)) return fmt::format("{}: not a directory; name one", dir);
  if (::access(dir.c_str(), W_OK | X_OK) != 0)
    return fmt::format("{}: {}; name one that may be written to", dir, reason());
  if (::stat(folder_of(path).c_str(), &here) == 0 && here.st_dev != there.st_dev) {
    return fmt::format(
        "{} is on another file system than {}, so that pieces cannot be renamed into it; name a directory "
        "on the same one",
        dir, path);
  }
  return std::nullopt;
}

std::optional<std::string> why_no_file(const std::string& path) {
  if (path == "-") return "standard output cannot be rotated; name a file";
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode))
    return path + ": not a regular file, so it cannot be rotated";
  return std::nullopt;
}

uint64_t size_of(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? static_cast<uint64_t>(status.st_size) : 0;
}

}  // namespace

tl::expected<std::unique_ptr<result::Sink>, std::string> RotatingSink::open(const std::string& path,
                                                                            const RotationRequest& request,
                                                                            Factory factory, const base::Clock& clock) {
  if (const auto why = why_no_file(path)) return tl::unexpected(*why);
  if (const auto why = why_no_folder(request.dir, path)) return tl::unexpected(*why);
  auto inner = factory();
  if (!inner) return tl::unexpected(inner.error());
  return std::unique_ptr<result::Sink>(new RotatingSink(path, request, std::move(factory), std::move(*inner), clock));
}

RotatingSink::RotatingSink(std::string path, RotationRequest request, Factory factory,
                           std::unique_ptr<result::Sink> inner, const base::Clock& clock)
    : path_(std::move(path)),
      file_name_(std::filesystem::path(path_).filename()),
      request_(std::move(request)),
      factory_(std::move(factory)),
      inner_(std::move(inner)),
      clock_(&clock),
      packer_(request_.compress ? std::make_unique<PiecePacker>() : nullptr) {}

void RotatingSink::begin(const result::RunManifest& manifest) {
  manifest_ = manifest;
  if (request_.every > 0) next_time_ = next_boundary(clock_->wall(), request_.every, request_.offset);
  inner_->begin(manifest);
}

void RotatingSink::write(const result::Observation& o) {
  if (may_write()) inner_->write(o);
}

void RotatingSink::banner(const result::Banner& b) {
  if (may_write()) inner_->banner(b);
}

// Counts the record, and says whether there is a file for it.
bool RotatingSink::may_write() {
  if (in_piece_ % kLookEvery == 0) rotate_if_due();
  ++in_piece_;
  if (inner_ != nullptr) return true;
  ++lost_;
  return false;
}

void RotatingSink::tick() {
  if (inner_ != nullptr) inner_->tick();
  rotate_if_due();
  if (packer_ != nullptr && pieces_error_.empty()) pieces_error_ = packer_->error();
}

RotatingSink::Why RotatingSink::why_due() {
  const base::Nanos wall = clock_->wall();
  if (request_.every > 0) {
    if (wall >= next_time_) return Why::kTime;
    // The clock was set back: without this nothing would happen until it has caught up.
    if (next_time_ - wall > request_.every) next_time_ = next_boundary(wall, request_.every, request_.offset);
  }
  const bool full = request_.most_bytes != 0 && in_piece_ != 0 && size_of(path_) >= request_.most_bytes;
  return full ? Why::kSize : Why::kNotDue;
}

void RotatingSink::rotate_if_due() {
  if (clock_->now() < not_before_) return;
  const Why why = inner_ == nullptr ? closed_why_ : why_due();
  if (inner_ == nullptr || why != Why::kNotDue) rotate(why);
}

void RotatingSink::rotate(Why why) {
  // Asked before the piece is closed, so that when the folder has gone writing goes on in the file that there is.
  if (inner_ != nullptr && ::access(request_.dir.c_str(), W_OK | X_OK) != 0) {
    postpone(fmt::format("{}: {}", request_.dir, reason()));
    return;
  }
  if (inner_ != nullptr) {
    close_piece();
    closed_why_ = why;
  }
  if (closed_why_ != Why::kNotDue && !put_aside(closed_why_)) return;
  if (!open_piece()) return;
  error_.clear();
}

void RotatingSink::close_piece() {
  inner_->sync();
  inner_->end({clock_->wall(), false, {{"piece-results", in_piece_}}});
  if (pieces_error_.empty()) pieces_error_ = inner_->error();
  inner_.reset();
}

// Into the folder that was asked for, or at least beside the file: what is closed must not be written over.
bool RotatingSink::put_aside(Why why) {
  if (!move_into(request_.dir, why)) {
    const std::string first = fmt::format("{}: cannot be put into {}: {}", path_, request_.dir, reason());
    if (!move_into(folder_of(path_), why)) return postpone(first);
    if (pieces_error_.empty()) pieces_error_ = first;
  }
  closed_why_ = Why::kNotDue;
  return true;
}

bool RotatingSink::move_into(const std::string& folder, Why why) {
  const base::Nanos wall = clock_->wall();
  for (uint64_t again = 0;; ++again) {
    const uint64_t number = why == Why::kSize ? next_number_++ : again;
    const std::string numbered = piece_name_by_size(file_name_, number);
    const std::string by_time = piece_name_by_time(again == 0 ? file_name_ : numbered, wall);
    if (move_to(fmt::format("{}/{}", folder, why == Why::kSize ? numbered : by_time))) return true;
    if (errno == EEXIST) continue;
    if (why == Why::kSize) --next_number_;
    return false;
  }
}

bool RotatingSink::move_to(const std::string& piece) {
  if (::access((piece + ".zst").c_str(), F_OK) == 0) {
    errno = EEXIST;
    return false;
  }
  if (!rename_to_free_name(path_, piece)) return false;
  if (packer_ != nullptr) packer_->add(piece);
  return true;
}

bool RotatingSink::open_piece() {
  auto next = factory_();
  if (!next) return postpone(next.error());
  inner_ = std::move(*next);
  inner_->begin(manifest_);
  in_piece_ = 0;
  if (request_.every > 0) next_time_ = next_boundary(clock_->wall(), request_.every, request_.offset);
  return true;
}

bool RotatingSink::postpone(std::string why) {
  error_ = std::move(why);
  not_before_ = clock_->now() + kRetryAfter;
  return false;
}

void RotatingSink::end(const result::RunSummary& summary) {
  if (inner_ != nullptr) {
    inner_->end(summary);
    if (pieces_error_.empty()) pieces_error_ = inner_->error();
    inner_.reset();
    if (request_.every > 0) put_aside(Why::kTime);
  } else if (closed_why_ != Why::kNotDue) {
    put_aside(closed_why_);
  }
  if (lost_ != 0) pieces_error_ = fmt::format("{}: {} records are lost", error_.empty() ? path_ : error_, lost_);
  if (packer_ == nullptr) return;
  packer_->finish();
  if (pieces_error_.empty()) pieces_error_ = packer_->error();
}

const std::string& RotatingSink::error() const {
  if (!error_.empty()) return error_;
  return inner_ != nullptr && !inner_->error().empty() ? inner_->error() : pieces_error_;
}

}  // namespace portolan::output
