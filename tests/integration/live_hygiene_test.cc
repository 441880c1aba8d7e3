#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <thread>

#include "rules/time.h"
#include "tests/integration/child_process.h"
#include "tests/integration/daemon_rig.h"
#include "tests/unit/collectors/temp_folder.h"

// `check records --live` against the real Prometheus, whose history is made of the time itself:
// calm never reaches 100 ms, jumpy is in breach every other day.
namespace revisitd {
namespace {

using Json = nlohmann::ordered_json;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::HasSubstr;

constexpr Duration kDay = hours(24);

struct Said {
  int code = -1;
  std::string text;
};

Said run(const std::string& command) {
  Said said;
  std::FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return said;
  std::array<char, 4096> bytes;
  for (std::size_t n = 0; (n = std::fread(bytes.data(), 1, bytes.size(), pipe)) > 0;)
    said.text.append(bytes.data(), n);
  const int status = pclose(pipe);
  said.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return said;
}

class LiveHygieneTest : public ::testing::Test {
 protected:
  void SetUp() override {
    prometheus_ = testing::find_program("prometheus");
    promtool_ = testing::find_program("promtool");
    ASSERT_NE(prometheus_, "") << "the Debian package prometheus is not installed";
    ASSERT_NE(promtool_, "");
    now_ = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
    url_ = "http://127.0.0.1:" + std::to_string(testing::free_port());
    std::ofstream(folder_ / "prometheus.yml") << "scrape_configs: []\n";
    start_prometheus();
    write_files();
    // Ready is when it answers; the first check that finds its server does.
    const auto deadline = std::chrono::steady_clock::now() + seconds(30);
    while (std::chrono::steady_clock::now() < deadline &&
           run(promtool_ + " query instant " + url_ + " 'vector(1)'").code != 0) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  }

  void start_prometheus() {
    process_.emplace(
        std::vector<std::string>{prometheus_, "--config.file=" + (folder_ / "prometheus.yml"),
                                 "--storage.tsdb.path=" + (folder_ / "data"),
                                 "--web.listen-address=" + url_.substr(7)},
        folder_ / "log");
  }

  void write_record(const std::string& service, const std::string& when,
                    const std::string& window = "1d") {
    std::ofstream(folder_ / (service + ".md"))
        << "# Use Python for " << service
        << "\n* Status: accepted\n* Date: " << format_date(now_ - 200 * kDay)
        << "\n\n```yaml revisit\nservice: " << service
        << "\nteam: payments\nlanguage: python\ntriggers:\n  tail: {when: " << when
        << ", window: " << window << ", trip: 90%, clear: 10%}\n```\n";
  }

  void write_files() {
    write_record("calm", "latency > 100ms");
    write_record("jumpy", "latency > 100ms");
    write_record("silent", "latency > 100ms");
    write_record("own", "load > 5");
    std::ofstream(folder_ / "roster.yaml")
        << "teams: {payments: {members: [{name: ana, languages: {python: fluent}}]}}\n";
    std::ofstream(folder_ / "revisitd.yml")
        << "global: {slots: [1h, 6h]}\nrecords: {files: ['*.md']}\nroster: {files: "
           "[roster.yaml]}\n"
        << "prometheus: [{name: main, url: '" << url_ << "'}]\nsignals:\n"
        << "  latency:\n    from: main\n    unit: seconds\n    query: >-\n"
        << "      label_replace(vector(0.05), 'service', 'calm', '', '') or\n"
        << "      label_replace(0.05 + 0.1 * (floor(vector(time() / 86400)) % 2), 'service', "
           "'jumpy',"
        << " '', '')\n"
        << "  load: {last: load_average}\n";
  }

  Said check(const std::string& more) {
    return run(std::string(REVISITD_BINARY) + " check records --live --config.file " +
               (folder_ / "revisitd.yml") + more);
  }

  // The same files for a daemon.
  void give_files(const testing::Daemon& daemon) const {
    for (const char* name :
         {"calm.md", "jumpy.md", "silent.md", "own.md", "roster.yaml", "revisitd.yml"}) {
      std::ifstream file(folder_ / name);
      daemon.write(name, std::string(std::istreambuf_iterator<char>(file), {}));
    }
  }

  collectors::TempFolder folder_;
  std::string prometheus_, promtool_, url_;
  TimePoint now_{};
  std::optional<testing::ChildProcess> process_;
};

TEST_F(LiveHygieneTest, TriggersAreHeldAgainstWhatTheServerMeasured) {
  const Said said = check("");
  EXPECT_EQ(said.code, 0) << said.text;
  EXPECT_THAT(said.text, HasSubstr("calm.md:10:3: warning: trigger `tail`: no value of the last "));
  EXPECT_THAT(said.text, HasSubstr("jumpy.md:10:3: warning: trigger `tail`: it trips and clears"));
  EXPECT_THAT(said.text,
              HasSubstr("silent.md:10:3: warning: trigger `tail`: `latency` had no value "
                        "in the last 180d"));
  EXPECT_THAT(said.text, HasSubstr("note: signal `load` is scraped"));
  EXPECT_THAT(said.text, HasSubstr("4 files, 4 decisions in force, 3 to mend"));

  const Said json = check(" --json --look-back 34d");
  EXPECT_EQ(json.code, 0) << json.text;
  const Json findings = Json::parse(json.text)["hygiene"];
  ASSERT_EQ(findings.size(), 3u) << json.text;
  EXPECT_EQ(findings[0]["kind"], "never-trips");
  EXPECT_EQ(findings[0]["line"], 10);
}

TEST_F(LiveHygieneTest, AServerThatIsAwayIsNamedOnceAndBad) {
  process_.reset();
  write_record("slow", "latency > 100ms", "90d");  // in slots of another length
  const Said said = check("");
  EXPECT_EQ(said.code, 1) << said.text;
  const std::string note = "note: server `main` cannot be asked for signal `latency`: ";
  EXPECT_THAT(said.text, HasSubstr(note));
  EXPECT_EQ(said.text.find(note, said.text.find(note) + 1), std::string::npos) << said.text;
  EXPECT_THAT(said.text, HasSubstr("0 to mend"));
  EXPECT_FALSE(Json::parse(check(" --json").text)["complete"]);
}

// Kinds of findings, by service and trigger.
std::multiset<std::string> kinds(const Json& findings) {
  std::multiset<std::string> kinds;
  for (const Json& f : findings) {
    kinds.insert(f["service"].get<std::string>() + " " + f.value("trigger", "") + " " +
                 f["kind"].get<std::string>());
  }
  return kinds;
}

TEST_F(LiveHygieneTest, ADaemonsPageSeesTheSameHalfYear) {
  std::ofstream(folder_ / "own.md") << "# Notes\n";  // no server has anything of it
  testing::Daemon daemon;
  give_files(daemon);
  ASSERT_TRUE(daemon.start()) << daemon.log();
  const auto decision = [&](const std::string& service) {
    return daemon.get("/api/v1/decisions/" + service).data();
  };
  ASSERT_TRUE(testing::eventually(
      [&] {
        return daemon.metric("revisitd_backfill_hygiene_slots_pending") == "0" &&
               daemon.says("the past that hygiene looks back at is there", milliseconds(1));
      },
      seconds(60)))
      << daemon.log();

  Json all = Json::array();
  for (const char* service : {"calm", "jumpy", "silent"}) {
    const Json one = decision(service);
    EXPECT_EQ(one["hygiene_past"], (Json{{"asked", 1.0}})) << service;
    for (Json finding : one["hygiene"]) {
      finding["service"] = service;
      all.push_back(finding);
    }
  }
  const Said live = check(" --json");
  EXPECT_EQ(kinds(all), kinds(Json::parse(live.text)["hygiene"])) << all;
  const std::string page = daemon.get("/service/calm").body;
  EXPECT_THAT(page, HasSubstr("no value of the last 180d would trip it"));
  EXPECT_THAT(page, HasSubstr("Looked at of the last 180 days: tail 180d that could be judged"));
  EXPECT_THAT(page, ::testing::Not(HasSubstr("Servers were asked")));

  // What is there is not asked for again.
  ASSERT_EQ(daemon.stop(), 0);
  const std::string begun = "is fetched when its server has time";
  const std::string before = daemon.log();
  ASSERT_NE(before.find(begun), std::string::npos);
  // Of 4,320 hours the window's day is Backfill's: no verdict may change by the rest.
  EXPECT_THAT(before, HasSubstr("slots_left=429"));
  ASSERT_TRUE(daemon.start());
  EXPECT_EQ(decision("calm")["hygiene"][0]["kind"], "never-trips");
  EXPECT_EQ(daemon.log().find(begun, before.size()), std::string::npos) << daemon.log();
}

TEST_F(LiveHygieneTest, AServerIsAskedForAsMuchAsItsConfigurationSays) {
  testing::Daemon daemon;
  give_files(daemon);
  std::ifstream file(daemon.path("revisitd.yml"));
  const std::string config(std::istreambuf_iterator<char>(file), {});
  const auto with = [&](const std::string& look_back) {
    std::string text = config;
    text.replace(text.find("name: main, "), 12, "name: main, look_back: " + look_back + ", ");
    daemon.write("revisitd.yml", text);
  };
  with("0s");
  ASSERT_TRUE(daemon.start()) << daemon.log();
  ASSERT_TRUE(daemon.says("backfill is complete")) << daemon.log();
  EXPECT_TRUE(daemon.get("/api/v1/decisions/calm").data()["hygiene_past"].is_null());
  EXPECT_EQ(daemon.get("/api/v1/status").data()["backfill"]["hygiene"], Json::array());

  with("40d");
  daemon.signal(SIGHUP);
  ASSERT_TRUE(daemon.says("the past that hygiene looks back at is there")) << daemon.log();
  const Json calm = daemon.get("/api/v1/decisions/calm").data();
  EXPECT_EQ(calm["hygiene_past"], (Json{{"asked", 1.0}}));
  EXPECT_THAT(calm["hygiene_reach"][0]["covered"].get<std::string>(), ::testing::StartsWith("40d"));
  EXPECT_THAT(calm["hygiene"][0]["message"].get<std::string>(), HasSubstr("of the last 40d"));
}

TEST_F(LiveHygieneTest, ADaemonSaysWhyAPastDoesNotGoOnAndGoesOn) {
  process_.reset();
  testing::Daemon daemon;
  give_files(daemon);
  ASSERT_TRUE(daemon.start()) << daemon.log();
  // A new trigger's verdict comes first; what it cannot have holds the rest up.
  const auto past = [&] { return daemon.get("/api/v1/decisions/calm").data()["hygiene_past"]; };
  EXPECT_EQ(past()["asked"], 0.0);
  EXPECT_EQ(daemon.get("/api/v1/status").data()["backfill"]["hygiene"][0]["server"], "main");
  start_prometheus();
  EXPECT_TRUE(testing::eventually([&] { return past()["asked"] == 1.0; }, seconds(60)))
      << daemon.log();
}

}  // namespace
}  // namespace revisitd
