// SPDX-License-Identifier: Apache-2.0
// portolan scan --nmap: nmap's options, and what each is here. The words are nmap's, in the order of its manual; what
// is said about them stands in the table of options and nowhere else.
#include <fmt/format.h>

#include "options/help.h"
#include "portolan/scan_questions.h"

namespace portolan::cli {
namespace {

constexpr std::string_view kWords =
    "-iL -iR --exclude --excludefile -sL -sn -Pn -PS -PA -PU -PY -PE -PP -PM -PO -n -R --dns-servers --system-dns "
    "--resolve-all --unique --traceroute --disable-arp-ping --discovery-ignore-rst "
    "-sS -sT -sA -sW -sM -sU -sN -sF -sX --scanflags -sI -sY -sZ -sO -b "
    "-p --exclude-ports -F -r --top-ports --port-ratio "
    "-sV --allports --version-intensity --version-light --version-all --version-trace "
    "-sC --script --script-args --script-args-file --script-trace --script-updatedb --script-help --script-timeout "
    "-O --osscan-limit --osscan-guess --max-os-tries "
    "-T --min-hostgroup --max-hostgroup --min-parallelism --max-parallelism --min-rtt-timeout --max-rtt-timeout "
    "--initial-rtt-timeout --max-retries --host-timeout --scan-delay --max-scan-delay --min-rate --max-rate "
    "--defeat-rst-ratelimit --defeat-icmp-ratelimit --nsock-engine "
    "-f --mtu -D -S -e -g --source-port --proxies --data --data-string --data-length --ip-options --ttl "
    "--randomize-hosts --spoof-mac --badsum --adler32 "
    "-oN -oX -oS -oG -oA -v -d --reason --stats-every --packet-trace --open --iflist --append-output --resume "
    "--noninteractive --stylesheet --webxml --no-stylesheet --log-errors "
    "-6 -A --datadir --servicedb --versiondb --send-eth --send-ip --privileged --unprivileged --release-memory -V -h";

const options::Option* option_of(const options::Table& table, std::string_view word) {
  return word.starts_with("--") ? table.find(word.substr(2)) : table.find_short(word).option;
}

}  // namespace

std::vector<std::string_view> nmap_words() { return options::split_words(kWords); }

std::string nmap_text(const options::Table& table, size_t width) {
  std::string taken, refused;
  for (const std::string_view word : nmap_words()) {
    const options::Option* option = option_of(table, word);
    if (option == nullptr) continue;  // a test finds it
    const bool no = option->kind == options::Kind::kRefused;
    options::append_entry(no ? refused : taken, word, no ? std::string(option->help) : options::full_help(*option),
                          width);
  }
  return fmt::format("nmap's options that work here:\n{}\nnmap's options that do not, and what to do instead:\n{}",
                     taken, refused);
}

}  // namespace portolan::cli
