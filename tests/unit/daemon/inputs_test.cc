#include "daemon/inputs.h"

#include <gmock/gmock.h>

#include "daemon/record_json.h"
#include "tests/unit/collectors/temp_folder.h"

namespace revisitd::daemon {
namespace {

using collectors::kLater;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::string record(const std::string& service, const std::string& trigger) {
  return "# Use Python\n* Status: accepted\n* Date: 2026-05-04\n\n```yaml revisit\nservice: " +
         service + "\nteam: payments\nlanguage: python\ntriggers: {a: {when: " + trigger +
         ", window: 7d}}\n```\n";
}

class InputsTest : public testing::Test {
 protected:
  InputsTest() {
    config.global.slots = {std::chrono::minutes(1), std::chrono::hours(1)};
    config.records.files = {folder / "records"};
    config.signals["rps"].name = "rps";
  }

  collectors::TempFolder folder;
  Config config;
  collectors::FileWatch watch;
};

TEST_F(InputsTest, EachRecordHasARowAndTheBadOneItsDiagnostics) {
  folder.write("records/a.md", record("a", "rps > 5"));
  folder.write("records/b.md", record("b", "rps >"));
  folder.write("records/prose.md", "# Nothing for us\n");
  Inputs inputs(config, {}, watch);
  const auto scan = inputs.look_at_records(kLater);
  EXPECT_THAT(scan.decisions, SizeIs(1));
  ASSERT_THAT(inputs.records(), SizeIs(2));
  EXPECT_TRUE(inputs.records()[0].in_force);
  EXPECT_EQ(inputs.records()[0].service, "a");
  EXPECT_FALSE(inputs.records()[1].in_force);
  ASSERT_THAT(inputs.records()[1].diagnostics, SizeIs(1));
  EXPECT_EQ(inputs.records()[1].diagnostics[0].place.line, 9u);
}

TEST_F(InputsTest, WhatWasLastGoodOutlivesARestartWithATypo) {
  const std::string path = folder.write("records/a.md", record("a", "rps > 5"));
  Inputs first(config, {}, watch);
  (void)first.look_at_records(kLater);
  ASSERT_NE(first.last_good(path), nullptr);
  const auto kept = record_from_json(record_to_json(*first.last_good(path)));
  ASSERT_TRUE(kept);
  folder.write("records/a.md", record("a", "rps >>"));
  Inputs second(config, {nullptr, {*kept}}, watch);
  const auto scan = second.look_at_records(kLater);
  ASSERT_THAT(scan.decisions, SizeIs(1));
  EXPECT_EQ(scan.decisions[0]->triggers[0].when.text(), "rps > 5");
  EXPECT_TRUE(second.records()[0].last_good);
  EXPECT_TRUE(second.records()[0].in_force);
  EXPECT_EQ(second.last_good(path)->text, kept->text);
  EXPECT_EQ(record_from_json("{}"), std::nullopt);
  EXPECT_EQ(record_from_json("x"), std::nullopt);
}

TEST_F(InputsTest, AFileThatCannotBeReadIsNamedAndStaysInForce) {
  const std::string path = folder.write("records/a.md", record("a", "rps > 5"));
  Inputs inputs(config, {}, watch);
  (void)inputs.look_at_records(kLater);
  std::filesystem::remove(path);
  std::filesystem::create_directory(path);
  folder.write("records/a.md/inner", "");
  const auto scan = inputs.look_at_records(kLater + seconds(10));
  for (const Diagnostic& d : scan.diagnostics) EXPECT_EQ(d.file, path) << d.message;
  for (const RecordStatusRow& row : inputs.records()) EXPECT_EQ(row.path, path);
}

TEST_F(InputsTest, RostersArePutTogetherAndATeamInTwoIsToldOnce) {
  config.roster.files = {
      folder.write("one.yaml", "teams: {payments: {members: [{name: ana}]}}\n"),
      folder.write("two.yaml", "teams: {search: {members: [{name: ben}, {name: cleo}]}}\n")};
  Inputs inputs(config, {}, watch);
  auto change = inputs.look_at_rosters(kLater);
  ASSERT_TRUE(change.roster);
  EXPECT_TRUE(change.changed);
  EXPECT_THAT(change.roster->teams, SizeIs(2));
  EXPECT_TRUE(inputs.roster_status().valid);
  EXPECT_FALSE(inputs.look_at_rosters(kLater + seconds(1)).changed);

  folder.write("two.yaml", "teams: {payments: {members: [{name: ben}, {name: cleo}]}}\n");
  (void)inputs.look_at_rosters(kLater + seconds(2));
  change = inputs.look_at_rosters(kLater + seconds(60));
  ASSERT_THAT(change.problems, SizeIs(1));
  EXPECT_THAT(change.problems[0].message, HasSubstr("payments"));
  EXPECT_THAT(change.roster->teams, SizeIs(2)) << "the last good one stays";
  EXPECT_THAT(inputs.roster_status().problem, HasSubstr("payments"));
  EXPECT_THAT(inputs.look_at_rosters(kLater + seconds(61)).problems, IsEmpty());
}

}  // namespace
}  // namespace revisitd::daemon
