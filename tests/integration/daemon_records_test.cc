#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <fstream>

#include "tests/integration/daemon_rig.h"
#include "tests/unit/collectors/fault_server.h"
#include "tests/unit/collectors/git_fixture.h"

// Records and rosters that people edit while the program runs.
namespace revisitd::testing {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Not;

const char* const kTriggers = "triggers:\n  footprint: {when: memory > 256MiB, window: 1m}\n";
const char* const kSignals =
    "signals:\n  memory: {max: process_resident_memory_bytes, unit: bytes}\n";

class RecordsTest : public ::testing::Test {
 protected:
  std::string date_of(const std::string& service) const {
    return daemon.get("/api/v1/decisions/" + service).data().value("date", "");
  }
  json row_of(const std::string& path) const {
    for (const json& row : daemon.get("/api/v1/records").data()) {
      if (row["path"] == daemon.path(path)) return row;
    }
    return {};
  }

  Daemon daemon;
};

TEST_F(RecordsTest, TheDaemonsFindingsAreShownInTheRecordsThatAreNamed) {
  daemon.write("revisitd.yml", quick_config(kSignals));
  daemon.write("records/checkout.md", record("checkout", kTriggers));
  daemon.write("records/search.md", record("search", kTriggers));
  daemon.write("else.md", record("elsewhere", kTriggers));
  ASSERT_TRUE(daemon.start()) << daemon.log();
  const auto check = [&](const std::string& file) {
    return revisitd({"check", "records", "--live", "--url", daemon.url(), file}, "",
                    daemon.path(""));
  };
  const Outcome one = check("records/checkout.md");
  EXPECT_EQ(one.code, 0) << one.err;
  EXPECT_THAT(one.err, HasSubstr("records/checkout.md:11:3: warning: trigger `footprint`: `memory` "
                                 "had no value in the last 180d\n"));
  EXPECT_THAT(one.err, HasSubstr("  footprint: {when: memory > 256MiB, window: 1m}\n"));
  EXPECT_THAT(one.err, HasSubstr("^"));
  EXPECT_THAT(one.err, Not(HasSubstr("search")));
  EXPECT_THAT(one.out, HasSubstr("1 to mend"));
  const Outcome other = check("else.md");
  EXPECT_EQ(other.code, 1);
  EXPECT_THAT(other.err, HasSubstr("note: the daemon has no decision for `elsewhere`\n"));
}

TEST_F(RecordsTest, ABadRecordIsToldEverywhereAndStopsNobody) {
  daemon.write("revisitd.yml", quick_config(kSignals));
  daemon.write("records/checkout.md", record("checkout", kTriggers));
  daemon.write("records/search.md", record("search", kTriggers));
  ASSERT_TRUE(daemon.start()) << daemon.log();

  daemon.write("records/checkout.md",
               record("checkout", "triggers:\n  footprint: {when: memory > 256ms, window: 1m}\n",
                      "2026-06-01"));
  daemon.write("records/search.md", record("search", kTriggers, "2026-06-02"));
  daemon.write("records/new.md", record("new", kTriggers));
  ASSERT_TRUE(eventually([&] { return date_of("search") == "2026-06-02" && date_of("new") != ""; }))
      << daemon.log();
  ASSERT_TRUE(daemon.says("checkout.md"));
  EXPECT_THAT(daemon.log(), HasSubstr("place=11:"));
  const json row = row_of("records/checkout.md");
  EXPECT_EQ(row["in_force"], true);
  EXPECT_EQ(row["last_good"], true);
  EXPECT_EQ(row["diagnostics"][0]["line"], 11);
  EXPECT_THAT(row["diagnostics"][0]["text"].get<std::string>(), HasSubstr("^"));
  EXPECT_EQ(date_of("checkout"), "2026-05-04");
  EXPECT_THAT(daemon.get("/").body, HasSubstr("last good version stays in force"));
  EXPECT_EQ(daemon.metric("revisitd_record_files_with_errors"), "1");
  EXPECT_EQ(daemon.get("/api/v1/status").data()["records"]["errors"], 1);

  // Neither a reload nor a restart takes a decision out of force because of a typo.
  const Answer reloaded = daemon.post("/-/reload");
  EXPECT_EQ(reloaded.status, 403) << "only with --web.enable-lifecycle";
  daemon.signal(SIGHUP);
  ASSERT_TRUE(daemon.says("configuration loaded"));
  EXPECT_EQ(date_of("checkout"), "2026-05-04");
  EXPECT_EQ(row_of("records/checkout.md")["last_good"], true);
  ASSERT_EQ(daemon.stop(), 0);
  ASSERT_TRUE(daemon.start()) << daemon.log();
  EXPECT_EQ(date_of("checkout"), "2026-05-04");
  EXPECT_EQ(row_of("records/checkout.md")["last_good"], true);

  daemon.write("records/checkout.md", record("checkout", kTriggers, "2026-06-03"));
  EXPECT_TRUE(eventually([&] { return date_of("checkout") == "2026-06-03"; })) << daemon.log();
  EXPECT_EQ(daemon.metric("revisitd_record_files_with_errors"), "0");
}

// What a text was read as is kept for the next start; it holds for the same signals only.
TEST_F(RecordsTest, ARestartSeesWhatOtherSignalsMakeOfTheSameText) {
  daemon.write("revisitd.yml", quick_config(kSignals));
  daemon.write("records/checkout.md", record("checkout", kTriggers));
  for (int round = 0; round < 2; ++round) {
    ASSERT_TRUE(daemon.start()) << daemon.log();
    EXPECT_EQ(row_of("records/checkout.md")["in_force"], true);
    ASSERT_EQ(daemon.stop(), 0);
  }
  std::string others = kSignals;
  others.replace(others.find("memory"), 6, "nemory");
  daemon.write("revisitd.yml", quick_config(others));
  ASSERT_TRUE(daemon.start()) << daemon.log();
  const json row = row_of("records/checkout.md");
  EXPECT_EQ(row["in_force"], false);
  EXPECT_THAT(row["diagnostics"][0]["text"].get<std::string>(), HasSubstr("nemory"));
  ASSERT_EQ(daemon.stop(), 0);
  daemon.write("revisitd.yml", quick_config(kSignals));
  ASSERT_TRUE(daemon.start()) << daemon.log();
  EXPECT_EQ(row_of("records/checkout.md")["in_force"], true);
}

TEST_F(RecordsTest, ARecordDeletedWhileStoppedIsWithdrawn) {
  daemon.write("revisitd.yml", quick_config(kSignals));
  daemon.write("records/checkout.md", record("checkout", kTriggers));
  ASSERT_TRUE(daemon.start()) << daemon.log();
  ASSERT_EQ(daemon.stop(), 0);
  daemon.remove("records/checkout.md");
  ASSERT_TRUE(daemon.start()) << daemon.log();
  EXPECT_TRUE(eventually([&] { return daemon.get("/api/v1/decisions").data().empty(); }));
  EXPECT_TRUE(eventually([&] {
    const json trail = daemon.get("/api/v1/trail?type=decision.removed").data();
    return trail.size() == 1 && trail[0]["service"] == "checkout";
  }));
}

// As the kubelet updates a ConfigMap: new files beside the old, then one link is swapped.
void publish(const std::string& folder, const std::string& version, const std::string& text) {
  fs::create_directories(folder + "/" + version);
  std::ofstream(folder + "/" + version + "/checkout.md") << text;
  fs::create_directory_symlink(version, folder + "/..data_tmp");
  fs::rename(folder + "/..data_tmp", folder + "/..data");
  if (!fs::exists(folder + "/checkout.md")) {
    fs::create_symlink("..data/checkout.md", folder + "/checkout.md");
  }
}

class ConfigMapTest : public RecordsTest, public ::testing::WithParamInterface<const char*> {};

TEST_P(ConfigMapTest, ASwappedLinkIsNoticed) {
  daemon.write("revisitd.yml", "records: {files: [records/], poll_interval: " +
                                   std::string(GetParam()) + "}\n" + kSignals);
  publish(daemon.path("records"), "..2026_05_04", record("checkout", kTriggers));
  ASSERT_TRUE(daemon.start({"--web.enable-lifecycle"})) << daemon.log();
  EXPECT_EQ(date_of("checkout"), "2026-05-04");
  publish(daemon.path("records"), "..2026_06_01", record("checkout", kTriggers, "2026-06-01"));
  fs::remove_all(daemon.path("records") + "/..2026_05_04");
  EXPECT_TRUE(eventually([&] { return date_of("checkout") == "2026-06-01"; }, seconds(5)))
      << daemon.log();

  // A reload must not lose the watch.
  ASSERT_EQ(daemon.post("/-/reload").status, 200) << daemon.log();
  publish(daemon.path("records"), "..2026_06_02", record("checkout", kTriggers, "2026-06-02"));
  EXPECT_TRUE(eventually([&] { return date_of("checkout") == "2026-06-02"; }, seconds(5)))
      << daemon.log();
}

// By a hint alone, and by looking again.
INSTANTIATE_TEST_SUITE_P(Polls, ConfigMapTest, ::testing::Values("1h", "1s"));

TEST_F(RecordsTest, PeopleCountForTheirTeamAndAShrunkenRosterWaits) {
  daemon.write("revisitd.yml", quick_config("roster: {files: [roster.yaml], poll_interval: 1s}\n"));
  daemon.write("records/checkout.md",
               record("checkout",
                      "triggers:\n"
                      "  fluency: {when: fluent(\"python\") < 2, window: 3s}\n"
                      "  shipped: {when: shipped(\"go\") < 1, window: 3s}\n"
                      "  size: {when: members() >= 3, window: 3s}\n"));
  daemon.write("roster.yaml",
               "teams:\n  payments:\n    members:\n"
               "      - {name: ana, languages: {python: fluent, go: shipped}}\n"
               "      - {name: ben, languages: {python: fluent}}\n"
               "      - {name: cleo, languages: {python: learning}}\n");
  ASSERT_TRUE(daemon.start()) << daemon.log();
  EXPECT_TRUE(eventually([&] { return daemon.verdict("checkout", "fluency") == "clear"; }));
  EXPECT_TRUE(eventually([&] { return daemon.verdict("checkout", "shipped") == "clear"; }));
  EXPECT_TRUE(eventually([&] { return daemon.verdict("checkout", "size") == "tripped"; }));
  const json roster = daemon.get("/api/v1/roster").data();
  EXPECT_EQ(roster["teams"][0]["languages"]["python"]["fluent"], 2);
  EXPECT_THAT(roster.dump(), Not(HasSubstr("cleo")));

  daemon.write("roster.yaml",
               "teams: {payments: {members: [{name: ana, languages: {python: fluent}}]}}\n");
  ASSERT_TRUE(daemon.says("lists 1 people where 3 were"));
  EXPECT_EQ(daemon.get("/api/v1/roster").data()["teams"][0]["members"], 3);
  EXPECT_THAT(daemon.get("/").body, HasSubstr("roster"));
  const std::vector<std::string> word = {"confirm", "--url", daemon.url(), "--by", "ana"};
  const Outcome believed = revisitd(word);
  EXPECT_EQ(believed.code, 0) << believed.err;
  EXPECT_THAT(believed.out, HasSubstr("roster.yaml is believed\n"));
  EXPECT_EQ(daemon.get("/api/v1/roster").data()["teams"][0]["members"], 1);
  EXPECT_TRUE(daemon.says("by=ana"));
  const Outcome again = revisitd(word);
  EXPECT_EQ(again.code, 1);
  EXPECT_THAT(again.err, HasSubstr("no roster waits"));
  daemon.write("roster.yaml", "teams: {payments: {member: []}}\n");
  ASSERT_TRUE(daemon.says("unknown key"));
  EXPECT_EQ(daemon.metric("revisitd_roster_valid"), "1");
}

TEST_F(RecordsTest, PeopleComeFromSeveralSourcesAndTheirSkillsFromOthers) {
  FaultServer peer(answering(ok_response(
      R"({"teams":{"payments":{"members":[{"name":"Dora","languages":{"go":"fluent"},"until":"2999-01-01"}]}}})",
      "Content-Type: application/json\r\nConnection: close\r\n")));
  daemon.write("revisitd.yml",
               quick_config("roster:\n  poll_interval: 1s\n  csv: [skills.csv]\n"
                            "  backstage: ['catalogue/**/*.yaml']\n  http: [{url: '" +
                            peer.url("/people") + "', refresh_interval: 1s}]\n"));
  daemon.write("records/checkout.md", record("checkout",
                                             "triggers:\n"
                                             "  fluency: {when: fluent(\"go\") >= 3, window: 3s}\n"
                                             "  size: {when: members() < 3, window: 3s}\n"));
  daemon.write("skills.csv",
               "\xEF\xBB\xBFname;language;level\r\nANA;Go;fluent\r\nzoe;go;fluent\r\n");
  daemon.write(
      "catalogue/org.yaml",
      "apiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata: {name: payments}\n"
      "spec: {members: [ana]}\n---\n"
      "apiVersion: backstage.io/v1alpha1\nkind: User\nmetadata: {name: benedikt, annotations: "
      "{revisitd.io/languages: go=fluent}}\nspec: {memberOf: [payments]}\n");
  daemon.write("catalogue/skeleton/catalog-info.yaml", "name: ${{ values.name }}\n");
  ASSERT_TRUE(daemon.start()) << daemon.log();
  EXPECT_TRUE(eventually([&] { return daemon.verdict("checkout", "fluency") == "tripped"; }))
      << daemon.get("/api/v1/roster").body;
  EXPECT_TRUE(eventually([&] { return daemon.verdict("checkout", "size") == "clear"; }));
  json roster = daemon.get("/api/v1/roster").data();
  EXPECT_EQ(roster["on_no_team"], 1);
  EXPECT_EQ(roster["teams"][0]["leaving"][0]["languages_then"]["go"]["fluent"], 2);
  ASSERT_EQ(roster["sources"].size(), 3u);
  EXPECT_EQ(roster["sources"][0]["kind"], "http");
  EXPECT_EQ(roster["sources"][0]["state"], "good");
  EXPECT_TRUE(daemon.says("is a template and was skipped"));
  EXPECT_EQ(daemon.metric("revisitd_roster_sources"), "3");
  EXPECT_EQ(daemon.metric("revisitd_roster_people"), "3");
  const auto nameless = [&] {
    for (const char* path :
         {"/api/v1/roster", "/roster", "/", "/api/v1/status", "/service/checkout",
          "/api/v1/decisions/checkout/explain", "/metrics", "/api/v1/trail"}) {
      for (const char* name : {"Dora", "dora", "benedikt", "ANA", "zoe"}) {
        if (daemon.get(path).body.find(name) != std::string::npos)
          return std::string(name) + " on " + path;
      }
    }
    return std::string();
  };
  EXPECT_EQ(nameless(), "");

  // What is wrong with one of them is told, and nobody is named where all may read.
  daemon.write("skills.csv", "name;language;level\nbenedikt;go;fluid\n");
  ASSERT_TRUE(eventually([&] {
    return daemon.get("/api/v1/roster").body.find("skills.csv:2:13") != std::string::npos;
  })) << daemon.get("/api/v1/roster").body;
  EXPECT_EQ(daemon.metric("revisitd_roster_sources_failed"), "1");
  EXPECT_EQ(daemon.verdict("checkout", "fluency"), "tripped");
  EXPECT_EQ(nameless(), "");
  daemon.signal(SIGHUP);
  ASSERT_TRUE(daemon.says("configuration loaded"));
  EXPECT_TRUE(eventually(
      [&] { return daemon.get("/api/v1/roster").data()["sources"][0]["state"] == "good"; }));
  EXPECT_EQ(daemon.verdict("checkout", "fluency"), "tripped") << "a reload forgets nobody";
}

TEST_F(RecordsTest, WhatSourcesSaidOutlivesARestartInWhichTheyAreSilent) {
  FaultServer catalogue(
      {answering(ok_response(R"({"items":[{"kind":"Component","metadata":{"name":"ledger"},)"
                             R"("spec":{"type":"service","owner":"payments"}}],"pageInfo":{}})",
                             "Content-Type: application/json\r\nConnection: close\r\n")),
       answering("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")});
  daemon.write("revisitd.yml", quick_config("roster:\n  poll_interval: 1s\n  files: [roster.yaml]\n"
                                            "  backstage_api: [{url: '" +
                                            catalogue.url("") + "', refresh_interval: 1h}]\n"));
  daemon.write("roster.yaml", "teams: {payments: {members: [{name: Dora}, {name: Zoe}]}}\n");
  ASSERT_TRUE(daemon.start()) << daemon.log();
  const auto roster = [&] { return daemon.get("/api/v1/roster").data(); };
  const auto read_at = [&](int source) {
    return roster()["sources"][source].value("read_at", std::string());
  };
  const auto undocumented = [&] {
    return daemon.get("/api/v1/status").data().value("undocumented", json::array());
  };
  ASSERT_TRUE(eventually([&] { return undocumented().size() == 1; })) << daemon.log();
  const std::string listed = undocumented()[0].value("read_at", "");
  EXPECT_EQ(listed, read_at(1));
  // Files are read anew all the time, the catalogue was asked once.
  ASSERT_TRUE(eventually([&] { return read_at(0) > listed; })) << roster().dump();
  const std::string read = read_at(0);
  ASSERT_EQ(daemon.stop(), 0);
  daemon.remove("roster.yaml");

  ASSERT_TRUE(daemon.start()) << daemon.log();
  ASSERT_TRUE(eventually([&] { return roster()["sources"][1]["state"] == "bad"; }));
  EXPECT_GE(read_at(0), read);
  EXPECT_GE(roster().value("read_at", ""), read);
  EXPECT_EQ(read_at(1), listed);
  ASSERT_EQ(undocumented().size(), 1u) << daemon.get("/api/v1/status").body;
  EXPECT_EQ(undocumented()[0]["service"], "ledger");
  EXPECT_EQ(undocumented()[0]["owner"], "payments");
  EXPECT_EQ(undocumented()[0].value("read_at", ""), listed);
  EXPECT_EQ(daemon.metric("revisitd_services_undocumented"), "1");
  EXPECT_EQ(roster()["valid"], true);

  // Once more: what was kept is kept on.
  ASSERT_EQ(daemon.stop(), 0);
  ASSERT_TRUE(daemon.start()) << daemon.log();
  EXPECT_EQ(undocumented().size(), 1u);
  EXPECT_EQ(read_at(1), listed);
  EXPECT_GE(read_at(0), read);
}

TEST_F(RecordsTest, GitIsEvidenceBesideTheRoster) {
  collectors::GitFixture git;
  const std::int64_t today = std::chrono::duration_cast<std::chrono::hours>(
                                 std::chrono::system_clock::now().time_since_epoch())
                                 .count() /
                             24;
  for (int i = 0; i < 12; ++i)
    git.commit({.who = "Ana Smith <ana@a.example>",
                .day = today - 20 + i,
                .files = {{"cmd/main.go", std::to_string(i)}}});
  git.commit({.who = "renovate[bot] <bot@a.example>", .day = today, .files = {{"x.go", "1"}}});
  git.write();
  daemon.write("revisitd.yml",
               quick_config("roster: {files: [roster.yaml], poll_interval: 1s}\n"
                            "git: {repositories: [{path: '" +
                            git.path() + "', service: checkout}], refresh_interval: 1s}\n"));
  daemon.write("records/checkout.md",
               record("checkout",
                      "triggers:\n"
                      "  shipped: {when: shipped(\"go\") < 1, window: 3s}\n"
                      "  rust: {when: shipped(\"rust\") >= 1, window: 3s}\n"));
  daemon.write("roster.yaml",
               "teams:\n  payments:\n    members:\n"
               "      - {name: ana, emails: [ana@a.example]}\n"
               "      - {name: ben, languages: {rust: shipped}}\n");
  ASSERT_TRUE(daemon.start()) << daemon.log();
  EXPECT_TRUE(eventually([&] { return daemon.verdict("checkout", "shipped") == "clear"; }))
      << daemon.get("/api/v1/roster").body << daemon.log();
  EXPECT_TRUE(eventually([&] { return daemon.verdict("checkout", "rust") == "tripped"; }));
  EXPECT_TRUE(daemon.says("git history read"));
  const json roster = daemon.get("/api/v1/roster").data();
  EXPECT_EQ(roster["teams"][0]["languages"]["go"]["shipped"], 1);
  EXPECT_EQ(roster["teams"][0]["languages"]["go"]["fluent"], 0);
  EXPECT_TRUE(roster["teams"][0]["languages"]["go"].contains("last_shipped"));
  const json found = roster["git"];
  EXPECT_EQ(found["repositories"][0]["state"], "good");
  EXPECT_EQ(found["repositories"][0]["commits"], 13);
  EXPECT_EQ(found["services"][0]["service"], "checkout");
  EXPECT_EQ(found["services"][0]["truck_factor"], 1);
  ASSERT_EQ(found["disagreements"].size(), 2u);
  EXPECT_EQ(found["disagreements"][0]["kind"], "git-alone");
  EXPECT_EQ(found["disagreements"][1]["language"], "rust");
  EXPECT_THAT(daemon.get("/roster").body, HasSubstr("roster and git disagree"));
  for (const char* path : {"/roster", "/api/v1/roster", "/metrics", "/api/v1/trail"}) {
    EXPECT_THAT(daemon.get(path).body, Not(HasSubstr("Ana Smith"))) << path;
    EXPECT_THAT(daemon.get(path).body, Not(HasSubstr("ana@a.example"))) << path;
  }
  EXPECT_EQ(daemon.metric("revisitd_git_repositories"), "1");
  EXPECT_EQ(daemon.metric("revisitd_git_commits_read_total"), "13");
  EXPECT_EQ(daemon.metric("revisitd_fluency_disagreements"), "2");

  // A second run reads what is new alone, and people stay who they were.
  ASSERT_EQ(daemon.stop(), 0);
  git.commit({.who = "Ana Smith <ana@a.example>", .day = today, .files = {{"cmd/main.go", "x"}}});
  git.write();
  ASSERT_TRUE(daemon.start()) << daemon.log();
  EXPECT_TRUE(eventually([&] { return daemon.metric("revisitd_git_commits_read_total") == "1"; }));
  EXPECT_TRUE(eventually([&] { return daemon.verdict("checkout", "shipped") == "clear"; }));
  const json trail = daemon.get("/api/v1/trail?type=roster.changed").data();
  EXPECT_LE(trail.size(), 2u) << trail.dump();
}

TEST_F(RecordsTest, WhatRunsIsHeldAgainstWhatIsDecided) {
  const auto page = [](const std::string& text) {
    return answering(ok_response(text,
                                 "Content-Type: text/plain; version=0.0.4\r\nConnection: "
                                 "close\r\n"));
  };
  FaultServer checkout(page("go_info{version=\"go1.22.3\"} 1\nprocess_resident_memory_bytes 5\n"));
  FaultServer search(page(
      "python_info{implementation=\"CPython\",version=\"3.11.2\"} 1\nprocess_resident_memory_bytes "
      "5\n"));
  daemon.write("revisitd.yml",
               quick_config(std::string(kSignals) +
                            "end_of_life: {files: [python.json]}\n"
                            "roster: {backstage: [catalog-info.yaml]}\n"
                            "scrape_configs:\n  - job_name: app\n    static_configs:\n"
                            "      - {targets: ['127.0.0.1:" +
                            std::to_string(checkout.port()) +
                            "'], labels: {service: checkout}}\n"
                            "      - {targets: ['127.0.0.1:" +
                            std::to_string(search.port()) +
                            "'], labels: {service: search}}\n"
                            "      - {targets: ['127.0.0.1:" +
                            std::to_string(search.port()) + "'], labels: {service: forgotten}}\n"));
  daemon.write(
      "catalog-info.yaml",
      "apiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata: {name: payments}\nspec: "
      "{members: [ana]}\n---\n"
      "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: ledger}\nspec: "
      "{type: service, owner: payments}\n");
  daemon.write(
      "python.json",
      R"([{"cycle":"3.11","releaseDate":"2022-10-24","eol":"2000-10-31","latest":"3.11.9"}])");
  daemon.write("records/checkout.md", record("checkout", kTriggers));
  daemon.write("records/search.md",
               record("search", "triggers:\n  old: {when: support_left() < 0s, window: 3s}\n"));
  ASSERT_TRUE(daemon.start()) << daemon.log();
  const auto decision = [&](const std::string& service) {
    return daemon.get("/api/v1/decisions/" + service).data();
  };
  ASSERT_TRUE(eventually([&] { return decision("checkout")["drift"] == true; }))
      << decision("checkout").dump();
  EXPECT_EQ(decision("checkout")["running"]["go"], "go1.22.3");
  EXPECT_TRUE(eventually([&] { return decision("search")["drift"] == false; }));
  EXPECT_EQ(decision("search")["support"]["cycle"], "3.11");
  EXPECT_EQ(decision("search")["support"]["kind"], "known");
  EXPECT_EQ(decision("search")["support"]["version_from"], "running");
  EXPECT_TRUE(eventually([&] { return daemon.verdict("search", "old") == "tripped"; }));
  const json status = daemon.get("/api/v1/status").data();
  EXPECT_EQ(status["drifted"], json::array({"checkout"}));
  ASSERT_EQ(status["undocumented"].size(), 2u) << status.dump();
  EXPECT_EQ(status["undocumented"][0]["service"], "forgotten");
  EXPECT_EQ(status["undocumented"][0]["source"], "scraped");
  EXPECT_EQ(status["undocumented"][1]["service"], "ledger");
  EXPECT_EQ(status["undocumented"][1]["owner"], "payments");
  EXPECT_EQ(daemon.metric("revisitd_decisions_drifted"), "1");
  EXPECT_EQ(daemon.metric("revisitd_services_undocumented"), "2");
  EXPECT_THAT(daemon.get("/").body, HasSubstr("Services without a decision: forgotten, ledger"));
  EXPECT_THAT(daemon.get("/service/checkout").body, HasSubstr("drift"));
  EXPECT_THAT(daemon.get("/service/search").body, HasSubstr("until 2000-10-31"));

  // The file is read again when it changes, and a broken one changes nothing.
  daemon.write("python.json", "[{}]");
  ASSERT_TRUE(daemon.says("expected a cycle's name"));
  EXPECT_EQ(decision("search")["support"]["kind"], "known");
  daemon.write("python.json", R"([{"cycle":"3.11","eol":"2999-10-31"}])");
  EXPECT_TRUE(eventually([&] { return daemon.verdict("search", "old") == "clear"; }));
}

}  // namespace
}  // namespace revisitd::testing
