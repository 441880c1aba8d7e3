#include "rules/assessor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "rules/revisit_json.h"
#include "tests/unit/rules/engine_fixture.h"

// Decisions rerun on what an engine has seen.
namespace revisitd::rules {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using testing::HasSubstr;

constexpr int kDay = 24 * 60;  // slots

std::shared_ptr<const Roster> roster(TimePoint at, int fluent, int others = 1) {
  auto roster = std::make_shared<Roster>();
  roster->read_at = at;
  roster->validity = hours(24 * 365);
  roster->source = "roster.yaml";
  Team& team = roster->teams["payments"];
  team.name = "payments";
  for (int i = 0; i < fluent; ++i) {
    team.members.push_back({"p" + std::to_string(i), {{"python", Fluency::fluent}}, {}, {}});
  }
  for (int i = 0; i < others; ++i) {
    team.members.push_back({"g" + std::to_string(i), {{"go", Fluency::learning}}, {}, {}});
  }
  return roster;
}

class AssessorTest : public testing::Test {
 protected:
  AssessorTest() {
    w.decision.workload = "network-service";
    w.decision.envelope = {{"latency_p99", {0.1, Unit::seconds}}};
  }
  void watch(const std::string& when = "latency_p99 > 100ms") {
    w.watch({w.trigger("tail", when, hours(1))});
  }
  [[nodiscard]] Assessor assessor() const { return {w.engine, w.now()}; }
  World w;
};

TEST_F(AssessorTest, ThenIsTheFirstDayAndNowTheLastOnes) {
  watch();
  w.run("o" + std::to_string(kDay));
  w.run("b" + std::to_string(3 * kDay));
  EXPECT_NEAR(assessor().then(w.state())->signals.at("latency_p99").quantity.value, 0.08, 1e-9);
  EXPECT_NEAR(assessor().now(w.state()).signals.at("latency_p99").quantity.value, 0.13, 1e-9);
  EXPECT_EQ(assessor().now(w.state()).signals.at("latency_p99").source, "scrape");
}

TEST_F(AssessorTest, NothingIsSaidOfThenBeforeTheFirstDayIsOver) {
  watch();
  w.run("o100");
  EXPECT_FALSE(assessor().then(w.state())->signals.contains("latency_p99"));
  EXPECT_TRUE(assessor().now(w.state()).signals.contains("latency_p99"));
}

TEST_F(AssessorTest, TheRecordsOwnInputsWin) {
  w.decision.inputs = {{"latency_p99", {0.05, Unit::seconds}}};
  watch();
  w.run("o" + std::to_string(2 * kDay));
  const Measurement then = assessor().then(w.state())->signals.at("latency_p99");
  EXPECT_EQ(then.quantity.value, 0.05);
  EXPECT_EQ(then.source, "record");
  EXPECT_EQ(then.at, w.decision.date);
}

TEST_F(AssessorTest, ASilentSignalIsForgottenAfterTwoDays) {
  watch();
  w.run("o" + std::to_string(kDay));
  w.run("." + std::to_string(2 * kDay + 1));
  EXPECT_FALSE(assessor().now(w.state()).signals.contains("latency_p99"));
}

TEST_F(AssessorTest, PeopleOfThenAreThoseOfTheFirstRoster) {
  watch();
  w.engine.roster(roster(w.now(), 3));
  w.run("o5");
  w.engine.roster(roster(w.now(), 1));
  w.run("o5");
  EXPECT_EQ(assessor().then(w.state())->people->fluent.at("python"), 3);
  EXPECT_EQ(assessor().now(w.state()).people->fluent.at("python"), 1);
  EXPECT_EQ(assessor().now(w.state()).people->around.at("go"), 1);
}

// As after the start: the roster is read at once, the repositories a moment later.
TEST_F(AssessorTest, WhoHadShippedIsFilledInOnceGitIsRead) {
  watch();
  auto early = std::make_shared<Roster>(*roster(w.now(), 3));
  early->evidence_until = TimePoint{};
  w.engine.roster(early);
  w.run("o5");
  EXPECT_EQ(assessor().then(w.state())->people->fluent.at("python"), 3);
  EXPECT_FALSE(assessor().then(w.state())->people->shipped);
  EXPECT_FALSE(assessor().now(w.state()).people->shipped);
  // What git saw changes nothing about the people: the roster is the same one.
  auto whole = std::make_shared<Roster>(*roster(w.now(), 3));
  whole->evidence_until = w.now() + hours(1);
  EXPECT_TRUE(w.engine.roster(whole).changed.contains("checkout"));
  w.run("o5");
  EXPECT_EQ(assessor().then(w.state())->people->shipped->at("python"), 3);
  w.run("o60");
  EXPECT_FALSE(assessor().now(w.state()).people->shipped);
  EXPECT_EQ(assessor().then(w.state())->people->shipped->at("python"), 3);
}

TEST_F(AssessorTest, ANewRevisionHasAThenOfItsOwn) {
  watch();
  w.engine.roster(roster(w.now(), 3));
  w.run("o" + std::to_string(2 * kDay));
  w.engine.roster(roster(w.now(), 1));
  w.run("b" + std::to_string(2 * kDay));
  w.decision.date += hours(24 * 90);
  w.decide();
  const auto then = assessor().then(w.state());
  EXPECT_EQ(then->people->fluent.at("python"), 1);
  EXPECT_NEAR(then->signals.at("latency_p99").quantity.value, 0.13, 1e-9);
}

TEST_F(AssessorTest, ACosmeticEditKeepsThen) {
  watch();
  w.run("o" + std::to_string(kDay));
  w.decision.title = "Python it is";
  w.decide();
  EXPECT_TRUE(assessor().then(w.state())->signals.contains("latency_p99"));
}

TEST_F(AssessorTest, ARestartForgetsNothing) {
  watch();
  w.engine.roster(roster(w.now(), 3));
  w.run("o" + std::to_string(kDay));
  w.run("b90");
  const std::string before = w.engine.save("checkout");
  const auto then = assessor().then(w.state());
  const auto now = assessor().now(w.state());
  w.restart();
  EXPECT_EQ(w.engine.save("checkout"), before);
  EXPECT_EQ(assessor().then(w.state()), then);
  EXPECT_EQ(assessor().now(w.state()).signals, now.signals);
}

TEST_F(AssessorTest, ABaselineIsKnownOnceTheFirstDayIsOver) {
  watch("latency_p99 > 1.5 * baseline(latency_p99)");
  w.run("o" + std::to_string(kDay - 1));
  EXPECT_EQ(w.verdict("tail"), "blind");
  w.run("o60");
  EXPECT_EQ(w.verdict("tail"), "clear");
  w.run("b60");
  EXPECT_EQ(w.verdict("tail"), "tripped");
}

TEST_F(AssessorTest, ARevisitFreezesTheAssessmentOfItsOpening) {
  watch();
  w.engine.roster(roster(w.now(), 3));
  w.run("o60b60");
  ASSERT_EQ(w.revisit(), "open");
  const auto json = to_json(*w.state().revisit).at("assessment");
  EXPECT_EQ(json.at("service"), "checkout");
  EXPECT_EQ(json.at("chosen"), "python");
  EXPECT_EQ(json.at("at"), format_time(w.state().revisit->since));
  EXPECT_EQ(json.at("summary"), w.state().revisit->assessment.summary);
  const std::string frozen = w.state().revisit->assessment.json;
  w.run("b600");
  w.restart();
  EXPECT_EQ(w.state().revisit->assessment.json, frozen);
  EXPECT_EQ(revisit_from_json(to_json(*w.state().revisit))->assessment,
            w.state().revisit->assessment);
}

TEST_F(AssessorTest, AReopeningFreezesItAnew) {
  watch();
  w.run("o60b60");
  const std::string opening = w.state().revisit->assessment.json;
  w.run("o120b60");
  EXPECT_NE(w.state().revisit->assessment.json, opening);
}

TEST_F(AssessorTest, OtherServicesAreCountedWithoutThisOne) {
  watch();
  EXPECT_TRUE(assessor().now(w.state()).fleet->team.empty());
  EXPECT_EQ(assessor().of_team("payments").fleet->team.at("python"), 1);
}

TEST_F(AssessorTest, WhatIsMeasuredCountsForTheLanguageThatRuns) {
  watch();
  w.run("o600");
  EXPECT_EQ(assessor().now(w.state()).language, "python");
  w.decision.language = "go";
  w.decision.alternatives = {"python"};
  w.decision.date += hours(24 * 30);
  w.engine.set_running({{"checkout", {"python"}}});
  w.decide();
  // Decided for Go, and Python still runs.
  EXPECT_EQ(assessor().now(w.state()).language, "python");
  EXPECT_TRUE(assessor().now(w.state()).signals.contains("latency_p99"));
  Criterion c = assessor().assess(w.state()).languages.at(0).criteria.at(1);
  EXPECT_THAT(c.why, HasSubstr("go is taken to need 30% of what python, which is what runs, does"));
  EXPECT_EQ(c.now.at(2).name, "running");
  // Side by side they are measured together; then Go is alone.
  w.engine.set_running({{"checkout", {"go", "python"}}});
  EXPECT_EQ(assessor().now(w.state()).language, "python");
  w.engine.set_running({{"checkout", {"go"}}});
  EXPECT_EQ(assessor().now(w.state()).language, "go");
  EXPECT_FALSE(assessor().now(w.state()).signals.contains("latency_p99"));
  w.run("b10");
  EXPECT_NEAR(assessor().now(w.state()).signals.at("latency_p99").quantity.value, 0.13, 1e-9);
  c = assessor().assess(w.state()).languages.at(0).criteria.at(1);
  EXPECT_THAT(c.why, HasSubstr("go measures 130ms"));
}

TEST_F(AssessorTest, WhereNobodySeesWhatRunsTheRecordSaysIt) {
  watch();
  w.run("o600");
  w.decision.language = "go";
  w.decide();
  EXPECT_EQ(assessor().now(w.state()).language, "go");
  EXPECT_FALSE(assessor().now(w.state()).signals.contains("latency_p99"));
  w.engine.set_running({{"checkout", {"python"}}});
  w.run("b10");
  // What was seen last holds on while nothing is seen, also over a restart.
  w.engine.set_running({});
  w.run("b10");
  w.restart();
  EXPECT_EQ(assessor().now(w.state()).language, "python");
  EXPECT_TRUE(assessor().now(w.state()).signals.contains("latency_p99"));
}

TEST_F(AssessorTest, TheCatalogueIsTheConfigurations) {
  EngineOptions options = default_engine_options();
  options.catalogue.languages.at("go").suits["network-service"] = 0.1;
  watch();
  w.engine.set_options(options);
  const Assessment a = assessor().assess(w.state());
  EXPECT_EQ(a.languages.at(1).criteria.at(0).score, 0.1);
}

}  // namespace
}  // namespace revisitd::rules
