#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "rules/engine.h"
#include "rules/next_tick.h"

// A small language for histories of one service, so that a case reads as what happened:
//   World w; w.watch(w.trigger("tail", "latency_p99 > 100ms", hours(1))); w.run("o3b6");
//   EXPECT_EQ(w.log(), …);
namespace revisitd::rules {

inline constexpr Duration kTen = std::chrono::minutes(10);
inline constexpr const char* kSlow = "latency_p99 > 100ms";

class World {
 public:
  static constexpr Duration kSlot = std::chrono::minutes(1);
  static constexpr std::int64_t kFirst = 29'000'000;  // index of the first slot, in 2025

  explicit World(EngineOptions options = default_engine_options()) : engine(options) {
    SharedSignals& s = decision.signals;
    for (const auto& [name, unit] :
         {std::pair{"latency_p99", Unit::seconds}, {"rps", Unit::number}}) {
      s[name].name = name;
      s[name].unit = unit;
    }
    decision.service = "checkout";
    decision.team = "payments";
    decision.language = "python";
    decision.alternatives = {"go"};
    decision.id = "0001-checkout";
    decision.path = "records/0001-checkout.md";
    decision.title = "Use Python for checkout";
    decision.date = slot_start(kFirst, kSlot) - std::chrono::hours(24 * 100);
  }

  Trigger trigger(const std::string& name, const std::string& when, Duration window,
                  const std::string& provided = "") {
    auto parsed = Condition::parse(when, decision.signals);
    EXPECT_TRUE(parsed) << when;
    Trigger t{.name = name,
              .when = *parsed,
              .provided = {},
              .window = window,
              .favours = "go",
              .why = "",
              .place = {}};
    if (!provided.empty()) t.provided = *Condition::parse(provided, decision.signals);
    return t;
  }

  // Puts the decision with these triggers into force.
  void watch(std::vector<Trigger> triggers) {
    decision.triggers = std::move(triggers);
    decide();
  }
  void decide() {
    std::vector<std::shared_ptr<const Decision>> all;
    if (!gone) all.push_back(std::make_shared<Decision>(decision));
    SlotHistory wanted;
    for (const HistoryNeed& need : engine.needs(now(), all)) {
      const auto stored = history.values.find(need.key);
      if (stored == history.values.end()) continue;
      for (const auto& entry : stored->second) {
        if (entry.first >= need.first && entry.first < need.last)
          wanted.values[need.key].push_back(entry);
      }
    }
    take(engine.decide(now(), all, wanted));
  }

  // Runs slots: o = fast, b = slow, i = fast without load, x = slow without load, . = no data, - =
  // not running. Each may carry a count: "o3b10".
  void run(std::string_view slots) {
    for (std::size_t i = 0; i < slots.size();) {
      const char kind = slots[i++];
      int count = 0;
      while (i < slots.size() && slots[i] >= '0' && slots[i] <= '9')
        count = count * 10 + (slots[i++] - '0');
      for (int n = std::max(count, 1); n > 0; --n) step(kind);
    }
  }
  void step(char kind) {
    if (kind != '-') {
      SlotReading reading{kSlot, slot_start(next, kSlot), {}, backfilled};
      if (kind != '.') {
        const bool slow = kind == 'b' || kind == 'x';
        const double load = kind == 'i' || kind == 'x' ? 10 : slow ? slow_load : 2000;
        const auto latency = SlotValue::exact(slow ? slow_value : 0.08);
        reading.services = {{"checkout",
                             {{"latency_p99", latency, Absence::no_data},
                              {"rps", SlotValue::exact(load), Absence::no_data}},
                             version}};
        history.values[{"checkout", "latency_p99", kSlot}].emplace_back(next, latency);
        history.values[{"checkout", "rps", kSlot}].emplace_back(next, SlotValue::exact(load));
      } else if (backfilled) {
        reading.services = {{"checkout",
                             {{"latency_p99", std::nullopt, Absence::no_data},
                              {"rps", std::nullopt, Absence::no_data}}}};
      }
      take(engine.judge(reading));
    }
    ++next;
    if (kind != '-' && !backfilled) tick();
  }
  void tick() {
    const TimePoint due = next_tick(engine, now());
    StepResult result = engine.tick(now());
    EXPECT_TRUE(result.events.empty() || due <= now());
    take(std::move(result));
  }
  // Runs slots that nobody judged in their time, with the values a server still has of them.
  void fill(std::string_view slots) {
    backfilled = true;
    run(slots);
    backfilled = false;
  }
  // The past of a trigger has been fetched.
  void rejudge(const std::string& trigger) {
    SlotHistory wanted;
    for (const HistoryNeed& need : engine.needs(now(), "checkout", trigger)) {
      for (const auto& entry : history.values[need.key]) {
        if (entry.first >= need.first && entry.first < need.last)
          wanted.values[need.key].push_back(entry);
      }
    }
    take(engine.rejudge(now(), "checkout", trigger, wanted));
  }

  void act(Action action) {
    auto result = engine.act(now(), action);
    ASSERT_TRUE(result) << result.error().message;
    take(*result);
  }
  void acknowledge() {
    act({.kind = Action::Kind::acknowledge, .target = "checkout", .by = "ana", .why = ""});
  }
  void conclude(Outcome outcome) {
    act({.kind = Action::Kind::conclude,
         .target = "checkout",
         .by = "ana",
         .why = "rolled back",
         .outcome = outcome});
  }
  void snooze(Duration time, std::optional<double> worsens_by = {}) {
    act({.kind = Action::Kind::snooze,
         .target = "checkout",
         .by = "ana",
         .why = "sale",
         .until = now() + time,
         .worsens_by = worsens_by});
  }

  // A new engine with what the old one saved.
  void restart() {
    Engine fresh(engine.options());
    const Status status = fresh.restore(engine);
    ASSERT_TRUE(status) << status.error().message;
    engine = std::move(fresh);
    decide();
  }

  TimePoint now() const { return slot_start(next, kSlot); }
  const DecisionState& state() const { return engine.decisions().at("checkout"); }
  const TriggerState& standing(const std::string& name) const { return state().triggers.at(name); }
  std::string verdict(const std::string& name) const {
    return std::string(verdict_name(standing(name).verdict));
  }
  std::string revisit() const {
    return state().revisit ? std::string(revisit_state_name(state().revisit->state)) : "none";
  }

  // What happened since the last call, "SLOT type[:trigger[=verdict]]" a line, slots counted from
  // the first.
  std::string log() { return std::exchange(log_, {}); }
  // The same without the trail-only events.
  std::string told() { return std::exchange(told_, {}); }

  Engine engine;
  Decision decision;
  bool gone = false;
  bool backfilled = false;
  double slow_value = 0.13;
  double slow_load = 2000;
  std::optional<std::string> version;  // what the service says it runs
  std::int64_t next = kFirst;
  SlotHistory history;
  std::vector<Event> events;

 private:
  void take(const StepResult& result) {
    for (const Event& e : result.events) {
      std::string line = std::to_string(slot_index(e.at, kSlot) - kFirst) + " " +
                         std::string(event_type_name(e.type));
      if (!e.trigger.empty()) line += ":" + e.trigger;
      if (e.type == EventType::trigger_verdict) line += "=" + std::string(verdict_name(*e.verdict));
      log_ += line + "\n";
      if (is_notified(e.type)) told_ += line + "\n";
      events.push_back(e);
    }
  }

  std::string log_, told_;
};

}  // namespace revisitd::rules
