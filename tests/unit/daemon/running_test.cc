#include "daemon/running.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace revisitd::daemon {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Key;
using testing::SizeIs;

constexpr TimePoint kStart = from_millis(1'800'000'000'000);

rules::SlotReading reading(TimePoint start, std::vector<rules::SignalReading> signals) {
  rules::SlotReading reading;
  reading.start = start;
  reading.length = minutes(1);
  reading.services.push_back({"checkout", std::move(signals)});
  return reading;
}

rules::SignalReading runs(const std::string& language, const std::string& version) {
  return {"running:" + language, rules::SlotValue::exact(1), rules::Absence::no_data, version};
}

TEST(RunningServicesTest, WhatRunsIsTakenOutBeforeAnybodyJudges) {
  RunningServices services;
  auto slot = reading(kStart, {runs("go", "go1.22.3"),
                               {"running:python", std::nullopt},
                               {"rps", rules::SlotValue::exact(5)}});
  EXPECT_TRUE(services.take(slot));
  ASSERT_THAT(slot.services, SizeIs(1));
  ASSERT_THAT(slot.services[0].signals, SizeIs(1));
  EXPECT_EQ(slot.services[0].signals[0].signal, "rps");
  const auto running = services.of("checkout", kStart + minutes(2));
  ASSERT_THAT(running, ElementsAre(Key("go")));
  EXPECT_EQ(running.at("go").version, "go1.22.3");
  EXPECT_EQ(running.at("go").seen, kStart + minutes(1));
  EXPECT_THAT(services.of("search", kStart), IsEmpty());
}

TEST(RunningServicesTest, AServiceThatWasOnlyAskedWhatItRunsIsNotInTheReading) {
  RunningServices services;
  auto slot = reading(kStart, {runs("go", "1")});
  (void)services.take(slot);
  EXPECT_THAT(slot.services, IsEmpty());
}

TEST(RunningServicesTest, NewsIsAnotherVersionOrLanguage) {
  RunningServices services;
  auto first = reading(kStart, {runs("go", "1")});
  auto same = reading(kStart + minutes(1), {runs("go", "1")});
  auto other = reading(kStart + minutes(2), {runs("go", "2")});
  EXPECT_TRUE(services.take(first));
  EXPECT_FALSE(services.take(same));
  EXPECT_TRUE(services.take(other));
}

TEST(RunningServicesTest, ALanguageThatWasReplacedIsForgottenAndSilenceIsNotAtOnce) {
  RunningServices services;
  auto old = reading(kStart, {runs("python", "3.11.2")});
  (void)services.take(old);
  EXPECT_THAT(services.of("checkout", kStart + hours(23)), SizeIs(1));
  EXPECT_THAT(services.of("checkout", kStart + hours(25)), IsEmpty());
  auto both = reading(kStart + minutes(5), {runs("go", "1"), runs("python", "3.11.2")});
  (void)services.take(both);
  EXPECT_THAT(services.of("checkout", kStart + minutes(6)), SizeIs(2));
  auto fresh = reading(kStart + minutes(30), {runs("go", "1")});
  (void)services.take(fresh);
  EXPECT_THAT(services.of("checkout", kStart + minutes(31)), ElementsAre(Key("go")));
}

TEST(RunningServicesTest, EveryLanguageIsGatheredAtTheShortestSlot) {
  std::vector<collectors::WantedSignal> wanted;
  RunningServices::want("checkout", RunningServices::signals(default_running()), minutes(1),
                        wanted);
  ASSERT_THAT(wanted, SizeIs(2));
  EXPECT_EQ(wanted[0].spec->name, "running:go");
  EXPECT_EQ(wanted[0].spec->series, "go_info");
  EXPECT_THAT(wanted[1].lengths, ElementsAre(minutes(1)));
}

}  // namespace
}  // namespace revisitd::daemon
