// SPDX-License-Identifier: Apache-2.0
#include "portolan/configuration.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "options/value.h"
#include "portolan/echo.h"
#include "portolan/errors.h"
#include "portolan/scan_options.h"
#include "portolan/scan_request.h"

namespace portolan::cli::configuration_test {
namespace {

using options::Kind;
using options::Option;
using options::Setting;
using testing::HasSubstr;

class Folder {
 public:
  Folder() {
    std::string name = "/tmp/configuration_test.XXXXXX";
    path_ = ::mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string file(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name) << text;
    return path_ / name;
  }

 private:
  std::filesystem::path path_;
};

Configuration configuration_of(const std::vector<std::string>& words, std::string_view system = "off") {
  const std::vector<std::string_view> views(words.begin(), words.end());
  const auto settings = options::parse(scan_table(), views, 2);
  if (!settings) throw Refusal(settings.error());
  return read_configuration(*settings, system);
}

std::string refusal_of(const std::vector<std::string>& words, std::string_view system = "off") {
  try {
    configuration_of(words, system);
  } catch (const Refusal& r) {
    return fmt::format("{} | {} | {}", r.error().what, r.error().where, r.error().cure);
  }
  return "none";
}

TEST(Configuration, FilesThatReadThemselvesAreRefused) {
  const Folder folder;
  const std::string a = folder.file("a", ""), b = folder.file("b", "\nconf = " + a + "\n");
  folder.file("a", "rate = 1\nconf = " + b + "\n");
  EXPECT_EQ(refusal_of({"-c", a}), fmt::format("{} reads itself | {}:2:8 | take the line out", a, b));
  std::string next = folder.file("f0", "rate = 7\n");
  for (int i = 1; i < 16; ++i) next = folder.file(fmt::format("f{}", i), "conf = " + next + "\n");
  EXPECT_EQ(configuration_of({"-c", next}).settings.settings.size(), 1u);
  next = folder.file("one-more", "conf = " + next + "\n");
  EXPECT_THAT(refusal_of({"-c", next}), HasSubstr("more than 16 configuration files"));
  // Twice is not in a circle.
  EXPECT_EQ(configuration_of({"-c", b.substr(0, b.size() - 1) + "f0", "-c", folder.file("f0", "rate = 7\n")})
                .settings.settings.size(),
            2u);
}

TEST(Configuration, WhatBelongsOnTheCommandLine) {
  const Folder folder;
  for (const char* line :
       {"help = true", "manual = yes", "version = 1", "iflist = on", "readscan = x", "system-conf = off"}) {
    EXPECT_THAT(refusal_of({"-c", folder.file("f", line)}), HasSubstr("does not belong in a file")) << line;
  }
}

TEST(Configuration, TheSystemFileMayBeMissingUnlessItIsNamed) {
  const Folder folder;
  const std::string nowhere = folder.file("x", "") + ".not";
  EXPECT_EQ(refusal_of({"10.0.0.1"}, nowhere), "none");
  EXPECT_THAT(refusal_of({"10.0.0.1", "--system-conf", nowhere}), HasSubstr("cannot open"));
  const std::string system = folder.file("system", "rate = 5\nrate = 6\n");
  EXPECT_EQ(system_notice(configuration_of({"--ttl", "3"}, system)), system + " sets: rate");
  EXPECT_EQ(system_notice(configuration_of({"--system-conf", "off"}, system)), "");
  const std::string back = folder.file("back", "ttl = 9\nrate =\n");
  EXPECT_EQ(system_notice(configuration_of({"-c", back}, system)), "");
  // A file may undo what it says.
  EXPECT_EQ(system_notice(configuration_of({}, folder.file("undone", "rate = 5\nrate =\n"))), "");
}

TEST(Configuration, OfTheSystemFileOnlyExclusionsCountForAResumedScan) {
  const Folder folder;
  const std::string system =
      folder.file("system", "rate = 5\nexclude =\nexclude = 10.0.0.1\nexcludefile = f\nexclude-ports = 22\n");
  EXPECT_EQ(system_notice(configuration_of({"--resume", "p"}, system)),
            system + " sets: exclude, excludefile, exclude-ports");
  const std::string paused =
      folder.file("p", "seed = 5\nrange = 10.0.0.0/24\nexclude = 10.0.0.1\nports = 80\nexclude-ports = 25\n");
  auto settings =
      configuration_of({"--resume", paused, "--exclude", "10.0.0.9", "--exclude-ports", "25,80"}, system).settings;
  ASSERT_TRUE(take_resumed(settings));
  // The file has the first of them already.
  EXPECT_EQ(settings_text(settings),
            "seed = 5\nrange = 10.0.0.0/24\nexclude = 10.0.0.1\nports = 80\nexclude-ports = 25\n"
            "excludefile-late = f\nexclude-ports-late = 22\nexclude-late = 10.0.0.9\nexclude-ports-late = 25,80\n");
}

TEST(Configuration, WhatIsEchoedNeverUndoesAnExclusionOfAnotherMachine) {
  const Folder folder;
  const std::string here = folder.file("here", "rate = 5\nexclude = 10.0.0.1\nexcludefile = ours\n");
  const std::string there = folder.file("there", "exclude = 10.0.0.2\nexcludefile = theirs\n");
  const std::string echoed = echo_text(configuration_of({"10.0.0.0/24"}, here));
  EXPECT_EQ(echoed, "rate =\nrate = 5\nexclude = 10.0.0.1\nexcludefile = ours\nrange = 10.0.0.0/24\n");
  const std::string file = folder.file("echoed", echoed);
  EXPECT_EQ(settings_text(configuration_of({"-c", file}, there).settings),
            "exclude = 10.0.0.2\nexcludefile = theirs\nrate = 5\nexclude = 10.0.0.1\nexcludefile = ours\n"
            "range = 10.0.0.0/24\n");
  EXPECT_EQ(settings_text(configuration_of({"-c", file}, here).settings), echoed.substr(echoed.find('\n') + 1));
  // What was taken back on purpose stays so.
  const std::string back = folder.file("back", "exclude =\n");
  EXPECT_THAT(echo_text(configuration_of({"-c", back}, here)), HasSubstr("exclude =\n"));
}

// --- What is echoed reads back, over random sets of all options that there are ---

const Option* row(std::string_view name) { return scan_table().find(name); }

bool is_of_a_scan(const Option& option) {
  const bool elsewhere = is_of_configuration(option) || is_for_the_command_line(option);
  return !elsewhere && &option != row("resume") && option.kind != Kind::kRefused;
}

// Texts have grammars of their own; those that an option does not take are left out by trying.
std::vector<std::string> texts_for(const Option& option, const std::string& list) {
  for (const char* name : {"range", "exclude", "exclude-late"}) {
    // No names: nothing is to be looked up here.
    if (&option == row(name)) return {"10.0.0.0/30", "10.0.0.9, 2001:db8::/126\n10.0.0.12", "9.9.9.9-10.1.1.1"};
  }
  for (const char* name : {"includefile", "excludefile", "excludefile-late"}) {
    if (&option == row(name)) return {list};
  }
  std::vector<std::string> fit;
  for (const std::string text :
       {"10.0.0.9", "80,U:53", "T:1-3 443", "7", "1/2", "10k", "02:11:22:33:44:55", "40000-40255", "ndjson",
        "{ip} {port}\t", " a \"b\" ", "\"", "6hours", "http,ssl", "10.0.0.9:6379"}) {
    try {
      if (options::check_value(option, text)) continue;
      apply_settings({{{&option, {}, text, {}}}, {}});
      fit.push_back(text);
    } catch (const Refusal&) {
    }
  }
  return fit;
}

std::optional<std::string> any_value(const Option& option, const std::string& list) {
  const auto words = options::split_words(option.words);
  const bool by_word = option.kind == Kind::kWord || option.kind == Kind::kWords;
  if (!words.empty() && (by_word || *rc::gen::inRange(0, 4) == 0)) {
    return std::string(words[*rc::gen::inRange<size_t>(0, words.size())]);
  }
  switch (option.kind) {
    case Kind::kFlag:
      return "";
    case Kind::kBool:
      return *rc::gen::element<std::string>("yes", "no", "on", "off", "true", "false", "1", "0");
    case Kind::kNumber:
    case Kind::kSeconds:
      return std::to_string(*rc::gen::inRange<uint64_t>(option.min, std::min(option.max, option.min + 1000)));
    default:
      break;
  }
  const auto fit = texts_for(option, list);
  if (fit.empty()) return std::nullopt;
  return fit[*rc::gen::inRange<size_t>(0, fit.size())];
}

std::vector<std::string> any_command_line(const std::string& list) {
  std::vector<std::string> words{"10.0.0.0/29", "--seed=7", "-p80"};
  std::vector<const Option*> rows;
  for (const Option* option : scan_table().rows()) {
    if (is_of_a_scan(*option)) rows.push_back(option);
  }
  for (const size_t i :
       *rc::gen::resize(6, rc::gen::container<std::vector<size_t>>(rc::gen::inRange<size_t>(0, rows.size())))) {
    const auto value = any_value(*rows[i], list);
    if (!value) continue;
    const std::string name = options::display(*rows[i]);
    words.push_back(rows[i]->kind == Kind::kFlag ? name : name.starts_with("--") ? name + "=" + *value : name + *value);
  }
  return words;
}

// All that a request says and that is no accident of the run (its key is drawn).
std::string summary(const options::Settings& settings) {
  try {
    const ScanRequest r = make_scan_request(settings, {}, Purpose::kEcho);
    const scan::Plan& p = r.plan;
    std::string out =
        fmt::format("{} {} {} {} {} {} {} {} {} {} {} {} {} {} {}", scan_digest(p), p.targets.digest(), p.retries,
                    p.retry_spacing, p.wait, p.listen_only, p.reset, p.shape.ttl, p.shape.syn.window,
                    p.late_exclusions.size() + 1000 * p.late_excluded_services.size(), static_cast<int>(r.mode),
                    lane_name(r.lane), r.kernel_guard, r.packet_trace, r.cpus.size());
    out += fmt::format(" {} {} {} {} {} {} {} {} {}", r.pcap_path, r.flush, r.redis_password, r.stylesheet,
                       r.template_text, r.interactive.has_value(), r.append, r.rotation.every, r.rotation.dir);
    out += fmt::format(" {}{}{} {} {} {} {}", r.shown.open, r.shown.closed, r.shown.filtered, r.status, r.infinite,
                       r.checkpoint_path, r.control_path);
    for (const OutputFile& o : r.outputs) out += fmt::format(" {}:{}", static_cast<int>(o.format), o.path);
    return out + r.exclusion_text + r.settings;
  } catch (const Refusal& refusal) {
    return "refused: " + refusal.error().what + refusal.error().cure;
  }
}

bool same(const options::Settings& a, const options::Settings& b) {
  return std::equal(a.settings.begin(), a.settings.end(), b.settings.begin(), b.settings.end(),
                    [](const Setting& x, const Setting& y) {
                      return x.option == y.option && x.index == y.index && x.value == y.value;
                    });
}

RC_GTEST_PROP(Echo, ReadsBackToTheSameScan, ()) {
  const Folder folder;
  const auto words = any_command_line(folder.file("list", "10.0.0.3\n10.2.0.0/30 2001:db8::7\n"));
  Configuration first = configuration_of(words);
  first.echo = *rc::gen::element(Echo::kSettings, Echo::kAll);
  const std::string text = echo_text(first);
  RC_LOG() << text;
  const Configuration second = configuration_of({"-c", folder.file("echo", text)});
  RC_ASSERT(same(first.settings, second.settings));
  const std::string request = summary(first.settings);
  RC_CLASSIFY(request.starts_with("refused"));
  RC_ASSERT(request == summary(second.settings));
  // And beside a system file that has said all of it already.
  const std::string system = folder.file("system", text);
  Configuration third = configuration_of({}, system);
  RC_ASSERT(same(first.settings, third.settings));
  RC_ASSERT(same(first.settings, configuration_of({"-c", folder.file("again", echo_text(third))}, system).settings));
}

}  // namespace
}  // namespace portolan::cli::configuration_test
