// SPDX-License-Identifier: Apache-2.0
#include "proto/redis/server.h"

#include <fmt/format.h>

#include "proto/lines.h"
#include "proto/picks.h"
#include "proto/redis/request.h"

namespace portolan::proto {

namespace {

using redis::Request;

constexpr std::array<std::string_view, 5> kVersions = {"6.0.16", "7.0.15", "5.0.14", "6.2.14", "4.0.9"};

// Session::step: flag, length of the kept value plus one. a: hash of its key, b: the value.
constexpr uint32_t kResp3 = 1;
constexpr uint32_t kKeptShift = 8;
constexpr size_t kMostKept = 8;

void bulk(Answer& out, std::string_view text) {
  out.text("$");
  put_number(out, text.size());
  out.text("\r\n");
  out.text(text);
  out.text("\r\n");
}
void nil(const Session& s, Answer& out) { out.text((s.step & kResp3) != 0 ? "_\r\n" : "$-1\r\n"); }
void ok(Answer& out) { out.text("+OK\r\n"); }

uint64_t hash_of(std::string_view key) { return base::siphash_bytes({1, 2}, bytes_of(key)); }

void forget(Session& s) { s.step &= (1u << kKeptShift) - 1; }

void keep(Session& s, std::string_view key, std::string_view value) {
  forget(s);
  if (value.size() > kMostKept) return;
  s.a = hash_of(key);
  std::memcpy(&s.b, value.data(), value.size());
  s.step |= static_cast<uint32_t>(value.size() + 1) << kKeptShift;
}
bool has(const Session& s, std::string_view key) { return s.step >> kKeptShift != 0 && s.a == hash_of(key); }

void wrong_arity(const Request& r, Answer& out) {
  out.text("-ERR wrong number of arguments for '");
  for (const char c : r.word(0)) out.out().u8(static_cast<uint8_t>(lower(c)));
  out.text("' command\r\n");
}

void ping(Session&, const Request& r, Answer& out) { r.words() > 1 ? bulk(out, r.word(1)) : out.text("+PONG\r\n"); }
void echo(Session&, const Request& r, Answer& out) { bulk(out, r.word(1)); }
void fine(Session&, const Request&, Answer& out) { ok(out); }
void zero(Session&, const Request&, Answer& out) { out.text(":0\r\n"); }
void no_elements(Session&, const Request&, Answer& out) { out.text("*0\r\n"); }

void info(Session& s, const Request&, Answer& out) {
  const auto up =
      static_cast<uint64_t>(s.wall / base::kSecond + static_cast<int64_t>(host_word(s, "redis") & 0xffffff)) % 8640000;
  std::array<char, 1024> text;
  const auto end = fmt::format_to_n(
      text.data(), text.size(),
      "# Server\r\nredis_version:{}\r\nredis_git_sha1:00000000\r\nredis_git_dirty:0\r\nredis_mode:standalone\r\n"
      "os:Linux 5.10.0-28-amd64 x86_64\r\narch_bits:64\r\nmultiplexing_api:epoll\r\nprocess_id:{}\r\n"
      "run_id:{:016x}{:016x}{:08x}\r\ntcp_port:{}\r\nuptime_in_seconds:{}\r\nuptime_in_days:{}\r\nhz:10\r\n"
      "executable:/usr/bin/redis-server\r\nconfig_file:/etc/redis/redis.conf\r\n\r\n"
      "# Clients\r\nconnected_clients:1\r\nblocked_clients:0\r\n\r\n"
      "# Memory\r\nused_memory:862144\r\nused_memory_human:841.94K\r\nmaxmemory:0\r\n\r\n"
      "# Persistence\r\nloading:0\r\nrdb_changes_since_last_save:0\r\naof_enabled:0\r\n\r\n"
      "# Replication\r\nrole:master\r\nconnected_slaves:0\r\n\r\n# Keyspace\r\n",
      pick(*s.persona, "redis", kVersions), 400 + (host_word(s, "redis", 1) & 0x3ff), host_word(s, "redis", 2),
      host_word(s, "redis", 3), host_word(s, "redis", 4) & 0xffffffff, s.ends.server_port, up, up / 86400);
  bulk(out, {text.data(), std::min(end.size, text.size())});
}

void auth(Session&, const Request& r, Answer& out) {
  if (r.words() > 2) out.fact("redis_user", r.word(1));
  out.fact("redis_password", r.word(r.words() > 2 ? 2 : 1));
  out.text(
      "-ERR AUTH <password> called without any password configured for the default user. Are you sure your "
      "configuration is correct?\r\n");
}

struct Setting {
  std::string_view name, value;
};
constexpr Setting kSettings[] = {
    {"dir", "/var/lib/redis"}, {"dbfilename", "dump.rdb"}, {"requirepass", ""}, {"save", "900 1 300 10 60 10000"},
    {"appendonly", "no"},      {"maxmemory", "0"},         {"databases", "16"}, {"protected-mode", "no"},
};

void config(Session&, const Request& r, Answer& out) {
  if (same_ignoring_case(r.word(1), "SET")) {
    out.fact("redis_config", r.word(2));
    out.fact("redis_config_value", r.word(3));
    return ok(out);
  }
  if (!same_ignoring_case(r.word(1), "GET")) return ok(out);
  const auto asked = [&](const Setting& one) { return r.word(2) == "*" || same_ignoring_case(one.name, r.word(2)); };
  out.text("*");
  put_number(out, 2 * static_cast<uint64_t>(std::count_if(std::begin(kSettings), std::end(kSettings), asked)));
  out.text("\r\n");
  for (const Setting& one : kSettings) {
    if (!asked(one)) continue;
    bulk(out, one.name);
    bulk(out, one.value);
  }
}

void set(Session& s, const Request& r, Answer& out) {
  out.fact("redis_key", r.word(1));
  out.fact("redis_value", r.word(2));
  keep(s, r.word(1), r.word(2));
  ok(out);
}

void get(Session& s, const Request& r, Answer& out) {
  if (!has(s, r.word(1))) return nil(s, out);
  std::array<char, kMostKept> value;
  std::memcpy(value.data(), &s.b, value.size());
  bulk(out, {value.data(), (s.step >> kKeptShift) - 1});
}

void exists(Session& s, const Request& r, Answer& out) { out.text(has(s, r.word(1)) ? ":1\r\n" : ":0\r\n"); }
void remove(Session& s, const Request& r, Answer& out) {
  exists(s, r, out);
  if (has(s, r.word(1))) forget(s);
}
void flush(Session& s, const Request&, Answer& out) {
  forget(s);
  ok(out);
}
void size(Session& s, const Request&, Answer& out) { out.text(s.step >> kKeptShift != 0 ? ":1\r\n" : ":0\r\n"); }
void type(Session& s, const Request& r, Answer& out) { out.text(has(s, r.word(1)) ? "+string\r\n" : "+none\r\n"); }
void ttl(Session& s, const Request& r, Answer& out) { out.text(has(s, r.word(1)) ? ":-1\r\n" : ":-2\r\n"); }
void scan(Session&, const Request&, Answer& out) { out.text("*2\r\n$1\r\n0\r\n*0\r\n"); }

void command(Session&, const Request& r, Answer& out) {
  out.text(same_ignoring_case(r.word(1), "COUNT") ? ":224\r\n" : "*0\r\n");
}

void client(Session& s, const Request& r, Answer& out) {
  if (same_ignoring_case(r.word(1), "ID")) return out.text(":7\r\n");
  if (same_ignoring_case(r.word(1), "GETNAME")) return nil(s, out);
  if (same_ignoring_case(r.word(1), "LIST")) return bulk(out, "id=7 fd=8 name= age=0 idle=0 flags=N db=0 cmd=client\n");
  ok(out);
}

void hello(Session& s, const Request& r, Answer& out) {
  const std::string_view version = r.word(1);
  if (!version.empty() && version != "2" && version != "3")
    return out.text("-NOPROTO unsupported protocol version\r\n");
  if (!version.empty()) s.step = (s.step & ~kResp3) | (version == "3" ? kResp3 : 0);
  const bool resp3 = (s.step & kResp3) != 0;
  out.text(resp3 ? "%7\r\n" : "*14\r\n");
  bulk(out, "server"), bulk(out, "redis");
  bulk(out, "version"), bulk(out, pick(*s.persona, "redis", kVersions));
  bulk(out, "proto"), out.text(resp3 ? ":3\r\n" : ":2\r\n");
  bulk(out, "id"), out.text(":7\r\n");
  bulk(out, "mode"), bulk(out, "standalone");
  bulk(out, "role"), bulk(out, "master");
  bulk(out, "modules"), out.text("*0\r\n");
}

void replica(Session&, const Request& r, Answer& out) {
  std::array<char, 128> text;
  const auto end = fmt::format_to_n(text.data(), text.size(), "{} {}", r.word(1), r.word(2));
  out.fact("redis_master", {text.data(), std::min(end.size, text.size())});
  ok(out);
}

void module_denied(Session&, const Request&, Answer& out) {
  out.text("-ERR Error loading the extension. Please check the server logs.\r\n");
}

void quit(Session&, const Request&, Answer& out) {
  ok(out);
  out.close();
}

struct Verb {
  std::string_view name;
  size_t least;  // words, the verb included
  void (*play)(Session&, const Request&, Answer&);
};
constexpr Verb kVerbs[] = {
    {"PING", 1, ping},
    {"ECHO", 2, echo},
    {"INFO", 1, info},
    {"AUTH", 2, auth},
    {"CONFIG", 2, config},
    {"SET", 3, set},
    {"GET", 2, get},
    {"EXISTS", 2, exists},
    {"DEL", 2, remove},
    {"UNLINK", 2, remove},
    {"FLUSHALL", 1, flush},
    {"FLUSHDB", 1, flush},
    {"DBSIZE", 1, size},
    {"TYPE", 2, type},
    {"TTL", 2, ttl},
    {"SCAN", 2, scan},
    {"KEYS", 2, no_elements},
    {"COMMAND", 1, command},
    {"CLIENT", 2, client},
    {"HELLO", 1, hello},
    {"SLAVEOF", 3, replica},
    {"REPLICAOF", 3, replica},
    {"SELECT", 2, fine},
    {"SAVE", 1, fine},
    {"BGSAVE", 1, fine},
    {"BGREWRITEAOF", 1, fine},
    {"PUBLISH", 3, zero},
    {"LASTSAVE", 1, zero},
    {"MODULE", 2, module_denied},
    {"QUIT", 1, quit},
    {"SHUTDOWN", 1, quit},
};

void unknown(const Session& s, const Request& r, Answer& out) {
  say(out, *s.persona, "-ERR unknown command `%w`, with args beginning with: ", r.word(0).substr(0, 128));
  for (size_t i = 1; i < std::min<size_t>(r.words(), 4); ++i) say(out, *s.persona, "`%w`, ", r.word(i).substr(0, 64));
  out.text("\r\n");
}

void play(Session& s, const Request& r, Answer& out) {
  if (r.words() == 0) return;
  out.fact("redis_command", r.word(0));
  const auto named = [&](const Verb& verb) { return same_ignoring_case(verb.name, r.word(0)); };
  const auto* const verb = std::find_if(std::begin(kVerbs), std::end(kVerbs), named);
  if (verb == std::end(kVerbs)) return unknown(s, r, out);
  out.said(verb->name);
  r.words() < verb->least ? wrong_arity(r, out) : verb->play(s, r, out);
}

Step serve(Session& s, base::Bytes pending, Answer& out) {
  const Request request(pending);
  switch (request.state()) {
    case Request::State::kMore:
      return Step::more();
    case Request::State::kWhole:
      play(s, request, out);
      return Step::taken(request.size());
    case Request::State::kBad:
      break;
  }
  out.text(request.error());
  out.close();
  return Step::taken(pending.size());
}

constexpr std::string_view kInline[] = {"PING\n",   "INFO\n",  "INFO ",    "CONFIG ",    "KEYS *\n",
                                        "DBSIZE\n", "CLIENT ", "SLAVEOF ", "FLUSHALL\n", "REPLICAOF ",
                                        "HELLO 3",  "SELECT ", "COMMAND\n"};

Match recognize(base::Bytes first, const Ends&) {
  const std::string_view text = text_of(first);
  if (!text.starts_with('*')) return begin_with_one_of(first, kInline);
  // "*3\r\n$": a count, then the first string.
  const size_t digits = std::min(text.find_first_not_of("0123456789", 1), text.size());
  if (digits > 5 || (digits == 1 && text.size() > 1)) return Match::kNo;
  const Head end = head_of(text.substr(digits), "\r\n$");
  return end == Head::kNo ? Match::kNo : end == Head::kWhole ? Match::kYes : Match::kMore;
}

constexpr uint16_t kPorts[] = {6379};
constexpr FactName kFacts[] = {
    {"redis_command", "the first command"},
    {"redis_user", "the first name that was given to log in"},
    {"redis_password", "the first password that was given to log in"},
    {"redis_key", "the first key that was set"},
    {"redis_value", "the value that it was set to"},
    {"redis_config", "the first setting that was changed"},
    {"redis_config_value", "the value that it was changed to"},
    {"redis_master", "the host and port that the server was told to replicate"},
};

}  // namespace

constinit const Server kRedis = {
    .name = "redis",
    .tcp = true,
    .recognize = recognize,
    .serve = serve,
    .ports = kPorts,
    .facts = kFacts,
};

}  // namespace portolan::proto
