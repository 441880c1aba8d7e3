#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "tests/integration/command_output.h"
#include "tests/unit/collectors/temp_folder.h"

// `revisitd test` as CI calls it.
namespace revisitd {
namespace {

using testing::CommandOutput;
using ::testing::HasSubstr;

class TestCommandTest : public ::testing::Test {
 protected:
  TestCommandTest() {
    write("checkout.md",
          "# Use Python for checkout\n* Status: accepted\n* Date: 2026-01-04\n\n"
          "## Revisit triggers\n```yaml revisit\n"
          "service: checkout\nteam: payments\nlanguage: python\nalternatives: [go]\n"
          "envelope: {memory: 256MiB}\n"
          "triggers:\n"
          "  tail-latency: {when: latency_p99 > 100ms, provided: rps >= 1600, window: 1d, trip: "
          "95%}\n"
          "  fluency: {when: fluent(\"python\") < 2, window: 14d, hard: true}\n```\n");
    write("roster.yaml",
          "teams: {payments: {members: [{name: ana, languages: {python: fluent}},\n"
          "  {name: ben, languages: {python: fluent}}]}}\n");
  }
  void write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name) << text;
  }
  void test_file(const std::string& expect) {
    write("checkout_test.yml",
          "records: [checkout.md]\nroster: roster.yaml\nstart: 2026-03-02T00:00:00Z\n"
          "signals:\n  checkout:\n"
          "    latency_p99: {every: 1m, values: '80ms*1440 130ms*2880'}\n"
          "    rps: {every: 1m, values: 2100*4320}\n"
          "expect:\n" +
              expect);
  }
  // In the folder, so that output names files as people do.
  CommandOutput run(const std::string& arguments) {
    return testing::run_command("cd " + (folder_ / "") + " && " + REVISITD_BINARY + " test " +
                                arguments + " 2>&1");
  }
  std::string read(const std::string& name) {
    std::ifstream file(folder_ / name);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  collectors::TempFolder folder_;
};

TEST_F(TestCommandTest, PassesQuietly) {
  test_file(
      "  - {at: 1d, verdicts: {checkout/tail-latency: clear}}\n"
      "  - {between: [1d12h, 2d], opened: checkout}\n");
  const CommandOutput output = run("checkout_test.yml");
  EXPECT_EQ(output.text, "checkout_test.yml: 2 passed\n");
  EXPECT_EQ(output.code, 0);
}

TEST_F(TestCommandTest, AFailureShowsWhatHappenedInstead) {
  test_file(
      "  - {at: 1d12h, verdicts: {checkout/tail-latency: tripped}}\n"
      "  - {until: 2d, not_opened: checkout}\n");
  const CommandOutput output = run("checkout_test.yml");
  EXPECT_EQ(output.code, 1);
  EXPECT_EQ(output.text, R"(checkout_test.yml: 0 passed, 2 failed

checkout_test.yml:9:51: checkout/tail-latency is tripped at 1d12h
    - {at: 1d12h, verdicts: {checkout/tail-latency: tripped}}
                                                    ^
    expected  tripped
    got       clear
    latency_p99 > 100ms, provided rps >= 1600
    window 1d of 1m slots, trips at 95%, clears at 47.5%, needs 80% covered
             6h                                                     1d18h
    slots    ------------------------------##############################
    verdict  .....................---------------------------------------
                                                              ^ 1d12h
    tail-latency: clear at 19h12m, tripped at 1d22h48m

checkout_test.yml:10:29: checkout not opened until 2d
    - {until: 2d, not_opened: checkout}
                              ^
    expected  not opened until 2d
    got       opened at 1d22h48m
    the revisit of checkout: opened at 1d22h48m (tail-latency)

slots    # breach  + some breach  - ok     ~ idle      . blind
verdict  # tripped                - clear  ~ unproven  . blind

)");
}

TEST_F(TestCommandTest, ListsWhatTheTestsLeaveOut) {
  test_file("  - {at: 3d, state: {checkout: open}}\n");
  EXPECT_EQ(run("--coverage checkout_test.yml").text,
            "checkout_test.yml: 1 passed\n"
            "\n"
            "2 triggers in the records tested\n"
            "no test opens:\n"
            "  checkout/fluency  (checkout.md)\n"
            "no test holds just short of opening:\n"
            "  checkout/fluency  (checkout.md)\n"
            "  checkout/tail-latency  (checkout.md)\n");
}

TEST_F(TestCommandTest, WritesJsonAndJunit) {
  test_file(
      "  - {at: 1d, verdicts: {checkout/tail-latency: tripped}}\n"
      "  - {at: 1d, state: {checkout: none}}\n");
  const CommandOutput output = run("--json --junit report.xml checkout_test.yml");
  EXPECT_EQ(output.code, 1);
  const auto json = nlohmann::json::parse(output.text);
  EXPECT_EQ(json["passed"], 1);
  EXPECT_EQ(json["failed"], 1);
  const auto& check = json["files"][0]["checks"][0];
  EXPECT_EQ(check["name"], "checkout/tail-latency is tripped at 1d");
  EXPECT_EQ(check["line"], 9);
  EXPECT_EQ(check["got"], "clear");
  const std::string report = read("report.xml");
  EXPECT_THAT(
      report,
      HasSubstr("<testsuites name=\"revisitd test\" tests=\"2\" failures=\"1\" errors=\"0\">"));
  EXPECT_THAT(report, HasSubstr("<failure message=\"expected tripped, got clear\">"));
  EXPECT_THAT(report, HasSubstr("latency_p99 &gt; 100ms"));
  EXPECT_EQ(testing::run_command("xmllint --noout " + (folder_ / "report.xml") + " 2>&1").text, "");
}

TEST_F(TestCommandTest, AFileThatCannotBeRunFailsWithItsPlace) {
  write("checkout_test.yml",
        "records: [gone.md]\nstart: 2026-03-02\nexpect: [{at: 1d, state: {checkout: none}}]\n");
  write("typo.yml", "record: [checkout.md]\n");
  const CommandOutput output = run("typo.yml checkout_test.yml");
  EXPECT_EQ(output.code, 1);
  EXPECT_THAT(output.text, HasSubstr("typo.yml: cannot be run\n"));
  EXPECT_THAT(output.text,
              HasSubstr("typo.yml:1:1: unknown key `record`, did you mean `records`?\n"));
  EXPECT_THAT(output.text, HasSubstr("checkout_test.yml:1:11: no such file: gone.md\n"));
  EXPECT_THAT(output.text, HasSubstr("0 passed, 2 failed\n"));
  EXPECT_EQ(run("").code, 2);
  const CommandOutput none = run("none.yml");
  EXPECT_EQ(none.code, 1);
  EXPECT_THAT(none.text, HasSubstr("none.yml: No such file or directory\n"));
  EXPECT_EQ(none.text.find("none.yml: none.yml"), std::string::npos);
}

TEST_F(TestCommandTest, ANamedRecordThatIsNotThereFailsBesideOthers) {
  const std::string tail = "\nstart: 2026-03-02\nexpect: [{at: 1d, state: {checkout: none}}]\n";
  write("one.yml", "records:\n  - checkout.md\n  - serach.md\nroster: rooster.yaml" + tail);
  write("later.yml",
        "records: [checkout.md]\nroster: roster.yaml\n"
        "events: [{at: 2d, records: [checkout.md, chekout.md]}]" +
            tail);
  const CommandOutput output = run("one.yml later.yml");
  EXPECT_EQ(output.code, 1);
  EXPECT_THAT(output.text, HasSubstr("one.yml:3:5: no such file: serach.md\n"));
  EXPECT_THAT(output.text, HasSubstr("\nrooster.yaml: No such file or directory\n"));
  EXPECT_THAT(output.text, HasSubstr("later.yml:3:42: no such file: chekout.md\n"));
  write("globs.yml", "records: [checkout.md, 'search*.md']\nroster: roster.yaml" + tail);
  EXPECT_EQ(run("globs.yml").code, 0) << "a glob may match nothing";
}

// The text of the fenced block that opens with `fence` and holds `word`.
std::string block_of(const std::string& file, const std::string& fence, const std::string& word) {
  std::ifstream in(std::string(REVISITD_SOURCE_DIR) + "/" + file);
  std::string line, block;
  const std::string close = fence.substr(0, fence.find_first_not_of('`'));
  for (bool inside = false; std::getline(in, line);) {
    if (inside && line == close) {
      if (block.find(word) != std::string::npos) return block;
      inside = false;
    } else if (inside) {
      block += line + "\n";
    } else if (line == fence) {
      inside = true;
      block.clear();
    }
  }
  ADD_FAILURE() << "no such block in " << file;
  return "";
}

TEST_F(TestCommandTest, WhatTheReadmesShowHolds) {
  write("checkout.md", block_of("README.md", "````markdown", "service: checkout"));
  write("roster.yaml",
        "teams: {payments: {members: [{name: dev-1, languages: {python: fluent}},\n"
        "  {name: dev-2, languages: {python: fluent}}, {name: dev-3, languages: {python: "
        "fluent}}]}}\n");
  write("short.yml", block_of("README.md", "```yaml", "expect:"));
  write("long.yml", block_of("daemon/cli/README.md", "```yaml", "expect:"));
  const CommandOutput output = run("short.yml long.yml");
  EXPECT_EQ(output.text, "short.yml: 2 passed\nlong.yml: 4 passed\n6 passed, 0 failed\n");
}

TEST_F(TestCommandTest, AConfigurationDeclaresSignalsAndSlots) {
  write("revisitd.yml",
        "global: {slots: [10m, 1h]}\nrecords: {files: ['*.md']}\n"
        "signals: {latency_p99: {max: x, unit: seconds}, rps: {rate: y}, memory: {max: z, unit: "
        "bytes}}\n");
  write(
      "checkout_test.yml",
      "records: [checkout.md]\nconfig: revisitd.yml\nstart: 2026-03-02T00:00:00Z\n"
      "signals: {checkout: {latency_p99: {every: 10m, values: 130ms*144}, rps: {every: 10m, "
      "values: 2100*144}}}\n"
      "expect: [{at: 1d, verdicts: {checkout/tail-latency: tripped, checkout/fluency: blind}}]\n");
  EXPECT_EQ(run("checkout_test.yml").text, "checkout_test.yml: 2 passed\n");
}

}  // namespace
}  // namespace revisitd
