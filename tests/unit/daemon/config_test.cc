#include "daemon/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/unit/collectors/temp_folder.h"

namespace revisitd::daemon {
namespace {

namespace fs = std::filesystem;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;

fs::path fixtures() { return fs::path(REVISITD_SOURCE_DIR) / "tests/fixtures/config"; }

std::string slurp(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string diagnostics_of(const std::string& name) {
  rules::Findings findings(name, slurp(fixtures() / name));
  const auto config = parse_config(findings.text(), name, findings);
  std::string text = config ? "valid\n" : "";
  for (const Diagnostic& d : findings.list()) text += format_diagnostic(d) + "\n";
  return text;
}

// Every file of tests/fixtures/config with its .golden; REVISITD_UPDATE_GOLDEN=1 writes them anew.
TEST(ConfigTest, EveryMistakeIsNamedWithItsPlace) {
  int files = 0;
  for (const auto& entry : fs::directory_iterator(fixtures())) {
    if (entry.path().extension() != ".yml") continue;
    const std::string said = diagnostics_of(entry.path().filename().string());
    const fs::path golden = entry.path().string() + ".golden";
    if (std::getenv("REVISITD_UPDATE_GOLDEN") != nullptr) std::ofstream(golden) << said;
    EXPECT_EQ(said, slurp(golden)) << entry.path();
    ++files;
  }
  EXPECT_GE(files, 9);
}

// Every key has a value that is not its default.
class FullConfigTest : public testing::Test {
 protected:
  FullConfigTest() {
    rules::Findings findings("full.yml", slurp(fixtures() / "full.yml"));
    auto parsed = parse_config(findings.text(), "/etc/revisitd/full.yml", findings);
    if (!parsed) throw std::runtime_error(format_diagnostic(findings.list().at(0)));
    config = *std::move(parsed);
  }

  Config config;
};

TEST_F(FullConfigTest, GlobalRecordsAndRoster) {
  EXPECT_EQ(config.global.scrape_interval, seconds(30));
  EXPECT_EQ(config.global.scrape_timeout, seconds(5));
  EXPECT_THAT(config.global.slots, ElementsAre(seconds(10), minutes(1), hours(1)));
  EXPECT_EQ(config.global.settle, minutes(2));
  EXPECT_EQ(config.global.resend, seconds(90));
  EXPECT_EQ(config.global.digest_above, 10u);
  EXPECT_THAT(config.global.reminders, ElementsAre(hours(24), hours(72)));
  EXPECT_EQ(config.global.reminder_every, hours(240));
  EXPECT_EQ(config.global.review_grace, hours(480));
  EXPECT_EQ(config.global.snooze_notice, hours(2));
  EXPECT_THAT(config.records.files, ElementsAre("/etc/revisitd/records/*.md", "/srv/adr"));
  EXPECT_EQ(config.records.url, "https://git.example.org/adr");
  EXPECT_EQ(config.records.poll_interval, seconds(10));
  EXPECT_THAT(config.roster.files, ElementsAre("/etc/revisitd/roster.yaml"));
  EXPECT_THAT(config.roster.csv, ElementsAre("/etc/revisitd/skills.csv"));
  EXPECT_THAT(config.roster.backstage, ElementsAre("/etc/revisitd/catalogue/**/catalog-info.yaml"));
  ASSERT_EQ(config.roster.http.size(), 1u);
  EXPECT_EQ(config.roster.http[0].url, "https://hr.example.org/roster.json");
  EXPECT_EQ(config.roster.http[0].refresh_interval, minutes(10));
  EXPECT_EQ(config.roster.http[0].timeout, seconds(5));
  EXPECT_EQ(config.roster.http[0].http.auth.bearer.file, "/etc/revisitd/hr.token");
  ASSERT_EQ(config.roster.backstage_api.size(), 1u);
  EXPECT_EQ(config.roster.backstage_api[0].http.auth.bearer.file, "/etc/revisitd/backstage.token");
  EXPECT_FALSE(config.roster.backstage_api[0].http.allow_private);
  EXPECT_EQ(config.roster.validity, hours(72));
  EXPECT_EQ(config.roster.poll_interval, minutes(1));
  EXPECT_TRUE(config.roster.show_names);
}

TEST_F(FullConfigTest, GitAndRuntimes) {
  ASSERT_EQ(config.git.repositories.size(), 2u);
  EXPECT_EQ(config.git.repositories[0].path, "/srv/git/checkout.git");
  EXPECT_EQ(config.git.repositories[1].path, "/etc/search");
  EXPECT_EQ(config.git.repositories[1].service, "search");
  EXPECT_EQ(config.git.repositories[1].team, "discovery");
  EXPECT_EQ(config.git.window, hours(180 * 24));
  EXPECT_EQ(config.git.min_commits, 5);
  EXPECT_EQ(config.git.refresh_interval, hours(1));
  EXPECT_EQ(config.git.validity, hours(48));
  EXPECT_THAT(config.git.ignore_authors, ElementsAre("ci@example.org"));
  ASSERT_EQ(config.running.languages.size(), 3u) << "python stays as it is";
  EXPECT_EQ(config.running.languages.at("rust").label, "rustc");
  EXPECT_EQ(config.running.languages.at("go").from, "main");
  ASSERT_EQ(config.end_of_life.files.size(), 2u);
  EXPECT_EQ(config.end_of_life.files[0].path, "/etc/revisitd/python.json");
  EXPECT_EQ(config.end_of_life.files[0].language, "python");
  EXPECT_EQ(config.end_of_life.files[1].language, "java");
  EXPECT_TRUE(config.end_of_life.predict);
}

TEST_F(FullConfigTest, ScrapeJobs) {
  const ScrapeJob& job = config.scrape_configs.at(0);
  EXPECT_EQ(job.scheme, "https");
  EXPECT_EQ(job.metrics_path, "/stats");
  EXPECT_EQ(job.fallback_format, collectors::ExpositionFormat::openmetrics);
  EXPECT_THAT(job.params,
              ElementsAre(Pair("format", "prometheus"), Pair("all", "1"), Pair("all", "2")));
  EXPECT_EQ(job.scrape_interval, minutes(1));
  EXPECT_EQ(job.scrape_timeout, seconds(20));
  EXPECT_EQ(job.static_configs->at(0).targets.size(), 3u);
  EXPECT_THAT(job.static_configs->at(0).labels, testing::Contains(Pair("zone", "a")));
  EXPECT_EQ(job.body_size_limit, 10'000'000u);
  EXPECT_EQ(job.sample_limit, 100u);
  EXPECT_EQ(job.label_limit, 10u);
  EXPECT_EQ(job.label_name_length_limit, 20u);
  EXPECT_EQ(job.label_value_length_limit, 30u);
  EXPECT_EQ(job.http.auth.username, "ana");
  EXPECT_EQ(job.http.auth.password.file, "/etc/revisitd/app.password");
  EXPECT_EQ(job.http.headers.at(0).second.reveal(), "abc");
  EXPECT_EQ(job.http.tls->ca_file, "/etc/revisitd/ca.crt");
  EXPECT_EQ(job.http.tls->server_name, "app");
  EXPECT_TRUE(job.http.tls->insecure_skip_verify);
  EXPECT_FALSE(job.http.allow_private);
}

TEST_F(FullConfigTest, ServersAndSignals) {
  const PrometheusServer& server = config.prometheus.at(0);
  EXPECT_EQ(server.url, "http://127.0.0.1:9090/prom");
  EXPECT_EQ(server.service_label, "app");
  EXPECT_EQ(server.timeout, seconds(10));
  EXPECT_EQ(server.evaluation_delay, std::chrono::milliseconds(2500));
  EXPECT_EQ(server.look_back, std::chrono::hours(24 * 90));
  EXPECT_EQ(server.max_concurrent, 2u);
  EXPECT_FALSE(server.post);
  EXPECT_EQ(server.http.auth.bearer.inline_value.reveal(), "sesame");
  EXPECT_EQ(config.signals.size(), 4u);
  EXPECT_EQ(config.signals.at("latency_p99").unit, Unit::seconds);
  EXPECT_EQ(config.signals.at("error_ratio").unit, Unit::ratio);
  EXPECT_TRUE(config.signals.at("nodes").allow_partial);
}

TEST_F(FullConfigTest, ReceiversAndRoutes) {
  EXPECT_FALSE(config.receivers.at(0).send_resolved);
  const auto& hook = config.receivers.at(1).webhook;
  EXPECT_EQ(hook.url.file, "/etc/revisitd/hook.url");
  EXPECT_EQ(hook.format, notify::WebhookFormat::alertmanager_v4);
  EXPECT_EQ(hook.signing_keys.size(), 2u);
  EXPECT_EQ(hook.auth.bearer.file, "/etc/revisitd/t");
  EXPECT_EQ(config.receivers.at(2).alertmanager.urls.size(), 2u);
  EXPECT_THAT(config.routes.at(0).match.service, ElementsAre("checkout", "search"));
  EXPECT_THAT(config.routes.at(0).match.reason, ElementsAre("opened"));
}

TEST_F(FullConfigTest, TheShownTextHasNoSecret) {
  for (const char* secret : {"hooks.example.org", "abc", "sesame", "worn-out", "password: p"}) {
    EXPECT_THAT(config.yaml, Not(HasSubstr(secret)));
  }
  EXPECT_THAT(config.yaml, HasSubstr("<secret>"));
  EXPECT_THAT(config.yaml, HasSubstr("hook.secret")) << "a path is none";
}

TEST(ConfigTest, ALineThatIsShownForAMistakeHasNoSecret) {
  const collectors::TempFolder folder;
  for (const char* text :
       {"records: {files: [a]}\nreceivers: [{name: s, slack: {api_url: CANARY, chanel: x}}]\n",
        "records: {files: [a]}\nreceivers: [{name: s, slack: {api_url: CANARY}\n",
        "records: {files: [a]}\nprometheus: [{name: m, url: 'http://ana:CANARY@b'}]\n"}) {
    const LoadedConfig loaded = load_config(folder.write("revisitd.yml", text));
    ASSERT_FALSE(loaded.diagnostics.empty());
    for (const Diagnostic& d : loaded.diagnostics)
      EXPECT_THAT(format_diagnostic(d), Not(HasSubstr("CANARY")));
  }
}

TEST(ConfigTest, AShortIntervalShortensTheTimeout) {
  rules::Findings findings("a.yml", "global: {scrape_interval: 2s}\nrecords: {files: [a]}\n");
  const auto config = parse_config(findings.text(), "a.yml", findings);
  ASSERT_TRUE(config);
  EXPECT_EQ(config->global.scrape_timeout, seconds(2));
  EXPECT_THAT(config->global.slots, ElementsAre(minutes(1), minutes(10), hours(1)));
}

TEST(ConfigTest, AReceiverThatNoRouteNamesIsWarnedOfWhereThereAreRoutes) {
  const auto warnings = [](const std::string& routes) {
    rules::Findings findings("c.yml", "");
    EXPECT_TRUE(
        parse_config("records: {files: [x]}\nreceivers:\n"
                     "  - {name: a, webhook: {url: 'http://h/a'}}\n"
                     "  - {name: b, webhook: {url: 'http://h/b'}}\n" +
                         routes,
                     "c.yml", findings));
    std::string text;
    for (const auto& d : findings.list()) text += format_location(d) + d.message;
    return text;
  };
  EXPECT_EQ(warnings(""), "") << "all hear of everything";
  EXPECT_THAT(
      warnings("routes: [{receiver: a}]\n"),
      HasSubstr("c.yml:4:5: warning: no route names receiver `b`: it hears of no decision"));
}

TEST(ConfigTest, ADelayThatASlotHasNoRoomForIsWarnedOf) {
  const auto warnings = [](const std::string& delay) {
    rules::Findings findings("c.yml", "");
    EXPECT_TRUE(
        parse_config("global: {slots: [10s, 1h]}\nrecords: {files: [x]}\n"
                     "prometheus:\n  - {name: main, url: 'http://p:9090', "
                     "evaluation_delay: " +
                         delay + "}\n",
                     "c.yml", findings));
    std::string text;
    for (const auto& d : findings.list()) text += format_location(d) + d.message;
    return text;
  };
  EXPECT_EQ(warnings("2s"), "");
  EXPECT_THAT(warnings("30s"), HasSubstr("slots of 10s are asked for after 2s500ms"));
}

TEST(ConfigTest, AFileThatCannotBeReadIsOneDiagnostic) {
  const LoadedConfig loaded = load_config("/nowhere/revisitd.yml");
  EXPECT_FALSE(loaded.config);
  ASSERT_EQ(loaded.diagnostics.size(), 1u);
  EXPECT_EQ(format_location(loaded.diagnostics[0]),
            "/nowhere/revisitd.yml: No such file or directory");
}

}  // namespace
}  // namespace revisitd::daemon
