// SPDX-License-Identifier: Apache-2.0
#include "portolan/respond_options.h"

#include <array>
#include <stdexcept>
#include <vector>

namespace portolan::cli {
namespace {

using Example = options::Page::Example;
using Status = options::Page::Status;

constexpr std::array kExamples{
    Example{"sudo portolan respond -i veth1 --self-ip-list 10.0.0.0/24", "Answers for a whole network on one link."},
    Example{"sudo portolan respond -i eth0 --self-ip-list 203.0.113.7 --contacts contacts.ndjson --pcap seen.pcapng",
            "A sensor on a public address: who came, what they said, and every packet."},
    Example{"sudo portolan respond -i veth1 --population seed=7,live=0.2,tcp=22:0.5+80:0.3,closed=0.6 "
            "--self-ip-list 10.0.0.0/8",
            "Three million simulated hosts, the same ones every time."},
    Example{"portolan respond --population hosts.toml --truth 10.0.0.0/16 22,80,443 > truth.ndjson",
            "What a perfect scan of that population would find. Nothing is sent."},
};

constexpr std::array kStatuses{
    Status{0, "It was told to end and did, or what was asked was printed."},
    Status{1, "It began and failed: the message says why. The logs are whole."},
    Status{2, "The input was refused: the message says what, where, and the cure. Nothing was sent."},
};

constexpr std::array kParts{respond_who_options, respond_limit_options, respond_record_options};

std::vector<const options::Option*> all_options() {
  std::vector<const options::Option*> rows;
  for (const auto part : kParts) {
    for (const RespondOption& row : part()) rows.push_back(&row.option);
  }
  return rows;
}

const RespondOption& option_of(const options::Setting& setting) {
  for (const auto part : kParts) {
    for (const RespondOption& row : part()) {
      if (&row.option == setting.option) return row;
    }
  }
  throw std::logic_error("a setting of no option of respond");
}

}  // namespace

const options::Page kRespondPage{
    .synopsis = "portolan respond -i INTERFACE [options]",
    .summary = "answer scanners and bots, on one address or on whole networks",
    .description =
        "Lets them talk first: answers ARP, ping, every TCP SYN and many application protocols on every port, TCP and "
        "UDP, IPv4 and IPv6, with its own TCP/IP stack, and tells who came and what they said. It plays one host, or "
        "with --population up to billions of simulated ones.\n\n"
        "It is made to be exposed: a SYN costs no memory, over UDP it never says more than it was told, it answers "
        "nobody faster than its limits allow, and after its start it has no rights left but to send and receive on "
        "one interface.\n\n"
        "Started under the name masscanned it behaves as that program does. Answer only for addresses that are yours.",
    .examples = kExamples,
    .statuses = kStatuses,
};

const options::Table& respond_table() {
  static const options::Table table("respond", all_options());
  return table;
}

RespondDraft apply_respond_settings(const options::Settings& settings) {
  RespondDraft draft;
  for (const options::Setting& s : settings.settings) option_of(s).apply(draft, s);
  for (const options::Word& w : settings.words) draft.words.push_back({w.text, w.where});
  return draft;
}

}  // namespace portolan::cli
