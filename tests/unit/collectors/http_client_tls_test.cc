#include <gmock/gmock.h>

#include "tests/unit/collectors/fault_server.h"
#include "tests/unit/collectors/fetching.h"
#include "tests/unit/collectors/test_certificates.h"

namespace revisitd::testing {
namespace {

using collectors::FetchRequest;
using collectors::TlsOptions;
using ::testing::HasSubstr;

class HttpClientTlsTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { certificates_ = new TestCertificates; }
  static void TearDownTestSuite() { delete certificates_; }

  static std::string file(const std::string& name) { return certificates_->path(name); }
  static FaultTls shows(const std::string& name) {
    return {.cert_file = file(name + ".pem"), .key_file = file(name + ".key")};
  }
  static FaultServer serving(FaultTls tls) {
    return FaultServer({answering(ok_response("secret page"))}, std::move(tls));
  }

  static FetchRequest trusting(const std::string& url, TlsOptions options) {
    FetchRequest request = brief(url, std::chrono::seconds(10));
    request.tls = std::make_shared<TlsOptions>(std::move(options));
    return request;
  }
  static TlsOptions our_authority() { return {.ca_file = file("ca.pem")}; }

  static TestCertificates* certificates_;
};
TestCertificates* HttpClientTlsTest::certificates_ = nullptr;

TEST_F(HttpClientTlsTest, AGoodChainAndNameAreAccepted) {
  FaultServer server = serving(shows("good"));
  Fetching client;
  EXPECT_EQ(outcome(client.fetch(trusting(server.url(), our_authority()))), "status 200");
  const std::string named = "https://localhost:" + std::to_string(server.port()) + "/";
  EXPECT_EQ(outcome(client.fetch(trusting(named, our_authority()))), "status 200");
}

TEST_F(HttpClientTlsTest, TheSystemDoesNotTrustATestAuthority) {
  FaultServer server = serving(shows("good"));
  EXPECT_EQ(outcome(Fetching().get(server.url())), "tls");
  EXPECT_TRUE(server.requests().empty());
}

TEST_F(HttpClientTlsTest, BadCertificatesAreRefusedWithTheReason) {
  for (const auto& [name, reason] : {std::pair{"expired", "expired"},
                                     {"self", "self-signed"},
                                     {"other", "IP address mismatch"}}) {
    FaultServer server = serving(shows(name));
    const auto result = Fetching().fetch(trusting(server.url(), our_authority()));
    ASSERT_EQ(outcome(result), "tls") << name;
    EXPECT_THAT(result.error().message, HasSubstr(reason));
    EXPECT_TRUE(server.requests().empty()) << "the request must not be sent";
  }
}

TEST_F(HttpClientTlsTest, AWrongHostNameIsRefused) {
  FaultServer server = serving(shows("other"));
  const std::string named = "https://localhost:" + std::to_string(server.port()) + "/";
  const auto result = Fetching().fetch(trusting(named, our_authority()));
  ASSERT_EQ(outcome(result), "tls");
  EXPECT_THAT(result.error().message, HasSubstr("hostname mismatch"));
}

TEST_F(HttpClientTlsTest, AServerNameMayBeGiven) {
  FaultServer server = serving(shows("other"));
  TlsOptions options = our_authority();
  options.server_name = "other.example";
  EXPECT_EQ(outcome(Fetching().fetch(trusting(server.url(), options))), "status 200");
}

TEST_F(HttpClientTlsTest, VerificationCanBeSkippedForOneTargetOnly) {
  FaultServer server = serving(shows("self"));
  Fetching client;
  EXPECT_EQ(outcome(client.fetch(trusting(server.url(), {.insecure_skip_verify = true}))),
            "status 200");
  EXPECT_EQ(outcome(client.get(server.url())), "tls");
}

TEST_F(HttpClientTlsTest, AnUnverifiedConnectionIsNotKeptForAVerifyingRequest) {
  FaultServer server(
      {{read_request(), send(ok_response("1")), read_request(), send(ok_response("2"))}},
      shows("self"));
  Fetching client;
  ASSERT_EQ(outcome(client.fetch(trusting(server.url(), {.insecure_skip_verify = true}))),
            "status 200");
  EXPECT_EQ(outcome(client.get(server.url())), "tls");
  EXPECT_EQ(server.connections(), 2u);
}

TEST_F(HttpClientTlsTest, OldProtocolsAreRefused) {
  FaultTls tls = shows("good");
  tls.only_tls11 = true;
  FaultServer server = serving(tls);
  EXPECT_EQ(outcome(Fetching().fetch(trusting(server.url(), our_authority()))), "tls");
}

TEST_F(HttpClientTlsTest, AClientCertificateIsShownWhereOneIsConfigured) {
  FaultTls tls = shows("good");
  tls.client_ca_file = file("ca.pem");
  FaultServer server = serving(tls);
  EXPECT_NE(outcome(Fetching().fetch(trusting(server.url(), our_authority()))), "status 200");
  TlsOptions with_certificate = our_authority();
  with_certificate.cert_file = file("client.pem");
  with_certificate.key_file = file("client.key");
  EXPECT_EQ(outcome(Fetching().fetch(trusting(server.url(), with_certificate))), "status 200");
}

TEST_F(HttpClientTlsTest, AStalledHandshakeEndsAtTheDeadline) {
  FaultServer server(Script{hang()});
  EXPECT_EQ(
      outcome(Fetching().fetch(brief("https://127.0.0.1:" + std::to_string(server.port()) + "/"))),
      "timeout");
}

TEST_F(HttpClientTlsTest, APlainServerIsNoTlsServer) {
  FaultServer server(Script{send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), hang()});
  const auto result = Fetching().fetch(
      brief("https://127.0.0.1:" + std::to_string(server.port()) + "/", std::chrono::seconds(10)));
  EXPECT_EQ(outcome(result), "tls");
  EXPECT_TRUE(server.requests().empty());
}

TEST_F(HttpClientTlsTest, ABodyUntilCloseNeedsTheTlsGoodbye) {
  for (const bool silent : {false, true}) {
    FaultTls tls = shows("good");
    tls.silent_close = silent;
    FaultServer server({answering("HTTP/1.1 200 OK\r\n\r\npart")}, tls);
    EXPECT_EQ(outcome(Fetching().fetch(trusting(server.url(), our_authority()))),
              silent ? "truncated" : "status 200");
  }
}

TEST_F(HttpClientTlsTest, AMissingFileIsNamed) {
  const auto result =
      Fetching().fetch(trusting("https://127.0.0.1:1/", {.ca_file = file("nowhere.pem")}));
  ASSERT_EQ(outcome(result), "tls");
  EXPECT_THAT(result.error().message, HasSubstr("nowhere.pem"));
}

TEST_F(HttpClientTlsTest, KeptConnectionsServeTlsToo) {
  FaultServer server(
      {{read_request(), send(ok_response("1")), read_request(), send(ok_response("2"))}},
      shows("good"));
  Fetching client;
  const auto request = trusting(server.url(), our_authority());
  EXPECT_EQ(client.fetch(request)->body, "1");
  EXPECT_EQ(client.fetch(request)->body, "2");
  EXPECT_EQ(server.connections(), 1u);
}

}  // namespace
}  // namespace revisitd::testing
