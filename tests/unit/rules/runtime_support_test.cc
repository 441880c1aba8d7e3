#include "rules/runtime_support.h"

#include <gtest/gtest.h>

namespace revisitd::rules {
namespace {

TimePoint day(const char* text) { return *parse_time(text); }

RuntimeCycles go() {
  RuntimeCycles cycles;
  cycles.as_of = day("2026-03-01");
  cycles.cycles = {{"1.23", day("2025-01-01"), {}, false, "1.23.4"},
                   {"1.22", day("2024-02-01"), day("2025-02-01"), false, "1.22.9"},
                   {"1.21", day("2023-08-01"), day("2024-08-01"), false, "1.21.13"},
                   {"1.20", day("2023-02-01"), day("2024-02-11"), false, "1.20.14"},
                   {"1.2", {}, {}, true, "1.2.2"},
                   {"1", {}, {}, false, ""}};
  return cycles;
}

TEST(RuntimeSupportTest, AVersionBelongsToTheCycleWithTheMostOfItsNumbers) {
  EXPECT_EQ(support_of(go(), "go1.22.3").cycle, "1.22");
  EXPECT_EQ(support_of(go(), "1.2.1").cycle, "1.2");
  EXPECT_EQ(support_of(go(), "v1.19").cycle, "1");
  EXPECT_EQ(support_of(go(), "2.0").cycle, "");
  EXPECT_EQ(support_of(go(), "devel +abc").cycle, "");
  EXPECT_EQ(support_of(go(), "1.22.3").latest, "1.22.9");
}

TEST(RuntimeSupportTest, ADayThatIsGivenIsKnown) {
  const RuntimeSupport support = support_of(go(), "1.22");
  EXPECT_EQ(support.kind, SupportKind::known);
  EXPECT_EQ(support.ends, day("2025-02-01"));
}

TEST(RuntimeSupportTest, AnEndWithoutADayWasAtTheLatestWhenItWasWritten) {
  const RuntimeSupport support = support_of(go(), "1.2.2");
  EXPECT_EQ(support.kind, SupportKind::over);
  EXPECT_EQ(support.ends, day("2026-03-01"));
}

TEST(RuntimeSupportTest, WithoutADayEarlierCyclesPredictOne) {
  const RuntimeSupport support = support_of(go(), "1.23.1");
  EXPECT_EQ(support.kind, SupportKind::predicted);
  EXPECT_EQ(support.ends, day("2026-01-02")) << "a median of 366 days";
}

TEST(RuntimeSupportTest, OfSeveralVersionsTheOneThatEndsFirstCounts) {
  const auto first = [](const std::vector<std::string>& versions) {
    return versions[first_to_end(go(), versions).place];
  };
  EXPECT_EQ(first({"go1.20.3", "go1.21.0"}), "go1.20.3");
  EXPECT_EQ(first({"go1.22.1", "go1.21.0", "go1.23.1"}), "go1.21.0");
  EXPECT_EQ(first({"devel", "go1.22.1"}), "go1.22.1");
  EXPECT_EQ(first({"devel", "weekly"}), "devel");
  EXPECT_EQ(first_to_end(go(), {"go1.22.1", "go1.21.0"}).support.ends, day("2024-08-01"));
}

TEST(RuntimeSupportTest, TooFewCyclesPredictNothing) {
  RuntimeCycles few = go();
  few.cycles.erase(few.cycles.begin() + 1);
  EXPECT_EQ(support_of(few, "1.23.1").kind, SupportKind::unknown);
  EXPECT_EQ(support_of(few, "1.23.1").ends, std::nullopt);
  EXPECT_EQ(support_of(go(), "1.19").kind, SupportKind::unknown) << "its release is not known";
}

}  // namespace
}  // namespace revisitd::rules
