#include "daemon/cli/trail_pages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace revisitd::daemon::cli {
namespace {

using Json = nlohmann::ordered_json;
using testing::HasSubstr;

Json decisions() {
  return Json::parse(R"([
    {"service": "search", "team": "search", "language": "go", "title": "Use Go for search",
     "record": "records/2.md", "date": "2026-02-01", "review_date": null, "triggers": [],
     "revisit": null},
    {"service": "checkout", "team": "payments", "language": "python", "runtime": "3.11",
     "title": "Use Python for checkout", "record": "records/1.md", "workload": "network-service",
     "date": "2026-05-04", "review_date": "2027-05-04",
     "envelope": {"latency_p99": {"budget": 0.1, "unit": "seconds"}},
     "triggers": [{"condition": "latency_p99 > 100ms", "trip": "95%", "window": "7d",
                   "why": "The tail | fitted."}],
     "revisit": {"state": "open"}}])");
}

Json concluded() {
  return Json::parse(R"([
    {"service": "checkout", "conclusion": {"outcome": "reaffirmed", "by": "ana", "why": "rolled back",
                                            "at": "2026-06-01T10:00:00Z"}},
    {"service": "checkout", "conclusion": {"outcome": "amended", "by": "ben", "why": "new budget",
                                            "at": "2026-08-02T10:00:00Z"}}])");
}

TEST(StackPageTest, TeamsComeInOrderWithTheirServices) {
  const auto stack = stack_of(decisions(), concluded());
  ASSERT_EQ(stack.size(), 2U);
  EXPECT_EQ(stack[0].service, "checkout");
  EXPECT_EQ(stack[1].service, "search");
}

TEST(StackPageTest, ItSaysWhatRunsWhyAndWhenItWasLastReExamined) {
  EXPECT_EQ(stack_markdown(stack_of(decisions(), concluded())),
            "# What we run, and why\n"
            "\n## payments\n\nPython for 1 service.\n\n"
            "### checkout: Python 3.11\n\n"
            "Use Python for checkout. Decided 2026-05-04, `records/1.md`.\n"
            "Its work is network-service.\n"
            "It has to stay within latency\\_p99 100ms.\n"
            "Last re-examined 2026-08-02: amended by ben, new budget.\n"
            "**A revisit is open.**\n"
            "Next review 2027-05-04.\n"
            "\nIt would be decided anew if\n\n"
            "* `latency_p99 > 100ms` in 95% of 7d: The tail \\| fitted.\n\n"
            "\n## search\n\nGo for 1 service.\n\n"
            "### search: Go\n\n"
            "Use Go for search. Decided 2026-02-01, `records/2.md`.\n"
            "Not re-examined since it was decided.\n\n");
}

TEST(StackPageTest, AnEmptyOneSaysSo) {
  EXPECT_EQ(stack_markdown({}), "# What we run, and why\n\nNo decision is in force.\n");
}

TEST(StackPageTest, JsonHasTheSame) {
  const Json json = stack_json(stack_of(decisions(), concluded()));
  EXPECT_EQ(json[0]["examined"], "2026-08-02");
  EXPECT_EQ(json[1]["examined"], nullptr);
  EXPECT_EQ(json[0]["budgets"], Json::array({"latency_p99 100ms"}));
}

TEST(StackPageTest, WithoutARecordedRuntimeItIsTheOneThatRuns) {
  Json all = decisions();
  all[0]["running"] = {{"go", "go1.22.3"}};
  all[0]["drift"] = false;
  all[1]["running"] = {{"ruby", "3.2"}, {"scala", ""}};
  all[1]["drift"] = true;
  const Json json = stack_json(stack_of(all, concluded()));
  EXPECT_EQ(json[1]["runtime"], "go1.22.3");
  EXPECT_EQ(json[1]["running"], nullptr);
  EXPECT_EQ(json[0]["runtime"], "3.11");
  EXPECT_EQ(json[0]["running"], "ruby 3.2, scala");
  EXPECT_THAT(stack_markdown(stack_of(all, concluded())),
              HasSubstr("**What runs is ruby 3.2, scala.**\n"));
}

TEST(TrailPageTest, DaysAreHeadingsAndTheOldestComesFirst) {
  const std::string text = trail_markdown(Json::parse(R"([
    {"time": "2026-06-02T09:00:00Z", "type": "revisit.concluded", "service": "checkout", "by": "ana",
     "why": "rolled back", "revisit": {"conclusion": {"outcome": "reaffirmed"}, "triggers": []}},
    {"time": "2026-06-01T10:30:00Z", "type": "revisit.opened", "service": "checkout",
     "trigger": "tail", "verdict": "tripped", "by": "revisitd", "why": "tail tripped",
     "revisit": {"triggers": [{"name": "tail", "condition": "latency_p99 > 100ms",
       "reading": "latency_p99 131ms > 100ms", "share": 0.972, "window": "7d"}],
       "assessment": {"summary": "leans go by 0.2"}}}])"));
  EXPECT_EQ(
      text,
      "# Trail\n\n## 2026-06-01\n\n"
      "* 10:30 `revisit.opened` checkout tail tripped: tail tripped\n"
      "  * tail: `latency_p99 > 100ms`, latency\\_p99 131ms \\> 100ms, in breach for 97.2% of 7d\n"
      "  * the decision rerun: leans go by 0.2\n"
      "\n## 2026-06-02\n\n"
      "* 09:00 `revisit.concluded` checkout, by ana, as reaffirmed: rolled back\n");
}

TEST(TrailPageTest, WhatPeopleWroteIsNoMarkup) {
  EXPECT_THAT(trail_markdown(Json::parse(R"([{"time": "2026-06-02T09:00:00Z", "type": "x",
                "service": "a\n# b", "why": "[c](http://d) <e>"}])")),
              HasSubstr("a \\# b: \\[c\\](http://d) \\<e\\>\n"));
}

}  // namespace
}  // namespace revisitd::daemon::cli
