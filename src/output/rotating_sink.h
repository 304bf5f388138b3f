// SPDX-License-Identifier: Apache-2.0
// RotatingSink: a sink around a sink that ends its file now and then, puts it aside as a piece and begins a new one.
//
// Every piece is a whole file of its format: it got the manifest, and a summary of its own (`complete` no, the number
// of its results) when it was put aside; the last gets the run's. Pieces are put aside at even times of the calendar or
// by size (rotation_request.h), also while nothing arrives, and never over another file. By time the last piece is put
// aside too, at the end; by size alone it stays at its path.
//
// When a piece cannot be put aside (the folder has gone) writing goes on in it, error() says why, and it is tried again
// every kRetryAfter. Not for standard output, and not for stores that are no file. Owned by one thread, the writer;
// the clock outlives it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <tl/expected.hpp>

#include "base/clock.h"
#include "output/piece_packer.h"
#include "output/rotation_request.h"
#include "result/sink.h"

namespace portolan::output {

class RotatingSink final : public result::Sink {
 public:
  // Opens the file at the path anew. Called for each piece, when nothing is at the path; only the first may append.
  using Factory = std::function<tl::expected<std::unique_ptr<result::Sink>, std::string>()>;

  static constexpr base::Nanos kRetryAfter = 10 * base::kSecond;
  static constexpr uint32_t kLookEvery = 256;  // records between two looks at the size; tick() looks too

  // The error says what is wrong with the path or the folder, and the cure.
  static tl::expected<std::unique_ptr<result::Sink>, std::string> open(const std::string& path,
                                                                       const RotationRequest& request, Factory factory,
                                                                       const base::Clock& clock);

  void begin(const result::RunManifest& manifest) override;
  void write(const result::Observation& o) override;
  void banner(const result::Banner& b) override;
  void tick() override;
  bool sync() override { return inner_ != nullptr && inner_->sync() && error().empty(); }
  void end(const result::RunSummary& summary) override;
  const std::string& error() const override;

  uint64_t lost_records() const { return lost_; }  // given while no file could be opened

 private:
  RotatingSink(std::string path, RotationRequest request, Factory factory, std::unique_ptr<result::Sink> inner,
               const base::Clock& clock);

  enum class Why : uint8_t { kNotDue, kTime, kSize };
  Why why_due();
  void rotate_if_due();
  void rotate(Why why);
  void close_piece();
  bool put_aside(Why why);
  bool move_into(const std::string& folder, Why why);
  bool move_to(const std::string& piece);
  bool open_piece();
  bool postpone(std::string reason);
  bool may_write();

  std::string path_;
  std::string file_name_;
  RotationRequest request_;
  Factory factory_;
  std::unique_ptr<result::Sink> inner_;  // none between two pieces
  const base::Clock* clock_;
  std::unique_ptr<PiecePacker> packer_;  // none: pieces stay as they are

  result::RunManifest manifest_;
  base::Nanos next_time_ = INT64_MAX;   // wall
  base::Nanos not_before_ = INT64_MIN;  // monotonic: after a failure
  Why closed_why_ = Why::kNotDue;       // of a closed piece that still stands at the path
  uint64_t next_number_ = 0;
  uint64_t in_piece_ = 0;
  uint64_t lost_ = 0;
  std::string error_;         // of putting aside, while it lasts
  std::string pieces_error_;  // the first of those that closed pieces had; stays
};

}  // namespace portolan::output
