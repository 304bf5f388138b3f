// SPDX-License-Identifier: Apache-2.0
#include "portolan/scan_options.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "options/parse.h"

namespace portolan::cli::scan_options_test {
namespace {

using options::Kind;
using options::Option;

std::vector<const Option*> taken() {
  std::vector<const Option*> rows;
  for (const Option* row : scan_table().rows()) {
    if (row->kind != Kind::kRefused) rows.push_back(row);
  }
  return rows;
}

ScanDraft draft_of(std::vector<std::string_view> words) {
  const auto settings = options::parse(scan_table(), words);
  EXPECT_TRUE(settings) << settings.error().what;
  return apply_settings(*settings);
}

TEST(ScanOptions, EachSaysAllAboutItself) {
  for (const Option* row : taken()) {
    const std::string name = options::display(*row);
    EXPECT_FALSE(row->help.empty()) << name;
    EXPECT_TRUE(row->help.ends_with('.')) << name;
    EXPECT_FALSE(row->group.empty()) << name;
    const bool needs_name = row->kind != Kind::kFlag && row->kind != Kind::kBool;
    EXPECT_EQ(needs_name, !row->value.empty()) << name;
  }
}

TEST(ScanOptions, DefaultsAndBareValuesAreValues) {
  for (const Option* row : taken()) {
    const bool checked = row->kind == Kind::kNumber || row->kind == Kind::kSeconds || row->kind == Kind::kWord;
    for (const std::string_view text : {row->fallback, row->bare}) {
      if (!checked || text.empty() || text == "drawn" || text == "no tag") continue;
      const std::string word = options::display(*row) + "=" + std::string(text);
      EXPECT_TRUE(options::parse(scan_table(), std::vector<std::string_view>{word})) << word;
    }
  }
}

TEST(ScanOptions, RefusedOnesSayWhatToDo) {
  for (const Option& row : refused_options()) EXPECT_FALSE(row.help.empty()) << options::display(row);
}

std::string as_roff(std::string_view text) {
  std::string escaped;
  for (const char c : text) escaped += c == '-' ? std::string("\\-") : std::string(1, c);
  return escaped;
}

TEST(ScanOptions, EachIsInTheHelpAndInTheManual) {
  const std::string help = options::render_help(scan_table(), kScanPage, 1000);
  const std::string manual = options::render_man(scan_table(), kScanPage, "0");
  for (const Option* row : taken()) {
    EXPECT_THAT(help, testing::HasSubstr("\n  " + options::signature(*row)));
    EXPECT_THAT(manual, testing::HasSubstr("\n.B \"" + as_roff(options::signature(*row)) + "\"\n"));
    for (const std::string_view name : options::split_words(row->names)) {
      EXPECT_THAT(manual, testing::HasSubstr(as_roff(fmt::format("--{}", name)))) << name;
    }
  }
}

// What completion offers for --output-format is taken.
TEST(ScanOptions, FormatsThatAreOfferedAreFormats) {
  const Option* row = scan_table().find("output-format");
  for (const std::string_view word : options::split_words(row->words)) {
    EXPECT_EQ(draft_of({"--output-format", word}).output_format, output::format_from_name(word)) << word;
  }
}

// The names of masscan's options, from its manual: each is taken or refused with a reason, none is unknown.
TEST(ScanOptions, MasscansNamesAreAllKnown) {
  for (const char* name : {"conf",
                           "config",
                           "resume",
                           "resume-index",
                           "resume-count",
                           "seed",
                           "rate",
                           "max-rate",
                           "min-rate",
                           "shard",
                           "shards",
                           "retries",
                           "retry",
                           "max-retries",
                           "max-retry",
                           "randomize-hosts",
                           "arpscan",
                           "arp",
                           "ping",
                           "ping-sweep",
                           "banners",
                           "banner",
                           "nobanners",
                           "nobanner",
                           "rawudp",
                           "noreset",
                           "nmap-payloads",
                           "nmap-service-probes",
                           "pcap-payloads",
                           "pcap-filename",
                           "pcap",
                           "offline",
                           "notransmit",
                           "nosend",
                           "dry-run",
                           "hello",
                           "hello-file",
                           "hello-filename",
                           "hello-string",
                           "hello-timeout",
                           "http-cookie",
                           "http-header",
                           "http-field",
                           "http-method",
                           "http-version",
                           "http-url",
                           "http-uri",
                           "http-user-agent",
                           "http-useragent",
                           "http-host",
                           "http-payload",
                           "capture",
                           "nocapture",
                           "no-capture",
                           "banner-types",
                           "banner-type",
                           "banner-apps",
                           "banner-app",
                           "heartbleed",
                           "ticketbleed",
                           "vuln",
                           "connection-timeout",
                           "tcp-timeout",
                           "script",
                           "min-packet",
                           "min-pkt",
                           "packet-trace",
                           "trace-packet",
                           "tcp-mss",
                           "tcpmss",
                           "tcp-wscale",
                           "tcp-tsecho",
                           "tcp-sackok",
                           "top-ports",
                           "top-port",
                           "ttl",
                           "badsum",
                           "source-ip",
                           "adapter-ip",
                           "source-address",
                           "spoof-ip",
                           "spoof-address",
                           "src-ip",
                           "source-port",
                           "adapter-port",
                           "src-port",
                           "sourceport",
                           "source-mac",
                           "adapter-mac",
                           "spoof-mac",
                           "src-mac",
                           "router-mac",
                           "router",
                           "dest-mac",
                           "destination-mac",
                           "dst-mac",
                           "target-mac",
                           "router-mac-ipv4",
                           "router-mac-ipv6",
                           "router-ipv4",
                           "router-ipv6",
                           "router-ip",
                           "adapter",
                           "if",
                           "interface",
                           "adapter-vlan",
                           "vlan",
                           "pfring",
                           "sendq",
                           "sendqueue",
                           "bpf",
                           "dns-servers",
                           "system-dns",
                           "range",
                           "ranges",
                           "ip",
                           "ipv4",
                           "dst-ip",
                           "dest-ip",
                           "destination-ip",
                           "target-ip",
                           "includefile",
                           "include-file",
                           "exclude",
                           "exclude-range",
                           "exclude-ranges",
                           "exclude-ip",
                           "exclude-ipv4",
                           "excludefile",
                           "exclude-file",
                           "ports",
                           "port",
                           "dst-port",
                           "dest-port",
                           "destination-port",
                           "target-port",
                           "tcp-ports",
                           "tcp-port",
                           "udp-ports",
                           "udp-port",
                           "oprotos",
                           "oproto",
                           "exclude-ports",
                           "exclude-port",
                           "infinite",
                           "wait",
                           "output-filename",
                           "output-file",
                           "output-format",
                           "output-append",
                           "append-output",
                           "output-show",
                           "output-status",
                           "show",
                           "output-noshow",
                           "noshow",
                           "open-only",
                           "output-show-open",
                           "open",
                           "stylesheet",
                           "no-stylesheet",
                           "webxml",
                           "rotate",
                           "output-rotate",
                           "rotate-output",
                           "rotate-time",
                           "rotate-offset",
                           "output-rotate-offset",
                           "rotate-size",
                           "output-rotate-filesize",
                           "rotate-filesize",
                           "rotate-dir",
                           "output-rotate-dir",
                           "rotate-directory",
                           "redis",
                           "redis-pwd",
                           "interactive",
                           "nointeractive",
                           "status",
                           "nostatus",
                           "ndjson-status",
                           "status-ndjson",
                           "json-status",
                           "status-json",
                           "readscan",
                           "readrange",
                           "readranges",
                           "read-range",
                           "read-ranges",
                           "echo",
                           "echo-all",
                           "echo-cidr",
                           "iflist",
                           "debug",
                           "debug-tcp",
                           "tcp-debug",
                           "selftest",
                           "self-test",
                           "regress",
                           "benchmark",
                           "blackrock-rounds",
                           "backtrace",
                           "nobacktrace",
                           "banner1",
                           "nmap",
                           "send-eth",
                           "release-memory",
                           "version",
                           "help",
                           "data-length",
                           "datadir",
                           "reason",
                           "test",
                           "notest"}) {
    EXPECT_NE(scan_table().find(name), nullptr) << name;
  }
  for (const char* word :
       {"-6",  "-A",  "-b",  "-f",  "-F",  "-O",  "-r",  "-R",  "-T4", "-c",  "-d",  "-v",  "-e",  "-i",
        "-iL", "-iR", "-g",  "-h",  "-?",  "-n",  "-oX", "-oG", "-oL", "-oJ", "-oD", "-oB", "-oU", "-oH",
        "-oR", "-oA", "-oN", "-oS", "-p",  "-Pn", "-PS", "-sS", "-sU", "-sZ", "-sO", "-sL", "-sT", "-sA",
        "-sC", "-sF", "-sI", "-sM", "-sn", "-sN", "-sV", "-sW", "-sX", "-S",  "-V",  "-W"}) {
    EXPECT_NE(scan_table().find_short(word).option, nullptr) << word;
  }
}

TEST(ScanOptions, TheScanTypeMayStandAnywhere) {
  EXPECT_EQ(draft_of({"-p", "53", "-sU"}).scan_types, draft_of({"-sU", "-p", "53"}).scan_types);
  EXPECT_EQ(draft_of({"-sU", "-sS", "-sU"}).scan_types.size(), 2u);
}

TEST(ScanOptions, LastScalarCountsAndListsAddUp) {
  const ScanDraft d = draft_of({"--ttl", "9", "-p80", "--ttl", "8", "-p81", "a", "--range", "b"});
  EXPECT_EQ(d.request.plan.shape.ttl, 8);
  EXPECT_EQ(d.ports.size(), 2u);
  EXPECT_EQ(d.targets.size(), 2u);
}

TEST(ScanOptions, WhatMayBeSwitchedOff) {
  EXPECT_EQ(draft_of({}).request.plan.shape.syn.mss, 1460);
  EXPECT_EQ(draft_of({"--tcp-mss", "off"}).request.plan.shape.syn.mss, std::nullopt);
  EXPECT_EQ(draft_of({"--tcp-wscale"}).request.plan.shape.syn.window_scale, 3);
  EXPECT_EQ(draft_of({"--tcp-tsecho"}).request.plan.shape.syn.timestamp, 0x12345678u);
  EXPECT_FALSE(draft_of({"--noreset"}).request.plan.reset);
  EXPECT_TRUE(draft_of({"--noreset", "no"}).request.plan.reset);
  EXPECT_EQ(draft_of({"--offline", "--offline=no"}).request.mode, Mode::kScan);
  EXPECT_EQ(draft_of({"-sL", "--offline"}).request.mode, Mode::kList);
}

TEST(ScanOptions, ShownStates) {
  const Shown some = draft_of({"--show", "closed,filtered"}).request.shown;
  EXPECT_FALSE(some.shows(result::State::kOpen));
  EXPECT_TRUE(some.shows(result::State::kClosed));
  EXPECT_TRUE(some.shows(result::State::kFiltered));
  const Shown usual = draft_of({}).request.shown;
  EXPECT_TRUE(usual.shows(result::State::kOpen));
  EXPECT_TRUE(usual.shows(result::State::kUp));
  EXPECT_FALSE(usual.shows(result::State::kClosed));
}

TEST(ScanOptions, RotationIsReadUnderAllItsNames) {
  for (const char* name : {"--rotate", "--output-rotate", "--rotate-output", "--rotate-time"}) {
    EXPECT_EQ(draft_of({name, "6hours"}).request.rotation.every, 6 * 3600 * base::kSecond) << name;
  }
  for (const char* name : {"--rotate-offset=-5h", "--output-rotate-offset=-5h"}) {
    EXPECT_EQ(draft_of({name}).request.rotation.offset, -5 * 3600 * base::kSecond) << name;
  }
  for (const char* name : {"--rotate-size", "--output-rotate-filesize", "--rotate-filesize"}) {
    EXPECT_EQ(draft_of({name, "10m"}).request.rotation.most_bytes, uint64_t{10} << 20) << name;
  }
  for (const char* name : {"--rotate-dir", "--output-rotate-dir", "--rotate-directory"}) {
    EXPECT_EQ(draft_of({name, "/var/tmp"}).request.rotation.dir, "/var/tmp") << name;
  }
  EXPECT_TRUE(draft_of({"--rotate-zstd"}).request.rotation.compress);
  EXPECT_EQ(draft_of({}).request.rotation.dir, ".");
  EXPECT_FALSE(draft_of({}).request.rotation.wanted());
}

}  // namespace
}  // namespace portolan::cli::scan_options_test
