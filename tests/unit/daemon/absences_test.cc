#include "daemon/absences.h"

#include <gtest/gtest.h>

namespace revisitd::daemon {
namespace {

using rules::Absence;
constexpr Duration kSlot = std::chrono::minutes(10);

rules::SlotReading reading(std::int64_t index, std::optional<Absence> latency,
                           bool backfilled = false) {
  rules::SlotReading slot{kSlot, slot_start(index, kSlot), {}, backfilled};
  rules::SignalReading signal{"latency_p99", std::nullopt, Absence::no_data};
  if (latency) {
    signal.absence = *latency;
  } else {
    signal.value = rules::SlotValue::exact(0.1);
  }
  slot.services.push_back({"checkout", {signal}});
  return slot;
}

std::optional<Absence> why(const AbsenceLog& log, std::int64_t index) {
  return log.find("checkout", "latency_p99", kSlot, index);
}

TEST(AbsenceLogTest, ASlotIsRememberedWithWhyItHasNoValue) {
  AbsenceLog log;
  log.note(reading(100, Absence::no_data));
  log.note(reading(101, Absence::no_data));
  log.note(reading(102, std::nullopt));
  log.note(reading(103, Absence::partial));
  EXPECT_EQ(why(log, 99), std::nullopt);
  EXPECT_EQ(why(log, 100), Absence::no_data);
  EXPECT_EQ(why(log, 101), Absence::no_data);
  EXPECT_EQ(why(log, 102), std::nullopt);
  EXPECT_EQ(why(log, 103), Absence::partial);
  EXPECT_EQ(log.find("checkout", "rps", kSlot, 100), std::nullopt);
  EXPECT_EQ(log.find("checkout", "latency_p99", kSlot * 6, 100), std::nullopt);
}

TEST(AbsenceLogTest, WhatNobodyJudgedInItsTimeWasMissedUnlessItsSourceSaysMore) {
  AbsenceLog log;
  rules::SlotReading missed{kSlot, slot_start(200, kSlot), {}, true};
  log.note(missed);
  log.note(reading(201, Absence::failed, true));
  EXPECT_EQ(why(log, 200), Absence::down);
  EXPECT_EQ(why(log, 201), Absence::failed);
  EXPECT_EQ(why(log, 202), std::nullopt);
}

TEST(AbsenceLogTest, TheNewestRunsAreKept) {
  AbsenceLog log;
  for (std::int64_t i = 0; i < 100; ++i)
    log.note(reading(i, i % 2 == 0 ? Absence::stale : Absence::failed));
  EXPECT_EQ(why(log, 99), Absence::failed);
  EXPECT_EQ(why(log, 100 - static_cast<std::int64_t>(AbsenceLog::kRuns)), Absence::stale);
  EXPECT_EQ(why(log, 99 - static_cast<std::int64_t>(AbsenceLog::kRuns)), std::nullopt);
}

TEST(AbsenceLogTest, ServicesThatAreGoneAreForgotten) {
  AbsenceLog log;
  log.note(reading(100, Absence::no_data));
  log.keep_only({"billing", "checkout"});
  EXPECT_EQ(why(log, 100), Absence::no_data);
  log.keep_only({"billing"});
  EXPECT_EQ(why(log, 100), std::nullopt);
}

}  // namespace
}  // namespace revisitd::daemon
