// SPDX-License-Identifier: Apache-2.0
// Help and manual pages of commands on standard output. The main thread's.
#pragma once

#include "options/help.h"
#include "options/parse.h"
#include "options/table.h"

namespace portolan::cli {

// Columns of the terminal, 80 when there is none; at most 120, since longer lines are hard to read.
size_t terminal_width();

// As wide as the terminal, 80 columns when there is none.
void print_help(const options::Table& table, const options::Page& page);
void print_manual(const options::Table& table, const options::Page& page);

// Prints what --help, --manual or --version (where the table has them) ask for; false: none was asked for.
bool print_page_if_asked(const options::Table& table, const options::Page& page, const options::Settings& settings);

}  // namespace portolan::cli
