// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "options/parse.h"
#include "portolan/commands.h"
#include "portolan/configuration.h"
#include "portolan/echo.h"
#include "portolan/errors.h"
#include "portolan/list_targets.h"
#include "portolan/page_printer.h"
#include "portolan/readscan.h"
#include "portolan/scan_options.h"
#include "portolan/scan_questions.h"
#include "portolan/scan_request.h"
#include "portolan/scan_run.h"

namespace portolan::cli {

namespace {

int scan_as(Persona persona, Args args) {
  const bool as_masscan = persona == Persona::kMasscan;
  const auto given = options::parse(scan_table(), args, as_masscan ? 1 : kFirstArgument);
  if (!given) throw Refusal(given.error());
  if (const auto answered = answer_question(*given, persona)) return *answered;
  if (print_page_if_asked(scan_table(), as_masscan ? kMasscanPage : kScanPage, *given)) return kOk;
  if (asks_for_readscan(args)) return read_results(readscan_request(*given, persona));
  Configuration configuration = read_configuration(*given, as_masscan ? kMasscanSystemConf : kSystemConf);
  if (const auto status = print_if_asked(configuration)) return *status;
  options::Settings settings = std::move(configuration.settings);
  auto resumed = take_resumed(settings);
  ScanRequest request = make_scan_request(settings, std::move(resumed));
  request.persona = persona;
  request.command = fmt::format("{} {}", called(persona), fmt::join(args, " "));
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

}  // namespace

int scan_main(Args args) { return scan_as(Persona::kPortolan, args); }
int masscan_main(Args args) { return scan_as(Persona::kMasscan, args); }

}  // namespace portolan::cli
