#include "rules/trigger_test.h"
#include "tests/unit/rules/trigger_test_fixture.h"

namespace revisitd::rules {
namespace {

std::string problems(const std::string& text) {
  Findings findings("t.yml", text);
  decode_trigger_test(text, "t.yml", findings);
  std::string out;
  for (const Diagnostic& d : findings.list()) out += format_location(d) + "\n";
  return out;
}

// The one thing that is wrong with a file whose other parts are right.
std::string event_problem(const std::string& event) {
  return problems(
      test_file("events:\n- " + event + "\nexpect: [{at: 1d, state: {checkout: none}}]\n"));
}
std::string expect_problem(const std::string& expectation) {
  return problems(test_file("expect:\n- " + expectation + "\n"));
}

TEST(TriggerTestDecodeTest, ReadsTheFileOfTheReadme) {
  const std::string text =
      "records: [checkout.md]\n"
      "roster: roster.yaml\n"
      "start: 2026-03-02T00:00:00Z\n"
      "signals:\n"
      "  checkout:\n"
      "    latency_p99: {every: 10m, values: \"80ms*960 _*144 130ms*900\"}\n"
      "    rps: {every: 10m, values: \"2100*2004\"}\n"
      "events:\n"
      "  - {at: 5d, restart: 9h}\n"
      "  - {at: 9d, roster: {leave: dev-3}}\n"
      "  - {at: 10d, acknowledge: checkout, by: ana}\n"
      "  - {at: 11d, conclude: checkout, outcome: reaffirmed, by: ana, why: \"bad deploy, rolled "
      "back\"}\n"
      "expect:\n"
      "  - {at: 4d, verdicts: {checkout/tail-latency: clear}}\n"
      "  - {at: 9d, state: {checkout: open}}\n"
      "  - {between: [7d, 14d], opened: checkout}\n"
      "  - {until: 12d, notifications: {checkout: 2}}\n";
  ASSERT_EQ(problems(text), "");
  Findings findings("t.yml", text);
  const auto test = decode_trigger_test(text, "t.yml", findings);
  ASSERT_TRUE(test);
  EXPECT_EQ(test->series.size(), 2u);
  EXPECT_EQ(test->series[0].series.values.size(), 2004u);
  EXPECT_EQ(test->events.size(), 4u);
  EXPECT_EQ(test->checks.size(), 4u);
  EXPECT_EQ(test->end() - test->start, std::chrono::hours(24 * 14));
  const auto& conclude = std::get<Action>(test->events[3].what);
  EXPECT_EQ(conclude.why, "bad deploy, rolled back");
  EXPECT_EQ(conclude.outcome, Outcome::reaffirmed);
  EXPECT_EQ(test->checks[2].from, std::chrono::hours(24 * 7));
  EXPECT_EQ(test->checks[3].count, 2);
}

TEST(TriggerTestDecodeTest, WhatIsMissingOrUnknownIsNamed) {
  EXPECT_EQ(problems("records: [a.md]\nstart: 2026-03-02\nexpects: []\n"),
            "t.yml:1:1: missing key `expect`\n"
            "t.yml:3:1: unknown key `expects`, did you mean `expect`?\n");
  EXPECT_EQ(
      problems("records: []\nstart: 2026-03-02\nexpect: []\n"),
      "t.yml:1:10: `records`: expected at least one record\n"
      "t.yml:3:9: `expect`: expected at least one expectation: a test without one tests nothing\n");
}

TEST(TriggerTestDecodeTest, EventsAreOneThingEach) {
  EXPECT_EQ(event_problem("{at: 5d}"),
            "t.yml:4:3: `events`: expected one of `restart`, `roster`, `records`, `acknowledge`, "
            "`snooze` and `conclude`\n");
  EXPECT_EQ(event_problem("{at: 5d, restart: 9h, by: ana}"),
            "t.yml:4:25: unknown key `by`, expected `at` or `restart`\n");
  EXPECT_NE(event_problem("{at: 5d, snooze: checkout, by: ana, why: sale}").find("expected `for`"),
            std::string::npos);
  EXPECT_NE(event_problem("{at: 5d, conclude: checkout, by: ana, outcome: changed}").find("`why`"),
            std::string::npos);
  EXPECT_NE(
      event_problem("{at: 5d, roster: {leave: ana, learn: {name: ben}}}").find("expected one of"),
      std::string::npos);
  EXPECT_EQ(
      event_problem("{at: 5d, snooze: checkout, by: ana, why: x, until: 18d, worsens_by: 20%}"),
      "");
  EXPECT_EQ(event_problem("{at: 5d, roster: other.yaml}"), "");
  EXPECT_EQ(event_problem("{at: 5d, records: [other.md]}"), "");
}

TEST(TriggerTestDecodeTest, NothingHappensWhileTheDaemonIsDown) {
  EXPECT_EQ(event_problem("{at: 5d3h, acknowledge: checkout, by: ana}\n- {at: 5d, restart: 9h}"),
            "t.yml:4:27: the daemon is down then: it is restarted at 5d, expected another time\n");
  EXPECT_EQ(event_problem("{at: 5d9h, acknowledge: checkout, by: ana}\n- {at: 5d, restart: 9h}"),
            "");
}

TEST(TriggerTestDecodeTest, ExpectationsSayWhenAndWhat) {
  EXPECT_EQ(expect_problem("{state: {checkout: open}}"),
            "t.yml:4:3: `expect`: expected one of `at`, `between` and `until`\n");
  EXPECT_EQ(expect_problem("{at: 5d}"),
            "t.yml:4:3: `expect`: expected `verdicts`, `state`, `shares` or `coverage`\n");
  EXPECT_EQ(expect_problem("{between: [5d, 4d], opened: checkout}"),
            "t.yml:4:18: `between`: expected an end that is not before the beginning\n");
  EXPECT_EQ(expect_problem("{between: [5d], opened: checkout}"),
            "t.yml:4:13: `between`: expected two durations as in [7d, 14d]\n");
  EXPECT_EQ(expect_problem("{at: 5d, verdicts: {checkout: clear}}"),
            "t.yml:4:23: expected a trigger as in checkout/TRIGGER\n");
  EXPECT_NE(
      expect_problem("{at: 5d, verdicts: {checkout/tail: triped}}").find("did you mean `tripped`?"),
      std::string::npos);
  EXPECT_NE(expect_problem("{until: 5d, opend: checkout}").find("did you mean `opened`?"),
            std::string::npos);
  EXPECT_EQ(expect_problem("{between: [1d, 2d], not_opened: [checkout, search/tail]}"), "");
}

TEST(TriggerTestDecodeTest, ASeriesErrorPointsIntoItsText) {
  EXPECT_EQ(problems(test_file("signals: {checkout: {rps: {every: 1m, values: \"1*3 2*x\"}}}\n"
                               "expect: [{at: 1d, state: {checkout: none}}]\n")),
            "t.yml:3:54: `values`: expected a count after `*`, found \"x\"\n");
}

TEST(TriggerTestDecodeTest, ASignalHasOneUnit) {
  const std::string text = test_file(
      "signals:\n"
      "  a: {x: {every: 1m, values: 80ms}}\n"
      "  b: {x: {every: 1m, values: 5MiB}}\n"
      "expect: [{at: 1d, state: {checkout: none}}]\n");
  Findings findings("t.yml", text);
  const auto test = decode_trigger_test(text, "t.yml", findings);
  ASSERT_TRUE(test);
  signals_of(*test, findings);
  ASSERT_FALSE(findings.ok());
  EXPECT_EQ(format_location(findings.list().front()),
            "t.yml:5:7: `x` is in bytes here and in seconds above, expected one unit");
}

}  // namespace
}  // namespace revisitd::rules
