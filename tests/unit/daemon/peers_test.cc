#include "daemon/peers.h"

#include <gmock/gmock.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

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

// Keeps what it is asked and has no answer.
class NoClient final : public collectors::HttpClient {
 public:
  boost::asio::awaitable<Result<collectors::FetchResponse, collectors::FetchError>> fetch(
      collectors::FetchRequest request) override {
    requests.push_back(std::move(request));
    co_return collectors::FetchError{collectors::FetchFailure::cancelled, "no"};
  }
  std::vector<collectors::FetchRequest> requests;
};

// As co_spawn() takes it: a Status cannot be made from nothing.
boost::asio::awaitable<void> refresh(collectors::TargetSource& source) {
  EXPECT_FALSE(co_await source.refresh({}));
}

std::vector<collectors::ScrapeTargetSpec> targets_of(const Config& config,
                                                     const Features& features = {}) {
  NoClient client;
  boost::asio::io_context context;
  std::vector<collectors::ScrapeTargetSpec> all;
  for (const TargetJob& job : target_jobs(config, features, context.get_executor(), client)) {
    auto built = collectors::build_targets(job.job, job.fixed_groups(), job.relabel);
    std::move(built.targets.begin(), built.targets.end(), std::back_inserter(all));
  }
  return all;
}

TEST(PeersTest, TargetsShareTheirJobAndHaveThePrometheusLabels) {
  const Config config = parse(
      "scrape_configs:\n"
      "  - job_name: app\n    sample_limit: 7\n    headers: {X-Key: abc}\n"
      "    static_configs: [{targets: [a:80, b:80], labels: {service: checkout}},"
      " {targets: [c:80], labels: {service: search, job: mine}}]\n");
  const auto targets = targets_of(config);
  ASSERT_EQ(targets.size(), 3u);
  EXPECT_THAT(targets[0].labels, ElementsAre(Pair("instance", "a:80"), Pair("job", "app"),
                                             Pair("service", "checkout")));
  EXPECT_EQ(targets[2].labels.at("job"), "mine");
  EXPECT_EQ(targets[0].job, targets[2].job);
  EXPECT_EQ(targets[0].job->limits.samples, 7u);
  EXPECT_THAT(targets[0].job->headers, ElementsAre(Pair("X-Key", "abc")));
  EXPECT_FALSE(targets[0].job->credentials);
}

TEST(PeersTest, AJobAsksForItsOwnProtocolsAndElseAsTheFeaturesSay) {
  const Config config = parse(
      "scrape_configs:\n"
      "  - job_name: usual\n    static_configs: [{targets: [a:80]}]\n"
      "  - job_name: own\n    static_configs: [{targets: [b:80]}]\n"
      "    scrape_protocols: [PrometheusText0.0.4]\n"
      "  - job_name: proto\n    static_configs: [{targets: [c:80]}]\n"
      "    scrape_protocols: [PrometheusProto, PrometheusText0.0.4]\n"
      "    fallback_scrape_protocol: PrometheusProto\n");
  const std::string text = "text/plain;version=0.0.4;q=0.9,*/*;q=0.1";
  const std::string proto =
      std::string(collectors::kProtobufAccept) + ";q=0.9,text/plain;version=0.0.4;q=0.8,*/*;q=0.1";
  const auto plain = targets_of(config);
  ASSERT_EQ(plain.size(), 3u);
  EXPECT_EQ(plain[0].job->accept, collectors::kExpositionAccept);
  EXPECT_EQ(plain[1].job->accept, text);
  EXPECT_EQ(plain[2].job->accept, proto);
  EXPECT_EQ(plain[2].job->fallback_format, collectors::ExpositionFormat::protobuf);
  const auto native = targets_of(config, {.native_histograms = true});
  EXPECT_EQ(native[0].job->accept, collectors::accept_native_histograms());
  EXPECT_EQ(native[1].job->accept, text);
}

TEST(PeersTest, RelabellingMaySayWhoseATargetIs) {
  const Config config = parse(
      "scrape_configs:\n"
      "  - job_name: app\n"
      "    static_configs: [{targets: ['checkout.svc:80', 'other:80']}]\n"
      "    relabel_configs:\n"
      "      - {source_labels: [__address__], regex: '(.+)\\.svc:.*', target_label: service}\n"
      "      - {source_labels: [service], regex: '', action: Drop}\n");
  const auto targets = targets_of(config);
  ASSERT_EQ(targets.size(), 1u);
  EXPECT_EQ(targets[0].service(), "checkout");
}

TEST(PeersTest, FixedTargetsAreThoseOfTheConfiguration) {
  const Config config = parse(
      "scrape_configs:\n"
      "  - job_name: app\n"
      "    static_configs:\n"
      "      - {targets: ['a:1', 'b:2'], labels: {service: checkout, env: prod}}\n"
      "  - {job_name: none, static_configs: []}\n");
  NoClient client;
  boost::asio::io_context context;
  const auto jobs = target_jobs(config, {}, context.get_executor(), client);
  EXPECT_EQ(jobs.at(0).fixed, config.scrape_configs.at(0).static_configs);
  const auto groups = jobs.at(0).fixed_groups();
  ASSERT_EQ(groups.size(), 1u);
  EXPECT_THAT(groups[0].targets, ElementsAre(ElementsAre(Pair("__address__", "a:1")),
                                             ElementsAre(Pair("__address__", "b:2"))));
  EXPECT_THAT(groups[0].labels, ElementsAre(Pair("env", "prod"), Pair("service", "checkout")));
  EXPECT_THAT(jobs.at(1).fixed_groups(), testing::IsEmpty());
  EXPECT_THAT(TargetJob().fixed_groups(), testing::IsEmpty());
}

TEST(PeersTest, AListOverHttpIsAskedWithItsCredentialsAndThroughItsProxy) {
  const Config config = parse(
      "scrape_configs:\n"
      "  - job_name: app\n"
      "    http_sd_configs:\n"
      "      - {url: 'http://list/targets', authorization: {credentials: sesame},\n"
      "         proxy_url: 'http://proxy:3128', http_headers: {X-Team: {values: [a]}}}\n");
  NoClient client;
  boost::asio::io_context context;
  const auto jobs = target_jobs(config, {}, context.get_executor(), client);
  boost::asio::co_spawn(context, refresh(*jobs.at(0).sources.at(0)), boost::asio::detached);
  context.run();
  ASSERT_EQ(client.requests.size(), 1u);
  EXPECT_EQ(client.requests[0].url, "http://list/targets");
  EXPECT_EQ(client.requests[0].proxy->url, "http://proxy:3128");
  EXPECT_THAT(client.requests[0].headers,
              testing::IsSupersetOf({std::pair<std::string, std::string>("X-Team", "a"),
                                     {"Authorization", "Bearer sesame"}}));
}

TEST(PeersTest, ATokenMayHaveAnotherWordBeforeIt) {
  const Config config = parse(
      "prometheus: [{name: main, url: 'http://a', authorization: {type: Token, credentials: "
      "x}}]\n");
  EXPECT_THAT(*promql_spec(config.prometheus.at(0)).credentials(),
              ElementsAre(Pair("Authorization", "Token x")));
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
