#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <fstream>

#include "tests/integration/daemon_rig.h"

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
  daemon.write("roster.yaml", "teams: {payments: {member: []}}\n");
  ASSERT_TRUE(daemon.says("unknown key"));
  EXPECT_EQ(daemon.metric("revisitd_roster_valid"), "1");
}

}  // namespace
}  // namespace revisitd::testing
