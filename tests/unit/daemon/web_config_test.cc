#include "daemon/web_config.h"

#include <gmock/gmock.h>

namespace revisitd::daemon {
namespace {

using ::testing::HasSubstr;

const std::string kHash = "$2b$04$abcdefghijklmnopqrstuuXpJuZwBY3F6q1pXN3qFzJzJzJzJzJzO";

std::optional<WebConfig> parse(const std::string& text) {
  rules::Findings findings("web.yml", text);
  return parse_web_config(text, "/etc/revisitd", findings);
}

std::string first_error(const std::string& text) {
  rules::Findings findings("web.yml", text);
  if (parse_web_config(text, "/etc/revisitd", findings)) return {};
  return format_location(findings.list().at(0));
}

TEST(WebConfigTest, ReadsPrometheusWords) {
  const auto config = parse(
      "tls_server_config:\n"
      "  cert_file: server.crt\n"
      "  key_file: /run/keys/server.key\n"
      "  client_ca_file: ca.crt\n"
      "  client_auth_type: RequireAndVerifyClientCert\n"
      "  min_version: TLS13\n"
      "basic_auth_users:\n"
      "  ana: " +
      kHash + "\n");
  ASSERT_TRUE(config);
  HttpServerOptions options;
  config->apply_to(options);
  EXPECT_EQ(options.tls_cert_file, "/etc/revisitd/server.crt");
  EXPECT_EQ(options.tls_key_file, "/run/keys/server.key");
  EXPECT_EQ(options.tls_client_ca_file, "/etc/revisitd/ca.crt");
  EXPECT_EQ(options.tls_client_auth, ClientAuth::require_and_verify);
  EXPECT_TRUE(options.tls_only_13);
  EXPECT_EQ(config->users.at("ana"), kHash);
}

TEST(WebConfigTest, AnEmptyFileAsksForNothing) {
  const auto config = parse("");
  ASSERT_TRUE(config);
  EXPECT_TRUE(config->users.empty());
  EXPECT_EQ(config->cert_file, "");
}

TEST(WebConfigTest, MistakesAreNamedWithTheirPlace) {
  EXPECT_THAT(first_error("basic_auth_user:\n  ana: x\n"), HasSubstr("web.yml:1:1: unknown key"));
  EXPECT_THAT(first_error("basic_auth_users:\n  ana: hunter2\n"),
              HasSubstr("web.yml:2:8: `ana`: expected a bcrypt hash"));
  EXPECT_THAT(first_error("basic_auth_users:\n  'a:b': " + kHash + "\n"),
              HasSubstr("holds no ':'"));
  EXPECT_THAT(first_error("basic_auth_users:\n  ana: $2b$31$" + kHash.substr(7) + "\n"),
              HasSubstr("cost"));
  EXPECT_THAT(first_error("tls_server_config:\n  cert_file: a\n"), HasSubstr("key_file"));
  const std::string tls = "tls_server_config:\n  cert_file: a\n  key_file: b\n";
  EXPECT_THAT(first_error(tls + "  min_version: TLS10\n"), HasSubstr("web.yml:4:"));
  EXPECT_THAT(first_error(tls + "  client_auth_type: VerifyClientCertIfGiven\n"),
              HasSubstr("client_ca_file"));
  EXPECT_THAT(first_error(tls + "  client_ca_file: c\n"), HasSubstr("client_auth_type"));
}

TEST(WebConfigTest, APasswordInsteadOfAHashIsNotRepeated) {
  EXPECT_THAT(first_error("basic_auth_users:\n  ana: hunter2\n"),
              ::testing::Not(HasSubstr("hunter2")));
}

}  // namespace
}  // namespace revisitd::daemon
