// SPDX-License-Identifier: Apache-2.0
// Persona: as which program `portolan scan` was started, which is who reads what it prints.
//
// Started by a link called masscan it is that program for scripts and wrappers: words of the command line, sentences
// on standard output and the status line on standard error have masscan's form, byte for byte. What is asked, sent,
// counted and refused is the same under either name.
#pragma once

#include <cstdint>
#include <string_view>

namespace portolan::cli {

enum class Persona : uint8_t { kPortolan, kMasscan };

// How the scan says how it is doing (status_forms.h).
enum class StatusForm : uint8_t { kNone, kLine, kMasscan, kNdjson };

// What is typed before the options.
constexpr std::string_view called(Persona p) { return p == Persona::kMasscan ? "masscan" : "portolan scan"; }

}  // namespace portolan::cli
