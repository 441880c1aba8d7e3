#include "daemon/http_server.h"

#include <gmock/gmock.h>

#include <stdexcept>

#include "collectors/gzip_decoder.h"
#include "tests/unit/daemon/running_server.h"

namespace revisitd::testing {
namespace {

using daemon::HttpRequest;
using daemon::HttpResponse;
using daemon::HttpServerOptions;
using ::testing::HasSubstr;

HttpResponse say(const std::string& body) {
  HttpResponse response;
  response.body = body;
  return response;
}

// Tells what reached it.
HttpResponse echo(const HttpRequest& request) {
  std::string text = request.method + " " + request.path;
  for (const auto& [name, value] : request.query) text += " " + name + "=" + value;
  return say(text + (request.body.empty() ? "" : " <" + request.body + ">"));
}

std::string get(const std::string& target, const std::string& headers = "") {
  return "GET " + target + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n";
}
std::string last(const std::string& target) { return get(target, "Connection: close\r\n"); }

TEST(HttpServerTest, AnswersAndKeepsTheConnection) {
  RunningServer server(echo);
  RawClient client(server.port());
  EXPECT_EQ(body_of(client.send(get("/a")).read_response()), "GET /a");
  EXPECT_EQ(body_of(client.send(get("/b")).read_response()), "GET /b");
  EXPECT_EQ(server.counters().connections, 1u);
  EXPECT_EQ(server.counters().requests, 2u);
}

TEST(HttpServerTest, ClosesWhenTheClientAsksForIt) {
  RunningServer server(echo);
  const std::string response = talk(server.port(), last("/a"));
  EXPECT_EQ(body_of(response), "GET /a");
  EXPECT_EQ(field_of(response, "Connection"), "close");
}

TEST(HttpServerTest, Http10ClosesUnlessKeepAliveIsAsked) {
  RunningServer server(echo);
  EXPECT_EQ(body_of(talk(server.port(), "GET /a HTTP/1.0\r\n\r\n")), "GET /a");
  RawClient client(server.port());
  client.send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(field_of(client.read_response(), "Connection"), "keep-alive");
  EXPECT_EQ(status_of(client.send(get("/b")).read_response()), 200);
}

TEST(HttpServerTest, PipelinedRequestsAreAnsweredInOrder) {
  RunningServer server(echo);
  RawClient client(server.port());
  client.send(get("/1") + "POST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}" + get("/3"));
  EXPECT_EQ(body_of(client.read_response()), "GET /1");
  EXPECT_EQ(body_of(client.read_response()), "POST /2 <{}>");
  EXPECT_EQ(body_of(client.read_response()), "GET /3");
}

TEST(HttpServerTest, ARequestMayComeByteByByte) {
  RunningServer server(echo);
  RawClient client(server.port());
  for (const char byte :
       "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n") {
    if (byte != '\0') client.send(std::string(1, byte));
  }
  EXPECT_EQ(body_of(client.read_response()), "POST /a <{}>");
}

TEST(HttpServerTest, AHalfClosedClientStillGetsItsAnswer) {
  RunningServer server(echo);
  RawClient client(server.port());
  client.send(get("/a"));
  client.half_close();
  EXPECT_EQ(body_of(client.read_response()), "GET /a");
}

TEST(HttpServerTest, HeadTellsTheLengthAndSendsNoBody) {
  RunningServer server(echo);
  RawClient client(server.port());
  const std::string response =
      client.send("HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n").read_response(true);
  EXPECT_EQ(field_of(response, "Content-Length"), "6");
  EXPECT_EQ(body_of(response), "");
  EXPECT_EQ(body_of(client.send(get("/b")).read_response()), "GET /b");
}

TEST(HttpServerTest, OptionsListsTheMethodsAndAllowsNoOtherSite) {
  RunningServer server(echo);
  for (const char* target : {"*", "/api/v1/revisits"}) {
    const std::string response =
        talk(server.port(),
             std::string("OPTIONS ") + target +
                 " HTTP/1.1\r\nHost: a\r\nOrigin: http://evil\r\nConnection: close\r\n\r\n");
    EXPECT_EQ(status_of(response), 204);
    EXPECT_THAT(field_of(response, "Allow"), HasSubstr("GET"));
    EXPECT_EQ(response.find("Access-Control"), std::string::npos);
  }
}

TEST(HttpServerTest, TargetsAreDecodedAndNormalised) {
  RunningServer server(echo);
  EXPECT_EQ(body_of(talk(server.port(), last("/a%20b/./c/../d?x=1+2&y=%26&x"))),
            "GET /a b/d x=1 2 y=& x=");
  EXPECT_EQ(body_of(talk(server.port(), last("http://elsewhere/a"))), "GET /a");
  for (const char* target :
       {"/..", "/%2e%2e/x", "/a%00b", "/a%zz", "/a%0d%0ab", "/%ff", "nowhere", "ftp://a/"}) {
    EXPECT_EQ(status_of(talk(server.port(), get(target))), 400) << target;
  }
}

TEST(HttpServerTest, EveryResponseCarriesTheSecurityHeaders) {
  RunningServer server(echo);
  for (const std::string& request : {last("/a"), std::string("NONSENSE\r\n\r\n")}) {
    const std::string response = talk(server.port(), request);
    EXPECT_EQ(field_of(response, "X-Content-Type-Options"), "nosniff");
    EXPECT_THAT(field_of(response, "Content-Security-Policy"), HasSubstr("default-src 'none'"));
    EXPECT_EQ(field_of(response, "X-Frame-Options"), "deny");
    EXPECT_EQ(field_of(response, "Referrer-Policy"), "no-referrer");
  }
}

TEST(HttpServerTest, AHandlerMaySetItsOwnPolicyAndHeaders) {
  RunningServer server([](const HttpRequest&) {
    HttpResponse response = say("{}");
    response.status = 429;
    response.content_type = "application/json";
    response.headers = {{"Content-Security-Policy", "default-src 'self'"}, {"Retry-After", "3"}};
    return response;
  });
  const std::string response = talk(server.port(), last("/"));
  EXPECT_THAT(response, HasSubstr("HTTP/1.1 429 Too Many Requests\r\n"));
  EXPECT_EQ(field_of(response, "Content-Security-Policy"), "default-src 'self'");
  EXPECT_EQ(response.find("default-src 'none'"), std::string::npos);
  EXPECT_EQ(field_of(response, "Retry-After"), "3");
  EXPECT_EQ(field_of(response, "Content-Type"), "application/json");
}

TEST(HttpServerTest, AHandlerThatThrowsGivesA500AndTheConnectionLives) {
  std::string heard;
  HttpServerOptions options;
  options.on_trouble = [&heard](std::string_view line) { heard = line; };
  RunningServer server(
      [](const HttpRequest& request) -> HttpResponse {
        if (request.path == "/other") throw 7;
        if (request.path == "/bad") throw std::runtime_error("the plot has no points");
        return say("fine");
      },
      options);
  RawClient client(server.port());
  const std::string response = client.send(get("/bad")).read_response();
  EXPECT_EQ(status_of(response), 500);
  EXPECT_EQ(response.find("plot"), std::string::npos) << "what went wrong is for the log";
  EXPECT_EQ(status_of(client.send(get("/other")).read_response()), 500);
  EXPECT_EQ(body_of(client.send(get("/good")).read_response()), "fine");
  EXPECT_EQ(server.counters().errors, 2u);
  EXPECT_THAT(heard, HasSubstr("a request handler failed"));
}

TEST(HttpServerTest, HeadersThatWouldSplitTheResponseAreNeverSent) {
  RunningServer server([](const HttpRequest& request) {
    HttpResponse response = say("x");
    response.headers.emplace_back("Location", *request.parameter("to"));
    return response;
  });
  const std::string response = talk(server.port(), last("/?to=%0d"));
  EXPECT_EQ(status_of(response), 400);
  RunningServer blunt([](const HttpRequest&) {
    HttpResponse answer = say("x");
    answer.headers.emplace_back("Location", "/a\r\nSet-Cookie: evil=1");
    return answer;
  });
  const std::string split = talk(blunt.port(), last("/"));
  EXPECT_EQ(status_of(split), 500);
  EXPECT_EQ(split.find("evil"), std::string::npos);
}

TEST(HttpServerTest, TextIsCompressedForClientsThatTakeIt) {
  const std::string page(5000, 'x');
  RunningServer server(
      [&](const HttpRequest& request) { return say(request.path == "/long" ? page : "short"); });
  RawClient client(server.port());
  const std::string response =
      client.send(get("/long", "Accept-Encoding: br, gzip;q=0.5\r\n")).read_response();
  EXPECT_EQ(field_of(response, "Content-Encoding"), "gzip");
  EXPECT_EQ(field_of(response, "Vary"), "Accept-Encoding");
  std::string decoded;
  collectors::GzipDecoder decoder;
  decoder.feed(body_of(response),
               [&](std::string_view piece) { return !decoded.append(piece).empty(); });
  EXPECT_EQ(decoded, page);
  for (const char* accepted : {"", "Accept-Encoding: br\r\n", "Accept-Encoding: gzip;q=0\r\n"}) {
    EXPECT_EQ(body_of(client.send(get("/long", accepted)).read_response()), page) << accepted;
  }
  const std::string tiny = client.send(get("/short", "Accept-Encoding: gzip\r\n")).read_response();
  EXPECT_EQ(body_of(tiny), "short");
}

TEST(HttpServerTest, LargeAnswersArriveWhole) {
  const std::string page(3'000'000, 'y');
  RunningServer server([&](const HttpRequest&) { return say(page); });
  RawClient client(server.port());
  EXPECT_EQ(body_of(client.send(get("/")).read_response()), page);
}

TEST(HttpServerTest, TheDateComesFromTheGivenClock) {
  HttpServerOptions options;
  options.clock = [] { return from_millis(784'111'777'000); };
  RunningServer server(echo, options);
  EXPECT_EQ(field_of(talk(server.port(), last("/")), "Date"), "Sun, 06 Nov 1994 08:49:37 GMT");
  RunningServer without(echo);
  EXPECT_EQ(field_of(talk(without.port(), last("/")), "Date"), "");
}

TEST(HttpServerTest, APortThatIsTakenIsNamed) {
  RunningServer first(echo);
  EXPECT_THAT(start_error(first.address()),
              HasSubstr(first.address() + ": Address already in use"));
  EXPECT_THAT(start_error("nonsense"), HasSubstr("host:port"));
  EXPECT_THAT(start_error("127.0.0.1:99999"), HasSubstr("host:port"));
  EXPECT_EQ(start_error("[::1]:0"), "");
  EXPECT_EQ(start_error(":0"), "");
}

TEST(HttpServerTest, IdleConnectionsAreClosedAtOnceByAStop) {
  RunningServer server(echo);
  RawClient idle(server.port());
  EXPECT_EQ(status_of(idle.send(get("/")).read_response()), 200);
  server.begin_stop(std::chrono::minutes(1));
  EXPECT_TRUE(server.wait_until_stopped());
  EXPECT_EQ(idle.read_to_end(), "");
  EXPECT_TRUE(idle.closed());
}

TEST(HttpServerTest, AStopLetsRequestsInFlightFinish) {
  RunningServer server(echo);
  RawClient client(server.port());
  client.send(get(RunningServer::kGated));
  ASSERT_TRUE(server.wait_for_gated(1));
  server.begin_stop(std::chrono::minutes(1));
  server.release();
  const std::string response = client.read_response();
  EXPECT_EQ(status_of(response), 200);
  EXPECT_EQ(field_of(response, "Connection"), "close");
  EXPECT_TRUE(server.wait_until_stopped());
  EXPECT_THROW(RawClient(server.port()), std::runtime_error);
}

TEST(HttpServerTest, AStopDoesNotWaitLongerThanItsGrace) {
  RunningServer server(echo);
  RawClient client(server.port());
  client.send(get(RunningServer::kGated));
  ASSERT_TRUE(server.wait_for_gated(1));
  server.begin_stop(std::chrono::milliseconds(50));
  EXPECT_TRUE(server.wait_until_stopped());
  EXPECT_EQ(client.read_to_end(), "");
}

}  // namespace
}  // namespace revisitd::testing
