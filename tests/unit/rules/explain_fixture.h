#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rules/explain.h"

// Stories of one trigger that can be told again with something changed, to see whether a flip
// flips:
//   Story s("latency_p99 > 100ms", minutes(10)); s.latency("80 90x8 120"); s.explain().summary;
namespace revisitd::rules {

struct Story {
  static constexpr Duration kSlot = std::chrono::minutes(1);
  static constexpr std::int64_t kFirst = 29'000'000;  // index of the first slot, in 2025

  struct Slot {
    std::optional<SlotValue> latency, rps;
  };

  explicit Story(std::string when, Duration window, std::string provided = "") {
    for (const auto& [name, unit] : {std::pair{"latency_p99", Unit::seconds},
                                     {"rps", Unit::number},
                                     {"memory", Unit::bytes}}) {
      decision.signals[name].name = name;
      decision.signals[name].unit = unit;
    }
    decision.service = "checkout";
    decision.team = "payments";
    decision.language = "python";
    decision.id = "0001-checkout";
    decision.path = "records/0001-checkout.md";
    decision.date = slot_start(kFirst, kSlot) - std::chrono::hours(24 * 100);
    auto parsed = Condition::parse(when, decision.signals);
    if (!parsed) throw std::runtime_error(when + ": " + parsed.error().message);
    Trigger trigger{.name = "tail", .when = *parsed, .window = window, .favours = "go"};
    if (!provided.empty()) trigger.provided = *Condition::parse(provided, decision.signals);
    decision.triggers = {trigger};
  }

  Trigger& trigger() { return decision.triggers.front(); }
  const Trigger& trigger() const { return decision.triggers.front(); }

  // Latencies in milliseconds, "80", "80x10" for ten of them, "." for none, "80(50-100]" in a
  // bucket; load of 2000 beside each.
  void latency(std::string_view text) {
    std::size_t i = 0;
    const auto number = [&] {
      double n = 0;
      while (i < text.size() && text[i] >= '0' && text[i] <= '9') n = n * 10 + (text[i++] - '0');
      return n;
    };
    while (i < text.size()) {
      if (text[i] == ' ') {
        ++i;
        continue;
      }
      std::optional<SlotValue> value;
      if (text[i] == '.') {
        ++i;
      } else {
        value = SlotValue::exact(number() / 1000);
        if (i < text.size() && text[i] == '(') {
          ++i;
          value->low = number() / 1000;
          ++i;
          value->high = number() / 1000;
          ++i;
        }
      }
      int count = 1;
      if (i < text.size() && text[i] == 'x') {
        ++i;
        count = static_cast<int>(number());
      }
      for (; count > 0; --count) slots.push_back({value, SlotValue::exact(2000)});
    }
  }

  // The payments team, with that many fluent in Go and as many others.
  void team(int fluent, int others) {
    Roster r;
    r.read_at = slot_start(kFirst, kSlot) - std::chrono::hours(1);
    r.validity = std::chrono::hours(24 * 365);
    Team& payments = r.teams["payments"];
    payments.name = "payments";
    for (int i = 0; i < fluent; ++i)
      payments.members.push_back({"f" + std::to_string(i), {{"go", Fluency::fluent}}, {}, {}});
    for (int i = 0; i < others; ++i)
      payments.members.push_back({"o" + std::to_string(i), {}, {}, {}});
    roster = r;
  }

  TimePoint end() const {
    return slot_start(kFirst + static_cast<std::int64_t>(slots.size()), kSlot);
  }

  // The story told to a new engine.
  Engine told() const {
    Engine engine(default_engine_options());
    if (roster) engine.roster(std::make_shared<const Roster>(*roster));
    engine.decide(slot_start(kFirst, kSlot), {std::make_shared<const Decision>(decision)}, {});
    std::int64_t index = kFirst;
    for (const Slot& slot : slots) {
      SlotReading reading{kSlot, slot_start(index++, kSlot), {}, false};
      ServiceReading& row = reading.services.emplace_back(ServiceReading{"checkout", {}});
      if (slot.latency) row.signals.push_back({"latency_p99", slot.latency, Absence::no_data});
      if (slot.rps) row.signals.push_back({"rps", slot.rps, Absence::no_data});
      engine.judge(reading);
    }
    return engine;
  }

  SlotHistory history(const std::vector<HistoryNeed>& needs) const {
    SlotHistory history;
    for (const HistoryNeed& need : needs) {
      auto& values = history.values[need.key];
      for (std::size_t i = 0; i < slots.size(); ++i) {
        const std::int64_t index = kFirst + static_cast<std::int64_t>(i);
        const auto& value = need.key.signal == "rps" ? slots[i].rps : slots[i].latency;
        if (value && index >= need.first && index < need.last) values.emplace_back(index, *value);
      }
    }
    return history;
  }

  Explanation explain() const {
    const Engine engine = told();
    const DecisionState& state = engine.decisions().at("checkout");
    const Trigger& now = state.decision->triggers.front();
    return rules::explain(engine, state, now, history(explain_needs(state, now)));
  }

  std::vector<Slot> slots;
  Decision decision;
  std::optional<Roster> roster;
};

inline const TriggerState& standing(const Engine& engine) {
  return engine.decisions().at("checkout").triggers.at("tail");
}

inline const Flip* find(const Explanation& explanation, FlipKind kind) {
  for (const Flip& flip : explanation.flips) {
    if (flip.kind == kind) return &flip;
  }
  return nullptr;
}

}  // namespace revisitd::rules
