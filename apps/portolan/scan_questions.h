// SPDX-License-Identifier: Apache-2.0
// Questions to the program itself: --version, --iflist, --nmap, --selftest. Nothing is sent, and no right is needed.
// Main thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/vantage.h"
#include "options/parse.h"
#include "portolan/persona.h"

namespace portolan::cli {

// Answers the first of them that is among the settings, on standard output: the exit status. Absent: none is.
std::optional<int> answer_question(const options::Settings& settings, Persona persona);

// The answers. Those of masscan begin as masscan's do, since its wrappers look for that.
std::string version_text(Persona persona);

// `routers`: for the interfaces in their order, its routers to everywhere else.
std::string interfaces_text(const std::vector<host::Interface>& interfaces,
                            const std::vector<std::vector<addr::IpAddress>>& routers);
// The gateways that most addresses of a family are behind.
std::vector<addr::IpAddress> routers_of(const host::Vantage& v);

// What each of nmap's options is in this table. Lines of at most `width`.
std::string nmap_text(const options::Table& table, size_t width);
// nmap's options, as they are typed.
std::vector<std::string_view> nmap_words();

}  // namespace portolan::cli
