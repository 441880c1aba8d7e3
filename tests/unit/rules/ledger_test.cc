#include "rules/ledger.h"

#include <gtest/gtest.h>

#include <algorithm>
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

// What is written of these slots, from the words of the header alone.
std::string written(const std::deque<SlotState>& list, std::int64_t last) {
  constexpr std::string_view kPacked =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string runs, packed;
  for (std::size_t i = 0; i < list.size();) {
    std::size_t end = i;
    while (end < list.size() && list[end] == list[i]) ++end;
    runs += ".obi"[static_cast<std::size_t>(list[i])] + std::to_string(end - i);
    i = end;
  }
  for (std::size_t i = 0; i < list.size(); i += 3) {
    std::size_t three = 0;
    for (std::size_t j = 0; j < 3 && i + j < list.size(); ++j)
      three |= static_cast<std::size_t>(list[i + j]) << (2 * j);
    packed += kPacked[three];
  }
  const std::string head = std::to_string(list.size()) + "@" + std::to_string(last);
  return runs.size() <= std::max<std::size_t>(packed.size(), 128) ? head + ":" + runs
                                                                  : head + "=" + packed;
}

// A list of all states is the plainest ledger there is.
class PlainLedger {
 public:
  explicit PlainLedger(int slots) : list_(static_cast<std::size_t>(slots), kBlind) {}

  bool record(std::int64_t index, SlotState state) {
    if (last_ && index <= *last_) return false;
    if (last_) {
      const std::int64_t gap = index - *last_ - 1;
      for (std::int64_t i = std::min<std::int64_t>(gap, std::ssize(list_)); i > 0; --i)
        push(kBlind);
    }
    push(state);
    last_ = index;
    return true;
  }

  void expect_same(const SlotLedger& ledger) const {
    SlotCounts counts;
    for (const SlotState s : list_) {
      counts.blind += s == kBlind;
      counts.ok += s == kOk;
      counts.breach += s == kBreach;
      counts.idle += s == kIdle;
    }
    ASSERT_EQ(ledger.counts(), counts);
    ASSERT_EQ(ledger.slots(), std::ssize(list_));
    ASSERT_EQ(ledger.last(), last_);
    if (!last_) return;
    ASSERT_EQ(ledger.encode(), written(list_, *last_));
    const std::int64_t first = *last_ - std::ssize(list_) + 1;
    for (std::int64_t i = 0; i < std::ssize(list_); ++i)
      ASSERT_EQ(ledger.at(first + i), list_[static_cast<std::size_t>(i)]);
    ASSERT_EQ(ledger.at(first - 1), kBlind);
    ASSERT_EQ(ledger.at(*last_ + 1), kBlind);
    const auto breach = std::find(list_.begin(), list_.end(), kBreach);
    ASSERT_EQ(ledger.first_breach(), breach == list_.end()
                                         ? std::nullopt
                                         : std::optional(first + (breach - list_.begin())));
  }

 private:
  void push(SlotState state) {
    list_.push_back(state);
    list_.pop_front();
  }

  std::deque<SlotState> list_;
  std::optional<std::int64_t> last_;
};

TEST(SlotLedgerTest, AgreesWithAPlainListOverRandomHistories) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    const int slots = 1 + static_cast<int>(random() % 40);
    SlotLedger ledger(slots);
    PlainLedger plain(slots);
    std::int64_t last = static_cast<std::int64_t>(random() % 100) - 50;
    for (int step = 0; step < 100; ++step) {
      const std::int64_t index = last + static_cast<std::int64_t>(random() % 6) - 1;
      const auto state = static_cast<SlotState>(random() % 4);
      const bool fresh = plain.record(index, state);
      ASSERT_EQ(ledger.record(index, state), fresh);
      if (fresh) last = index;
      ASSERT_NO_FATAL_FAILURE(plain.expect_same(ledger));
      auto copy = SlotLedger::decode(ledger.encode());
      ASSERT_TRUE(copy);
      ASSERT_NO_FATAL_FAILURE(plain.expect_same(*copy));
      ledger = *std::move(copy);
    }
  }
}

TEST(SlotLedgerTest, AgreesWithAPlainListThroughCalmAndFlappingTimes) {
  std::mt19937 random(11);
  for (int round = 0; round < 60; ++round) {
    const int slots = 1 + static_cast<int>(random() % 400);
    SlotLedger ledger(slots);
    PlainLedger plain(slots);
    std::int64_t last = 0;
    for (int spell = 0; spell < 12; ++spell) {
      const unsigned calm = 1u << (random() % 9);  // slots between changes, on average
      auto state = static_cast<SlotState>(random() % 4);
      for (unsigned steps = random() % 400; steps > 0; --steps) {
        if (random() % calm == 0) state = static_cast<SlotState>(random() % 4);
        last += random() % 50 == 0 ? 1 + static_cast<std::int64_t>(random() % 500) : 1;
        ASSERT_TRUE(ledger.record(last, state));
        ASSERT_TRUE(plain.record(last, state));
        ASSERT_LE(ledger.bytes(), sizeof ledger + std::max<std::size_t>(8, ledger.slots() / 4 + 2));
      }
      ASSERT_NO_FATAL_FAILURE(plain.expect_same(ledger));
      const SlotLedger copy = ledger;
      ASSERT_NO_FATAL_FAILURE(plain.expect_same(copy));
      ASSERT_NO_FATAL_FAILURE(plain.expect_same(*SlotLedger::decode(ledger.encode())));
    }
  }
}

TEST(SlotLedgerTest, FewRunsTakeNoMemoryBesideTheObject) {
  SlotLedger ledger(2016);
  for (int i = 0; i < 3000; ++i) ledger.record(i, i < 1500 ? kOk : i < 2500 ? kBreach : kIdle);
  EXPECT_EQ(ledger.bytes(), sizeof ledger);
  EXPECT_LE(sizeof ledger, 32u);
}

TEST(SlotLedgerTest, AFlappingOneIsSmallAgainOnceItIsCalm) {
  SlotLedger ledger(2016);
  for (int i = 0; i < 4000; ++i) ledger.record(i, i % 2 == 0 ? kOk : kBreach);
  EXPECT_EQ(ledger.bytes(), sizeof ledger + 504);
  for (int i = 4000; i < 8100; ++i) ledger.record(i, kOk);
  EXPECT_LE(ledger.bytes(), sizeof ledger + 8);
  EXPECT_EQ(ledger.encode(), "2016@8099:o2016");
}

TEST(SlotLedgerTest, OneThatIsReadBackIsAsSmallAsItsRuns) {
  SlotLedger ledger(2016);
  for (int i = 0; i < 4000; ++i) ledger.record(i, i % 2 == 0 ? kOk : kBreach);
  for (int i = 4000; i < 5900; ++i) ledger.record(i, kOk);
  EXPECT_EQ(SlotLedger::decode(ledger.encode())->bytes(), sizeof ledger + 504);
  for (int i = 5900; i < 6001; ++i) ledger.record(i, kOk);
  const auto back = SlotLedger::decode(ledger.encode());
  EXPECT_LE(back->bytes(), sizeof ledger + 64);
  EXPECT_EQ(back->encode(), ledger.encode());
}

TEST(SlotLedgerTest, KnowsTheLimitsOfAnIndex) {
  for (const char* text : {"3@9223372036854775807:o1b2", "3@-9223372036854775808:o1b2"}) {
    const auto ledger = SlotLedger::decode(text);
    ASSERT_TRUE(ledger) << text;
    EXPECT_EQ(ledger->encode(), text);
    EXPECT_EQ(ledger->at(*ledger->last()), kBreach);
  }
  SlotLedger ledger(3);
  ledger.record(INT64_MIN, kBreach);
  EXPECT_TRUE(ledger.record(INT64_MAX, kOk));
  EXPECT_EQ(ledger.encode(), "3@9223372036854775807:.2o1");
}

}  // namespace
}  // namespace revisitd::rules
