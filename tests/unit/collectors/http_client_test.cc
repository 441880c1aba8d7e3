#include "collectors/http_client.h"

#include <gmock/gmock.h>

#include "tests/unit/collectors/fault_server.h"
#include "tests/unit/collectors/fetching.h"

namespace revisitd::testing {
namespace {

using collectors::FetchRequest;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const std::string kHead = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n";
const std::string kChunkedHead = kHead + "Transfer-Encoding: chunked\r\n\r\n";

std::uint16_t closed_port() {
  FaultServer server(Script{hang()});
  return server.port();
}

TEST(HttpClientTest, ReadsABodyOfKnownLength) {
  FaultServer server(answering(ok_response("up 1\n")));
  const auto result = Fetching().get(server.url("/metrics?a=b"));
  ASSERT_EQ(outcome(result), "status 200");
  EXPECT_EQ(result->body, "up 1\n");
  EXPECT_EQ(result->content_type, "text/plain");
  EXPECT_EQ(result->wire_bytes, ok_response("up 1\n").size());
  EXPECT_THAT(server.requests().at(0), StartsWith("GET /metrics?a=b HTTP/1.1\r\nHost: 127.0.0.1:"));
}

TEST(HttpClientTest, ReadsChunksWithExtensionsAndTrailers) {
  FaultServer server(
      answering(kChunkedHead + "3;a=b\r\nabc\r\n2\r\nde\r\n0\r\nContent-Type: evil\r\n\r\n"));
  const auto result = Fetching().get(server.url());
  ASSERT_EQ(outcome(result), "status 200");
  EXPECT_EQ(result->body, "abcde");
  EXPECT_EQ(result->content_type, "text/plain");
}

TEST(HttpClientTest, SendsBodyHeadersAndUserAgent) {
  FaultServer server(answering(ok_response("")));
  FetchRequest request = brief(server.url("/hook"), std::chrono::seconds(5));
  request.method = "POST";
  request.body = "{}";
  request.headers = {{"Content-Type", "application/json"}, {"webhook-id", "msg_1"}};
  ASSERT_EQ(outcome(Fetching({.user_agent = "revisitd/test"}).fetch(request)), "status 200");
  EXPECT_THAT(server.requests().at(0),
              AllOf(StartsWith("POST /hook HTTP/1.1\r\n"), HasSubstr("\r\nContent-Length: 2\r\n"),
                    HasSubstr("\r\nwebhook-id: msg_1\r\n"),
                    HasSubstr("\r\nUser-Agent: revisitd/test\r\n"), HasSubstr("\r\n\r\n{}")));
}

TEST(HttpClientTest, StreamsTheBodyToTheSinkInSmallPieces) {
  FaultServer server(answering(ok_response(std::string(300'000, 'x'))));
  FetchRequest request = brief(server.url(), std::chrono::seconds(5));
  std::size_t seen = 0;
  std::size_t largest = 0;
  std::string head;
  request.on_head = [&](int status, std::string_view type) {
    head = std::to_string(status) + std::string(type);
  };
  request.sink = [&](std::string_view piece) {
    seen += piece.size();
    largest = std::max(largest, piece.size());
    return true;
  };
  const auto result = Fetching().fetch(request);
  ASSERT_EQ(outcome(result), "status 200");
  EXPECT_EQ(seen, 300'000u);
  EXPECT_LE(largest, 64u * 1024);
  EXPECT_EQ(head, "200text/plain");
  EXPECT_EQ(result->body, "");
}

TEST(HttpClientTest, ASinkThatHasEnoughStopsTheFetch) {
  FaultServer server(Script{read_request(), send(kHead + "Content-Length: 900000\r\n\r\n"),
                            send("x", 10), hang()});
  FetchRequest request = brief(server.url(), std::chrono::seconds(5));
  request.sink = [](std::string_view) { return false; };
  EXPECT_EQ(outcome(Fetching().fetch(request)), "cancelled");
}

TEST(HttpClientTest, AnErrorPageDoesNotReachTheSink) {
  FaultServer server(answering("HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy"));
  FetchRequest request = brief(server.url(), std::chrono::seconds(5));
  bool called = false;
  request.sink = [&](std::string_view) { return called = true; };
  const auto result = Fetching().fetch(request);
  ASSERT_EQ(outcome(result), "status 503");
  EXPECT_FALSE(called);
  EXPECT_EQ(result->body, "busy");
}

TEST(HttpClientTest, EveryStatusIsAResponse) {
  for (const int status : {204, 304, 401, 403, 404, 429, 500, 503}) {
    FaultServer server(answering("HTTP/1.1 " + std::to_string(status) +
                                 " Word\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n"));
    const auto result = Fetching().get(server.url());
    ASSERT_EQ(outcome(result), "status " + std::to_string(status));
    EXPECT_EQ(result->retry_after, "7");
  }
}

TEST(HttpClientTest, RedirectsAreNotFollowed) {
  FaultServer second(answering(ok_response("stolen")));
  for (const int status : {301, 302, 307, 308}) {
    FaultServer first(answering("HTTP/1.1 " + std::to_string(status) + " Moved\r\nLocation: " +
                                second.url() + "\r\nContent-Length: 0\r\n\r\n"));
    const auto result = Fetching().get(first.url());
    ASSERT_EQ(outcome(result), "status " + std::to_string(status));
    EXPECT_EQ(result->location, second.url());
  }
  EXPECT_EQ(second.connections(), 0u);
}

TEST(HttpClientTest, ARefusedConnectionSaysSo) {
  const auto result =
      Fetching().get("http://127.0.0.1:" + std::to_string(closed_port()) + "/?token=secret");
  ASSERT_EQ(outcome(result), "connect");
  EXPECT_THAT(result.error().message, AllOf(HasSubstr("refused"), Not(HasSubstr("secret"))));
}

TEST(HttpClientTest, AResetMidBodyDiscardsTheBody) {
  FaultServer server(
      Script{read_request(), send(kHead + "Content-Length: 100\r\n\r\nhalf"), reset()});
  const auto result = Fetching().get(server.url());
  ASSERT_EQ(outcome(result), "truncated");
}

TEST(HttpClientTest, ABodyShorterThanAnnouncedIsTruncated) {
  FaultServer server(answering(kHead + "Content-Length: 100\r\n\r\nhalf"));
  EXPECT_EQ(outcome(Fetching().get(server.url())), "truncated");
}

TEST(HttpClientTest, ChunksWithoutAnEndAreTruncated) {
  FaultServer server(answering(kChunkedHead + "3\r\nabc\r\n"));
  EXPECT_EQ(outcome(Fetching().get(server.url())), "truncated");
}

TEST(HttpClientTest, ACloseWithoutAnAnswerIsTruncated) {
  FaultServer server(Script{read_request()});
  EXPECT_EQ(outcome(Fetching().get(server.url())), "truncated");
}

TEST(HttpClientTest, AHeadThatEndsEarlyIsTruncated) {
  FaultServer server(answering("HTTP/1.1 200 OK\r\nContent-Ty"));
  EXPECT_EQ(outcome(Fetching().get(server.url())), "truncated");
}

TEST(HttpClientTest, ABodyUntilCloseIsTakenUnlessFramingIsRequired) {
  FaultServer server(answering(kHead + "\r\nup 1\n"));
  const auto loose = Fetching().get(server.url());
  ASSERT_EQ(outcome(loose), "status 200");
  EXPECT_EQ(loose->body, "up 1\n");
  FetchRequest request = brief(server.url(), std::chrono::seconds(5));
  request.require_framing = true;
  EXPECT_EQ(outcome(Fetching().fetch(request)), "truncated");
}

TEST(HttpClientTest, GarbageIsAProtocolError) {
  for (const char* bytes :
       {"SSH-2.0-OpenSSH_9.2\r\n\r\n", "\x16\x03\x01garbage\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n",
        "HTTP/2.0 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nno colon here\r\n\r\n"}) {
    FaultServer server(answering(bytes));
    EXPECT_EQ(outcome(Fetching().get(server.url())), "protocol") << bytes;
  }
}

TEST(HttpClientTest, AmbiguousFramingIsRefused) {
  for (const char* head :
       {"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n",
        "Transfer-Encoding: gzip, chunked\r\n", "Transfer-Encoding: chunked, identity\r\n",
        "Content-Length: 3\r\nContent-Length: 4\r\n", "Content-Length: -1\r\n"}) {
    FaultServer server(answering(kHead + head + "\r\n3\r\nabc\r\n0\r\n\r\n"));
    EXPECT_EQ(outcome(Fetching().get(server.url())), "protocol") << head;
  }
}

TEST(HttpClientTest, InterimAnswersAreSkipped) {
  FaultServer server(answering(
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\n" + ok_response("a")));
  const auto result = Fetching().get(server.url());
  ASSERT_EQ(outcome(result), "status 200");
  EXPECT_EQ(result->body, "a");
}

TEST(HttpClientTest, AFloodOfInterimAnswersIsRefused) {
  FaultServer server(
      Script{read_request(), send("HTTP/1.1 100 Continue\r\n\r\n", 100'000), hang()});
  EXPECT_EQ(outcome(Fetching().get(server.url())), "protocol");
  EXPECT_TRUE(server.wait_until_idle());
}

TEST(HttpClientTest, AHeadRequestHasNoBody) {
  FaultServer server(answering(kHead + "Content-Length: 500\r\n\r\n"));
  FetchRequest request = brief(server.url(), std::chrono::seconds(5));
  request.method = "HEAD";
  EXPECT_EQ(outcome(Fetching().fetch(request)), "status 200");
}

TEST(HttpClientTest, ControlBytesNeverReachTheWire) {
  FaultServer server(answering(ok_response("")));
  FetchRequest in_value = brief(server.url());
  in_value.headers = {{"X-Service", "a\r\nX-Evil: 1"}};
  FetchRequest in_name = brief(server.url());
  in_name.headers = {{"X\r\nEvil", "1"}};
  FetchRequest in_method = brief(server.url());
  in_method.method = "GET / HTTP/1.1\r\nX: ";
  FetchRequest own = brief(server.url());
  own.headers = {{"host", "elsewhere"}};
  Fetching client;
  for (const auto& request :
       {in_value, in_name, in_method, own, brief("http://127.0.0.1/a\r\nb")}) {
    EXPECT_EQ(outcome(client.fetch(request)), "bad_url");
  }
  EXPECT_EQ(server.connections(), 0u);
}

TEST(HttpClientTest, AnEarlyRefusalOfALargeBodyIsHeard) {
  FaultServer server(Script{
      send("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"), hang()});
  FetchRequest request = brief(server.url(), std::chrono::milliseconds(500));
  request.method = "POST";
  request.body = "x";
  EXPECT_EQ(outcome(Fetching().fetch(request)), "status 413");
}

TEST(HttpClientTest, KeepsAConnectionForTheNextRequest) {
  FaultServer server(
      Script{read_request(), send(ok_response("1")), read_request(), send(ok_response("2"))});
  Fetching client;
  EXPECT_EQ(client.get(server.url())->body, "1");
  EXPECT_EQ(client.get(server.url())->body, "2");
  EXPECT_EQ(server.connections(), 1u);
}

TEST(HttpClientTest, AConnectionClosedByThePeerIsNotUsedAgain) {
  for (const std::string close : {"Connection: close\r\n", ""}) {
    FaultServer server(answering(ok_response("1", close)));
    Fetching client;
    EXPECT_EQ(outcome(client.get(server.url())), "status 200");
    EXPECT_TRUE(close.empty() || server.wait_until_idle());
    EXPECT_EQ(outcome(client.get(server.url())), "status 200");
    EXPECT_EQ(server.connections(), 2u);
  }
}

TEST(HttpClientTest, BytesBeyondTheResponseSpoilTheConnection) {
  FaultServer server(Script{
      read_request(), send(ok_response("1") + "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"),
      read_request(), send(ok_response("2"))});
  Fetching client;
  EXPECT_EQ(client.get(server.url())->body, "1");
  EXPECT_EQ(outcome(client.get(server.url())), "status 200");
  EXPECT_EQ(server.connections(), 2u);
}

// A kept connection that takes the request and closes: whether the server acted on it cannot be
// known.
std::vector<Script> closes_on_second_request() {
  return {{read_request(), send(ok_response("1")), read_request(), reset()},
          answering(ok_response("2"))};
}

TEST(HttpClientTest, AGetIsSentAgainWhenAKeptConnectionWasDead) {
  FaultServer server(closes_on_second_request());
  Fetching client;
  EXPECT_EQ(client.get(server.url())->body, "1");
  EXPECT_EQ(client.get(server.url())->body, "2");
  EXPECT_EQ(server.connections(), 2u);
}

TEST(HttpClientTest, APostIsNeverSentTwice) {
  FaultServer server(closes_on_second_request());
  Fetching client;
  EXPECT_EQ(client.get(server.url())->body, "1");
  FetchRequest post = brief(server.url(), std::chrono::seconds(5));
  post.method = "POST";
  post.body = "{}";
  EXPECT_FALSE(client.fetch(post));
  EXPECT_EQ(server.connections(), 1u);
}

TEST(HttpClientTest, AnAnswerCutOffIsNotAskedForAgain) {
  FaultServer server({{read_request(), send(ok_response("1")), read_request(), send("HTTP/1.1 2")},
                      answering(ok_response("2"))});
  Fetching client;
  EXPECT_EQ(client.get(server.url())->body, "1");
  EXPECT_EQ(outcome(client.get(server.url())), "truncated");
}

TEST(HttpClientTest, AddressesThatHoldCredentialsAreRefused) {
  for (const char* url :
       {"http://169.254.169.254/latest/meta-data", "http://[::ffff:169.254.169.254]/",
        "http://[fe80::1]/", "http://0.0.0.0/", "http://[::]/", "http://224.0.0.1/",
        "http://[64:ff9b::a9fe:a9fe]/"}) {
    EXPECT_EQ(outcome(Fetching().get(url)), "refused_address") << url;
  }
}

TEST(HttpClientTest, LoopbackIsRefusedWhereOnlyPublicAddressesAreAllowed) {
  FaultServer server(answering(ok_response("")));
  for (const std::string host : {"127.0.0.1", "localhost", "[::ffff:127.0.0.1]"}) {
    FetchRequest request = brief("http://" + host + ":" + std::to_string(server.port()) + "/");
    request.timeout = std::chrono::seconds(5);
    request.allow_private = false;
    EXPECT_EQ(outcome(Fetching().fetch(request)), "refused_address") << host;
  }
  EXPECT_EQ(server.connections(), 0u);
}

TEST(HttpClientTest, NamesAreResolvedAndAllAddressesTried) {
  // localhost may resolve to ::1 first, where nobody listens.
  FaultServer server(answering(ok_response("named")));
  const auto result = Fetching().get("http://localhost:" + std::to_string(server.port()) + "/");
  ASSERT_EQ(outcome(result), "status 200");
  EXPECT_EQ(result->body, "named");
}

TEST(HttpClientTest, CancellingEndsWhatIsUnderWayAndAllThatFollows) {
  FaultServer server(Script{hang()});
  Fetching client;
  EXPECT_EQ(outcome(client.fetch_and_cancel(brief(server.url(), std::chrono::minutes(5)))),
            "cancelled");
  EXPECT_EQ(outcome(client.get(server.url())), "cancelled");
}

}  // namespace
}  // namespace revisitd::testing
