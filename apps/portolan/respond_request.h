// SPDX-License-Identifier: Apache-2.0
// RespondRequest: what the user of `portolan respond` asked for, whole and checked.
//
// Made of the options before anything is sent or changed; a doubt about any of it is a Refusal. A value afterwards.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/rotation.h"
#include "host/source_ports.h"
#include "options/parse.h"
#include "portolan/address_list.h"
#include "respond/options.h"
#include "xdp/answer.h"

namespace portolan::cli {

enum class LogForm : uint8_t { kConsole, kLogfmt, kJson };
enum class GuardWish : uint8_t { kAuto, kAlways, kNever };

struct RespondRequest {
  std::string interface;
  std::optional<addr::MacAddress> mac;
  respond::EngineOptions engine;
  std::string rules_path;
  std::string tls_state_path;
  bool tls = true;

  std::optional<xdp::FastMode> fast;  // absent: user space answers everything
  GuardWish guard = GuardWish::kAuto;
  std::optional<std::vector<host::PortRange>> kept_ports;  // absent: those on which this machine listens now

  uint32_t verbosity = 0;
  bool quiet = false;
  LogForm form = LogForm::kConsole;
  std::string contacts_path;
  std::string capture_path;
  uint32_t snap_length = 262'144;
  base::RotationPolicy rotation;
  uint32_t payload_cap = 2048;
  std::string metrics;
  bool status = true;

  std::string user = "nobody";
  bool sandbox = true;
  std::optional<base::Nanos> duration;

  std::vector<std::string> warnings;
};

// What the options say, and which of them ask for something else than to respond.
struct RespondDraft {
  RespondRequest request;
  bool masscanned = false;  // started under that name
  std::vector<Sourced> own_lists, own_files, denied_lists, denied_files;
  bool deny_special = false;
  std::optional<Sourced> population;
  bool truth = false;
  std::optional<bool> personality_masscanned;
  std::optional<respond::Amplification> amplification;
  std::vector<Sourced> words;
};

// Throws Refusal.
RespondRequest make_respond_request(RespondDraft draft);
// The population alone, for --truth.
std::shared_ptr<const population::Population> read_population(const Sourced& source);

}  // namespace portolan::cli
