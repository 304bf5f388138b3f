// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "options/parse.h"
#include "portolan/commands.h"
#include "portolan/errors.h"
#include "portolan/page_printer.h"
#include "portolan/respond_options.h"
#include "portolan/respond_request.h"
#include "portolan/respond_run.h"
#include "portolan/respond_truth.h"

namespace portolan::cli {
namespace {

int respond(Args args, bool masscanned, uint32_t first) {
  const auto settings = options::parse(respond_table(), args, first);
  if (!settings) throw Refusal(settings.error());
  if (print_page_if_asked(respond_table(), kRespondPage, *settings)) return kOk;
  RespondDraft draft = apply_respond_settings(*settings);
  draft.masscanned = masscanned;
  if (draft.truth) return print_truth_of(draft);
  RespondRun run(make_respond_request(std::move(draft)));
  run.prepare();
  return run.run();
}

}  // namespace

int respond_main(Args args) { return respond(args, false, kFirstArgument); }

int masscanned_main(Args args) { return respond(args, true, 1); }

}  // namespace portolan::cli
