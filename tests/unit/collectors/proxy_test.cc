#include "collectors/proxy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "collectors/request_credentials.h"
#include "tests/unit/collectors/fault_server.h"
#include "tests/unit/collectors/fetching.h"
#include "tests/unit/collectors/test_certificates.h"

namespace revisitd::collectors {
namespace {

using revisitd::testing::answering;
using revisitd::testing::brief;
using revisitd::testing::FaultServer;
using revisitd::testing::Fetching;
using revisitd::testing::ok_response;
using revisitd::testing::outcome;
using ::testing::HasSubstr;
using ::testing::StartsWith;

bool bypassed(const std::string& no_proxy, const std::string& url) {
  return bypasses_proxy(no_proxy, *parse_http_url(url));
}

TEST(ProxyTest, NoProxyNamesHostsDomainsAddressesAndNetworks) {
  EXPECT_TRUE(bypassed("*", "http://a.b"));
  EXPECT_TRUE(bypassed("x, example.org", "http://example.org/m"));
  EXPECT_TRUE(bypassed("example.org", "http://a.example.org"));
  EXPECT_FALSE(bypassed("example.org", "http://notexample.org"));
  EXPECT_TRUE(bypassed(".example.org", "http://a.example.org"));
  EXPECT_FALSE(bypassed(".example.org", "http://example.org"));
  EXPECT_TRUE(bypassed("*.example.org", "http://a.Example.org"));
  EXPECT_TRUE(bypassed("10.0.0.0/8", "http://10.1.2.3:80"));
  EXPECT_FALSE(bypassed("10.0.0.0/8", "http://11.1.2.3"));
  EXPECT_FALSE(bypassed("10.0.0.0/8", "http://[::1]"));
  EXPECT_TRUE(bypassed("fd00::/8", "http://[fd00::1]:9090"));
  EXPECT_TRUE(bypassed("10.0.0.1", "http://10.0.0.1:8080"));
  EXPECT_TRUE(bypassed("[::1]:8080", "http://[::1]:8080"));
  EXPECT_TRUE(bypassed("a:8080", "http://a:8080"));
  EXPECT_FALSE(bypassed("a:8080", "http://a:8081"));
  EXPECT_FALSE(bypassed("", "http://a"));
  EXPECT_FALSE(bypassed(",,", "http://a"));
}

TEST(ProxyTest, AProxyMayBeNamedWithoutAScheme) {
  EXPECT_EQ(parse_proxy_url("proxy:3128")->origin(), "proxy:3128");
  EXPECT_EQ(parse_proxy_url("http://[::1]")->origin(), "[::1]:80");
  EXPECT_EQ(parse_proxy_url("http://ana:s%20x@p")->authorization,
            basic_authorization("ana", "s x"));
  EXPECT_THAT(parse_proxy_url("https://p").error().message, HasSubstr("plain HTTP"));
  EXPECT_FALSE(parse_proxy_url("socks5://p"));
}

TEST(ProxyTest, TheEnvironmentIsAskedWhereTheConfigurationSaysSo) {
  ::setenv("http_proxy", "http://one:1", 1);
  ::setenv("HTTPS_PROXY", "http://two:2", 1);
  ::setenv("NO_PROXY", "inside", 1);
  const ProxyOptions options{.from_environment = true};
  EXPECT_EQ((*proxy_for(options, *parse_http_url("http://a")))->origin(), "one:1");
  EXPECT_EQ((*proxy_for(options, *parse_http_url("https://a")))->origin(), "two:2");
  EXPECT_FALSE(*proxy_for(options, *parse_http_url("http://inside")));
  EXPECT_FALSE(*proxy_for(options, *parse_http_url("http://127.0.0.1")));
  EXPECT_FALSE(*proxy_for({}, *parse_http_url("http://a")));
  ::unsetenv("http_proxy");
  ::unsetenv("HTTPS_PROXY");
  ::unsetenv("NO_PROXY");
}

std::shared_ptr<const ProxyOptions> through(const FaultServer& server) {
  auto options = std::make_shared<ProxyOptions>();
  options->url = "http://127.0.0.1:" + std::to_string(server.port());
  options->connect_headers = {{"X-Through", "yes"}};
  return options;
}

TEST(ProxyTest, APlainRequestNamesTheWholeUrlToTheProxy) {
  FaultServer proxy(answering(ok_response("page")));
  Fetching fetching;
  FetchRequest request = brief("http://service.invalid:81/metrics?x=1", std::chrono::seconds(5));
  request.proxy = through(proxy);
  const auto answer = fetching.fetch(request);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->body, "page");
  EXPECT_THAT(proxy.requests()[0],
              StartsWith("GET http://service.invalid:81/metrics?x=1 HTTP/1.1\r\n"
                         "Host: service.invalid:81\r\n"));
}

TEST(ProxyTest, AHostThatIsNamedInNoProxyIsAskedItself) {
  FaultServer server(answering(ok_response("page")));
  Fetching fetching;
  FetchRequest request = brief(server.url(), std::chrono::seconds(5));
  auto options = std::make_shared<ProxyOptions>();
  options->url = "http://127.0.0.1:1";
  options->no_proxy = "127.0.0.0/8";
  request.proxy = options;
  EXPECT_EQ(outcome(fetching.fetch(request)), "status 200");
  EXPECT_THAT(server.requests()[0], StartsWith("GET / HTTP/1.1"));
}

TEST(ProxyTest, ATunnelThatIsRefusedIsAFailureToConnect) {
  FaultServer proxy(answering("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"));
  Fetching fetching;
  FetchRequest request = brief("https://service.invalid/metrics", std::chrono::seconds(5));
  request.proxy = through(proxy);
  const auto answer = fetching.fetch(request);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().failure, FetchFailure::connect);
  EXPECT_THAT(answer.error().message, HasSubstr("answered 407"));
  EXPECT_THAT(proxy.requests()[0], StartsWith("CONNECT service.invalid:443 HTTP/1.1\r\n"));
  EXPECT_THAT(proxy.requests()[0], HasSubstr("X-Through: yes\r\n"));
}

TEST(ProxyTest, HttpsIsTunnelledAndVerifiedEndToEnd) {
  const revisitd::testing::TestCertificates certificates;
  FaultServer server(
      {answering(ok_response("secret page"))},
      {.cert_file = certificates.path("good.pem"), .key_file = certificates.path("good.key")});
  FaultServer proxy({revisitd::testing::read_request(),
                     revisitd::testing::send("HTTP/1.1 200 Connection established\r\n\r\n"),
                     revisitd::testing::relay(server.port())});
  Fetching fetching;
  FetchRequest request = brief(server.url("/m"), std::chrono::seconds(10));
  request.proxy = through(proxy);
  request.tls = std::make_shared<TlsOptions>(TlsOptions{.ca_file = certificates.path("ca.pem")});
  const auto answer = fetching.fetch(request);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->body, "secret page");
  EXPECT_THAT(server.requests()[0], StartsWith("GET /m HTTP/1.1\r\n"));
  EXPECT_THAT(proxy.requests()[0], ::testing::Not(HasSubstr("/m")));
}

TEST(ProxyTest, AProxyThatKeepsSilentMeetsTheDeadline) {
  FaultServer proxy({revisitd::testing::read_request(), revisitd::testing::hang()});
  Fetching fetching;
  FetchRequest request = brief("https://service.invalid/metrics");
  request.proxy = through(proxy);
  EXPECT_EQ(outcome(fetching.fetch(request)), "timeout");
}

}  // namespace
}  // namespace revisitd::collectors
