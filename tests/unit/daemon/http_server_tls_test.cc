#include <gmock/gmock.h>

#include "tests/unit/collectors/fault_server.h"
#include "tests/unit/collectors/fetching.h"
#include "tests/unit/collectors/test_certificates.h"
#include "tests/unit/daemon/running_server.h"

namespace revisitd::testing {
namespace {

using collectors::TlsOptions;
using daemon::ClientAuth;
using daemon::HttpRequest;
using daemon::HttpResponse;
using daemon::HttpServerOptions;
using ::testing::HasSubstr;

class HttpServerTlsTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { certificates_ = new TestCertificates; }
  static void TearDownTestSuite() { delete certificates_; }

  static HttpServerOptions options(ClientAuth client_auth = ClientAuth::none) {
    HttpServerOptions out;
    out.tls_cert_file = certificates_->path("good.pem");
    out.tls_key_file = certificates_->path("good.key");
    out.tls_client_ca_file = client_auth == ClientAuth::none ? "" : certificates_->path("ca.pem");
    out.tls_client_auth = client_auth;
    return out;
  }
  // What the server makes of a client that shows this certificate: "secure verified", or how the
  // fetch failed.
  static std::string seen(RunningServer& server, const std::string& certificate) {
    TlsOptions tls{.ca_file = certificates_->path("ca.pem")};
    if (!certificate.empty()) {
      tls.cert_file = certificates_->path(certificate + ".pem");
      tls.key_file = certificates_->path(certificate + ".key");
    }
    collectors::FetchRequest request =
        brief("https://" + server.address() + "/", std::chrono::seconds(10));
    request.tls = std::make_shared<TlsOptions>(tls);
    const auto result = Fetching().fetch(request);
    return result ? result->body : outcome(result);
  }
  static HttpResponse tell(const HttpRequest& request) {
    HttpResponse response;
    response.body = std::string(request.secure ? "secure" : "plain") +
                    (request.client_verified ? " verified" : "");
    return response;
  }

  static TestCertificates* certificates_;
};
TestCertificates* HttpServerTlsTest::certificates_ = nullptr;

TEST_F(HttpServerTlsTest, ServesOverTls) {
  RunningServer server(tell, options());
  EXPECT_EQ(seen(server, ""), "secure");
  EXPECT_EQ(status_of(talk(server.port(), "GET / HTTP/1.1\r\nHost: a\r\n\r\n")), 0)
      << "no plaintext beside it";
}

TEST_F(HttpServerTlsTest, ClientCertificatesAreRequiredAndVerified) {
  RunningServer server(tell, options(ClientAuth::require_and_verify));
  EXPECT_EQ(seen(server, "client"), "secure verified");
  EXPECT_THAT(seen(server, ""), ::testing::AnyOf("tls", "connect", "truncated"));
  EXPECT_THAT(seen(server, "self"), ::testing::AnyOf("tls", "connect", "truncated"));
}

TEST_F(HttpServerTlsTest, ACertificateThatIsOnlyLookedAtVerifiesNobody) {
  RunningServer server(tell, options(ClientAuth::require_any));
  EXPECT_EQ(seen(server, "self"), "secure");
  EXPECT_THAT(seen(server, ""), ::testing::AnyOf("tls", "connect", "truncated"));
}

TEST_F(HttpServerTlsTest, CertificatesMayBeOptional) {
  RunningServer server(tell, options(ClientAuth::verify_if_given));
  EXPECT_EQ(seen(server, ""), "secure");
  EXPECT_EQ(seen(server, "client"), "secure verified");
  EXPECT_THAT(seen(server, "self"), ::testing::AnyOf("tls", "connect", "truncated"));
}

TEST_F(HttpServerTlsTest, AKeptConnectionOutlivesTheTimeOfAHead) {
  HttpServerOptions patient = options();
  patient.header_timeout = std::chrono::milliseconds(80);
  RunningServer server(tell, patient);
  Fetching client;
  collectors::FetchRequest request =
      brief("https://" + server.address() + "/", std::chrono::seconds(10));
  request.tls = std::make_shared<TlsOptions>(TlsOptions{.ca_file = certificates_->path("ca.pem")});
  FaultServer slow(Script{hang()});
  ASSERT_EQ(outcome(client.fetch(request)), "status 200");
  ASSERT_EQ(outcome(client.fetch(brief(slow.url(), std::chrono::milliseconds(200)))), "timeout");
  ASSERT_EQ(outcome(client.fetch(request)), "status 200");
  EXPECT_EQ(server.counters().connections, 1u);
}

// What a client that trusts test-authority alone makes of the server.
class TlsRenewalTest : public HttpServerTlsTest {
 protected:
  // Options with the certificate and the key of these names.
  static HttpServerOptions with(const std::string& certificate, const std::string& key) {
    HttpServerOptions out = options();
    out.tls_cert_file = certificates_->path(certificate);
    out.tls_key_file = certificates_->path(key);
    return out;
  }
  RunningServer server_{tell, options()};
};

TEST_F(TlsRenewalTest, NewConnectionsGetTheNewCertificate) {
  ASSERT_EQ(seen(server_, ""), "secure");
  ASSERT_EQ(server_.renew_tls(with("self.pem", "self.key")), "");
  EXPECT_EQ(seen(server_, ""), "tls");
  ASSERT_EQ(server_.renew_tls(options()), "");
  EXPECT_EQ(seen(server_, ""), "secure");
}

TEST_F(TlsRenewalTest, ConnectionsThatAreThereKeepTheirs) {
  Fetching client;
  collectors::FetchRequest request =
      brief("https://" + server_.address() + "/", std::chrono::seconds(10));
  request.tls = std::make_shared<TlsOptions>(TlsOptions{.ca_file = certificates_->path("ca.pem")});
  ASSERT_EQ(outcome(client.fetch(request)), "status 200");
  ASSERT_EQ(server_.renew_tls(with("self.pem", "self.key")), "");
  EXPECT_EQ(outcome(client.fetch(request)), "status 200");
  EXPECT_EQ(server_.counters().connections, 1u);
}

TEST_F(TlsRenewalTest, WhatCannotBeUsedLeavesTheOldOneInForce) {
  EXPECT_THAT(server_.renew_tls(with("good.pem", "other.key")), HasSubstr("key values mismatch"));
  EXPECT_THAT(server_.renew_tls(with("nowhere.pem", "good.key")),
              HasSubstr("cert_file " + certificates_->path("nowhere.pem")));
  EXPECT_THAT(server_.renew_tls(with("good.key", "good.key")), HasSubstr("cert_file"));
  EXPECT_EQ(seen(server_, ""), "secure");
}

TEST_F(TlsRenewalTest, NeitherTurnsTlsOffNorOn) {
  EXPECT_THAT(server_.renew_tls({}), HasSubstr("by a restart"));
  EXPECT_EQ(seen(server_, ""), "secure");
  RunningServer plain(tell);
  EXPECT_THAT(plain.renew_tls(options()), HasSubstr("by a restart"));
  EXPECT_EQ(status_of(talk(plain.port(), "GET / HTTP/1.0\r\nHost: a\r\n\r\n")), 200);
}

TEST_F(HttpServerTlsTest, AHandshakeThatStallsIsEnded) {
  HttpServerOptions impatient = options();
  impatient.header_timeout = std::chrono::milliseconds(60);
  RunningServer server(tell, impatient);
  RawClient silent(server.port());
  EXPECT_EQ(silent.read_to_end(), "");
  EXPECT_TRUE(silent.closed());
}

TEST_F(HttpServerTlsTest, AMissingCertificateStopsTheStart) {
  HttpServerOptions broken = options();
  broken.tls_cert_file = "/nowhere/server.crt";
  try {
    RunningServer server(tell, broken);
    FAIL() << "started without its certificate";
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("cert_file /nowhere/server.crt"));
  }
}

}  // namespace
}  // namespace revisitd::testing
