#include "rules/circumstances.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "rules/revisit_json.h"
#include "tests/unit/rules/engine_fixture.h"

namespace revisitd::rules {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using Words = std::vector<std::string>;

TEST(VersionLogTest, TheFirstVersionIsNoChange) {
  VersionLog log;
  EXPECT_TRUE(log.see(5, "1.0"));
  EXPECT_FALSE(log.see(6, "1.0"));
  EXPECT_FALSE(log.see(7, ""));
  EXPECT_EQ(log.near(5), nullptr);
  EXPECT_TRUE(log.see(8, "1.1"));
  ASSERT_NE(log.near(7), nullptr);
  EXPECT_EQ(*log.near(8), (VersionLog::Change{8, "1.0", "1.1"}));
  EXPECT_EQ(log.near(6), nullptr);
  EXPECT_EQ(log.near(10), nullptr);
}

TEST(VersionLogTest, LearnsWhatCameBeforeIt) {
  using Changes = std::vector<VersionLog::Change>;
  VersionLog log, past;
  EXPECT_FALSE(log.learn(past));
  past.see(1, "40");
  past.see(5, "41");
  past.see(9, "42");
  VersionLog empty;
  EXPECT_TRUE(empty.learn(past));
  EXPECT_EQ(empty.current(), "42");
  EXPECT_EQ(empty.changes(), past.changes());
  log.see(7, "41");
  log.see(10, "42");  // a slot late
  log.see(12, "43");
  EXPECT_TRUE(log.learn(past));
  EXPECT_EQ(log.current(), "43");
  EXPECT_EQ(log.changes(), (Changes{{5, "40", "41"}, {9, "41", "42"}, {12, "42", "43"}}));
  EXPECT_FALSE(log.learn(past)) << "it knows that now";
}

TEST(VersionLogTest, ForgetsTheOldestChanges) {
  VersionLog log;
  for (int i = 0; i < 500; ++i) log.see(i, std::to_string(i));
  EXPECT_EQ(log.changes().size(), VersionLog::kMostChanges);
  EXPECT_EQ(log.changes().back().to, "499");
}

TEST(RunningMeanTest, IsTheMeanUntilItForgets) {
  RunningMean mean;
  for (const double v : {1.0, 2.0, 6.0}) mean.add(v, 3);
  EXPECT_DOUBLE_EQ(mean.mean, 3);
  mean.add(6, 3);
  EXPECT_DOUBLE_EQ(mean.mean, 4);
}

Words labels_after(World& w) { return labels(*w.state().revisit); }

TEST(CircumstancesTest, AReleaseWithinOneSlotOfTheOnsetIsTold) {
  for (const int early : {-2, -1, 0, 1, 2}) {
    World w;
    w.watch({w.trigger("tail", kSlow, minutes(10))});
    w.version = "1.4.1";
    for (int i = -20; i < 10; ++i) {
      if (i == early) w.version = "1.4.2";
      w.run(i < 0 ? "o1" : "b1");
    }
    const bool near = early >= -1 && early <= 1;
    EXPECT_EQ(labels_after(w), near ? Words{"began with a release"} : Words{}) << early;
    if (!near) continue;
    EXPECT_EQ(*w.state().revisit->triggers[0].release,
              (Release{slot_start(World::kFirst + 20 + early, World::kSlot), "1.4.1", "1.4.2"}));
  }
}

TEST(CircumstancesTest, ARestartForgetsNoRelease) {
  World w;
  w.watch({w.trigger("tail", kSlow, minutes(10))});
  w.version = "1";
  w.run("o10");
  w.version = "2";
  w.run("b5");
  w.restart();
  w.run("b5");
  EXPECT_EQ(labels_after(w), Words{"began with a release"});
}

TEST(CircumstancesTest, ASignalNamedVersionWillDo) {
  World w;
  w.decision.signals["version"].name = "version";
  w.watch({w.trigger("tail", kSlow, minutes(4))});
  for (int i = 0; i < 8; ++i) {
    SlotReading reading{World::kSlot, slot_start(w.next + i, World::kSlot), {}, false};
    reading.services = {{"checkout",
                         {{"latency_p99", SlotValue::exact(i < 4 ? 0.05 : 0.2)},
                          {"version", SlotValue::exact(i < 4 ? 41 : 42.5)}}}};
    w.engine.judge(reading);
  }
  ASSERT_TRUE(w.state().revisit->triggers[0].release);
  EXPECT_EQ(w.state().revisit->triggers[0].release->from, "41");
  EXPECT_EQ(w.state().revisit->triggers[0].release->to, "42.5");
}

TEST(CircumstancesTest, WorkThatRoseWithTheBreachIsTold) {
  for (const double load : {1900.0, 2300.0, 2400.0, 4000.0}) {
    World w;
    w.watch({w.trigger("tail", kSlow, minutes(10))});
    w.slow_load = load;
    w.run("o20b10");
    EXPECT_EQ(labels_after(w), load >= 2400 ? Words{"workload grew"} : Words{}) << load;
    EXPECT_EQ(w.state().revisit->triggers[0].load, (LoadShift{2000, load}));
  }
}

TEST(CircumstancesTest, IdleSlotsAreCalm) {
  World w;
  w.watch({w.trigger("tail", kSlow, minutes(10), "rps >= 1600")});
  w.run("i20b10");
  EXPECT_EQ(w.state().revisit->triggers[0].load, (LoadShift{10, 2000}));
}

TEST(CircumstancesTest, WithoutCalmSlotsNothingIsSaidAboutWork) {
  World w;
  w.watch({w.trigger("tail", kSlow, minutes(10))});
  w.run("o2b10");
  EXPECT_EQ(w.state().revisit->triggers[0].load, std::nullopt);
}

TEST(CircumstancesTest, ABreachThatIsOverIsNotCountedInTheNext) {
  World w;
  w.watch({w.trigger("tail", kSlow, minutes(10))});
  w.slow_load = 9000;
  w.run("o10b5o12");
  w.slow_load = 2000;
  w.run("b10");
  EXPECT_EQ(w.state().revisit->triggers[0].load->breach, 2000);
}

TEST(CircumstancesTest, StandInTheJsonAndAreReadBack) {
  World w;
  w.watch({w.trigger("tail", kSlow, minutes(10))});
  w.version = "1";
  w.run("o10");
  w.version = "2";
  w.slow_load = 5000;
  w.run("b10");
  const auto json = to_json(*w.state().revisit);
  EXPECT_EQ(json["labels"].dump(), R"(["began with a release","workload grew"])");
  EXPECT_EQ(json["triggers"][0]["release"]["to"], "2");
  const auto read = revisit_from_json(json);
  ASSERT_TRUE(read);
  EXPECT_EQ(to_json(*read).dump(), json.dump());
}

}  // namespace
}  // namespace revisitd::rules
