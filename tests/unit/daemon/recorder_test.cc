#include "daemon/recorder.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "daemon/remembered.h"
#include "rules/record.h"
#include "storage/memory_store.h"

namespace revisitd::daemon {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;

constexpr TimePoint kNow = from_millis(1'780'000'000'000);

std::string part_of(const std::string& service) {
  return std::to_string(Recorder::course_part(service));
}

// Which rows are put.
std::vector<std::string> rows(const storage::Batch& batch) {
  std::vector<std::string> rows;
  for (const storage::StateRow& row : batch.puts) rows.push_back(row.kind + ' ' + row.key);
  return rows;
}

std::shared_ptr<const rules::Decision> decision(const std::string& why,
                                                const std::string& service = "a") {
  rules::SignalTable signals;
  signals["rps"].name = "rps";
  const rules::RecordSource source{
      "a.md",
      "# Use Python\n* Status: accepted\n* Date: 2026-05-04\n\n```yaml revisit\nservice: " +
          service +
          "\nteam: payments\n"
          "language: python\ntriggers: {t: {when: rps > 5, window: 2m, why: \"" +
          why + "\"}}\n```\n",
      "", ""};
  return std::make_shared<const rules::Decision>(
      rules::read_record(source, signals).decisions.at(0));
}

class RecorderTest : public testing::Test {
 protected:
  rules::StepResult judge(std::int64_t index, double rps, const std::string& service = "a") {
    rules::SlotReading reading;
    reading.length = std::chrono::minutes(1);
    reading.start = slot_start(index, reading.length);
    rules::SignalReading signal;
    signal.signal = "rps";
    signal.value = rules::SlotValue{rps, rps, rps};
    reading.services.push_back({service, {signal}});
    return engine.judge(reading);
  }

  // What a start has of the store.
  rules::Engine again() {
    rules::Engine read(rules::default_engine_options());
    Remembering all;
    remember(store, read, all);
    EXPECT_FALSE(all.all.unread);
    return read;
  }

  static std::vector<std::string> two_of_one_part() {
    std::vector<std::string> together;
    for (int i = 0; together.size() < 2; ++i) {
      const std::string service = "service-" + std::to_string(i);
      if (Recorder::course_part(service) == 7) together.push_back(service);
    }
    return together;
  }

  // As the daemon does.
  void write(const rules::StepResult& step) {
    store.commit(recorder.record(step));
    recorder.taken();
  }

  rules::Engine engine{rules::default_engine_options()};
  Recorder recorder{engine};
  storage::MemoryStore store;
  std::int64_t next = slot_index(kNow, std::chrono::minutes(1)) + 1;
};

TEST_F(RecorderTest, WhatChangedIsPutAndEveryEventIsALineOfTheTrail) {
  const auto step = engine.decide(kNow, {decision("fits")}, {});
  const storage::Batch batch = recorder.record(step);
  EXPECT_THAT(rows(batch), ElementsAre("decision a", "course " + part_of("a")));
  ASSERT_THAT(batch.trail, SizeIs(1));
  EXPECT_EQ(batch.trail[0].type, "decision.added");
  EXPECT_EQ(batch.trail[0].team, "payments");
  EXPECT_TRUE(nlohmann::json::accept(batch.trail[0].body));
}

TEST_F(RecorderTest, OfASlotThatBringsNothingNewTheCourseIsPutAlone) {
  write(engine.decide(kNow, {decision("fits")}, {}));
  write(judge(next++, 1));
  write(judge(next++, 1));
  const storage::Batch batch = recorder.record(judge(next++, 1));
  EXPECT_THAT(rows(batch), ElementsAre("course " + part_of("a")));
  EXPECT_THAT(batch.erases, IsEmpty());
}

TEST_F(RecorderTest, WhatTheStoreHasIsTheEnginesState) {
  write(engine.decide(kNow, {decision("fits", "a"), decision("fits", "b")}, {}));
  for (const double rps : {1., 9., 9., 1., 9., 9., 9.}) {
    write(judge(next++, rps));
    const rules::Engine read = again();
    ASSERT_THAT(read.decisions(), SizeIs(2));
    for (const auto& [service, state] : engine.decisions())
      ASSERT_EQ(read.save(service), engine.save(service));
  }
  EXPECT_TRUE(again().decisions().at("a").revisit);
}

// The next step says it again: of what was not taken over the store has nothing.
TEST_F(RecorderTest, WhatWasNotTakenOverIsPutAgain) {
  write(engine.decide(kNow, {decision("fits")}, {}));
  for (int i = 0; i < 2; ++i) write(judge(next++, 1));
  for (int i = 0; i < 2; ++i) (void)recorder.record(judge(next++, 9));
  ASSERT_TRUE(engine.decisions().at("a").revisit);
  const rules::StepResult step = judge(next++, 9);
  EXPECT_THAT(rows(recorder.record(step)), ElementsAre("decision a", "course " + part_of("a")));
  EXPECT_THAT(rows(recorder.record(step)), ElementsAre("decision a", "course " + part_of("a")));
  recorder.taken();
  EXPECT_THAT(rows(recorder.record(step)), IsEmpty());
}

// Also where it goes back to what the store had before, which the row that was lost has replaced.
TEST_F(RecorderTest, WhatWasNotTakenOverIsNotForgottenByAStepBack) {
  write(engine.decide(kNow, {decision("fits")}, {}));
  const rules::Engine before = again();
  rules::StepResult step;
  step.changed = {"a"};
  (void)judge(next++, 1);
  (void)recorder.record(step);
  engine = rules::Engine(rules::default_engine_options());
  ASSERT_TRUE(engine.restore(before));
  EXPECT_THAT(rows(recorder.record(step)), ElementsAre("decision a", "course " + part_of("a")));
}

// What a course is of stands in the same commit, also where another service brings it along.
TEST_F(RecorderTest, ACourseIsNeverNewerThanWhatStands) {
  const std::vector<std::string> together = two_of_one_part();
  write(engine.decide(kNow, {decision("fits", together[0]), decision("fits", together[1])}, {}));
  for (const std::string& service : together) write(judge(next, 1, service));
  ++next;
  for (int i = 0; i < 2; ++i) (void)recorder.record(judge(next++, 9, together[0]));  // not taken
  rules::StepResult step;
  step.changed = {together[1]};
  const storage::Batch batch = recorder.record(step);
  EXPECT_THAT(rows(batch), Contains("decision " + together[0]));
  store.commit(batch);
  const rules::Engine read = again();
  for (const std::string& service : together) EXPECT_EQ(read.save(service), engine.save(service));
}

TEST_F(RecorderTest, OfAPartThatLosesAServiceTheOthersStay) {
  const std::vector<std::string> together = two_of_one_part();
  write(engine.decide(kNow, {decision("fits", together[0]), decision("fits", together[1])}, {}));
  write(judge(next++, 1, together[1]));
  write(engine.decide(kNow + std::chrono::hours(1), {decision("fits", together[1])}, {}));
  EXPECT_THAT(store.load(kCourseKind), SizeIs(1));
  const rules::Engine read = again();
  ASSERT_THAT(read.decisions(), SizeIs(1));
  EXPECT_EQ(read.save(together[1]), engine.save(together[1]));
  write(engine.decide(kNow + std::chrono::hours(2), {}, {}));
  EXPECT_THAT(store.load(kCourseKind), IsEmpty());
  EXPECT_THAT(store.load(kDecisionKind), IsEmpty());
}

// Rows of earlier versions hold all of a state.
TEST_F(RecorderTest, AWholeStateIsReadAndReplacedWhenItChanges) {
  (void)engine.decide(kNow, {decision("fits", "a"), decision("fits", "b")}, {});
  (void)judge(next++, 1);
  storage::Batch old;
  for (const char* service : {"a", "b"})
    old.puts.push_back({kDecisionKind, service, engine.save(service)});
  store.commit(old);
  ASSERT_EQ(again().save("a"), engine.save("a"));
  write(judge(next++, 9));
  const rules::Engine read = again();
  EXPECT_EQ(read.save("a"), engine.save("a"));
  EXPECT_EQ(read.save("b"), engine.save("b"));
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
  const storage::Batch batch = recorder.record(*step);
  const auto kept = std::find_if(batch.puts.begin(), batch.puts.end(),
                                 [](const auto& row) { return row.kind == kRevisitKind; });
  ASSERT_NE(kept, batch.puts.end());
  EXPECT_EQ(kept->key, id);
  EXPECT_EQ(batch.trail.back().by, "ana");
  const auto gone = recorder.record(engine.decide(kNow + std::chrono::hours(2), {}, {}));
  EXPECT_THAT(gone.erases, ElementsAre(Pair(kDecisionKind, "a"), Pair(kCourseKind, part_of("a"))));
}

TEST_F(RecorderTest, BrokenUtf8IsStillJson) {
  const auto step = engine.decide(kNow, {decision("f\xff")}, {});
  for (const storage::TrailRow& row : recorder.record(step).trail) {
    EXPECT_TRUE(nlohmann::json::accept(row.body));
  }
}

}  // namespace
}  // namespace revisitd::daemon
