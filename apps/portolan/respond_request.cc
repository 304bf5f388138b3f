// SPDX-License-Identifier: Apache-2.0
#include "portolan/respond_request.h"

#include <fmt/format.h>

#include <utility>

#include "addr/special_ranges.h"
#include "population/spec.h"
#include "portolan/errors.h"
#include "portolan/files.h"

namespace portolan::cli {
namespace {

constexpr size_t kMostHostName = 64;
constexpr size_t kErrorsShown = 20;

respond::AddressSet own_addresses(const RespondDraft& draft) {
  if (draft.own_lists.empty() && draft.own_files.empty()) return respond::AddressSet::everything();
  AddressList list;
  for (const Sourced& s : draft.own_lists) list.read_words(s);
  // masscanned takes an empty file for "every address"; here only a program of that name may.
  for (const Sourced& s : draft.own_files) list.read_file(s, draft.masscanned);
  if (!list.impossible().empty()) {
    refuse(fmt::format("{} cannot be anybody's own address", list.impossible()), "",
           "leave multicast, broadcast, loopback and unspecified addresses out of the addresses to answer for");
  }
  if (list.empty()) return respond::AddressSet::everything();
  return std::move(list).set();
}

template <class Word>
void add_special(AddressList& list, addr::IpAddress (*make)(Word)) {
  for (const auto& range : addr::special_ranges<Word>()) list.add(make(range.first), make(range.last()));
}

respond::AddressSet denied_addresses(const RespondDraft& draft) {
  AddressList list;
  for (const Sourced& s : draft.denied_lists) list.read_words(s);
  for (const Sourced& s : draft.denied_files) list.read_file(s, draft.masscanned);
  if (draft.deny_special) {
    add_special<uint32_t>(list, &addr::IpAddress::v4);
    add_special<base::u128>(list, &addr::IpAddress::v6);
  }
  return std::move(list).set();
}

// A population says what the network under it is like; its shares have one value less than the whole (host_step.h).
respond::WeatherOptions weather_of(const population::Weather& w) {
  const auto share = [](uint32_t s) {
    return s == population::kAlways ? respond::WeatherOptions::kWhole : uint64_t{s};
  };
  respond::WeatherOptions out;
  out.loss_in = share(w.loss), out.loss_out = share(w.loss);
  out.duplicate = share(w.duplication), out.reorder = share(w.reordering);
  out.delay_least = w.delay_min, out.delay_most = w.delay_max;
  out.syn_ack_repeats = w.syn_ack_repeats;
  return out;
}

void take_population(RespondDraft& draft) {
  if (!draft.population) return;
  respond::EngineOptions& engine = draft.request.engine;
  engine.population = read_population(*draft.population);
  engine.weather = weather_of(engine.population->weather());
  const auto& parts = engine.population->parts();
  if (!engine.own.is_everything() || engine.population->is_everywhere()) return;
  engine.own = respond::AddressSet(parts.v4.value_or(addr::RangeSet<uint32_t>()),
                                   parts.v6.value_or(addr::RangeSet<base::u128>()));
}

void check(const RespondDraft& draft) {
  const RespondRequest& r = draft.request;
  if (!draft.words.empty()) {
    refuse(fmt::format("'{}' is not understood", draft.words.front().text), draft.words.front().where.to_string(),
           "every word is an option here; the addresses to answer for go behind --self-ip-list");
  }
  if (r.interface.empty()) {
    refuse("no interface is named", "", "name the one to answer on, as in: portolan respond -i veth1");
  }
  if (r.engine.host_name.size() > kMostHostName) {
    refuse("the host name is longer than 64 characters", "", "shorten --host-name");
  }
  if (r.rotation.wanted() && r.contacts_path.empty() && r.capture_path.empty()) {
    refuse("there is no file to rotate", "", "name one with --contacts or --pcap, or leave --rotate out");
  }
  if (r.fast && draft.request.engine.style == proto::Style::kMasscanned) {
    refuse("--fast plays today's hosts only", "", "leave --fast out, or choose --personality linux");
  }
  if (draft.population && draft.request.engine.style == proto::Style::kMasscanned) {
    refuse("a population and the masscanned personality exclude each other", "", "leave one of them out");
  }
}

}  // namespace

std::shared_ptr<const population::Population> read_population(const Sourced& source) {
  std::string text = source.text, title = source.where.to_string();
  const bool inline_spec = population::is_inline_spec(text);
  if (!inline_spec) {
    title = file_title(source.text);
    text.clear();
    read_file(source.text, source.where, [&](std::string_view piece) { text.append(piece); });
  }
  auto read =
      inline_spec ? population::read_inline_population(text, title) : population::read_toml_population(text, title);
  if (read) return std::make_shared<const population::Population>(*std::move(read));
  const auto& errors = read.error();
  std::string where = inline_spec ? fmt::format("{}, column {}", title, errors[0].column)
                                  : fmt::format("{}:{}:{}", title, errors[0].line, errors[0].column);
  for (size_t i = 1; i < errors.size() && i < kErrorsShown; ++i) where += "\n         " + errors[i].to_string();
  refuse(errors[0].what, where, errors[0].cure);
}

RespondRequest make_respond_request(RespondDraft draft) {
  RespondRequest& r = draft.request;
  const bool masscanned = draft.personality_masscanned.value_or(draft.masscanned);
  r.engine.style = masscanned ? proto::Style::kMasscanned : proto::Style::kModern;
  r.engine.amplification = draft.amplification.value_or(draft.masscanned ? respond::Amplification::kPrivate
                                                                         : respond::Amplification::kNobody);
  r.engine.own = own_addresses(draft);
  r.engine.denied = denied_addresses(draft);
  take_population(draft);
  check(draft);
  r.engine.secret = base::SipKey::draw();
  if (r.engine.own.is_everything()) {
    r.warnings.push_back(
        fmt::format("no address was named: every address on {} will be answered for; --self-ip-list and "
                    "--self-ip-file name those that are yours",
                    r.interface));
  }
  return std::move(r);
}

}  // namespace portolan::cli
