#include "daemon/backfill_gap.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/daemon/backfill_fixture.h"

namespace revisitd::daemon {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using collectors::PromqlFailure;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Duration kTen = minutes(10);
const std::int64_t kNow = slot_index(kNoon, kMinute);

class GapFillerTest : public ::testing::Test {
 protected:
  GapFillerTest() {
    main->services = other->services = {"cart", "shop"};
    wanted[kMinute] = {{"cart", "rps", {"main", "rps", false, kMinute}},
                       {"shop", "cost", {"other", "cost", false, kMinute}},
                       {"shop", "rps", {"main", "rps", false, kMinute}}};
    wanted[kTen] = {{"cart", "rps", {"main", "rps", false, kTen}}};
  }

  static awaitable<bool> sleep(GapFillerTest* self, Duration time) {
    self->world.now += time;
    co_return !self->stopping;
  }
  static awaitable<void> judge(GapFillerTest* self, std::vector<rules::SlotReading> readings) {
    if (self->before_judging) std::exchange(self->before_judging, nullptr)();
    ++self->batches;
    for (rules::SlotReading& r : readings) self->judged.push_back(std::move(r));
    co_return;
  }
  GapFiller& filler(GapOptions options = {}) {
    GapEnvironment e;
    e.executor = io.get_executor();
    e.now = [this] { return world.now; };
    e.sleep = [this](Duration time) { return sleep(this, time); };
    e.source = [this](const std::string& name) -> std::shared_ptr<collectors::PromqlSource> {
      return name == "main" ? main : name == "other" ? other : nullptr;
    };
    e.wanted = [this](Duration length) { return wanted[length]; };
    e.judge = [this](std::vector<rules::SlotReading> readings) {
      return judge(this, std::move(readings));
    };
    e.note = [this](const GapNote& note) {
      notes += "ofgF"[static_cast<int>(note.kind)];
      filled = note.count;
    };
    gap = std::make_unique<GapFiller>(std::move(e), options);
    return *gap;
  }
  void run() {
    asio::co_spawn(io, gap->run(), [](const std::exception_ptr& error) {
      if (error) std::rethrow_exception(error);
    });
    io.restart();
    io.run();
  }
  // Fills the last `slots` minutes and judges them.
  void fill(std::int64_t slots, GapOptions options = {}) {
    EXPECT_TRUE(filler(options).open({{kMinute, {kNow - slots, kNow}}}));
    run();
    EXPECT_FALSE(gap->is_open());
  }
  static rules::SlotReading live(Duration length, std::int64_t index) {
    return {length, slot_start(index, length), {}, false};
  }
  // "1m-3 1m-2 10m-1 1m-1 1m+0!": what was judged, in order; a live reading with an exclamation
  // mark.
  std::string order() const {
    std::string text;
    for (const rules::SlotReading& r : judged) {
      const std::int64_t index = slot_index(r.start, r.length) - slot_index(kNoon, r.length);
      text += (text.empty() ? "" : " ") + format_duration(r.length) + (index < 0 ? "" : "+") +
              std::to_string(index) + (r.backfilled ? "" : "!");
    }
    return text;
  }

  BackfillWorld world;
  std::shared_ptr<FakeSource> main = std::make_shared<FakeSource>("main", world.now);
  std::shared_ptr<FakeSource> other = std::make_shared<FakeSource>("other", world.now);
  std::map<Duration, std::vector<GapSignal>> wanted;
  asio::io_context io;
  std::unique_ptr<GapFiller> gap;
  std::vector<rules::SlotReading> judged;
  std::function<void()> before_judging;
  std::string notes;
  std::size_t batches = 0, filled = 0;
  bool stopping = false;
};

TEST_F(GapFillerTest, AllLengthsAreJudgedInTheOrderOfTheirEnds) {
  ASSERT_TRUE(filler().open({{kMinute, {kNow - 12, kNow}},
                             {kTen, {slot_index(kNoon, kTen) - 2, slot_index(kNoon, kTen)}}}));
  run();
  EXPECT_EQ(order(), "1m-12 1m-11 10m-2 1m-10 1m-9 1m-8 1m-7 1m-6 1m-5 1m-4 1m-3 1m-2 1m-1 10m-1");
  EXPECT_TRUE(
      std::all_of(judged.begin(), judged.end(), [](const auto& r) { return r.backfilled; }));
  EXPECT_EQ(notes, "oF");
  EXPECT_EQ(filled, 14u);
}

TEST_F(GapFillerTest, OneQueryPerSignalCoversTheFleet) {
  fill(30);
  EXPECT_EQ(main->asked.size(), 1u);
  EXPECT_EQ(other->asked.size(), 1u);
  ASSERT_EQ(judged.size(), 30u);
  const auto& services = judged[3].services;
  ASSERT_EQ(services.size(), 2u);
  EXPECT_EQ(services[0].service, "cart");
  EXPECT_EQ(services[1].signals.size(), 2u);
  EXPECT_EQ(services[1].signals[1].value->value, *value_at("shop", kNow - 27));
}

TEST_F(GapFillerTest, ASlotWithoutAValueSaysThatItWasAskedFor) {
  fill(30);
  const auto hole = std::find_if(judged.begin(), judged.end(), [](const auto& r) {
    return slot_index(r.start, kMinute) % 11 == 5;
  });
  ASSERT_NE(hole, judged.end());
  ASSERT_EQ(hole->services.at(0).signals.size(), 1u);
  EXPECT_FALSE(hole->services[0].signals[0].value);
}

TEST_F(GapFillerTest, TheNewestSlotIsAskedForOnceItsSamplesAreThere) {
  fill(3);
  EXPECT_EQ(world.now, kNoon + main->spec().evaluation_delay);
}

TEST_F(GapFillerTest, LongGapsComeInChunksOldestFirst) {
  fill(25, {.most_values = 30, .most_slots = 500});
  EXPECT_EQ(main->log(kNow), "-25..-15 -15..-5 -5..0");
  EXPECT_EQ(judged.size(), 25u);
  EXPECT_GE(batches, 3u);
}

TEST_F(GapFillerTest, LiveReadingsWaitForTheirTurn) {
  ASSERT_TRUE(filler().open({{kMinute, {kNow - 3, kNow}}}));
  gap->hold(live(kMinute, kNow + 1));
  gap->hold(live(kMinute, kNow));
  gap->hold(live(kTen, slot_index(kNoon, kTen) - 1));
  run();
  EXPECT_EQ(order(), "1m-3 1m-2 1m-1 10m-1! 1m+0! 1m+1!");
}

TEST_F(GapFillerTest, WhatComesWhileTheLastIsJudgedIsJudgedToo) {
  ASSERT_TRUE(filler().open({{kMinute, {kNow - 3, kNow}}}));
  before_judging = [this] {
    EXPECT_TRUE(gap->is_open());
    gap->hold(live(kMinute, kNow));
  };
  run();
  EXPECT_EQ(order(), "1m-3 1m-2 1m-1 1m+0!");
}

TEST_F(GapFillerTest, AGapMayWidenWhileItIsFilled) {
  ASSERT_TRUE(filler().open({{kMinute, {kNow - 3, kNow}}}));
  before_judging = [this] { EXPECT_FALSE(gap->open({{kMinute, {kNow, kNow + 2}}})); };
  run();
  EXPECT_EQ(order(), "1m-3 1m-2 1m-1 1m+0 1m+1");
}

TEST_F(GapFillerTest, ASilentServerIsWaitedForWithPatience) {
  int refusals = 0;
  main->fails = [&refusals](const FakeSource::Asked&) -> std::optional<collectors::PromqlError> {
    if (++refusals > 20) return std::nullopt;
    return collectors::PromqlError{PromqlFailure::unavailable, "connection refused"};
  };
  fill(5);
  EXPECT_EQ(judged.at(0).services.size(), 2u);
  EXPECT_EQ(notes, "oF");
}

TEST_F(GapFillerTest, PatienceEndsAndTheOthersGoOn) {
  main->fail_always(PromqlFailure::unavailable, "connection refused");
  fill(600);
  EXPECT_LE(world.now, kNoon + seconds(33));
  EXPECT_EQ(notes, "ogF");
  ASSERT_EQ(judged.size(), 600u);
  for (const rules::SlotReading& r : judged) {
    ASSERT_EQ(r.services.size(), 1u) << "of a server that did not answer nothing is said";
    ASSERT_EQ(r.services[0].signals.size(), 1u);
    ASSERT_EQ(r.services[0].signals[0].signal, "cost");
  }
}

TEST_F(GapFillerTest, WithoutAnyAnswerTheGapStaysBlindAndLiveGoesOn) {
  for (const auto& source : {main, other})
    source->fail_always(PromqlFailure::unavailable, "no route");
  ASSERT_TRUE(filler().open({{kMinute, {kNow - 2000, kNow}}}));
  gap->hold(live(kMinute, kNow));
  run();
  EXPECT_LE(world.now, kNoon + minutes(1));
  ASSERT_FALSE(judged.empty());
  EXPECT_EQ(order().substr(order().size() - 6), " 1m+0!");
  for (const rules::SlotReading& r : judged) EXPECT_TRUE(r.services.empty());
}

TEST_F(GapFillerTest, ARefusalIsNotWaitedFor) {
  main->fail_always(PromqlFailure::refused, "parse error");
  fill(5);
  EXPECT_EQ(main->asked.size(), 1u);
  EXPECT_EQ(notes, "ofF");
  EXPECT_EQ(judged.size(), 5u);
}

TEST_F(GapFillerTest, AServerThatTakesTooLongIsCutShort) {
  main->takes = minutes(4);
  wanted[kMinute].resize(1);
  fill(50, {.most_values = 10, .most_slots = 10});
  EXPECT_EQ(main->asked.size(), 3u);
  EXPECT_EQ(notes, "ogF");
}

TEST_F(GapFillerTest, AnUnknownServerIsNobodyToAsk) {
  wanted[kMinute] = {{"cart", "rps", {"nowhere", "rps", false, kMinute}}};
  fill(5);
  EXPECT_TRUE(judged.empty());
}

TEST_F(GapFillerTest, AStopEndsTheWaiting) {
  main->fail_always(PromqlFailure::unavailable, "connection refused");
  stopping = true;
  fill(5);
  EXPECT_TRUE(judged.empty());
}

// The engine that ran through and the one that filled a gap stand at the same place.
class GapEquality : public GapFillerTest {
 protected:
  rules::SlotReading reading_at(Duration length, std::int64_t index, bool backfilled) {
    rules::SlotReading reading{length, slot_start(index, length), {}, backfilled};
    for (const GapSignal& w : wanted[length]) {
      if (reading.services.empty() || reading.services.back().service != w.service)
        reading.services.push_back({w.service, {}});
      const auto value = value_at(w.service, index);
      reading.services.back().signals.push_back(
          {w.signal, value ? std::optional(rules::SlotValue::exact(*value)) : std::nullopt, {}});
    }
    return reading;
  }
  // Judges the slots of both lengths that end in (from, to] as they would have been live.
  std::string run_through(rules::Engine& engine, TimePoint from, TimePoint to) {
    std::string log;
    for (TimePoint at = from + kMinute; at <= to; at += kMinute) {
      log += told(engine.judge(reading_at(kMinute, slot_index(at, kMinute) - 1, false)));
      if (slot_start(slot_index(at, kTen), kTen) == at)
        log += told(engine.judge(reading_at(kTen, slot_index(at, kTen) - 1, false)));
    }
    return log;
  }
  static std::string told(const rules::StepResult& step) {
    std::string log;
    for (const rules::Event& e : step.events) {
      log += format_time(e.at) + " " + std::string(event_type_name(e.type)) + " " + e.service +
             " " + e.trigger + " " + e.why + "\n";
    }
    return log;
  }
  static std::string unmarked(std::string json) {
    const std::string mark = ",\"backfilled\":true";
    for (std::size_t at; (at = json.find(mark)) != std::string::npos;) json.erase(at, mark.size());
    return json;
  }
};

TEST_F(GapEquality, AFilledGapIsAsIfTheDaemonHadRunThrough) {
  world.record("cart", "rps > 500", hours(1), "fast");
  world.record("cart", "rps > 1.1 * avg(rps, 3h)", hours(2), "steep");
  world.record("cart", "rps > 400", hours(24 * 3), "long");
  world.record("shop", "rps > 500 and cost > 300", hours(1), "dear");
  world.record("shop", "change(rps, 30m) > 10%", hours(1), "drift");
  rules::Engine through(rules::default_engine_options());
  std::vector<std::shared_ptr<const rules::Decision>> all;
  for (const auto& [service, decision] : world.decisions) all.push_back(decision);
  const TimePoint start = kNoon - hours(48), stop = kNoon - hours(20);
  through.decide(start, all, {});
  run_through(through, start, stop);
  std::map<std::string, std::string> saved;
  for (const auto& [service, state] : through.decisions()) saved[service] = through.save(service);
  const std::string log = run_through(through, stop, kNoon);
  EXPECT_THAT(log, ::testing::HasSubstr("revisit.reopened"));

  for (const auto& [service, json] : saved) ASSERT_TRUE(world.engine.restore(service, json));
  for (const Duration length : {kMinute, kTen}) {
    for (const GapSignal& w : wanted[length]) {
      for (std::int64_t i = slot_index(start, length); i < slot_index(stop, length); ++i) {
        const auto value = value_at(w.service, i);
        if (value) world.store[{w.service, w.signal, length}][i] = rules::SlotValue::exact(*value);
      }
    }
  }
  world.decide();
  ASSERT_TRUE(
      filler({.most_values = 300})
          .open({{kMinute, {*world.engine.last_slot(kMinute) + 1, slot_index(kNoon, kMinute)}},
                 {kTen, {*world.engine.last_slot(kTen) + 1, slot_index(kNoon, kTen)}}}));
  run();
  std::string late_log;
  for (const rules::SlotReading& r : judged) late_log += told(world.engine.judge(r));
  EXPECT_EQ(late_log, log);
  for (const auto& [service, json] : saved) {
    EXPECT_EQ(unmarked(world.engine.save(service)), unmarked(through.save(service)));
  }
}

}  // namespace
}  // namespace revisitd::daemon
