#include "daemon/peers.h"

#include <gmock/gmock.h>

#include "tests/unit/collectors/temp_folder.h"

namespace revisitd::daemon {
namespace {

using testing::ElementsAre;
using testing::Pair;

Config parse(const std::string& more) {
  rules::Findings findings("a.yml", "records: {files: [a]}\n" + more);
  auto config = parse_config(findings.text(), "a.yml", findings);
  if (!config) throw std::runtime_error(format_diagnostic(findings.list().at(0)));
  return *std::move(config);
}

TEST(PeersTest, TargetsShareTheirJobAndHaveThePrometheusLabels) {
  const Config config = parse(
      "scrape_configs:\n"
      "  - job_name: app\n    sample_limit: 7\n    headers: {X-Key: abc}\n"
      "    static_configs: [{targets: [a:80, b:80], labels: {service: checkout}},"
      " {targets: [c:80], labels: {service: search, job: mine}}]\n");
  const auto targets = scrape_targets(config);
  ASSERT_EQ(targets.size(), 3u);
  EXPECT_THAT(targets[0].labels, ElementsAre(Pair("instance", "a:80"), Pair("job", "app"),
                                             Pair("service", "checkout")));
  EXPECT_EQ(targets[2].labels.at("job"), "mine");
  EXPECT_EQ(targets[0].job, targets[2].job);
  EXPECT_EQ(targets[0].job->limits.samples, 7u);
  EXPECT_THAT(targets[0].job->headers, ElementsAre(Pair("X-Key", "abc")));
  EXPECT_FALSE(targets[0].job->credentials);
}

TEST(PeersTest, ATokenIsReadAnewForEveryRequest) {
  const collectors::TempFolder folder;
  const std::string file = folder.write("token", "one\n");
  const Config config =
      parse("prometheus: [{name: main, url: 'http://a', authorization: {credentials_file: " + file +
            "}}]\n");
  const auto spec = promql_spec(config.prometheus.at(0));
  EXPECT_THAT(*spec.credentials(), ElementsAre(Pair("Authorization", "Bearer one")));
  folder.write("token", "second", collectors::kLater);
  EXPECT_THAT(*spec.credentials(), ElementsAre(Pair("Authorization", "Bearer second")));
}

TEST(PeersTest, ASecretThatCannotBeReadIsAnErrorThatNamesTheFile) {
  const Config config = parse(
      "prometheus: [{name: main, url: 'http://a', basic_auth: {username: ana, password_file: "
      "/nowhere/x}}]\n");
  const auto headers = promql_spec(config.prometheus.at(0)).credentials();
  ASSERT_FALSE(headers);
  EXPECT_THAT(headers.error().message, testing::HasSubstr("/nowhere/x"));
}

TEST(PeersTest, BasicCredentialsMayLackAPassword) {
  const Config config =
      parse("prometheus: [{name: main, url: 'http://a', basic_auth: {username: ana}}]\n");
  EXPECT_THAT(*promql_spec(config.prometheus.at(0)).credentials(),
              ElementsAre(Pair("Authorization", "Basic YW5hOg==")));
}

}  // namespace
}  // namespace revisitd::daemon
