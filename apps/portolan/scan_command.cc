// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "options/parse.h"
#include "portolan/commands.h"
#include "portolan/errors.h"
#include "portolan/list_targets.h"
#include "portolan/page_printer.h"
#include "portolan/scan_options.h"
#include "portolan/scan_request.h"
#include "portolan/scan_run.h"

namespace portolan::cli {

int scan_main(Args args) {
  const auto settings = options::parse(scan_table(), args, kFirstArgument);
  if (!settings) throw Refusal(settings.error());
  if (print_page_if_asked(scan_table(), kScanPage, *settings)) return kOk;
  ScanRequest request = make_scan_request(*settings);
  request.command = fmt::format("portolan scan {}", fmt::join(args, " "));
  for (const std::string& warning : request.warnings) print_warning(warning);
  if (request.mode == Mode::kList) {
    if (list_targets(request.plan, STDOUT_FILENO)) return kOk;
    print_error({std::string("cannot write the list: ") + std::strerror(errno)});
    return kFailed;
  }
  ScanRun run(std::move(request));
  run.prepare();
  return run.run();
}

}  // namespace portolan::cli
