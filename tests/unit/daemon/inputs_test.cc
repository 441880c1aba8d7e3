#include "daemon/inputs.h"

#include <gmock/gmock.h>

#include "daemon/record_json.h"
#include "daemon/roster_json.h"
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
  EXPECT_THAT(*scan.decisions, SizeIs(1));
  ASSERT_THAT(inputs.records(), SizeIs(2));
  EXPECT_TRUE(inputs.records()[0].in_force);
  EXPECT_EQ(inputs.records()[0].service, "a");
  EXPECT_FALSE(inputs.records()[1].in_force);
  ASSERT_THAT(inputs.records()[1].diagnostics, SizeIs(1));
  EXPECT_EQ(inputs.records()[1].diagnostics[0].place.line, 9u);
  EXPECT_THAT(inputs.record_files(), SizeIs(3)) << "a number that prose has is taken";
}

// A window is refused by the longest slot, a condition by its signals: what was read with others
// says nothing.
TEST_F(InputsTest, WhatIsKeptOfAReadingHoldsForTheSameSignalsAndSlots) {
  folder.write("records/a.md", record("a", "rps > 5"));
  const auto kept = [&](collectors::KeptReadings known) {
    const auto reader = Inputs::ahead_reader(config, kLater);
    reader->know(std::move(known));
    reader->work();
    return reader->take().files.begin()->second.to_keep;
  };
  const auto first = kept({});
  ASSERT_TRUE(first);
  const collectors::KeptReadings known{{folder / "records/a.md", *first}};
  EXPECT_FALSE(kept(known)) << "it was taken";
  config.records.files = {folder / "records/*.md"};
  EXPECT_FALSE(kept(known));
  const Config same = config;
  config.signals["rps"].allow_partial = true;
  EXPECT_TRUE(kept(known)) << "it was read anew";
  config = same;
  config.signals["more"].name = "more";
  EXPECT_TRUE(kept(known));
  config = same;
  config.global.slots.front() = std::chrono::minutes(2);
  EXPECT_TRUE(kept(known));
  config = same;
  config.global.slots.back() = std::chrono::hours(2);
  EXPECT_TRUE(kept(known));
  config = same;
  EXPECT_FALSE(kept(known));
}

TEST_F(InputsTest, WhatWasLastGoodOutlivesARestartWithATypo) {
  const std::string path = folder.write("records/a.md", record("a", "rps > 5"));
  Inputs first(config, {}, watch);
  (void)first.look_at_records(kLater);
  ASSERT_TRUE(first.last_good(path));
  const auto kept = record_from_json(record_to_json(*first.last_good(path)));
  ASSERT_TRUE(kept);
  folder.write("records/a.md", record("a", "rps >>"));
  Inputs second(config, {nullptr, {*kept}}, watch);
  const auto scan = second.look_at_records(kLater);
  ASSERT_THAT(*scan.decisions, SizeIs(1));
  EXPECT_EQ((*scan.decisions)[0]->triggers[0].when.text(), "rps > 5");
  EXPECT_TRUE(second.records()[0].last_good);
  EXPECT_TRUE(second.records()[0].in_force);
  EXPECT_EQ(second.last_good(path)->text, kept->text);
  EXPECT_EQ(record_from_json("{}"), std::nullopt);
  EXPECT_EQ(record_from_json("x"), std::nullopt);
  const rules::RecordSource odd{"ä.md", "a\t\"b\\\n\x01 ü 😀\r\n", "ä.revisit.yaml", "x: 1\n"};
  EXPECT_EQ(record_from_json(record_to_json(odd)), odd);
  for (const char* wrong :
       {"", "[]", "{\"path\":1,\"text\":\"a\"}", "{\"path\":\"a\",\"text\":null}",
        "{\"path\":\"a\",\"text\":\"b\",\"side_text\":[]}", "{\"path\":\"a\",\"text\":\"b\"} x"})
    EXPECT_EQ(record_from_json(wrong), std::nullopt) << wrong;
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

TEST_F(InputsTest, SourcesOfPeopleArePutTogetherAndEachHasItsState) {
  config.roster.files = {
      folder.write("one.yaml", "teams: {payments: {members: [{name: ana}, {name: ben}]}}\n")};
  config.roster.csv = {
      folder.write("skills.csv", "name,language,level\nAna,go,fluent\nzoe,go,fluent\n")};
  Inputs inputs(config, {}, watch);
  auto change = inputs.look_at_rosters(kLater);
  ASSERT_TRUE(change.roster);
  EXPECT_TRUE(change.changed);
  EXPECT_EQ(change.roster->fluent("payments", "go", kLater), 1);
  const RosterStatus status = inputs.roster_status();
  EXPECT_TRUE(status.valid);
  EXPECT_EQ(status.elsewhere, 1);
  ASSERT_THAT(status.sources, SizeIs(2));
  EXPECT_EQ(status.sources[1].kind, "csv");
  EXPECT_EQ(status.sources[1].state, "good");
  EXPECT_EQ(status.sources[1].people, 2u);
  EXPECT_FALSE(inputs.look_at_rosters(kLater + seconds(1)).changed);

  folder.write("skills.csv", "name,language,level\nAna,go,fluid\n");
  change = inputs.look_at_rosters(kLater + seconds(60));
  ASSERT_THAT(change.problems, SizeIs(1));
  EXPECT_THAT(inputs.roster_status().problem, HasSubstr("skills.csv:2:8"));
  EXPECT_EQ(change.roster->fluent("payments", "go", kLater), 1) << "the last good one stays";
  EXPECT_EQ(inputs.roster_status().sources[1].state, "bad");
  EXPECT_THAT(inputs.look_at_rosters(kLater + seconds(61)).problems, IsEmpty());
}

TEST_F(InputsTest, OneSourceThatWasNeverReadLeavesPeopleUnknown) {
  config.roster.files = {folder.write("one.yaml", "teams: {payments: {members: [{name: ana}]}}\n"),
                         folder / "none.yaml"};
  Inputs inputs(config, {}, watch);
  EXPECT_EQ(inputs.look_at_rosters(kLater).roster, nullptr);
}

TEST_F(InputsTest, EachSourceRemembersItsPeopleOverARestart) {
  config.roster.files = {folder.write("one.yaml", "teams: {a: {members: [{name: x}]}}\n"),
                         folder.write("two.yaml",
                                      "teams: {b: {members: [{name: y}, {name: z}, "
                                      "{name: q}]}}\n")};
  Inputs first(config, {}, watch);
  (void)first.look_at_rosters(kLater);
  const auto kept = readings_from_json(readings_to_json(first.roster_readings()));
  ASSERT_THAT(kept, SizeIs(2));
  folder.write("two.yaml", "teams: {b: {members: [{name: y}]}}\n");
  Inputs second(config, {nullptr, {}, kept}, watch);
  const auto change = second.look_at_rosters(kLater + seconds(60));
  EXPECT_EQ(change.roster->members("b", kLater), 3);
  EXPECT_EQ(second.roster_status().sources[1].state, "quarantined");
  EXPECT_THAT(second.roster_status().problem, HasSubstr("lists 1 people where 3 were"));
}

TEST_F(InputsTest, CataloguesListServices) {
  config.roster.backstage = {folder.write(
      "catalog-info.yaml",
      "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: pay}\nspec: {type: "
      "service, owner: payments}\n")};
  Inputs inputs(config, {}, watch);
  EXPECT_TRUE(inputs.look_at_rosters(kLater).readings_changed);
  const TimePoint then = kLater + seconds(9);
  EXPECT_FALSE(inputs.look_at_rosters(then).readings_changed);
  ASSERT_THAT(inputs.catalogued_services(), SizeIs(1));
  EXPECT_EQ(inputs.catalogued_services().at("pay").owner, "payments");
  EXPECT_EQ(inputs.catalogued_services().at("pay").read_at, then);
}

TEST_F(InputsTest, ServicesOfACatalogueOutliveARestartInWhichItCannotBeAsked) {
  const std::string catalogue = folder.write(
      "catalog-info.yaml",
      "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: pay}\nspec: {type: "
      "service, owner: payments}\n");
  config.roster.backstage = {catalogue};
  Inputs first(config, {}, watch);
  (void)first.look_at_rosters(kLater);
  auto kept = readings_from_json(readings_to_json(first.roster_readings()));
  ASSERT_THAT(kept, SizeIs(1));
  std::filesystem::remove(catalogue);
  set_read_last(kept[0], {kLater, {}, {{catalogue, kLater + seconds(40)}}});
  Inputs second(config, {nullptr, {}, kept}, watch);
  EXPECT_FALSE(second.look_at_rosters(kLater + seconds(90)).readings_changed);
  EXPECT_EQ(second.roster_status().sources[0].state, "bad");
  ASSERT_THAT(second.catalogued_services(), SizeIs(1));
  EXPECT_EQ(second.catalogued_services().at("pay").read_at, kLater + seconds(40));
}

TEST_F(InputsTest, ACatalogueIsKeptWhileAnotherSourceWasNeverRead) {
  config.roster.files = {folder / "none.yaml"};
  config.roster.backstage = {folder.write(
      "catalog-info.yaml",
      "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: pay}\nspec: {type: "
      "service, owner: payments}\n")};
  Inputs inputs(config, {}, watch);
  EXPECT_TRUE(inputs.look_at_rosters(kLater).readings_changed);
  EXPECT_THAT(inputs.roster_readings(), SizeIs(1));
}

}  // namespace
}  // namespace revisitd::daemon
