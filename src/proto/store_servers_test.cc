// SPDX-License-Identifier: Apache-2.0
// Redis, memcached, MQTT and LDAP over TCP: what clients say and what they get, in golden bytes.
#include "proto/ldap/server.h"
#include "proto/memcached/server.h"
#include "proto/mqtt/server.h"
#include "proto/redis/server.h"
#include "proto/testing/script.h"

namespace portolan::proto::store_servers_test {
namespace {

using namespace testing;

std::string resp(const std::vector<std::string>& words) {
  std::string out = fmt::format("*{}\r\n", words.size());
  for (const std::string& word : words) out += fmt::format("${}\r\n{}\r\n", word.size(), word);
  return out;
}

TEST(Redis, AnswersCommands) {
  const Stage stage(kRedis);
  const auto ran = [](std::string command) { return Facts{{"redis_command", std::move(command)}}; };
  const Row table[] = {
      {"PING", resp({"PING"}), "+PONG\r\n", ran("PING")},
      {"PING with a word", resp({"ping", "hello"}), "$5\r\nhello\r\n", ran("ping")},
      {"inline", "PING\r\nECHO hi\n\r\n", "+PONG\r\n$2\r\nhi\r\n", ran("PING")},
      {"INFO", resp({"INFO"}), "$~\r\n# Server\r\nredis_version:~\r\nrole:master\r\n~# Keyspace\r\n\r\n", ran("INFO")},
      {"AUTH", resp({"AUTH", "secret"}), "-ERR AUTH ~\r\n", {{"redis_command", "AUTH"}, {"redis_password", "secret"}}},
      {"AUTH of version 6",
       resp({"AUTH", "u", "p"}),
       "-ERR AUTH ~\r\n",
       {{"redis_command", "AUTH"}, {"redis_user", "u"}, {"redis_password", "p"}}},
      {"CONFIG GET", resp({"CONFIG", "GET", "dir"}), "*2\r\n$3\r\ndir\r\n$14\r\n/var/lib/redis\r\n", ran("CONFIG")},
      {"CONFIG GET of nothing", resp({"CONFIG", "GET", "nothing"}), "*0\r\n", ran("CONFIG")},
      {"CONFIG SET",
       resp({"CONFIG", "SET", "dir", "/var/spool/cron"}),
       "+OK\r\n",
       {{"redis_command", "CONFIG"}, {"redis_config", "dir"}, {"redis_config_value", "/var/spool/cron"}}},
      {"SET and GET",
       resp({"SET", "k", "v"}) + resp({"GET", "k"}) + resp({"GET", "x"}) + resp({"DBSIZE"}),
       "+OK\r\n$1\r\nv\r\n$-1\r\n:1\r\n",
       {{"redis_command", "SET"}, {"redis_key", "k"}, {"redis_value", "v"}}},
      {"DEL",
       resp({"SET", "k", ""}) + resp({"EXISTS", "k"}) + resp({"DEL", "k"}) + resp({"GET", "k"}),
       "+OK\r\n:1\r\n:1\r\n$-1\r\n",
       {{"redis_command", "SET"}, {"redis_key", "k"}, {"redis_value", ""}}},
      {"a long value is not kept",
       resp({"SET", "k", "123456789"}) + resp({"GET", "k"}),
       "+OK\r\n$-1\r\n",
       {{"redis_command", "SET"}, {"redis_key", "k"}, {"redis_value", "123456789"}}},
      {"SLAVEOF",
       resp({"SLAVEOF", "192.0.2.66", "6379"}),
       "+OK\r\n",
       {{"redis_command", "SLAVEOF"}, {"redis_master", "192.0.2.66 6379"}}},
      {"HELLO", resp({"HELLO", "3"}) + resp({"GET", "x"}), "%7\r\n$6\r\nserver\r\n$5\r\nredis\r\n~_\r\n", ran("HELLO")},
      {"HELLO 9", resp({"HELLO", "9"}), "-NOPROTO ~\r\n", ran("HELLO")},
      {"COMMAND DOCS", resp({"COMMAND", "DOCS"}), "*0\r\n", ran("COMMAND")},
      {"unknown", resp({"FROB", "a", "b\r\n"}),
       "-ERR unknown command `FROB`, with args beginning with: `a`, `b??`, \r\n", ran("FROB")},
      {"too few words", resp({"get"}), "-ERR wrong number of arguments for 'get' command\r\n", ran("get")},
      {"no words", "*0\r\n*-1\r\n" + resp({"PING"}), "+PONG\r\n", ran("PING")},
      {"QUIT", resp({"QUIT"}) + resp({"PING"}), "+OK\r\n", ran("QUIT"), true},
      {"bad count", "*x\r\n", "-ERR Protocol error: invalid multibulk length\r\n", {}, true},
      {"negative count", "*-2\r\n", "-ERR Protocol error: invalid multibulk length\r\n", {}, true},
      {"huge count", "*99999999\r\n", "-ERR Protocol error: invalid multibulk length\r\n", {}, true},
      {"endless count", "*1111111111111111111111111", "-ERR Protocol error: invalid multibulk length\r\n", {}, true},
      {"no bulk", "*1\r\n:1\r\n", "-ERR Protocol error: expected '$'\r\n", {}, true},
      {"huge bulk", "*1\r\n$536870912\r\n", "-ERR Protocol error: invalid bulk length\r\n", {}, true},
      {"negative bulk", "*1\r\n$-1\r\n", "-ERR Protocol error: invalid bulk length\r\n", {}, true},
  };
  for (const Row& row : table) expect_row(stage, row);
}

TEST(Memcached, AnswersTextAndBinary) {
  const Stage stage(kMemcached);
  const std::string zeros(16, '\0');
  const auto ran = [](std::string command) { return Facts{{"memcached_command", std::move(command)}}; };
  const Row table[] = {
      {"version", "version\r\n", "VERSION 1.~\r\n", ran("version")},
      {"stats", "stats\r\nstats items\r\n", "STAT pid ~\r\nEND\r\nEND\r\n", ran("stats")},
      {"get", "get key\r\ngets a b\n", "END\r\nEND\r\n", {{"memcached_command", "get"}, {"memcached_key", "key"}}},
      {"set",
       "set k 0 60 5\r\nab\r\nc\r\nget k\r\n",
       "STORED\r\nEND\r\n",
       {{"memcached_command", "set"}, {"memcached_key", "k"}, {"memcached_value", "ab\r\nc"}}},
      {"set noreply",
       "set k 0 60 1 noreply\r\nx\r\nversion\r\n",
       "VERSION ~\r\n",
       {{"memcached_command", "set"}, {"memcached_key", "k"}, {"memcached_value", "x"}}},
      {"bad data",
       "add k 0 60 1\r\nxyz",
       "CLIENT_ERROR bad data chunk\r\n",
       {{"memcached_command", "add"}, {"memcached_key", "k"}, {"memcached_value", "x"}}},
      {"no size", "set k\r\n", "ERROR\r\n"},
      {"too large", "set k 0 0 1000000\r\n", "SERVER_ERROR object too large for cache\r\n", {}, true},
      {"delete", "delete k\r\n", "NOT_FOUND\r\n", {{"memcached_command", "delete"}, {"memcached_key", "k"}}},
      {"unknown", "frob\r\n", "ERROR\r\n"},
      {"quit", "quit\r\n", "", ran("quit"), true},
      {"binary noop", bytes_from("80 0a 00 00 00 00 00 00 00 00 00 00 de ad be ef 00 00 00 00 00 00 00 00"),
       bytes_from("81 0a 00 00 00 00 00 00 00 00 00 00 de ad be ef 00 00 00 00 00 00 00 00")},
      {"binary version", bytes_from("80 0b 00 00 00 00 00 00 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00 00"),
       bytes_from("81 0b 00 00 00 00 00 00 00 00 00 06 00 00 00 01 00 00 00 00 00 00 00 00 '1.'") + "~"},
      {"binary get", bytes_from("80 00 00 01 00 00 00 00 00 00 00 01 00 00 00 02 00 00 00 00 00 00 00 00 'k'"),
       bytes_from("81 00 00 00 00 00 00 01 00 00 00 09 00 00 00 02 00 00 00 00 00 00 00 00 'Not found'")},
      {"binary quit",
       bytes_from("80 07 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00"),
       bytes_from("81 07 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00"),
       {},
       true},
      {"binary unknown", bytes_from("80 77 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00"),
       bytes_from("81 77 00 00 00 00 00 81 00 00 00 0f 00 00 00 00 00 00 00 00 00 00 00 00 'Unknown command'")},
  };
  Stage pinned = stage;
  // A release whose number has six characters, for the golden length.
  while (pinned.play("version\r\n").said.size() != 16) ++pinned.persona.variety;
  for (const Row& row : table) expect_row(pinned, row);
}

TEST(Mqtt, AnswersAllThreeVersions) {
  const Stage stage(kMqtt);
  const std::string connect311 = bytes_from("10 0d 00 04 'MQTT' 04 02 00 3c 00 01 'a'");
  const std::string connect5 = bytes_from("10 0e 00 04 'MQTT' 05 02 00 3c 00 00 01 'a'");
  const std::string ok = bytes_from("20 02 00 00");
  const std::string ok5 = bytes_from("20 03 00 00 00");
  const Facts who311 = {{"mqtt_version", "4"}, {"mqtt_client_id", "a"}};
  const Facts who5 = {{"mqtt_version", "5"}, {"mqtt_client_id", "a"}};
  const auto with = [](Facts facts, std::string name, std::string value) {
    facts[std::move(name)] = std::move(value);
    return facts;
  };
  const Row table[] = {
      {"connect", connect311, ok, who311},
      {"3.1",
       bytes_from("10 0f 00 06 'MQIsdp' 03 02 00 3c 00 01 'a'"),
       ok,
       {{"mqtt_version", "3"}, {"mqtt_client_id", "a"}}},
      {"5", connect5, ok5, who5},
      {"5 without a name",
       bytes_from("10 0d 00 04 'MQTT' 05 02 00 3c 00 00 00"),
       bytes_from("20 1b 00 00 18 12 00 15 'auto-'") + "~",
       {{"mqtt_version", "5"}, {"mqtt_client_id", ""}}},
      {"with properties and a will",
       bytes_from("10 1e 00 04 'MQTT' 05 06 00 3c 05 11 00 00 00 0a 00 01 'a' 02 01 00 00 02 'wt' 00 02 'wm'"), ok5,
       who5},
      {"credentials",
       bytes_from("10 15 00 04 'MQTT' 04 c2 00 3c 00 01 'a' 00 02 'me' 00 02 'pw'"),
       bytes_from("20 02 00 05"),
       {{"mqtt_version", "4"}, {"mqtt_client_id", "a"}, {"mqtt_user", "me"}, {"mqtt_password", "pw"}},
       true},
      {"credentials of 5",
       bytes_from("10 16 00 04 'MQTT' 05 c2 00 3c 00 00 01 'a' 00 02 'me' 00 02 'pw'"),
       bytes_from("20 03 00 86 00"),
       {{"mqtt_version", "5"}, {"mqtt_client_id", "a"}, {"mqtt_user", "me"}, {"mqtt_password", "pw"}},
       true},
      {"no name and no clean session",
       bytes_from("10 0c 00 04 'MQTT' 04 00 00 3c 00 00"),
       bytes_from("20 02 00 02"),
       {{"mqtt_version", "4"}, {"mqtt_client_id", ""}},
       true},
      {"version 9",
       bytes_from("10 0d 00 04 'MQTT' 09 02 00 3c 00 01 'a'"),
       bytes_from("20 02 00 01"),
       {{"mqtt_version", "9"}},
       true},
      {"ping", connect311 + bytes_from("c0 00"), ok + bytes_from("d0 00"), who311},
      {"publish 0", connect311 + bytes_from("30 05 00 01 't' 'hi' e0 00"), ok,
       with(with(who311, "mqtt_topic", "t"), "mqtt_message", "hi"), true},
      {"publish 1", connect311 + bytes_from("32 07 00 01 't' 12 34 'hi'"), ok + bytes_from("40 02 12 34"),
       with(with(who311, "mqtt_topic", "t"), "mqtt_message", "hi")},
      {"publish 2", connect311 + bytes_from("34 07 00 01 't' 12 34 'hi' 62 02 12 34"),
       ok + bytes_from("50 02 12 34 70 02 12 34"), with(with(who311, "mqtt_topic", "t"), "mqtt_message", "hi")},
      {"publish of 5", connect5 + bytes_from("32 08 00 01 't' 12 34 00 'hi'"), ok5 + bytes_from("40 02 12 34"),
       with(with(who5, "mqtt_topic", "t"), "mqtt_message", "hi")},
      {"subscribe", connect311 + bytes_from("82 0b 00 01 00 01 '#' 00 00 02 'aa' 03"),
       ok + bytes_from("90 04 00 01 00 02"), with(who311, "mqtt_subscription", "#")},
      {"subscribe of 5", connect5 + bytes_from("82 07 00 01 00 00 01 '#' 01"), ok5 + bytes_from("90 04 00 01 00 01"),
       with(who5, "mqtt_subscription", "#")},
      {"subscribe to the version", connect311 + bytes_from("82 0b 00 01 00 06 '$SYS/#' 00"),
       ok + bytes_from("90 03 00 01 00 31") + "~" + bytes_from("00 13 '$SYS/broker/version' 'mosquitto version '") +
           "~",
       with(who311, "mqtt_subscription", "$SYS/#")},
      {"unsubscribe", connect311 + bytes_from("a2 05 00 09 00 01 '#'"), ok + bytes_from("b0 02 00 09"),
       with(who311, "mqtt_subscription", "#")},
      {"unsubscribe of 5", connect5 + bytes_from("a2 06 00 09 00 00 01 '#'"), ok5 + bytes_from("b0 04 00 09 00 00"),
       with(who5, "mqtt_subscription", "#")},
      {"twice", connect311 + connect311, ok, who311, true},
      {"not connected", bytes_from("c0 00"), "", {}, true},
      {"cut short inside", bytes_from("10 08 00 04 'MQTT' 04 02"), "", {}, true},
      {"subscribe to nothing", connect311 + bytes_from("82 02 00 01"), ok, who311, true},
  };
  for (const Row& row : table) expect_row(stage, row);
  EXPECT_TRUE(stage.play(bytes_from("10 ff ff ff 7f")).foreign);
  EXPECT_TRUE(stage.play(bytes_from("10 ff ff ff ff")).foreign);
}

TEST(Ldap, BindsAnonymouslyAndShowsTheRoot) {
  const Stage stage(kLdap);
  const std::string search_head = "0a 01 00 0a 01 00 02 01 00 02 01 00 01 01 00 87 0b 'objectclass'";
  const Row table[] = {
      {"anonymous",
       bytes_from("30 0c 02 01 01 60 07 02 01 03 04 00 80 00"),
       bytes_from("30 0c 02 01 01 61 07 0a 01 00 04 00 04 00"),
       {{"ldap_bind_dn", ""}}},
      {"a password",
       bytes_from("30 12 02 01 02 60 0d 02 01 03 04 04 'cn=a' 80 02 'pw'"),
       bytes_from("30 0c 02 01 02 61 07 0a 01 31 04 00 04 00"),
       {{"ldap_bind_dn", "cn=a"}, {"ldap_password", "pw"}}},
      {"a name alone",
       bytes_from("30 10 02 01 02 60 0b 02 01 03 04 04 'cn=a' 80 00"),
       bytes_from("30 ") + "~" + bytes_from("02 01 02 61 ") + "~" + bytes_from("0a 01 35") + "~disallowed",
       {{"ldap_bind_dn", "cn=a"}}},
      {"version 2",
       bytes_from("30 0c 02 01 01 60 07 02 01 02 04 00 80 00"),
       "0~" + bytes_from("0a 01 02") + "~LDAPv3 instead",
       {{"ldap_bind_dn", ""}}},
      {"SASL",
       bytes_from("30 1a 02 01 01 60 15 02 01 03 04 00 a3 0e 04 08 'CRAM-MD5' 04 02 'ab'"),
       "0~" + bytes_from("0a 01 07") + "~",
       {{"ldap_bind_dn", ""}, {"ldap_sasl_mechanism", "CRAM-MD5"}}},
      {"one attribute of the root",
       bytes_from("30 3b 02 01 03 63 36 04 00 " + search_head + " 30 16 04 14 'supportedLDAPVersion'"),
       "0~" + bytes_from("64") + "~supportedLDAPVersion1" + bytes_from("03 04 01 '3'") +
           bytes_from("30 0c 02 01 03 65 07 0a 01 00 04 00 04 00"),
       {{"ldap_search_base", ""}}},
      {"the root",
       bytes_from("30 25 02 01 03 63 20 04 00 " + search_head + " 30 00"),
       "0~namingContexts1~dc=example,dc=org~supportedLDAPVersion1~vendorName1~" +
           bytes_from("30 0c 02 01 03 65 07 0a 01 00 04 00 04 00"),
       {{"ldap_search_base", ""}}},
      {"elsewhere",
       bytes_from("30 2b 02 01 04 63 26 04 06 'dc=xyz' " + search_head + " 30 00"),
       bytes_from("30 0c 02 01 04 65 07 0a 01 20 04 00 04 00"),
       {{"ldap_search_base", "dc=xyz"}}},
      {"in our own tree",
       bytes_from("30 36 02 01 04 63 31 04 11 'DC=example,DC=org' " + search_head + " 30 00"),
       bytes_from("30 0c 02 01 04 65 07 0a 01 32 04 00 04 00"),
       {{"ldap_search_base", "DC=example,DC=org"}}},
      {"StartTLS",
       bytes_from("30 1d 02 01 01 77 18 80 16 '1.3.6.1.4.1.1466.20037'"),
       "0~" + bytes_from("78") + "~" + bytes_from("0a 01 02") + "~unsupported extended operation",
       {{"ldap_extension", "1.3.6.1.4.1.1466.20037"}}},
      {"who am I",
       bytes_from("30 1e 02 01 01 77 19 80 17 '1.3.6.1.4.1.4203.1.11.3'"),
       bytes_from("30 0e 02 01 01 78 09 0a 01 00 04 00 04 00 8b 00"),
       {{"ldap_extension", "1.3.6.1.4.1.4203.1.11.3"}}},
      {"delete", bytes_from("30 09 02 01 05 4a 04 'cn=a'"),
       "0~" + bytes_from("02 01 05 6b") + "~" + bytes_from("0a 01 08") + "~"},
      {"long form of a length",
       bytes_from("30 84 00 00 00 0c 02 01 01 60 07 02 01 03 04 00 80 00"),
       bytes_from("30 0c 02 01 01 61 07 0a 01 00 04 00 04 00"),
       {{"ldap_bind_dn", ""}}},
      {"unbind", bytes_from("30 05 02 01 03 42 00"), "", {}, true},
      {"abandon", bytes_from("30 06 02 01 06 50 01 05"), ""},
      {"decoding error",
       bytes_from("30 07 02 01 01 60 02 04 00"),
       "0~" + bytes_from("0a 01 02") + "~decoding error",
       {{"ldap_bind_dn", ""}}},
  };
  for (const Row& row : table) expect_row(stage, row);
  for (const char* malformed :
       {"30 80", "31 00", "30 85 00", "30 84 7f ff ff ff", "30 02 04 00", "30 03 02 05 01", "30 00"}) {
    EXPECT_TRUE(stage.play(bytes_from(malformed)).foreign) << malformed;
  }
}

TEST(Ldap, SaysLessOverUdpWhenMoreDoesNotFit) {
  Stage stage(kLdap);
  stage.ends.transport = Transport::kUdp;
  const std::string search =
      bytes_from("30 25 02 01 03 63 20 04 00 0a 01 00 0a 01 00 02 01 00 02 01 00 01 01 00 87 0b 'objectclass' 30 00");
  EXPECT_GT(stage.play(search).said.size(), search.size());
  stage.limit = search.size();
  const Played played = stage.play(search);
  EXPECT_EQ(hex_of(played.said), "30 0c 02 01 03 65 07 0a 01 0b 04 00 04 00");
  EXPECT_TRUE(played.ok);
}

}  // namespace
}  // namespace portolan::proto::store_servers_test
