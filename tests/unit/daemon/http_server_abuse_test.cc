#include <gmock/gmock.h>
#include <sys/resource.h>

#include <list>
#include <thread>

#include "tests/unit/daemon/running_server.h"

// Clients that are slow, many, or want two parsers to disagree.
namespace revisitd::testing {
namespace {

using daemon::HttpRequest;
using daemon::HttpResponse;
using daemon::HttpServerOptions;
using ::testing::HasSubstr;

HttpResponse say_path(const HttpRequest& request) {
  HttpResponse response;
  response.body = request.path;
  return response;
}

std::string get(const std::string& target) {
  return "GET " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
}
std::string post(const std::string& headers, const std::string& body) {
  return "POST /p HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n" + body;
}

struct Refused {
  const char* name;
  int status;
  std::string bytes;
};

class HttpServerRefusalTest : public ::testing::TestWithParam<Refused> {};

TEST_P(HttpServerRefusalTest, IsAnsweredInTextAndTheConnectionClosed) {
  RunningServer server(say_path);
  RawClient client(server.port());
  // A request smuggled behind the refused one must never be seen.
  const std::string all = client.send(GetParam().bytes + get("/smuggled")).read_to_end();
  EXPECT_EQ(status_of(all), GetParam().status);
  EXPECT_TRUE(client.closed());
  EXPECT_EQ(all.find("/smuggled"), std::string::npos);
  EXPECT_EQ(field_of(all, "Content-Type"), "text/plain; charset=utf-8");
  EXPECT_EQ(server.counters().requests, 0u);
  EXPECT_EQ(server.counters().refused, 1u);
}

INSTANTIATE_TEST_SUITE_P(
    Requests, HttpServerRefusalTest,
    ::testing::Values(
        Refused{"Garbage", 400, "\x16\x03\x01 nonsense\r\n\r\n"},
        Refused{"NoHost", 400, "GET / HTTP/1.1\r\n\r\n"},
        Refused{"TwoHosts", 400, "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"},
        Refused{"EmptyHost", 400, "GET / HTTP/1.1\r\nHost: \r\n\r\n"},
        Refused{"HostWithAPath", 400, "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"},
        Refused{"BothFramings", 400,
                post("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")},
        Refused{"BothFramingsReversed", 400,
                post("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", "0\r\n\r\n")},
        Refused{"TwoLengths", 400, post("Content-Length: 2\r\nContent-Length: 2\r\n", "{}")},
        Refused{"LengthList", 400, post("Content-Length: 2, 2\r\n", "{}")},
        Refused{"SignedLength", 400, post("Content-Length: +2\r\n", "{}")},
        Refused{"CodingBeforeChunked", 400,
                post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n")},
        Refused{"CodingAfterChunked", 400,
                post("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n")},
        Refused{"UnknownCoding", 400, post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n")},
        Refused{"TwoCodings", 400,
                post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")},
        Refused{"ChunkedUnderHttp10", 400,
                "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
        Refused{"BlankBeforeColon", 400, post("Transfer-Encoding : chunked\r\n", "0\r\n\r\n")},
        Refused{"NulInAHeader", 400, post(std::string("X: a\0b\r\n", 8), "")},
        Refused{"BadChunkSize", 400, post("Transfer-Encoding: chunked\r\n", "zz\r\n\r\n")},
        Refused{"BodyTooLarge", 413, post("Content-Length: 4097\r\n", "")},
        Refused{"ChunkedBodyTooLarge", 413,
                post("Transfer-Encoding: chunked\r\n",
                     "1001\r\n" + std::string(4097, 'x') + "\r\n0\r\n\r\n")},
        Refused{"TargetTooLong", 414,
                "GET /" + std::string(5000, 'x') + " HTTP/1.1\r\nHost: a\r\n\r\n"},
        Refused{"RequestLineTooLong", 414,
                "GET /" + std::string(9000, 'x') + " HTTP/1.1\r\nHost: a\r\n\r\n"},
        Refused{"HeaderTooLong", 431,
                "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(9000, 'x') + "\r\n\r\n"},
        Refused{"UnknownExpectation", 417,
                post("Expect: a-miracle\r\nContent-Length: 2\r\n", "{}")},
        Refused{"UnknownMethod", 501, "BREW /pot HTTP/1.1\r\nHost: a\r\n\r\n"},
        Refused{"Connect", 501, "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n"},
        Refused{"Trace", 501, "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n"},
        Refused{"FutureVersion", 505, "GET / HTTP/2.0\r\nHost: a\r\n\r\n"}),
    [](const auto& instance) { return std::string(instance.param.name); });

TEST(HttpServerAbuseTest, ManyHeaderFieldsAreTooMany) {
  RunningServer server(say_path);
  std::string fields;
  for (int i = 0; i < 70; ++i) fields += "X-" + std::to_string(i) + ": y\r\n";
  EXPECT_EQ(status_of(talk(server.port(), "GET / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n")), 431);
}

TEST(HttpServerAbuseTest, ABodyOfTinyChunksIsBoundedOnTheWire) {
  RunningServer server(say_path);
  std::string chunks;
  for (int i = 0; i < 4000; ++i) chunks += "1;an=extension_that_says_nothing\r\nx\r\n";
  EXPECT_EQ(status_of(talk(server.port(), post("Transfer-Encoding: chunked\r\n", chunks))), 413);
}

TEST(HttpServerAbuseTest, ContinueIsSentToClientsThatWaitForIt) {
  RunningServer server(say_path);
  RawClient client(server.port());
  client.send(post("Expect: 100-continue\r\nContent-Length: 2\r\n", ""));
  EXPECT_EQ(client.read_response(), "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_EQ(status_of(client.send("{}").read_response()), 200);
}

HttpServerOptions impatient() {
  HttpServerOptions options;
  options.header_timeout = std::chrono::milliseconds(60);
  options.request_timeout = std::chrono::milliseconds(120);
  options.idle_timeout = std::chrono::milliseconds(60);
  return options;
}

TEST(HttpServerAbuseTest, AHeadThatDoesNotEndIsTimedOut) {
  RunningServer server(say_path, impatient());
  const std::string response = talk(server.port(), "GET / HTTP/1.1\r\nHost: a\r\nX: ");
  EXPECT_EQ(status_of(response), 408);
}

TEST(HttpServerAbuseTest, ABodyThatDoesNotComeIsTimedOut) {
  RunningServer server(say_path, impatient());
  EXPECT_EQ(status_of(talk(server.port(), post("Content-Length: 10\r\n", "abc"))), 408);
}

TEST(HttpServerAbuseTest, SilentConnectionsAreClosedWithoutAWord) {
  RunningServer server(say_path, impatient());
  RawClient fresh(server.port());
  EXPECT_EQ(fresh.read_to_end(), "");
  RawClient kept(server.port());
  EXPECT_EQ(status_of(kept.send(get("/")).read_response()), 200);
  EXPECT_EQ(kept.read_to_end(), "");
  EXPECT_TRUE(kept.closed());
}

TEST(HttpServerAbuseTest, AClientThatReadsNothingIsDropped) {
  HttpServerOptions options = impatient();
  const std::string page(20'000'000, 'x');
  RunningServer server(
      [&](const HttpRequest&) {
        HttpResponse response;
        response.body = page;
        return response;
      },
      options);
  RawClient client(server.port());
  client.send(get("/"));
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (server.counters().requests == 0 || server.counters().open > 0) {
    ASSERT_LT(std::chrono::steady_clock::now(), patience);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  EXPECT_LT(client.read_to_end().size(), page.size());
}

HttpServerOptions small(std::size_t connections, std::size_t reserved) {
  HttpServerOptions options;
  options.max_connections = connections;
  options.reserved_for_health = reserved;
  return options;
}

// Connections that have begun a request and go no further. Each has heard that the server reads it
// before the next one comes: a connection of which nothing was read yet is an idle one, which makes
// room.
std::list<RawClient> slow_clients(RunningServer& server, std::size_t count) {
  std::list<RawClient> out;
  for (std::size_t i = 0; i < count; ++i) {
    RawClient& client = out.emplace_back(server.port());
    client.send(post("Expect: 100-continue\r\nContent-Length: 2\r\n", ""));
    EXPECT_EQ(status_of(client.read_response()), 100);
  }
  return out;
}

TEST(HttpServerAbuseTest, TheReserveAnswersHealthAndMetricsOnly) {
  RunningServer server(say_path, small(6, 2));
  const auto slow = slow_clients(server, 4);
  for (const char* path : {"/-/healthy", "/healthz", "/-/ready", "/readyz", "/metrics"}) {
    EXPECT_EQ(status_of(talk(server.port(), get(path))), 200) << path;
  }
  const std::string page = talk(server.port(), get("/"));
  EXPECT_EQ(status_of(page), 503);
  EXPECT_EQ(field_of(page, "Retry-After"), "1");
}

TEST(HttpServerAbuseTest, HealthAnswersUnderAFloodOfSlowClients) {
  RunningServer server(say_path, small(8, 2));
  const auto slow = slow_clients(server, 60);
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_EQ(status_of(talk(server.port(), get("/healthz"))), 200);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(1));
  EXPECT_LE(server.counters().open, 8u);
}

TEST(HttpServerAbuseTest, IdleConnectionsMakeRoomForNewOnes) {
  RunningServer server(say_path, small(6, 2));
  std::list<RawClient> idle;
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(status_of(idle.emplace_back(server.port()).send(get("/")).read_response()), 200);
  }
  RawClient newcomer(server.port());
  EXPECT_EQ(status_of(newcomer.send(get("/page")).read_response()), 200);
  EXPECT_EQ(idle.front().read_to_end(), "");
  EXPECT_TRUE(idle.front().closed());
}

TEST(HttpServerAbuseTest, AFullServerTurnsNewcomersAway) {
  RunningServer server(say_path, small(2, 0));
  RawClient first(server.port());
  RawClient second(server.port());
  first.send(get(RunningServer::kGated));
  second.send(get(RunningServer::kGated));
  ASSERT_TRUE(server.wait_for_gated(2));
  EXPECT_EQ(talk(server.port(), get("/")), "");
  EXPECT_EQ(server.counters().refused, 1u);
  server.release();
  EXPECT_EQ(status_of(first.read_response()), 200);
}

// Takes every file descriptor of the process but a few, and gives them back.
class NoDescriptors {
 public:
  NoDescriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const int next = ::dup(0);
    ::close(next);
    const rlimit none{static_cast<rlim_t>(next), before_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &none);
  }
  ~NoDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;

 private:
  rlimit before_{};
};

TEST(HttpServerAbuseTest, WithoutDescriptorsHealthAnswersFromTheSpareOne) {
  RunningServer server(say_path);
  RawClient healthy(server.port(), RawClient::Connect::later);
  RawClient page(server.port(), RawClient::Connect::later);
  {
    const NoDescriptors none;
    healthy.connect().send(get("/healthz"));
    EXPECT_EQ(status_of(healthy.read_to_end()), 200);
    page.connect().send(get("/"));
    EXPECT_EQ(status_of(page.read_to_end()), 503);
  }
  RawClient later(server.port());
  EXPECT_EQ(status_of(later.send(get("/page")).read_response()), 200);
}

}  // namespace
}  // namespace revisitd::testing
