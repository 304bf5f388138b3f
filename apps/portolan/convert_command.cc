// SPDX-License-Identifier: Apache-2.0
#include "options/parse.h"
#include "portolan/commands.h"
#include "portolan/convert_options.h"
#include "portolan/errors.h"
#include "portolan/page_printer.h"
#include "portolan/readscan.h"

namespace portolan::cli {

int convert_main(Args args) {
  const auto settings = options::parse(convert_table(), args, kFirstArgument);
  if (!settings) throw Refusal(settings.error());
  if (print_page_if_asked(convert_table(), kConvertPage, *settings)) return kOk;
  return read_results(make_convert_request(*settings));
}

}  // namespace portolan::cli
