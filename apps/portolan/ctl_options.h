// SPDX-License-Identifier: Apache-2.0
// Every option of `portolan ctl`, and what may be asked of a running scan.
#pragma once

#include <string>

#include "options/help.h"
#include "options/parse.h"
#include "options/table.h"

namespace portolan::cli {

struct CtlRequest {
  std::string socket;  // empty: that of the one scan that runs
  std::string line;    // as the socket takes it (control_socket.h)
  bool json = false;   // print the answer as it came
};

const options::Table& ctl_table();
extern const options::Page kCtlPage;

// Throws Refusal.
CtlRequest make_ctl_request(const options::Settings& settings);

}  // namespace portolan::cli
