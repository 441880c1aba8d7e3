#include <gtest/gtest.h>

#include <bit>
#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>
#include <random>

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
