#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>

#include "rules/condition_text.h"
#include "rules/explain_amounts.h"
#include "tests/unit/rules/explain_fixture.h"

// Every flip is tried out: the change is made to the story, an engine is told it anew, and the
// verdict must be the promised one; with a slightly smaller change it must not.
namespace revisitd::rules {
namespace {

using std::chrono::minutes;

// A little less than an amount of four digits: less than the one before it.
constexpr double kSlightlyLess = 1 - 1.2e-3;

Story shifted(Story story, const std::string& signal, double by) {
  for (Story::Slot& slot : story.slots) {
    auto& value = signal == "rps" ? slot.rps : slot.latency;
    if (value) value = SlotValue{value->value + by, value->low + by, value->high + by};
  }
  return story;
}

Story with_threshold(Story story, double threshold, Unit unit) {
  const auto when = story.trigger().when.with_threshold({threshold, unit}, story.decision.signals);
  EXPECT_TRUE(when) << threshold;
  if (when) story.trigger().when = *when;
  return story;
}

Story with_people(Story story, const Flip& flip, int people) {
  std::vector<Member>& members = story.roster->teams.at("payments").members;
  for (; people > 0; --people) {
    Member member;
    member.name = "new" + std::to_string(people);
    if (flip.subject != "members")
      member.languages[flip.language] =
          flip.subject == "fluent" ? Fluency::fluent : Fluency::shipped;
    members.push_back(member);
  }
  for (; people < 0; ++people) {
    const auto leaver = std::find_if(members.rbegin(), members.rend(), [&](const Member& m) {
      return flip.subject == "members" || m.languages.contains(flip.language);
    });
    members.erase(std::next(leaver).base());
  }
  return story;
}

// The verdict over the window as the engine counts it. What stood before the window is as it was:
// between `trip` and `clear` it is that which counts, not how a changed past would have gone.
Verdict verdict_of(const Story& changed, const TriggerState& before) {
  const Engine engine = changed.told();
  const Trigger& t = changed.trigger();
  return judge(standing(engine).ledger.counts(), {t.trip, t.clear, t.coverage}, before.standing);
}

void try_out(const Story& story, const Flip& flip, const TriggerState& before) {
  SCOPED_TRACE(flip.text);
  const bool told = before.verdict == Verdict::clear || before.verdict == Verdict::tripped;
  const auto flipped = [&](Verdict verdict) {
    return told ? verdict == flip.to : verdict == Verdict::clear || verdict == Verdict::tripped;
  };
  switch (flip.kind) {
    case FlipKind::shift: {
      const Story changed = shifted(story, flip.subject, flip.amount);
      EXPECT_EQ(verdict_of(changed, before), flip.to);
      if (told) {
        EXPECT_EQ(standing(changed.told()).verdict, flip.to);
      }
      EXPECT_FALSE(
          flipped(verdict_of(shifted(story, flip.subject, flip.amount * kSlightlyLess), before)));
      break;
    }
    case FlipKind::threshold: {
      EXPECT_EQ(verdict_of(with_threshold(story, flip.amount, flip.unit), before), flip.to);
      double less = flip.before + (flip.amount - flip.before) * kSlightlyLess;
      if (flip.unit == Unit::seconds) {
        less = (std::round(flip.amount * 1000) + (flip.amount > flip.before ? -1 : 1)) / 1000;
      } else if (story.trigger().when.constants().front().whole) {
        less = flip.amount + (flip.amount > flip.before ? -1 : 1);
      } else if (std::abs(less - flip.amount) < 1.2e-3 * std::abs(flip.amount)) {
        less = flip.amount * (flip.amount > flip.before ? kSlightlyLess : 1 / kSlightlyLess);
      }
      if (std::abs(less - flip.before) < std::abs(flip.amount - flip.before)) {
        EXPECT_FALSE(flipped(verdict_of(with_threshold(story, less, flip.unit), before)));
      }
      break;
    }
    case FlipKind::people: {
      const int n = static_cast<int>(flip.amount);
      EXPECT_EQ(verdict_of(with_people(story, flip, n), before), flip.to);
      EXPECT_FALSE(flipped(verdict_of(with_people(story, flip, n > 0 ? n - 1 : n + 1), before)));
      break;
    }
    case FlipKind::time: {
      Engine engine = story.told();
      TriggerState later = standing(engine);
      const Shares shares{story.trigger().trip, story.trigger().clear, story.trigger().coverage};
      const std::int64_t last = *later.ledger.last();
      for (int i = 1; i <= flip.slots; ++i) {
        later.ledger.record(last + i, flip.state);
        const Verdict verdict = judge(later.ledger.counts(), shares, later.standing);
        EXPECT_EQ(flipped(verdict), i == flip.slots);
      }
      EXPECT_EQ(flip.at, slot_start(last + flip.slots + 1, Story::kSlot));
      break;
    }
    case FlipKind::course: {
      Story longer = story;
      for (int i = 1; i <= flip.slots; ++i) {
        longer.slots.push_back(story.slots.back());
        if (i < flip.slots - 1) continue;
        EXPECT_EQ(flipped(standing(longer.told()).verdict), i == flip.slots);
      }
      EXPECT_EQ(longer.end(), *flip.at);
      break;
    }
    case FlipKind::data: {
      const Shares shares{story.trigger().trip, story.trigger().clear, story.trigger().coverage};
      for (const int n : {flip.slots, flip.slots - 1}) {
        // The holes of the window, oldest first, had they been seen.
        SlotLedger seen(before.ledger.slots());
        const std::int64_t last = *before.ledger.last();
        int left = n;
        for (std::int64_t i = last - seen.slots() + 1; i <= last; ++i) {
          SlotState state = before.ledger.at(i);
          const bool hole = state == SlotState::blind || state == SlotState::idle;
          if (hole && left > 0) {
            state = flip.state;
            --left;
          }
          seen.record(i, state);
        }
        EXPECT_EQ(flipped(judge(seen.counts(), shares, before.standing)), n == flip.slots);
      }
      break;
    }
  }
}

class RandomStory {
 public:
  explicit RandomStory(unsigned seed) : random_(seed) {}

  Story next() {
    static const std::vector<const char*> kConditions = {
        "latency_p99 > 100ms",
        "latency_p99 >= 100ms",
        "latency_p99 < 90ms",
        "rps > 1500",
        "1500 >= rps",
        "latency_p99 > 100ms and rps > 1200",
        "latency_p99 > 100ms or rps > 2500",
        "not latency_p99 <= 100ms",
        "avg(latency_p99, 5m) > 100ms",
        "max(rps, 5m) > 2400",
        "rps / 2 > 700",
        "latency_p99 > 100ms or fluent(\"go\") < 2",
        "members() < 4",
        "fluent(\"go\") < 2 and members() < 6",
        "fluent(\"go\") / members() < 50%"};
    Story story(kConditions[pick(kConditions.size())], minutes(10 + static_cast<int>(pick(40))),
                pick(3) == 0 ? "rps >= 1200" : "");
    const int trip = 20 + static_cast<int>(pick(81));
    story.trigger().trip = {trip, 100};
    story.trigger().clear = {static_cast<long long>(pick(static_cast<std::size_t>(trip))), 100};
    story.trigger().coverage = {static_cast<long long>(30 + pick(70)), 100};
    story.team(static_cast<int>(pick(5)), static_cast<int>(pick(4)));
    const double middle = 0.05 + 0.001 * static_cast<double>(pick(120));
    const std::size_t holes = pick(3) == 0 ? 2 : 12;
    const int slots =
        static_cast<int>(story.trigger().window / Story::kSlot) + 5 + static_cast<int>(pick(40));
    for (int i = 0; i < slots; ++i) story.slots.push_back(slot(middle, holes));
    return story;
  }

 private:
  std::size_t pick(std::size_t n) { return random_() % n; }

  Story::Slot slot(double middle, std::size_t holes) {
    Story::Slot slot;
    if (pick(holes) != 0) {
      const double v = middle + 0.0001 * (static_cast<double>(pick(600)) - 300);
      slot.latency = SlotValue::exact(v);
      if (pick(10) == 0) slot.latency = SlotValue{v, v - 0.02, v + 0.02};
    }
    if (pick(30) != 0) slot.rps = SlotValue::exact(800.0 + static_cast<double>(pick(2000)));
    return slot;
  }

  std::mt19937 random_;
};

TEST(FlipTest, EveryFlipOfARandomStoryFlipsAndASmallerOneDoesNot) {
  std::map<FlipKind, int> tried;
  std::map<Verdict, int> verdicts;
  RandomStory random(11);
  for (int round = 0; round < 400; ++round) {
    const Story story = random.next();
    const Engine engine = story.told();
    SCOPED_TRACE(std::to_string(round) + ": " + story.trigger().meaning() + " " +
                 standing(engine).ledger.encode());
    const Explanation explanation = story.explain();
    ++verdicts[explanation.verdict];
    for (const Flip& flip : explanation.flips) {
      ++tried[flip.kind];
      try_out(story, flip, standing(engine));
    }
    if (HasFatalFailure() || HasNonfatalFailure()) return;
  }
  for (const Verdict v : {Verdict::clear, Verdict::tripped, Verdict::unproven, Verdict::blind})
    EXPECT_GT(verdicts[v], 10) << verdict_name(v);
  for (const FlipKind k : {FlipKind::shift, FlipKind::threshold, FlipKind::time, FlipKind::course,
                           FlipKind::data, FlipKind::people})
    EXPECT_GT(tried[k], 20) << flip_kind_name(k);
}

TEST(FlipTest, AShiftIsTheDistanceOfTheSlotThatDecides) {
  Story story("latency_p99 > 100ms", minutes(10));
  story.latency("89x2 120x8");  // full share: the two at 89 ms must cross
  const Explanation e = story.explain();
  const Flip* flip = find(e, FlipKind::shift);
  ASSERT_NE(flip, nullptr);
  EXPECT_EQ(flip->text, "latency_p99 11.01ms higher in every slot of the window");
}

std::string threshold_of(const Story& story) {
  const Explanation e = story.explain();
  const Flip* flip = find(e, FlipKind::threshold);
  if (flip == nullptr) return "none";
  try_out(story, *flip, standing(story.told()));
  return flip->subject + ": " + flip->text;
}

TEST(FlipTest, AThresholdIsAnyConstantThatAComparisonHasForASide) {
  const auto told = [](const char* when) {
    Story story(when, minutes(10));
    story.team(2, 2);
    story.latency("80x10 89x10");
    return threshold_of(story);
  };
  EXPECT_EQ(told("avg(latency_p99, 10m) > 100ms"),
            "avg(latency_p99, 10m): a threshold of 80ms instead of 100ms");
  EXPECT_EQ(told("2 * latency_p99 > 200ms"),
            "2 * latency_p99: a threshold of 177ms instead of 200ms");
  EXPECT_EQ(told("latency_p99 - 5ms > 100ms"),
            "latency_p99 - 5ms: a threshold of 83ms instead of 100ms");
  EXPECT_EQ(told("fluent(\"go\") < 2"), "fluent(\"go\"): a threshold of 3 instead of 2");
  EXPECT_EQ(told("fluent(\"go\") / members() < 40%"),
            "fluent(\"go\") / members(): a threshold of 50.01% instead of 40%");
  EXPECT_EQ(told("latency_p99 > 2 * avg(latency_p99, 10m)"), "none");
}

TEST(FlipTest, AnInclusiveThresholdIsMetExactly) {
  Story story("latency_p99 >= 100ms", minutes(10));
  story.latency("75x10");
  const Explanation e = story.explain();
  const Flip* flip = find(e, FlipKind::shift);
  ASSERT_NE(flip, nullptr);
  EXPECT_EQ(flip->text, "latency_p99 25ms higher in every slot of the window");
}

TEST(FlipTest, MoreTimeIsCountedInSlots) {
  Story story("latency_p99 > 100ms", minutes(10));
  story.latency("80x1 120x9");
  const Explanation e = story.explain();
  const Flip* flip = find(e, FlipKind::time);
  ASSERT_NE(flip, nullptr);
  EXPECT_EQ(flip->slots, 1);
  EXPECT_EQ(flip->state, SlotState::breach);
  EXPECT_EQ(flip->to, Verdict::tripped);
}

TEST(FlipTest, AMissingEngineerIsTheChange) {
  Story story("fluent(\"go\") < 2", minutes(10));
  story.team(1, 2);
  story.latency("80x12");
  const Explanation e = story.explain();
  EXPECT_EQ(e.verdict, Verdict::tripped);
  const Flip* flip = find(e, FlipKind::people);
  ASSERT_NE(flip, nullptr);
  EXPECT_EQ(flip->text,
            "1 more person on the team fluent in go throughout the window (2 instead of 1)");
}

TEST(FlipTest, AgeComesByItself) {
  Story story("age() > 2401h", minutes(10));  // the decision is 2,400 hours old at the first slot
  story.latency("80x12");
  const Explanation e = story.explain();
  EXPECT_EQ(e.verdict, Verdict::clear);
  const Flip* flip = find(e, FlipKind::course);
  ASSERT_NE(flip, nullptr);
  // Breach from the slot that ends a moment after 2,401 hours, then ten slots of it.
  EXPECT_EQ(flip->at, slot_start(Story::kFirst + 60 + 10, Story::kSlot));
  try_out(story, *flip, standing(story.told()));
}

TEST(FlipTest, ALeaverWhoIsKnownComesByItself) {
  Story story("fluent(\"go\") < 2", minutes(10));
  story.team(2, 0);
  const TimePoint first = slot_start(Story::kFirst, Story::kSlot);
  story.roster->teams["payments"].members[0].until = first;  // the rest of that day
  story.latency("80x12");
  const Explanation e = story.explain();
  EXPECT_EQ(e.verdict, Verdict::clear);
  const Flip* flip = find(e, FlipKind::course);
  ASSERT_NE(flip, nullptr);
  try_out(story, *flip, standing(story.told()));
}

TEST(FlipTest, ChangeMovesWhatItIsRelativeTo) {
  Story story("change(rps, 5m) > 20%", minutes(10));
  story.latency("80x5");
  for (int i = 0; i < 15; ++i)
    story.slots.push_back({SlotValue::exact(0.08), SlotValue::exact(1000 * std::pow(1.03, i))});
  const Explanation e = story.explain();
  const Flip* flip = find(e, FlipKind::shift);
  ASSERT_NE(flip, nullptr);
  try_out(story, *flip, standing(story.told()));
}

TEST(FlipTest, NothingIsPromisedBeforeTheFirstSlot) {
  const Story story("latency_p99 > 100ms", minutes(10));
  const Explanation e = story.explain();
  EXPECT_EQ(e.verdict, Verdict::blind);
  for (const Flip& flip : e.flips) EXPECT_EQ(flip.kind, FlipKind::time);
}

TEST(FlipTest, SlotsWithoutTheirValuesStayAsTheyWereJudged) {
  Story story("latency_p99 > 100ms", minutes(10));
  story.latency("120x10");
  const Engine engine = story.told();
  const DecisionState& state = engine.decisions().at("checkout");
  const Explanation e = explain(engine, state, state.decision->triggers.front(), {});
  EXPECT_EQ(find(e, FlipKind::shift), nullptr);
  EXPECT_NE(find(e, FlipKind::time), nullptr);
}

std::string threshold_near(double value, double sign, const Quantity& written, bool whole = false) {
  const double step = threshold_step(value, written, whole);
  const auto found = readable_threshold(value, sign, step, [&](double candidate) {
    return sign > 0 ? candidate >= value : candidate <= value;
  });
  return found ? spelled_text({*found, written.unit}) : "none";
}

TEST(ReadableTest, AThresholdIsWrittenAsARecordTakesIt) {
  const auto in = [](const char* text) { return *parse_quantity(text); };
  EXPECT_EQ(threshold_near(238.73e6, 1, in("256MiB")), "228MiB");
  EXPECT_EQ(threshold_near(238.73e6, -1, in("256MiB")), "227MiB");
  EXPECT_EQ(threshold_near(238.73e6, 1, in("256MB")), "239MB");
  EXPECT_EQ(threshold_near(1.61e9, 1, in("2GB")), "1610MB");
  EXPECT_EQ(threshold_near(2.5e9, 1, in("1GiB")), "2385MiB");
  EXPECT_EQ(threshold_near(0.11801, 1, in("100ms")), "119ms");
  EXPECT_EQ(threshold_near(1.5123, -1, in("1s")), "1s512ms");
  EXPECT_EQ(threshold_near(5000, 1, in("1h")), "1h24m");
  EXPECT_EQ(threshold_near(0.08123, 1, in("5%")), "8.123%");
  EXPECT_EQ(threshold_near(0.081234, 1, in("5%")), "8.124%");
  EXPECT_EQ(threshold_near(1733.2, 1, in("1600")), "1734");
  EXPECT_EQ(threshold_near(2.0001, 1, in("2"), true), "3");
}

TEST(ReadableTest, GoesAwayFromZeroToFourDigits) {
  EXPECT_EQ(format_quantity(readable_beyond(0.0110001, Unit::seconds), Unit::seconds), "11.01ms");
  EXPECT_EQ(format_quantity(readable_beyond(0.011, Unit::seconds), Unit::seconds), "11ms");
  EXPECT_EQ(format_quantity(readable_beyond(-0.0110001, Unit::seconds), Unit::seconds), "-11.01ms");
  EXPECT_EQ(readable_beyond(90.2, Unit::seconds), 91);
  EXPECT_EQ(readable_beyond(1.5 * 1024 * 1024, Unit::bytes), 1.5 * 1024 * 1024);
  EXPECT_EQ(format_quantity(readable_beyond(1.50001 * 1024 * 1024, Unit::bytes), Unit::bytes),
            "1.501MiB");
  EXPECT_EQ(readable_beyond(99.995, Unit::number), 100);
  EXPECT_EQ(readable_beyond(0, Unit::number), 0);
}

TEST(ReadableTest, IsNeverNearerToZeroAndNeverFar) {
  std::mt19937 random(3);
  std::uniform_real_distribution<double> exponent(-6, 9);
  for (int i = 0; i < 20'000; ++i) {
    const double value = std::pow(10, exponent(random));
    for (const Unit unit : {Unit::number, Unit::seconds, Unit::bytes, Unit::ratio}) {
      const double readable = readable_beyond(value, unit);
      ASSERT_GE(readable, value);
      ASSERT_LE(readable, value * (unit == Unit::seconds ? 1.042 : 1.0011)) << value;
    }
  }
}

}  // namespace
}  // namespace revisitd::rules
