// SPDX-License-Identifier: Apache-2.0
#include "portolan/respond_truth.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "portolan/errors.h"
#include "portolan/scan_targets.h"
#include "portolan/truth_command.h"

namespace portolan::cli {

int print_truth_of(const RespondDraft& draft) {
  if (!draft.population) {
    refuse("there is no population to tell the truth about", "", "name one with --population FILE or seed=...,...");
  }
  if (draft.words.size() < 2) {
    refuse("the targets and ports are missing", "",
           "write them behind it, the ports last: --truth 10.0.0.0/16 22,80,U:53");
  }
  ScanDraft scan;
  scan.targets.assign(draft.words.begin(), draft.words.end() - 1);
  scan.ports.push_back({draft.words.back(), {}});
  scan.no_exclusions_needed = true;
  settle_targets(scan);
  if (print_truth(*read_population(*draft.population), scan.request.plan.targets, STDOUT_FILENO)) return kOk;
  print_error({std::string("cannot write the truth: ") + std::strerror(errno)});
  return kFailed;
}

}  // namespace portolan::cli
