#include <gtest/gtest.h>

#include <bit>
#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>
#include <random>

#include "rules/engine_course.h"
#include "rules/roster.h"
#include "tests/unit/rules/engine_fixture.h"

// What the engine saves of a decision, and that it reads it back.
namespace revisitd::rules {
namespace {

using Json = nlohmann::ordered_json;
using std::chrono::minutes;

TEST(EngineStateTest, DamagedStateIsRefusedWithWords) {
  for (const char* text : {"", "{", "[]", "{}", R"({"revision":"a","triggers":{"t":{}}})",
                           R"({"revision":"a","triggers":{},"revisit":{"state":"odd"}})"}) {
    Engine engine(default_engine_options());
    EXPECT_FALSE(engine.restore("checkout", text)) << text;
  }
}

// A state as save() writes it, with random contents up to the limits of its numbers.
class RandomState {
 public:
  explicit RandomState(unsigned seed) : random_(seed) {}

  std::string text() {
    Json json{{"revision", word()}, {"triggers", Json::object()}};
    for (const char* name : {"errors", "tail \u00e4", "traffic"}) {
      if (chance()) json["triggers"][name] = trigger();
    }
    json["then"] = {{"at", "2026-11-27T14:41:54.958Z"}, {"signals", Json::object()}};
    if (chance()) json["then"]["people"] = people();
    if (chance()) json["then"]["fleet"] = {{"team", counts()}, {"fleet", counts()}};
    json["means"] = Json::array();
    for (const char* signal : {"error_ratio", "rps"}) json["means"].push_back(means(signal));
    json["measured_in"] = "c++";
    if (chance()) {
      json["versions"] = Json::array();
      const Json change{integer(), "1.0", "1.\u00e4"};
      json["versions"].push_back(
          {{"length", 60000}, {"current", "1.1"}, {"changes", {change, change}}});
    }
    if (chance()) json["review_due_told"] = integer();
    return json.dump();
  }

 private:
  bool chance() { return random_() % 2 == 0; }
  std::int64_t integer() {
    constexpr std::int64_t kOdd[] = {0, 1, -1, INT64_MAX, INT64_MIN, INT64_MAX - 1};
    if (chance()) return kOdd[random_() % std::size(kOdd)];
    return static_cast<std::int64_t>(random_() >> (random_() % 64));
  }
  int small() { return static_cast<int>(random_() % 3 == 0 ? INT32_MAX : random_() % 100); }
  // As it is written: whole numbers without a point.
  Json number() {
    constexpr double kOdd[] = {5e-324, 1.7976931348623157e308, -1.7976931348623157e308,
                               2.2250738585072014e-308, 0.1};
    double value = chance() ? kOdd[random_() % std::size(kOdd)] : std::bit_cast<double>(random_());
    if (!std::isfinite(value)) value = 0.5;
    return value;
  }
  std::string word() {
    std::string word;
    for (auto n = random_() % 30; n > 0; --n) word += "ab|\n\"\\ 7/"[random_() % 9];
    return word;
  }
  Json counts() {
    Json json = Json::object();
    for (const char* language : {"c++", "go", "python"}) {
      if (chance()) json[language] = small();
    }
    return json;
  }
  Json people() {
    return {{"members", small()},
            {"knows", counts()},
            {"shipped", chance() ? Json(nullptr) : counts()},
            {"fluent", counts()},
            {"staying", counts()},
            {"around", counts()},
            {"source", word()},
            {"at", "2026-11-27T14:41:54.958Z"}};
  }
  Json means(const char* signal) {
    return {signal,   60000,     integer(), integer(), number(),  integer(),
            number(), integer(), integer(), number(),  integer(), chance() ? 1 : 0};
  }
  Json trigger() {
    Json json{{"meaning", word()},
              {"length", 60000},
              {"ledger", chance() ? "8@-" : "8@-9223372036854775808:o3b5"},
              {"verdict", "blind"},
              {"standing", chance() ? "clear" : "tripped"},
              {"since", chance() ? Json(integer()) : Json(nullptr)}};
    if (chance()) json["armed"] = false;
    if (chance()) json["in_revisit"] = true;
    if (chance()) json["rearm_at"] = integer();
    if (chance()) json["blind_run"] = 1 + small() % 100;
    if (chance()) json["blind_told"] = true;
    if (chance()) json["worse_run"] = INT32_MAX;
    if (chance()) json["load"] = {number(), small(), number(), 1 + small() % 7};
    return json;
  }

  std::mt19937_64 random_;
};

// One in which nothing is left out.
std::string full_state() {
  for (unsigned seed = 0;; ++seed) {
    const std::string text = RandomState(seed).text();
    const auto has = [&](const char* key) { return text.find(key) != std::string::npos; };
    if (has("people") && has("\"shipped\":{") && has("\"team\"") && has("versions") &&
        has("load") && has("rearm_at") && has("since\":1") && has("due_told"))
      return text;
  }
}

TEST(EngineStateTest, WhatIsReadIsWrittenAgain) {
  for (unsigned seed = 0; seed < 500; ++seed) {
    const std::string text = RandomState(seed).text();
    Engine engine(default_engine_options());
    const Status read = engine.restore("checkout", text);
    ASSERT_TRUE(read) << read.error().message << text;
    ASSERT_EQ(Json::parse(engine.save("checkout")), Json::parse(text));
    Engine again(default_engine_options());
    ASSERT_TRUE(again.restore("checkout", engine.save("checkout")));
    ASSERT_EQ(again.save("checkout"), engine.save("checkout"));
  }
}

// Of a service in an engine.
struct InTwo {
  explicit InTwo(const Engine& engine)
      : standing(engine.save_standing("checkout")), hash(engine.hash_standing("checkout")) {
    engine.save_course("checkout", course);
  }
  std::string standing, course;
  std::size_t hash;
};

TEST(EngineStateTest, InTwoItIsTheSame) {
  for (unsigned seed = 0; seed < 500; ++seed) {
    Engine engine(default_engine_options()), again(default_engine_options());
    ASSERT_TRUE(engine.restore("checkout", RandomState(seed).text()));
    const InTwo saved(engine);
    const Status read = again.restore("checkout", saved.standing, saved.course);
    ASSERT_TRUE(read) << read.error().message;
    ASSERT_EQ(again.save("checkout"), engine.save("checkout"));
    ASSERT_EQ(again.last_slot(minutes(1)), engine.last_slot(minutes(1)));
    Engine all(default_engine_options());
    ASSERT_TRUE(all.restore(engine));
    ASSERT_EQ(all.save("checkout"), engine.save("checkout"));
  }
}

TEST(EngineStateTest, WhatStandsIsTheSameAfterASlotThatBringsNothingNew) {
  World w;
  w.watch({w.trigger("tail", kSlow, minutes(10))});
  w.run("o20");
  const InTwo before(w.engine);
  w.run("o1");
  const InTwo after(w.engine);
  EXPECT_EQ(after.standing, before.standing);
  EXPECT_EQ(after.hash, before.hash);
  EXPECT_NE(after.course, before.course);
  w.run("b10");
  EXPECT_EQ(w.verdict("tail"), "tripped");
  EXPECT_NE(InTwo(w.engine).standing, before.standing);
  EXPECT_NE(InTwo(w.engine).hash, before.hash);
}

// A change that the hash does not tell would not be kept.
TEST(EngineStateTest, WhatStandsHasAHashOfItsOwn) {
  std::map<std::string, std::size_t> hashes;
  const auto note = [&](const Json& state) {
    Engine engine(default_engine_options());
    ASSERT_TRUE(engine.restore("checkout", state.dump())) << state;
    const InTwo saved(engine);
    EXPECT_EQ(hashes.try_emplace(saved.standing, saved.hash).first->second, saved.hash);
  };
  const Json whole = Json::parse(full_state());
  const Json values = whole.flatten();
  for (const auto& [place, value] : values.items()) {
    Json other = whole;
    Json& changed = other[Json::json_pointer(place)];
    if (value.is_boolean()) changed = !value.get<bool>();
    if (value.is_number()) changed = value.get<double>() == 7 ? 8 : 7;
    if (place.ends_with("verdict") || place.ends_with("standing")) changed = "unproven";
    if (place.ends_with("meaning") || place.ends_with("revision") || place.ends_with("from") ||
        place.ends_with("source"))
      changed = value.get<std::string>() + "x";
    if (place.ends_with("/at")) changed = "2026-01-01T00:00:00.000Z";
    note(other);
  }
  for (const auto& [name, value] :
       whole["triggers"].items()) {  // what is there says something, too
    for (const char* flag : {"armed", "in_revisit", "blind_told"}) {
      Json other = whole;
      for (const char* none : {"armed", "in_revisit", "rearm_at", "blind_told"})
        other["triggers"][name].erase(none);
      other["triggers"][name][flag] = std::string_view(flag) != "armed";
      note(other);
    }
  }
  for (unsigned seed = 0; seed < 200; ++seed) note(Json::parse(RandomState(seed).text()));
  EXPECT_GT(hashes.size(), 220U);
  std::set<std::size_t> different;
  for (const auto& [standing, hash] : hashes) different.insert(hash);
  EXPECT_EQ(different.size(), hashes.size());
}

TEST(EngineStateTest, TheCourseCountsWhateverAnOlderStateHas) {
  Engine engine(default_engine_options()), newer(default_engine_options());
  const std::string old =
      R"({"revision":"a","triggers":{"t":{"meaning":"m","length":60000,"ledger":"8@100:o8",)"
      R"("verdict":"clear","standing":"clear","since":null,"blind_run":3}},)"
      R"("means":[["gone",60000,1,1,1,1,1,1,1,1,1,1]]})";
  ASSERT_TRUE(engine.restore("checkout", old));
  ASSERT_TRUE(newer.restore("checkout",
                            R"({"revision":"a","triggers":{"t":{"meaning":"m","length":60000,)"
                            R"("ledger":"8@101:o7b1","verdict":"clear","standing":"clear",)"
                            R"("since":null}},"means":[["rps",60000,1,1,1,1,1,1,1,1,1,1]]})"));
  ASSERT_TRUE(engine.restore("checkout", old, InTwo(newer).course));
  EXPECT_EQ(engine.save("checkout"), newer.save("checkout"));
}

TEST(EngineStateTest, HalfAStateIsRefused) {
  Engine engine(default_engine_options()), other(default_engine_options());
  ASSERT_TRUE(engine.restore("checkout", full_state()));
  const InTwo saved(engine);
  const Status read = other.restore("checkout", saved.standing);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().message,
            "saved state of a decision cannot be read: expected a ledger for each trigger");
  const std::string none = R"({"revision":"a","triggers":{}})";
  EXPECT_FALSE(other.restore("checkout", none, saved.course));
  EXPECT_FALSE(other.restore("checkout", saved.standing, ""));
  EXPECT_FALSE(other.restore("checkout", saved.standing, saved.course + '\0'));
  EXPECT_TRUE(other.decisions().empty());
  EXPECT_TRUE(other.restore("checkout", none, std::string_view("\0\0", 2)));
}

TEST(EngineStateTest, ACourseThatBreaksOffOrIsDamagedIsRefusedOrReadWithoutHarm) {
  Engine engine(default_engine_options());
  ASSERT_TRUE(engine.restore("checkout", full_state()));
  const InTwo saved(engine);
  const auto read = [&](std::string_view course) {
    Engine other(default_engine_options());
    const Status status = other.restore("checkout", saved.standing, course);
    if (status) {  // what was taken over can be saved and read again
      Engine third(default_engine_options());
      EXPECT_TRUE(third.restore(other));
      EXPECT_EQ(InTwo(third).course, InTwo(other).course);
    } else {
      EXPECT_TRUE(status.error().message.starts_with("saved state of a decision cannot be read: "));
      EXPECT_TRUE(other.decisions().empty());
    }
    return status.has_value();
  };
  int refused = 0;
  for (std::size_t size = 0; size < saved.course.size(); ++size)
    refused += read(std::string_view(saved.course).substr(0, size)) ? 0 : 1;
  EXPECT_GT(refused, static_cast<int>(saved.course.size()) - 3);  // means are messages, too
  refused = 0;
  for (std::size_t bit = 0; bit < saved.course.size() * 8; ++bit) {
    std::string flipped = saved.course;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ 1 << bit % 8);
    refused += read(flipped) ? 0 : 1;
  }
  EXPECT_GT(refused, 100);
}

TEST(EngineStateTest, NumbersOfACourseComeBackToTheBit) {
  DecisionState state;
  TriggerState& t = state.triggers["t"];
  t.ledger = SlotLedger(16000);
  t.blind_run = t.worse_run = INT32_MAX;
  t.load = {{-0.0, 7}, {INFINITY, INT32_MAX}};
  const SignalMeans::State means{.last = INT64_MIN,
                                 .day = INT64_MAX,
                                 .today = -0.0,
                                 .today_count = -1,
                                 .before = -INFINITY,
                                 .before_count = 0,
                                 .first = 0,
                                 .first_sum = 5e-324,
                                 .first_count = INT64_MAX,
                                 .settled = true};
  state.snapshot.signals.try_emplace({"rps", minutes(1)}, means);
  state.snapshot.signals.try_emplace({"", minutes(10)}, SignalMeans());
  std::string course;
  append_course(state, course);
  DecisionState again;
  again.triggers["t"];
  again.snapshot.signals.try_emplace({"of before", minutes(1)}, means);
  read_course(course, again);
  EXPECT_EQ(again.triggers["t"].ledger.encode(), t.ledger.encode());
  EXPECT_EQ(again.triggers["t"].blind_run, INT32_MAX);
  EXPECT_EQ(again.triggers["t"].worse_run, INT32_MAX);
  EXPECT_TRUE(std::signbit(again.triggers["t"].load.calm.mean));
  EXPECT_EQ(again.triggers["t"].load, t.load);
  ASSERT_EQ(again.snapshot.signals.size(), 2U);
  const SignalMeans::State& read = again.snapshot.signals.at({"rps", minutes(1)}).state();
  EXPECT_EQ(read, means);
  EXPECT_TRUE(std::signbit(read.today));
  EXPECT_EQ(again.snapshot.signals.at({"", minutes(10)}).state(), SignalMeans::State());
}

TEST(EngineStateTest, EqualTextsAndInputsAreHeldOnce) {
  const std::string text = full_state();
  Engine engine(default_engine_options());
  ASSERT_TRUE(engine.restore("cart", text));
  ASSERT_TRUE(engine.restore("checkout", text));
  const DecisionState &cart = engine.decisions().at("cart"),
                      &checkout = engine.decisions().at("checkout");
  ASSERT_FALSE(cart.triggers.empty());
  for (const auto& [name, trigger] : cart.triggers)
    EXPECT_EQ(&*trigger.meaning, &*checkout.triggers.at(name).meaning);
  ASSERT_TRUE(cart.snapshot.people && cart.snapshot.fleet);
  EXPECT_EQ(&*cart.snapshot.people, &*checkout.snapshot.people);
  EXPECT_EQ(&*cart.snapshot.fleet, &*checkout.snapshot.fleet);
}

TEST(EngineStateTest, AStateThatBreaksOffIsRefused) {
  const std::string text = full_state();
  for (std::size_t size = 0; size < text.size(); ++size) {
    Engine engine(default_engine_options());
    const Status read = engine.restore("checkout", text.substr(0, size));
    ASSERT_FALSE(read) << size;
    ASSERT_TRUE(read.error().message.starts_with("saved state of a decision cannot be read: "));
    ASSERT_TRUE(engine.decisions().empty());
    ASSERT_FALSE(engine.last_slot(minutes(1)));
  }
}

TEST(EngineStateTest, AValueOfAnotherKindIsRefused) {
  const Json whole = Json::parse(full_state());
  const Json values = whole.flatten();
  int refused = 0;
  for (const auto& [place, value] : values.items()) {
    if (value.is_null() || value.empty()) continue;
    Json other = whole;
    other[Json::json_pointer(place)] = value.is_string() ? Json(7) : Json("seven");
    Engine engine(default_engine_options());
    const bool read = engine.restore("checkout", other.dump()).has_value();
    // A time that is none counts as none.
    const bool is_time =
        place.ends_with("since") || place.ends_with("rearm_at") || place.ends_with("due_told");
    EXPECT_EQ(read, is_time) << place;
    refused += read ? 0 : 1;
  }
  EXPECT_GT(refused, 40);
}

TEST(EngineStateTest, PeopleAndFleetAtTheDecisionComeBack) {
  World w;
  Roster roster;
  roster.source = "roster \"main\"";
  roster.teams["payments"] = {"payments", {}};
  roster.read_at = w.now() - minutes(1);
  roster.validity = minutes(60);
  w.engine.roster(std::make_shared<Roster>(roster));
  w.watch({w.trigger("tail", kSlow, minutes(10))});
  w.run("o2");
  const Snapshot before = w.state().snapshot;
  ASSERT_TRUE(before.people && before.fleet);
  w.restart();
  EXPECT_EQ(w.state().snapshot.taken, before.taken);
  EXPECT_EQ(w.state().snapshot.people, before.people);
  EXPECT_EQ(w.state().snapshot.fleet, before.fleet);
}

TEST(EngineStateTest, SumsBeyondANumberDoNotMakeItUnreadable) {
  World w;
  w.slow_load = 1.7e308;
  w.watch({w.trigger("tail", kSlow, minutes(10))});
  w.run("b10");
  w.restart();
  EXPECT_EQ(w.standing("tail").ledger.counts().breach, 10);
  EXPECT_EQ(w.verdict("tail"), "tripped");
}

}  // namespace
}  // namespace revisitd::rules
