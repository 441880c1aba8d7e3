#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/integration/command_output.h"
#include "tests/unit/collectors/temp_folder.h"

// The command as people call it, over history from CSV files.
namespace revisitd {
namespace {

using testing::CommandOutput;
using ::testing::HasSubstr;

class BacktestCommandTest : public ::testing::Test {
 protected:
  BacktestCommandTest() {
    write("revisitd.yml",
          "global: {slots: [10s, 1m]}\n"
          "records: {files: [records/*.yaml]}\n"
          "signals:\n"
          "  req_rate: {rate: http_requests_total}\n"
          "  latency_p99: {max: latency, unit: seconds}\n");
  }
  void write(const std::string& name, const std::string& text) {
    const std::string path = folder_ / name;
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    std::ofstream(path) << text;
  }
  // One decision with these lines under `triggers:`.
  void record(const std::string& service, const std::string& triggers) {
    write("records/" + service + ".yaml", "service: " + service +
                                              "\nteam: web\ndate: 2026-01-01\nlanguage: python\n"
                                              "alternatives: [go]\ntriggers:\n" +
                                              triggers);
  }
  CommandOutput backtest(const std::string& arguments, const std::string& output = "2>/dev/null") {
    return testing::run_command(std::string(REVISITD_BINARY) + " backtest --config.file " +
                                (folder_ / "revisitd.yml") + " --csv " + (folder_ / "history.csv") +
                                " " + arguments + " " + output);
  }

  collectors::TempFolder folder_;
};

// Requests through a real HAProxy, as the real Prometheus computed their rate every ten seconds.
// The log of the day says: heavy load from 1795445377 to 1795445479. The plot shows about 2.9 a
// second, a plateau of 8 to 10 that is above 5 from the point at …390 to the one at …490, and the
// old level again.
std::string haproxy_csv() {
  std::ifstream file(std::string(REVISITD_SOURCE_DIR) +
                     "/tests/fixtures/sequence/fe_req_rate.json");
  const auto json = nlohmann::json::parse(file);
  std::string csv = "time,service,req_rate\n";
  for (const auto& point : json["data"]["result"][0]["values"]) {
    csv += std::to_string(point[0].get<std::int64_t>()) + ",frontend," +
           point[1].get<std::string>() + "\n";
  }
  return csv;
}

TEST_F(BacktestCommandTest, FindsWhatAPersonSeesInThePlot) {
  record("frontend", "  load: {when: req_rate > 5, window: 1m}\n");
  write("history.csv", haproxy_csv());
  // - Five of the window's six slots are enough to know that the load is low: 300 to 340, known at
  //   the end of the fifth, 350.
  // - The first six slots in a row above 5 are those of 390 to 440: tripped when the last has
  // ended, 450.
  // - After the point at 490 the load is low. Half of the window, the default for `clear`, is
  // reached by
  //   the third low slot, 520, which ends at 530.
  // 1795445350 is 2026-11-23T14:49:10Z.
  EXPECT_EQ(
      backtest("--json").text,
      R"({"time":"2026-11-23T14:49:10Z","service":"frontend","trigger":"load","event":"verdict","verdict":"clear","share":0.0,"coverage":0.8333333333333334}
{"time":"2026-11-23T14:50:50Z","service":"frontend","trigger":"load","event":"verdict","verdict":"tripped","share":1.0,"coverage":1.0}
{"time":"2026-11-23T14:50:50Z","service":"frontend","trigger":"load","event":"opened","verdict":"tripped","share":1.0,"coverage":1.0}
{"time":"2026-11-23T14:52:10Z","service":"frontend","trigger":"load","event":"verdict","verdict":"clear","share":0.5,"coverage":1.0}
{"time":"2026-11-23T14:52:10Z","service":"frontend","trigger":null,"event":"subsided","verdict":null,"share":null,"coverage":null}
)");
}

TEST_F(BacktestCommandTest, PrintsATableAndTimelines) {
  record("frontend", "  load: {when: req_rate > 5, window: 1m}\n");
  write("history.csv", haproxy_csv());
  const CommandOutput output = backtest("");
  EXPECT_EQ(output.code, 0);
  EXPECT_EQ(output.text.substr(output.text.find('\n') + 1), R"(
TIME                  TRIGGER        EVENT     VERDICT  BREACH  COVERED
2026-11-23T14:49:10Z  frontend/load  verdict   clear    0%      83.33%
2026-11-23T14:50:50Z  frontend/load  verdict   tripped  100%    100%
2026-11-23T14:50:50Z  frontend/load  opened    tripped  100%    100%
2026-11-23T14:52:10Z  frontend/load  verdict   clear    50%     100%
2026-11-23T14:52:10Z  frontend       subsided

frontend/load: req_rate > 5
  window 1m of 10s slots, trips at 100%, clears at 50%, needs 80% covered
           2026-11-23T14:48:20Z to 2026-11-23T14:53:10Z
  slots    ---------###########---------
  verdict  ....----------########-------
  1 trip, the first 2026-11-23T14:50:50Z, tripped 27.59% of the time

frontend would have had 2 messages: 1 opened, 1 subsided

slots    # breach  + some breach  - ok     ~ idle      . blind
verdict  # tripped                - clear  ~ unproven  . blind
)");
}

TEST_F(BacktestCommandTest, SweepsThresholdsAndWindows) {
  record("frontend", "  load: {when: req_rate > 5, window: 1m}\n");
  write("history.csv", haproxy_csv());
  EXPECT_EQ(backtest("--sweep threshold=3..9/2").text,
            R"(2026-11-23T14:48:20Z to 2026-11-23T14:53:10Z (4m50s)

frontend/load: req_rate > 5
  window 1m of 10s slots, trips at 100%, clears at 50%, needs 80% covered
THRESHOLD  FIRST TRIP            TRIPS  TRIPPED  BLIND
3          2026-11-23T14:50:50Z  1      31.03%   13.79%  #########
5 *        2026-11-23T14:50:50Z  1      27.59%   13.79%  ########
7          2026-11-23T14:51:00Z  1      20.69%   13.79%  ######
9          never                 0      0%       13.79%

* as the record has it
)");
  EXPECT_EQ(
      backtest("--sweep window=30s,2m --json").text,
      R"({"sweep":"window","setting":"30s","value":30.0,"service":"frontend","trigger":"load","first_trip":"2026-11-23T14:50:20Z","trips":1,"tripped":0.3448275862068966,"blind":0.06896551724137931}
{"sweep":"window","setting":"2m","value":120.0,"service":"frontend","trigger":"load","first_trip":null,"trips":0,"tripped":0.0,"blind":0.3103448275862069}
)");
}

TEST_F(BacktestCommandTest, SaysWhatIsMissingAndGoesOn) {
  record("frontend", "  load: {when: req_rate > 5 and latency_p99 > 1s, window: 1m}\n");
  record("search", "  load: {when: req_rate > 5, window: 1m}\n");
  write("history.csv", "time,service,req_rate\n1795445300,frontend,1\n1795445400,frontend,1\n");
  const CommandOutput output = backtest("--json", "2>&1");
  EXPECT_EQ(output.code, 0);
  EXPECT_THAT(output.text, HasSubstr("no column is named latency_p99: it is missing throughout\n"));
  EXPECT_THAT(output.text, HasSubstr("no row is of the service search: it is blind throughout\n"));
  EXPECT_THAT(output.text,
              HasSubstr("the rows of frontend are 1m40s apart and load is judged in slots of 10s"));
}

TEST_F(BacktestCommandTest, FunctionsLookBackBeyondFrom) {
  record("frontend", "  mean: {when: 'avg(req_rate, 2m) > 5', window: 1m}\n");
  std::string csv = "time,service,req_rate\n";
  for (int i = 0; i < 18; ++i) csv += std::to_string(1795446000 + 10 * i) + ",frontend,9\n";
  write("history.csv", csv);
  // Exactly one window of slots, and two minutes of values before it: the averages are there at
  // once.
  const CommandOutput output = backtest("--json --from 1795446120 --to 1795446180");
  EXPECT_THAT(output.text,
              HasSubstr(R"("event":"opened","verdict":"tripped","share":1.0,"coverage":0.8333)"));
}

TEST_F(BacktestCommandTest, ColumnsThatNoTriggerLooksAtMayHoldAnything) {
  record("frontend", "  load: {when: req_rate > 5, window: 1m}\n");
  write("history.csv", "time,service,req_rate,note\n1795445300,frontend,1,a sale began\n");
  const CommandOutput output = backtest("--json", "2>&1");
  EXPECT_EQ(output.code, 0) << output.text;
  EXPECT_EQ(output.text.find("note"), std::string::npos);
}

TEST_F(BacktestCommandTest, NamesWhatIsWrong) {
  record("frontend", "  load: {when: req_rate > 5, window: 1m}\n");
  write("history.csv", "time,service,req_rate\n1795445300,frontend,fast\n");
  EXPECT_THAT(backtest("", "2>&1").text, HasSubstr("history.csv:2:21: expected a number"));
  write("history.csv", "time,service,req_rate\n1795445300,frontend,1\n");
  EXPECT_EQ(backtest("--service fronted", "2>&1").text,
            "revisitd: no record in force decides for the service \"fronted\", did you mean "
            "`frontend`?\n");
  EXPECT_EQ(backtest("--trigger loud").code, 1);
  EXPECT_EQ(backtest("--trigger frontend/load --json").code, 0);
  EXPECT_EQ(backtest("--trigger fronted/load", "2>&1").text,
            "revisitd: no record in force decides for the service \"fronted\", did you mean "
            "`frontend`?\n");
  EXPECT_EQ(backtest("--service search --trigger frontend/load", "2>&1").text,
            "revisitd: --trigger names the service frontend, --service search\n");
  const CommandOutput gone = backtest(
      (folder_ / "records/frontend.yaml") + " " + (folder_ / "records/fronted.yaml"), "2>&1");
  EXPECT_EQ(gone.code, 1);
  EXPECT_THAT(gone.text, HasSubstr("records/fronted.yaml: no such file\n"));
  EXPECT_EQ(backtest("--from yesterday").code, 2);
  EXPECT_EQ(backtest("--from 1795445300 --to 1795445310.5 --json").code, 0);
  EXPECT_EQ(backtest("--sweep threshold=5ms").code, 1);
  EXPECT_EQ(backtest("--sweep speed=5").code, 2);
}

}  // namespace
}  // namespace revisitd
