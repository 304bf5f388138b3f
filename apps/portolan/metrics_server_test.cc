// SPDX-License-Identifier: Apache-2.0
#include "portolan/metrics_server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/testing/private_network.h"
#include "portolan/respond_status.h"

namespace portolan::cli::metrics_server_test {
namespace {

using base::testing::PrivateNetwork;

constexpr base::Nanos kStarted = 1'700'000'000'250'000'000;

std::vector<Metric> three_metrics() {
  return {{.name = "portolan_respond_frames_total", .help = "Frames.", .label = "way", .label_value = "in"},
          {.name = "portolan_respond_frames_total", .help = "Frames.", .label = "way", .label_value = "out"},
          {.name = "portolan_respond_conversations", .help = "Alive.", .kind = Metric::Kind::kGauge}};
}

TEST(MetricsPage, IsWhatPrometheusReads) {
  const std::vector<uint64_t> values{12, 0, 3};
  EXPECT_EQ(metrics_page(three_metrics(), values, kStarted),
            "# HELP portolan_respond_frames_total Frames.\n"
            "# TYPE portolan_respond_frames_total counter\n"
            "portolan_respond_frames_total{way=\"in\"} 12\n"
            "portolan_respond_frames_total{way=\"out\"} 0\n"
            "# HELP portolan_respond_conversations Alive.\n"
            "# TYPE portolan_respond_conversations gauge\n"
            "portolan_respond_conversations 3\n"
            "# HELP process_start_time_seconds When it started, since 1970.\n"
            "# TYPE process_start_time_seconds gauge\n"
            "process_start_time_seconds 1700000000.25\n"
            "# HELP portolan_build_info 1; the label says which version runs.\n"
            "# TYPE portolan_build_info gauge\n"
            "portolan_build_info{version=\"" PORTOLAN_VERSION "\"} 1\n");
}

TEST(MetricsPage, NamesHaveOnlyWhatMayStandInThem) {
  EXPECT_EQ(counter_metric_name("portolan_respond_", "received"), "portolan_respond_received_total");
  EXPECT_EQ(counter_metric_name("x_", "malformed:ipv4-checksum"), "x_malformed_ipv4_checksum_total");
}

TEST(MetricsAddress, IsALoopbackAddressAndAPort) {
  EXPECT_EQ(MetricsAddress::parse("9464")->port, 9464);
  EXPECT_EQ(MetricsAddress::parse("9464")->address, addr::IpAddress::v4(0x7f000001));
  EXPECT_EQ(MetricsAddress::parse("127.0.0.9:80")->address, addr::IpAddress::v4(0x7f000009));
  EXPECT_EQ(MetricsAddress::parse("[::1]:80")->address, addr::IpAddress::v6(1));
  const std::pair<const char*, const char*> kWrong[] = {{"", "no port"},
                                                        {"x", "no port"},
                                                        {"127.0.0.1:", "no port"},
                                                        {"65536", "no port"},
                                                        {"1.2.3.4:80", "loopback"},
                                                        {"[2001:db8::1]:80", "loopback"},
                                                        {"::1:80", "brackets"},
                                                        {"0.0.0.0:80", "loopback"},
                                                        {":80", ""},
                                                        {"localhost:80", ""},
                                                        {"80:90", ""},
                                                        {"127.0.0.1:80 ", "no port"}};
  for (const auto& [text, why] : kWrong) {
    const auto at = MetricsAddress::parse(text);
    ASSERT_FALSE(at) << text;
    EXPECT_NE(at.error().find(why), std::string::npos) << at.error();
    EXPECT_NE(at.error().find("write 9464"), std::string::npos) << at.error();
  }
}

int connect_to(uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0) return fd;
  ::close(fd);
  return -1;
}

// All that the server says to a request.
std::string ask(uint16_t port, const std::string& request) {
  const int fd = connect_to(port);
  if (fd < 0) return "no connection";
  std::string all;
  if (::send(fd, request.data(), request.size(), 0) == static_cast<ssize_t>(request.size())) {
    char part[4096];
    for (ssize_t n = 0; (n = ::recv(fd, part, sizeof part, 0)) > 0;) all.append(part, static_cast<size_t>(n));
  }
  ::close(fd);
  return all;
}

std::string get(uint16_t port, const std::string& path) {
  return ask(port, "GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

#define IN_PRIVATE_NETWORK_OR_SKIP()                                                        \
  if (const std::string why = PrivateNetwork::why_not(); !why.empty()) GTEST_SKIP() << why; \
  const PrivateNetwork network

TEST(MetricsServer, ShowsTheNumbersOfThisProcess) {
  IN_PRIVATE_NETWORK_OR_SKIP();
  auto server = MetricsServer::start({}, three_metrics(), kStarted);
  ASSERT_TRUE(server) << server.error();
  server->set(0, 41);
  server->set(0, 42);
  std::string page = get(server->port(), "/metrics");
  EXPECT_EQ(page.substr(0, 15), "HTTP/1.1 200 OK");
  EXPECT_TRUE(has(page, "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n")) << page;
  EXPECT_TRUE(has(page, "\nportolan_respond_frames_total{way=\"in\"} 42\n")) << page;
  EXPECT_TRUE(has(page, "\nprocess_start_time_seconds 1700000000.25\n")) << page;
  server->set(2, 7);
  EXPECT_TRUE(has(get(server->port(), "/metrics"), "\nportolan_respond_conversations 7\n"));
}

TEST(MetricsServer, RefusesOtherPathsAndMethodsAndStandsNonsense) {
  IN_PRIVATE_NETWORK_OR_SKIP();
  auto server = MetricsServer::start({}, three_metrics(), kStarted);
  ASSERT_TRUE(server) << server.error();
  EXPECT_TRUE(has(get(server->port(), "/"), "404 Not Found"));
  const std::string post = ask(server->port(), "POST /metrics HTTP/1.0\r\nContent-Length: 0\r\n\r\n");
  EXPECT_TRUE(has(post, " 405 ")) << post;
  EXPECT_TRUE(has(post, "Allow: GET, HEAD\r\n")) << post;
  ask(server->port(), std::string(100'000, '\xff') + "\r\n\r\n");
  EXPECT_TRUE(has(get(server->port(), "/metrics"), "200 OK"));
}

TEST(MetricsServer, ATakenPortIsAnErrorBeforeAnythingStarts) {
  IN_PRIVATE_NETWORK_OR_SKIP();
  auto first = MetricsServer::start({}, three_metrics(), kStarted);
  ASSERT_TRUE(first) << first.error();
  MetricsAddress taken;
  taken.port = first->port();
  const auto second = MetricsServer::start(taken, three_metrics(), kStarted);
  ASSERT_FALSE(second);
  EXPECT_TRUE(has(second.error(), "cannot listen at 127.0.0.1 port")) << second.error();
  EXPECT_TRUE(has(second.error(), "Address already in use")) << second.error();
}

// The one line of /proc/PID/status that begins so.
std::string status_of(pid_t pid, const std::string& name) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with(name)) return line;
  }
  return {};
}

TEST(MetricsServer, TheChildHasNoRightsAndNoFilesOfOurs) {
  IN_PRIVATE_NETWORK_OR_SKIP();
  const std::ifstream ours("/etc/passwd");
  auto server = MetricsServer::start({}, three_metrics(), kStarted);
  ASSERT_TRUE(server) << server.error();
  std::ifstream children("/proc/thread-self/children");
  pid_t child = 0;
  if (!(children >> child)) GTEST_SKIP() << "this kernel does not list children";
  EXPECT_EQ(status_of(child, "CapPrm"), "CapPrm:\t0000000000000000");
  EXPECT_EQ(status_of(child, "CapEff"), "CapEff:\t0000000000000000");
  EXPECT_EQ(status_of(child, "NoNewPrivs"), "NoNewPrivs:\t1");
  EXPECT_FALSE(has(status_of(child, "Uid"), "\t0"));
  EXPECT_FALSE(has(status_of(child, "Gid"), "\t0"));
  size_t open_files = 0;
  for (const auto& file : std::filesystem::directory_iterator("/proc/" + std::to_string(child) + "/fd")) {
    EXPECT_NE(std::filesystem::read_symlink(file), "/etc/passwd");
    ++open_files;
  }
  EXPECT_GE(open_files, 5u);  // the standard streams, the socket and the pipe
}

// Whoever starts the server and dies without a word takes the child along.
TEST(MetricsServer, DiesWithItsParent) {
  IN_PRIVATE_NETWORK_OR_SKIP();
  ASSERT_EQ(::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), 0);  // so that the orphan becomes ours
  const pid_t parent = ::fork();
  if (parent == 0) {
    auto server = MetricsServer::start({}, three_metrics(), kStarted);
    ::_exit(server ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(parent, &status, 0), parent);
  EXPECT_EQ(status, 0);
  EXPECT_GT(::waitpid(-1, &status, 0), 0);  // the orphan has ended
  ::prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0);
}

TEST(RespondStatus, SaysRatesAndWhatWentWrong) {
  const RespondTotals before{.frames_in = 1000, .frames_out = 900};
  RespondTotals now{.frames_in = 25'000, .frames_out = 900, .contacts = 1204, .talking = 17, .rationed = 3};
  EXPECT_EQ(respond_status_line(now, before, 2 * base::kSecond, 725 * base::kSecond),
            "in 12.0 k/s  out 0.0/s  contacts 1204  talking 17  rationed 3  up 0:12:05");
  now.dropped = 5;
  now.lost = 6;
  EXPECT_EQ(respond_status_line(now, now, base::kSecond, 90'000 * base::kSecond),
            "in 0.0/s  out 0.0/s  contacts 1204  talking 17  rationed 3  dropped 5  lost 6  up 1d01h");
}

}  // namespace
}  // namespace portolan::cli::metrics_server_test
