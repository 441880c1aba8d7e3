#include "rules/precedents.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "rules/precedents_json.h"

namespace revisitd::rules {
namespace {

using testing::ElementsAre;

// A trail in words: trail.added("checkout", "python", "100ms"), .opened("checkout", "tail"), …; a
// day passes between two of them.
class Trail {
 public:
  Trail& added(const std::string& service, const std::string& language,
               const std::string& latency = "100ms",
               const std::string& workload = "network-service") {
    TrailNote& note = next("decision.added", service);
    note.language = language;
    note.workload = workload;
    note.envelope = {{"latency_p99", *parse_quantity(latency)}};
    return *this;
  }
  Trail& edited(const std::string& service, const std::string& language) {
    added(service, language);
    notes.back().type = "decision.edited";
    return *this;
  }
  Trail& removed(const std::string& service) {
    next("decision.removed", service);
    return *this;
  }
  Trail& tripped(const std::string& type, const std::string& service, const std::string& trigger) {
    next("revisit." + type, service).trigger = trigger;
    return *this;
  }
  Trail& concluded(const std::string& service, const std::string& outcome) {
    next("revisit.concluded", service).outcome = outcome;
    return *this;
  }
  [[nodiscard]] std::vector<Precedent> near(const std::string& latency = "100ms",
                                            const std::string& workload = "network-service") const {
    Candidate candidate;
    candidate.workload = workload;
    candidate.envelope = {{"latency_p99", *parse_quantity(latency)}};
    return precedents(notes, candidate, 10);
  }
  std::vector<TrailNote> notes;

 private:
  TrailNote& next(const std::string& type, const std::string& service) {
    TrailNote& note = notes.emplace_back();
    note.at = *parse_time("2026-01-01T00:00:00Z") +
              std::chrono::hours(24) * static_cast<int>(notes.size());
    note.type = type;
    note.service = service;
    return note;
  }
};

TEST(PrecedentsTest, WhatIsInForceHoldsUntilNow) {
  const auto found = Trail().added("checkout", "python").near();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].language, "python");
  EXPECT_FALSE(found[0].ended);
  EXPECT_EQ(found[0].held(found[0].decided + std::chrono::hours(48)), std::chrono::hours(48));
}

TEST(PrecedentsTest, AChangeOfLanguageEndsOneAndBeginsAnother) {
  const auto found = Trail()
                         .added("checkout", "python")
                         .tripped("opened", "checkout", "tail")
                         .tripped("worsened", "checkout", "memory")
                         .concluded("checkout", "changed")
                         .edited("checkout", "go")
                         .near();
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].language, "python");
  EXPECT_EQ(found[0].ending, "changed to go");
  EXPECT_THAT(found[0].flipped_by, ElementsAre("tail", "memory"));
  EXPECT_EQ(found[0].held({}), std::chrono::hours(24 * 4));
  EXPECT_EQ(found[1].language, "go");
  EXPECT_TRUE(found[1].flipped_by.empty());
}

TEST(PrecedentsTest, AReaffirmedRevisitFlipsNothing) {
  const auto found = Trail()
                         .added("checkout", "python")
                         .tripped("opened", "checkout", "tail")
                         .concluded("checkout", "reaffirmed")
                         .removed("checkout")
                         .near();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].reaffirmed, 1);
  EXPECT_TRUE(found[0].flipped_by.empty());
  EXPECT_EQ(found[0].ending, "no longer watched");
}

TEST(PrecedentsTest, TheNearestComesFirst) {
  const auto found = Trail()
                         .added("twice", "go", "200ms")
                         .added("same", "python", "100ms")
                         .added("other-work", "python", "100ms", "ml")
                         .near();
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[0].service, "same");
  EXPECT_EQ(found[0].distance, 0);
  EXPECT_EQ(found[1].service, "other-work");
  EXPECT_EQ(found[2].service, "twice");
}

TEST(PrecedentsTest, OtherWorkWithOtherBudgetsIsNoPrecedent) {
  EXPECT_TRUE(Trail().added("reports", "python", "10s", "data-pipeline").near().empty());
  // The same work is one, whatever its budgets.
  EXPECT_EQ(Trail().added("slow", "python", "10s").near().size(), 1U);
}

TEST(PrecedentsTest, BudgetsOfOtherUnitsAreNotCompared) {
  EXPECT_FALSE(envelope_distance({{"a", {1, Unit::seconds}}}, {{"a", {1, Unit::bytes}}}));
  EXPECT_EQ(envelope_distance({{"a", {1, Unit::seconds}}}, {{"a", {4, Unit::seconds}}}), 2);
}

TEST(PrecedentsTest, RowsOfTheTrailAreReadBack) {
  const auto note = trail_note_from_json(nlohmann::ordered_json::parse(R"({
    "time": "2026-03-01T00:00:00Z", "type": "decision.added", "service": "a", "team": "t",
    "language": "go", "date": "2026-02-01T00:00:00Z", "workload": "cli",
    "envelope": {"memory": {"budget": 1048576, "unit": "bytes"}, "odd": 3}})"));
  EXPECT_EQ(note.workload, "cli");
  EXPECT_EQ(format_date(*note.date), "2026-02-01");
  EXPECT_EQ(note.envelope.size(), 1U);
  EXPECT_EQ(note.envelope.at("memory"), (Quantity{1048576, Unit::bytes}));
}

}  // namespace
}  // namespace revisitd::rules
