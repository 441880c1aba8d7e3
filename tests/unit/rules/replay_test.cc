#include "rules/replay.h"

#include <gtest/gtest.h>

#include "rules/replay_strip.h"
#include "tests/unit/rules/engine_fixture.h"

// Replays of one service, written as what each slot held (see engine_fixture.h): the same letters
// that drive the engine there make a script here.
namespace revisitd::rules {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

// Writes down every step.
class Diary final : public ReplaySink {
 public:
  explicit Diary(TimePoint start) : start_(start) {}
  void step(const Engine& engine, const ReplayStep& step) override {
    log_.step(engine, step);
    if (step.slot) order += format_duration(step.slot->length) + "@" + when(step.at) + " ";
    for (const Event& e : step.result.events) {
      std::string line = when(e.at) + " " + std::string(short_event_name(e.type));
      if (!e.trigger.empty()) line += ":" + e.trigger;
      if (e.type == EventType::trigger_verdict) line += "=" + std::string(verdict_name(*e.verdict));
      events += line + "\n";
    }
    if (step.failure) events += when(step.at) + " refused: " + step.failure->message + "\n";
    if (step.event) happened += std::to_string(*step.event) + "@" + when(step.at) + " ";
    const auto state = engine.decisions().find("checkout");
    if (state != engine.decisions().end() && !state->second.triggers.empty()) {
      ledger = state->second.triggers.begin()->second.ledger.encode();
    }
  }
  [[nodiscard]] const ReplayLog& log() const { return log_; }

  std::string order, events, happened, ledger;

 private:
  std::string when(TimePoint at) const { return format_duration(at - start_); }
  TimePoint start_;
  ReplayLog log_;
};

class ReplayTest : public ::testing::Test {
 protected:
  ReplayTest() {
    script.start = slot_start(World::kFirst, World::kSlot);
    script.end = script.start;
  }
  // o = fast, b = slow, . = no data, each with a count; and the script ends with the last of them.
  void slots(std::string_view text, Duration length = World::kSlot) {
    std::int64_t index = slot_index(script.start, length);
    for (std::size_t i = 0; i < text.size();) {
      const char kind = text[i++];
      int count = 0;
      while (i < text.size() && text[i] >= '0' && text[i] <= '9')
        count = count * 10 + (text[i++] - '0');
      for (int n = std::max(count, 1); n > 0; --n, ++index) {
        if (kind == '.') continue;
        script.values.values[{"checkout", "latency_p99", length}].emplace_back(
            index, SlotValue::exact(kind == 'b' ? 0.13 : 0.08));
      }
    }
    script.end = std::max(script.end, slot_start(index, length));
  }
  void watch(std::vector<Trigger> triggers) {
    world.decision.triggers = std::move(triggers);
    script.decisions = {std::make_shared<Decision>(world.decision)};
  }
  void at(Duration time, ReplayEvent::What what) {
    script.events.push_back({script.start + time, std::move(what)});
  }
  static Action conclude() {
    return {.kind = Action::Kind::conclude,
            .target = "checkout",
            .by = "ana",
            .why = "rolled back",
            .outcome = Outcome::reaffirmed};
  }
  Diary run() {
    Diary diary(script.start);
    replay(script, diary);
    return diary;
  }
  Trigger tail(Duration window = minutes(5)) {
    return world.trigger("tail", "latency_p99 > 100ms", window);
  }

  World world;
  ReplayScript script;
};

TEST_F(ReplayTest, TellsWhatTheEngineTells) {
  watch({tail()});
  slots("o5b5o3");
  EXPECT_EQ(run().events,
            "0s added\n"
            "4m verdict:tail=clear\n"
            "10m verdict:tail=tripped\n10m opened:tail\n"
            "13m verdict:tail=clear\n13m subsided\n");
}

TEST_F(ReplayTest, ASecondRunSaysTheSame) {
  watch({tail()});
  slots("o5b5.3o9b9");
  EXPECT_EQ(run().events, run().events);
}

TEST_F(ReplayTest, FunctionsLookBackBeyondTheStart) {
  watch({world.trigger("mean", "avg(latency_p99, 5m) > 100ms", minutes(10))});
  slots("o5b9.1o5b10");
  const Diary whole = run();
  // The same slots from the twentieth on: the window begins empty, the averages do not.
  const std::int64_t first = World::kFirst + 20;
  script.start = slot_start(first, World::kSlot);
  for (auto& [key, values] : script.values.values) {
    const auto cut = values.begin() + (SlotHistory::from(values, first) - values.cbegin());
    script.before.values[key].assign(values.begin(), cut);
    values.erase(values.begin(), cut);
  }
  EXPECT_EQ(run().ledger, whole.ledger);
  script.before.values.clear();
  EXPECT_NE(run().ledger, whole.ledger) << "without them it is blind at first";
}

TEST_F(ReplayTest, SlotsComeInTheOrderOfTheirEndsTheShorterFirst) {
  script.start = slot_start(slot_index(script.start, minutes(10)) + 1, minutes(10));
  watch({tail(hours(30)), world.trigger("long", "latency_p99 > 100ms", hours(24 * 14))});
  script.end = script.start + minutes(12);
  const Diary diary = run();
  EXPECT_TRUE(diary.order.starts_with("1m@1m 1m@2m ")) << diary.order;
  EXPECT_NE(diary.order.find("1m@9m 1m@10m 10m@10m 1m@11m 1m@12m "), std::string::npos)
      << diary.order;
}

TEST_F(ReplayTest, OnlyWholeSlotsInsideTheSpanAreJudged) {
  watch({tail()});
  slots("o5");
  script.start += std::chrono::seconds(1);
  script.end -= std::chrono::seconds(1);
  EXPECT_EQ(run().order, "1m@1m59s 1m@2m59s 1m@3m59s ");
}

TEST_F(ReplayTest, AnEventComesAfterTheSlotThatEndsAtItsTime) {
  watch({tail()});
  slots("b5o5");
  at(minutes(4), conclude());  // opened by the slot that ends then
  EXPECT_EQ(run().events,
            "0s added\n"
            "4m verdict:tail=tripped\n4m opened:tail\n4m concluded\n"
            "8m verdict:tail=clear\n");
}

TEST_F(ReplayTest, WhatCannotBeDoneIsShownToTheSink) {
  watch({tail()});
  slots("o5");
  at(minutes(2), conclude());
  EXPECT_NE(run().events.find("2m refused: no unfinished revisit"), std::string::npos);
}

TEST_F(ReplayTest, SlotsThatEndWhileItIsDownStayBlind) {
  watch({tail(minutes(10))});
  slots("o10");
  at(minutes(3), ReplayEvent::Down{minutes(4)});
  EXPECT_EQ(run().ledger.substr(run().ledger.find(':')), ":o3.4o3");
}

TEST_F(ReplayTest, AQueryIsAskedForTheSlotsItWasDown) {
  world.decision.signals["latency_p99"].reduction = Reduction::query;
  watch({tail(minutes(10))});
  slots("o4b4o6");
  at(minutes(3), ReplayEvent::Down{minutes(4)});
  const Diary diary = run();
  EXPECT_EQ(diary.ledger.substr(diary.ledger.find(':')), ":b4o6");
  EXPECT_NE(diary.order.find("1m@3m 1m@4m 1m@5m"), std::string::npos) << diary.order;
}

TEST_F(ReplayTest, ARestartKeepsTheRevisit) {
  watch({tail()});
  slots("b5o1b9");
  at(minutes(7), ReplayEvent::Down{minutes(1)});
  at(minutes(9), conclude());
  const std::string events = run().events;
  EXPECT_NE(events.find("4m opened:tail\n9m concluded\n"), std::string::npos) << events;
}

TEST_F(ReplayTest, EventsOfThatTimeHappenAtItsReturn) {
  watch({tail()});
  slots("b20");
  at(minutes(5), ReplayEvent::Down{minutes(4)});
  at(minutes(6), conclude());
  EXPECT_NE(run().events.find("9m concluded\n"), std::string::npos);
}

TEST_F(ReplayTest, ARosterCountsForSlotsThatEndAfterIt) {
  watch({world.trigger("fluency", "fluent(\"python\") < 2", minutes(1))});
  Roster roster;
  roster.validity = hours(24);
  roster.read_at = script.start;
  roster.teams["payments"] = {"payments",
                              {{.name = "ana", .languages = {{"python", Fluency::fluent}}},
                               {.name = "ben", .languages = {{"python", Fluency::fluent}}}}};
  script.roster = std::make_shared<Roster>(roster);
  roster.teams["payments"].members.pop_back();
  at(minutes(3), std::make_shared<const Roster>(roster));
  script.end = script.start + minutes(5);
  EXPECT_EQ(run().events,
            "0s changed\n0s added\n1m verdict:fluency=clear\n3m changed\n"
            "4m verdict:fluency=tripped\n4m opened:fluency\n");
}

TEST_F(ReplayTest, AnEditIsJudgedOverTheSlotsSeenSoFar) {
  watch({world.trigger("tail", "latency_p99 > 200ms", minutes(5))});
  slots("b8");
  world.decision.triggers = {tail()};
  at(minutes(7), Decisions{std::make_shared<Decision>(world.decision)});
  const std::string events = run().events;
  EXPECT_NE(events.find("7m verdict:tail=tripped\n7m opened:tail\n"), std::string::npos) << events;
}

TEST_F(ReplayTest, TimePassesWithoutTriggers) {
  script.start = slot_start(slot_index(script.start, hours(1)), hours(1));
  world.decision.review_by = script.start + hours(5);
  watch({});
  script.end = script.start + hours(6);
  EXPECT_EQ(run().events, "0s added\n5h review-due\n");
}

TEST_F(ReplayTest, ATrackHoldsEverySlotAndItsVerdict) {
  watch({tail()});
  slots("o4b6.3o7");
  const Diary diary = run();
  const TriggerTrack* track = diary.log().track("checkout", "tail");
  ASSERT_NE(track, nullptr);
  EXPECT_EQ(track->slots.size(), 20u);
  const TripFigures figures = trip_figures(*track);
  EXPECT_EQ(figures.trips, 1);
  EXPECT_EQ(figures.first, script.start + minutes(9));
  EXPECT_EQ(figures.tripped, 3) << "two slots and one with a blind slot in its window";
  EXPECT_EQ(figures.slots, 20);
}

TEST_F(ReplayTest, AVerdictLostAndFoundIsOneTrip) {
  watch({tail()});
  slots("b5.3b6");
  const Diary diary = run();
  EXPECT_NE(diary.events.find("verdict:tail=blind"), std::string::npos);
  EXPECT_EQ(trip_figures(*diary.log().track("checkout", "tail")).trips, 1);
}

TEST_F(ReplayTest, AStripShowsMostOfEachColumn) {
  watch({tail()});
  slots("o10b10.10o9b1");
  const Diary diary = run();
  const Strip strip = make_strip(*diary.log().track("checkout", "tail"),
                                 {.from = script.start, .to = script.end, .columns = 4});
  EXPECT_EQ(strip.slots, "-#.+");
  EXPECT_EQ(strip.verdicts.size(), 4u);
  EXPECT_EQ(strip.column(script.start + minutes(10)), 1u);
  EXPECT_EQ(strip.column(script.end), 3u);
}

}  // namespace
}  // namespace revisitd::rules
