// SPDX-License-Identifier: Apache-2.0
#include "portolan/ctl_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>

#include "options/nearest.h"
#include "pace/rate.h"
#include "portolan/errors.h"

namespace portolan::cli {
namespace {

using options::Kind;
using options::Option;
using Chapter = options::Page::Chapter;
using Example = options::Page::Example;
using Item = options::Page::Item;
using Status = options::Page::Status;

constexpr std::string_view kGroup = "Options";

constexpr Option kSocket{.names = "socket",
                         .kind = Kind::kText,
                         .value = "PATH",
                         .fallback = "that of the one scan that runs",
                         .group = kGroup,
                         .help = "The scan's socket: what its --control names.",
                         .commands = "ctl"};
constexpr Option kJson{
    .names = "json", .group = kGroup, .help = "Prints the answer as one JSON object.", .commands = "ctl"};
constexpr Option kHelp{.names = "help",
                       .shorts = "-h -?",
                       .group = kGroup,
                       .help = "Prints this, and does nothing else.",
                       .commands = "ctl"};
constexpr Option kManual{.names = "manual",
                         .group = kGroup,
                         .help = "Prints the manual page, for man -l -, and does nothing else.",
                         .commands = "ctl"};
constexpr std::array<const Option*, 4> kRows{&kSocket, &kJson, &kHelp, &kManual};

struct Order {
  std::string_view word;
  size_t least, most;  // words after it
  std::string_view cure;
};
constexpr std::array kOrders{
    Order{"status", 0, 0, "write portolan ctl status"},
    Order{"rate", 1, 1, "write probes a second, as in: portolan ctl rate 10k"},
    Order{"pause", 0, 0, "write portolan ctl pause"},
    Order{"continue", 0, 0, "write portolan ctl continue"},
    Order{"exclude", 1, SIZE_MAX, "name what to leave alone, as in: portolan ctl exclude 192.0.2.0/24"},
    Order{"stop", 0, 0, "write portolan ctl stop"},
};

constexpr std::array kExamples{
    Example{"portolan ctl status", "How far the scan has come, and at which rate."},
    Example{"portolan ctl rate 50k", "Sends 50,000 probes a second from now on."},
    Example{"portolan ctl exclude 192.0.2.0/24", "Sends nothing more there; the answer comes when that holds."},
};
constexpr std::array kWords{
    Item{"status", "Says how far it has come, at which rate, and what was sent, received, lost and found."},
    Item{"rate PER-SECOND", "Changes how fast it sends, as --rate of portolan-scan takes it; 0 lets it listen only."},
    Item{"pause", "Stops the sending. Answers are taken all the while."},
    Item{"continue", "Takes the sending up again."},
    Item{"exclude TARGETS",
         "Never sends there from now on; the answer comes when no further probe will. A scan that "
         "is resumed has to be told again, by --exclude. Not on the lane xdp."},
    Item{"stop", "Ends the sending as Ctrl-c does; a second one ends the scan at once."},
};
constexpr std::array kFiles{
    Item{"/run/portolan/scan-PID.sock", "The socket of a scan that root runs."},
    Item{"$XDG_RUNTIME_DIR/portolan/scan-PID.sock",
         "That of another user's; without the variable in /tmp/portolan-UID."},
};
constexpr std::array kChapters{
    Chapter{"WORDS", "What a scan can be asked and told:", kWords},
    Chapter{"FILES", {}, kFiles},
};
constexpr std::array kStatuses{
    Status{0, "The scan has done it."},
    Status{1, "No scan runs, or it cannot: the message says why."},
    Status{2, "The input was refused: the message says what, where, and the cure."},
};

[[noreturn]] void refuse_order(const options::Word& word) {
  options::Nearest nearest{word.text};
  for (const Order& o : kOrders) nearest.offer(o.word, std::string(o.word));
  refuse(fmt::format("a scan cannot be told to '{}'", word.text), word.where.to_string(),
         nearest.best() ? fmt::format("did you mean {}?", *nearest.best())
                        : "one of: status, rate, pause, continue, exclude, stop");
}

const Order& order_of(const std::vector<options::Word>& words) {
  if (words.empty()) refuse("nothing is asked of the scan", "", "as in: portolan ctl status");
  for (const Order& o : kOrders) {
    if (o.word != words[0].text) continue;
    const size_t more = words.size() - 1;
    if (more < o.least || more > o.most) {
      refuse(fmt::format("'{}' takes {} words", o.word, more < o.least ? "more" : "fewer"),
             words.back().where.to_string(), std::string(o.cure));
    }
    return o;
  }
  refuse_order(words[0]);
}

}  // namespace

const options::Page kCtlPage{
    .synopsis = "portolan ctl [options] status | rate N | pause | continue | exclude TARGETS | stop",
    .summary = "ask a running scan how far it is, and tell it things",
    .description =
        R"(Speaks with a scan of this machine over a local socket. status says how far it has come. rate changes how fast it
sends; 0 lets it listen only. pause and continue stop the sending and take it up again; answers are taken all the while.
exclude names addresses that are never sent to from now on; the answer comes when no further probe will. stop ends the
sending as Ctrl-c does; a second one ends the scan at once.

Who may: root, and the user that runs the scan.)",
    .examples = kExamples,
    .statuses = kStatuses,
    .chapters = kChapters,
    .see_also = "portolan(1) portolan-scan(1)",
};

const options::Table& ctl_table() {
  static const options::Table table("ctl", kRows);
  return table;
}

CtlRequest make_ctl_request(const options::Settings& settings) {
  CtlRequest request;
  for (const options::Setting& s : settings.settings) {
    if (s.option == &kSocket) request.socket = s.value;
    if (s.option == &kJson) request.json = true;
  }
  const Order& order = order_of(settings.words);
  if (order.word == "rate" && settings.words[1].text != "0") {
    const auto rate = pace::Rate::parse(settings.words[1].text);
    if (!rate) refuse(rate.error(), settings.words[1].where.to_string(), std::string(order.cure));
  }
  for (const options::Word& w : settings.words) request.line += (request.line.empty() ? "" : " ") + w.text;
  return request;
}

}  // namespace portolan::cli
