#include "rules/ledger.h"

#include <gtest/gtest.h>

#include <deque>
#include <random>

namespace revisitd::rules {
namespace {

constexpr SlotState kBlind = SlotState::blind, kOk = SlotState::ok, kBreach = SlotState::breach,
                    kIdle = SlotState::idle;

TEST(SlotLedgerTest, StartsBlindThroughout) {
  const SlotLedger ledger(5);
  EXPECT_EQ(ledger.counts(), (SlotCounts{0, 0, 0, 5}));
  EXPECT_EQ(ledger.last(), std::nullopt);
  EXPECT_EQ(ledger.at(0), kBlind);
}

TEST(SlotLedgerTest, CountsWhatItIsTold) {
  SlotLedger ledger(4);
  EXPECT_TRUE(ledger.record(10, kOk));
  EXPECT_TRUE(ledger.record(11, kBreach));
  EXPECT_TRUE(ledger.record(12, kIdle));
  EXPECT_EQ(ledger.counts(), (SlotCounts{1, 1, 1, 1}));
  EXPECT_EQ(ledger.first_breach(), 11);
}

TEST(SlotLedgerTest, RunsOfAnyLengthAreWrittenWholeAndComeBack) {
  std::mt19937 random(3);
  for (int round = 0; round < 400; ++round) {
    const int slots = 1 + static_cast<int>(random() % 300);
    SlotLedger ledger(slots);
    std::int64_t index = static_cast<std::int64_t>(random() % 1000);
    for (int run = 0; run < 6; ++run) {
      const auto state = static_cast<SlotState>(random() % 4);
      for (unsigned length = 1 + random() % 120; length > 0; --length)
        ledger.record(index++, state);
    }
    const std::string text = ledger.encode();
    for (std::size_t i = text.find(':') + 1;
         i < text.size();) {  // no two runs of a state are neighbours
      const std::size_t next = text.find_first_of(".obi", i + 1);
      if (next == std::string::npos) break;
      ASSERT_NE(text[i], text[next]) << text;
      i = next;
    }
    const auto back = SlotLedger::decode(text);
    ASSERT_TRUE(back) << text;
    EXPECT_EQ(back->counts(), ledger.counts());
    for (std::int64_t i = index - slots; i < index; ++i)
      ASSERT_EQ(back->at(i), ledger.at(i)) << text;
    EXPECT_EQ(back->encode(), text);
  }
}

TEST(SlotLedgerTest, ForgetsTheSlotThatLeavesTheWindow) {
  SlotLedger ledger(2);
  ledger.record(1, kBreach);
  ledger.record(2, kOk);
  ledger.record(3, kOk);
  EXPECT_EQ(ledger.counts(), (SlotCounts{0, 2, 0, 0}));
  EXPECT_EQ(ledger.first_breach(), std::nullopt);
}

TEST(SlotLedgerTest, ASlotIsJudgedOnce) {
  SlotLedger ledger(3);
  ledger.record(5, kBreach);
  EXPECT_FALSE(ledger.record(5, kOk));
  EXPECT_FALSE(ledger.record(4, kOk));
  EXPECT_EQ(ledger.counts(), (SlotCounts{1, 0, 0, 2}));
}

TEST(SlotLedgerTest, SlotsLeftOutAreBlind) {
  SlotLedger ledger(6);
  ledger.record(0, kBreach);
  ledger.record(4, kBreach);
  EXPECT_EQ(ledger.counts(), (SlotCounts{2, 0, 0, 4}));
  EXPECT_EQ(ledger.at(2), kBlind);
}

TEST(SlotLedgerTest, AGapLongerThanTheWindowBlindsIt) {
  SlotLedger ledger(3);
  ledger.record(0, kBreach);
  ledger.record(1'000'000'000'000, kOk);
  EXPECT_EQ(ledger.counts(), (SlotCounts{0, 1, 0, 2}));
}

TEST(SlotLedgerTest, KnowsSlotsBeforeTheEpoch) {
  SlotLedger ledger(4);
  ledger.record(-3, kBreach);
  ledger.record(-1, kOk);
  EXPECT_EQ(ledger.at(-3), kBreach);
  EXPECT_EQ(ledger.at(-2), kBlind);
  EXPECT_EQ(ledger.counts(), (SlotCounts{1, 1, 0, 2}));
}

TEST(SlotLedgerTest, EncodesRunsAPersonCanRead) {
  SlotLedger ledger(6);
  EXPECT_EQ(ledger.encode(), "6@-");
  ledger.record(100, kOk);
  ledger.record(101, kOk);
  ledger.record(103, kBreach);
  EXPECT_EQ(ledger.encode(), "6@103:.2o2.1b1");
}

TEST(SlotLedgerTest, PacksWhatHasTooManyRuns) {
  SlotLedger ledger(301);
  std::mt19937 random(3);
  for (int i = 0; i < 400; ++i) {
    ledger.record(i, static_cast<SlotState>(random() % 4));
    const auto copy = SlotLedger::decode(ledger.encode());
    ASSERT_TRUE(copy);
    ASSERT_EQ(copy->counts(), ledger.counts());
    ASSERT_EQ(copy->encode(), ledger.encode());
    for (int back = 0; back < 301; ++back) ASSERT_EQ(copy->at(i - back), ledger.at(i - back));
  }
  EXPECT_TRUE(ledger.encode().starts_with("301@399="));
  EXPECT_EQ(SlotLedger::decode("6@105=Zm")->encode(), "6@105:o1b1o1b1o1b1");
  SlotLedger worst(SlotLedger::kMaxSlots);
  for (int i = 0; i < SlotLedger::kMaxSlots; ++i) worst.record(i, static_cast<SlotState>(i % 4));
  EXPECT_LE(worst.encode().size(), 5400u);
}

TEST(SlotLedgerTest, RefusesWhatItDidNotEncode) {
  for (const char* text :
       {"",         "6",       "6@",     "0@-",     "20000@-",
        "3@5",      "3@5:",    "3@5:o2", "3@5:o4",  "3@5:x3",
        "3@5:o3b1", "3@5:o-3", "3@5:o",  "3@5=",    "3@5=AA",
        "3@5=!",    "4@5=A",   "3@5;A",  "-3@5:o3", "3@99999999999999999999:o3"}) {
    EXPECT_FALSE(SlotLedger::decode(text)) << text;
  }
}

TEST(SlotLedgerTest, StaysSmall) {
  SlotLedger ledger(SlotLedger::kMaxSlots);
  EXPECT_LE(ledger.bytes(), 4096u);
  EXPECT_THROW(SlotLedger(SlotLedger::kMaxSlots + 1), std::invalid_argument);
  EXPECT_THROW(SlotLedger(0), std::invalid_argument);
}

// A list of all states is the plainest ledger there is; the ring must agree with it after every
// step, and after being written down and read back.
TEST(SlotLedgerTest, AgreesWithAPlainListOverRandomHistories) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    const int slots = 1 + static_cast<int>(random() % 40);
    SlotLedger ledger(slots);
    std::deque<SlotState> list(static_cast<std::size_t>(slots), kBlind);
    std::int64_t last = static_cast<std::int64_t>(random() % 100) - 50;
    bool started = false;
    for (int step = 0; step < 100; ++step) {
      const std::int64_t index = last + static_cast<std::int64_t>(random() % 6) - 1;
      const auto state = static_cast<SlotState>(random() % 4);
      const bool fresh = !started || index > last;
      ASSERT_EQ(ledger.record(index, state), fresh);
      if (fresh) {
        const std::int64_t gap = started ? index - last - 1 : 0;
        for (std::int64_t i = 0; i < gap; ++i) list.push_back(kBlind);
        list.push_back(state);
        while (list.size() > static_cast<std::size_t>(slots)) list.pop_front();
        last = index;
        started = true;
      }
      SlotCounts counts;
      for (const SlotState s : list) {
        counts.blind += s == kBlind;
        counts.ok += s == kOk;
        counts.breach += s == kBreach;
        counts.idle += s == kIdle;
      }
      ASSERT_EQ(ledger.counts(), counts);
      auto copy = SlotLedger::decode(ledger.encode());
      ASSERT_TRUE(copy);
      ASSERT_EQ(copy->encode(), ledger.encode());
      ASSERT_EQ(copy->counts(), counts);
      ledger = *std::move(copy);
    }
  }
}

}  // namespace
}  // namespace revisitd::rules
