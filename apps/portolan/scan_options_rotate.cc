// SPDX-License-Identifier: Apache-2.0
// When files of results are put aside, and where to.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "options/value.h"
#include "output/rotation_request.h"
#include "portolan/errors.h"
#include "portolan/scan_options.h"

namespace portolan::cli {
namespace {

using options::Kind;
using options::Setting;

constexpr std::string_view kResults = "Results";

base::Nanos time_of(const Setting& s, std::string_view name) {
  if (const auto time = output::parse_rotation_time(s.value)) return *time;
  refuse(fmt::format("{} is no time for --{}", s.value, name), s.where.to_string(),
         "give seconds, or a number with s, min, hours, d or w: 3600, 10min, 6hours, daily");
}

void set_every(ScanDraft& d, const Setting& s) {
  const base::Nanos every = time_of(s, "rotate");
  if (every <= 0) {
    refuse(fmt::format("--rotate {} is no time that passes", s.value), s.where.to_string(),
           "give at least one second, or leave it out");
  }
  d.request.rotation.every = every;
  d.rotate_where = s.where;
}

void set_size(ScanDraft& d, const Setting& s) {
  const auto size = output::parse_rotation_size(s.value);
  if (!size || *size == 0) {
    refuse(fmt::format("{} is no size for --rotate-size", s.value), s.where.to_string(),
           "give bytes, or a number with k, m, g, t, p or e: 100m, 2g");
  }
  d.request.rotation.most_bytes = *size;
  d.rotate_where = s.where;
}

const std::array kRows{
    ScanOption{{.names = "rotate output-rotate rotate-output rotate-time",
                .kind = Kind::kText,
                .value = "TIME",
                .group = kResults,
                .help = "Puts each file of results aside at even times of UTC and begins a new one: 3600 (seconds), "
                        "10min, 6hours, hourly, daily, 2w. m is minutes. Each piece is a whole file.",
                .commands = "scan"},
               set_every},
    ScanOption{{.names = "rotate-offset output-rotate-offset",
                .kind = Kind::kText,
                .value = "TIME",
                .fallback = "0",
                .group = kResults,
                .help = "Moves the times of --rotate, for time zones; may be negative, as --rotate-offset=-5h.",
                .commands = "scan"},
               [](ScanDraft& d, const Setting& s) {
                 d.request.rotation.offset = time_of(s, "rotate-offset");
                 d.rotate_offset_where = s.where;
               }},
    ScanOption{
        {.names = "rotate-size output-rotate-filesize rotate-filesize",
         .kind = Kind::kText,
         .value = "SIZE",
         .group = kResults,
         .help = "Puts a file of results aside when it has reached SIZE bytes; k, m, g, t, p and e are each 1024 "
                 "times the one before.",
         .commands = "scan"},
        set_size},
    ScanOption{{.names = "rotate-dir output-rotate-dir rotate-directory",
                .kind = Kind::kText,
                .value = "DIR",
                .fallback = ".",
                .group = kResults,
                .help = "Where files that are put aside go. It must be there, and on the file system of the file.",
                .commands = "scan"},
               [](ScanDraft& d, const Setting& s) {
                 d.request.rotation.dir = s.value;
                 d.rotate_dir_where = s.where;
               }},
    ScanOption{{.names = "rotate-zstd",
                .kind = Kind::kBool,
                .fallback = "no",
                .group = kResults,
                .help = "Compresses files that were put aside by zstd.",
                .commands = "scan"},
               [](ScanDraft& d, const Setting& s) {
                 d.request.rotation.compress = options::to_bool(s.value);
                 d.rotate_zstd_where = s.where;
               }},
};

// An option that would do nothing is refused.
void refuse_without_rotation(const std::optional<options::Where>& where, std::string_view name, std::string_view cure) {
  if (where)
    refuse(fmt::format("--{} has nothing to do: nothing is rotated", name), where->to_string(), std::string(cure));
}

}  // namespace

std::span<const ScanOption> rotation_options() { return kRows; }

void settle_rotation(const ScanDraft& draft) {
  const output::RotationRequest& rotation = draft.request.rotation;
  if (rotation.every == 0) {
    refuse_without_rotation(draft.rotate_offset_where, "rotate-offset", "add --rotate TIME, or leave it out");
  }
  if (!rotation.wanted()) {
    constexpr std::string_view kCure = "add --rotate TIME or --rotate-size SIZE, or leave it out";
    refuse_without_rotation(draft.rotate_dir_where, "rotate-dir", kCure);
    if (rotation.compress) refuse_without_rotation(draft.rotate_zstd_where, "rotate-zstd", kCure);
    return;
  }
  const auto& outputs = draft.request.outputs;
  if (std::any_of(outputs.begin(), outputs.end(), [](const OutputFile& o) { return o.is_file(); })) return;
  refuse("there is no file of results to rotate", draft.rotate_where.to_string(),
         "add an output to a file, as -oL FILE");
}

}  // namespace portolan::cli
