#include "daemon/recorder.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "rules/record.h"

namespace revisitd::daemon {
namespace {

using testing::SizeIs;

constexpr TimePoint kNow = from_millis(1'780'000'000'000);

std::shared_ptr<const rules::Decision> decision(const std::string& why) {
  rules::SignalTable signals;
  signals["rps"].name = "rps";
  const rules::RecordSource source{
      "a.md",
      "# Use Python\n* Status: accepted\n* Date: 2026-05-04\n\n```yaml revisit\nservice: a\nteam: "
      "payments\n"
      "language: python\ntriggers: {t: {when: rps > 5, window: 2m, why: \"" +
          why + "\"}}\n```\n",
      "", ""};
  return std::make_shared<const rules::Decision>(
      rules::read_record(source, signals).decisions.at(0));
}

class RecorderTest : public testing::Test {
 protected:
  rules::StepResult judge(std::int64_t index, double rps) {
    rules::SlotReading reading;
    reading.length = std::chrono::minutes(1);
    reading.start = slot_start(index, reading.length);
    rules::SignalReading signal;
    signal.signal = "rps";
    signal.value = rules::SlotValue{rps, rps, rps};
    reading.services.push_back({"a", {signal}});
    return engine.judge(reading);
  }

  rules::Engine engine{rules::default_engine_options()};
};

TEST_F(RecorderTest, WhatChangedIsPutAndEveryEventIsALineOfTheTrail) {
  const auto step = engine.decide(kNow, {decision("fits")}, {});
  const storage::Batch batch = record_step(engine, step);
  ASSERT_THAT(batch.puts, SizeIs(1));
  EXPECT_EQ(batch.puts[0].kind, kDecisionKind);
  EXPECT_EQ(batch.puts[0].key, "a");
  ASSERT_THAT(batch.trail, SizeIs(1));
  EXPECT_EQ(batch.trail[0].type, "decision.added");
  EXPECT_EQ(batch.trail[0].team, "payments");
  EXPECT_TRUE(nlohmann::json::accept(batch.trail[0].body));
}

TEST_F(RecorderTest, AFinishedRevisitIsKeptAndARemovedDecisionErased) {
  (void)engine.decide(kNow, {decision("fits")}, {});
  const auto first = slot_index(kNow, std::chrono::minutes(1)) + 1;
  for (int i = 0; i < 3; ++i) (void)judge(first + i, 9);
  ASSERT_TRUE(engine.decisions().at("a").revisit);
  const std::string id = engine.decisions().at("a").revisit->id;
  const auto step =
      engine.act(kNow + std::chrono::hours(1), {.kind = rules::Action::Kind::conclude,
                                                .target = "a",
                                                .by = "ana",
                                                .why = "fine",
                                                .outcome = rules::Outcome::reaffirmed});
  ASSERT_TRUE(step);
  const storage::Batch batch = record_step(engine, *step);
  const auto kept = std::find_if(batch.puts.begin(), batch.puts.end(),
                                 [](const auto& row) { return row.kind == kRevisitKind; });
  ASSERT_NE(kept, batch.puts.end());
  EXPECT_EQ(kept->key, id);
  EXPECT_EQ(batch.trail.back().by, "ana");
  const auto gone = record_step(engine, engine.decide(kNow + std::chrono::hours(2), {}, {}));
  EXPECT_THAT(gone.erases, testing::ElementsAre(testing::Pair(std::string(kDecisionKind), "a")));
}

TEST_F(RecorderTest, BrokenUtf8IsStillJson) {
  const auto step = engine.decide(kNow, {decision("f\xff")}, {});
  for (const storage::TrailRow& row : record_step(engine, step).trail) {
    EXPECT_TRUE(nlohmann::json::accept(row.body));
  }
}

}  // namespace
}  // namespace revisitd::daemon
