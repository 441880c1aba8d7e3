#pragma once

#include <gtest/gtest.h>

#include <limits>
#include <map>
#include <optional>
#include <ostream>
#include <stdexcept>
#include <string>

#include "rules/condition.h"

// What the tests of the trigger language share: a table of signals, inputs from maps, short words.
namespace revisitd::rules {

inline constexpr double kInfinity = std::numeric_limits<double>::infinity();

inline SignalTable test_signals() {
  SignalTable table;
  const auto add = [&](const std::string& name, Unit unit) {
    table[name].name = name;
    table[name].unit = unit;
  };
  add("latency_p99", Unit::seconds);
  add("cold_start", Unit::seconds);
  add("memory", Unit::bytes);
  add("rps", Unit::number);
  add("containers_per_node", Unit::number);
  add("error_ratio", Unit::ratio);
  for (const char* name : {"a", "b", "c", "d"}) add(name, Unit::number);
  return table;
}

struct MapInputs : ConditionInputs {
  std::map<std::string, SlotValue, std::less<>> signals;
  std::map<WindowUse, SlotValue> windows;
  std::map<std::string, double, std::less<>> baselines;
  std::map<std::string, double, std::less<>> facts;  // "members", "fluent go", "age", …

  template <class Map, class Key>
  static std::optional<typename Map::mapped_type> find(const Map& map, const Key& key) {
    const auto found = map.find(key);
    if (found == map.end()) return std::nullopt;
    return found->second;
  }
  std::optional<double> about(const char* fact, std::string_view language) const {
    return find(facts, std::string(fact) + ' ' + std::string(language));
  }

  std::optional<SlotValue> signal(std::string_view name) const override {
    return find(signals, name);
  }
  std::optional<SlotValue> window(const WindowUse& use) const override {
    return find(windows, use);
  }
  std::optional<double> baseline(std::string_view name) const override {
    return find(baselines, name);
  }
  std::optional<double> members() const override { return find(facts, "members"); }
  std::optional<double> fluent(std::string_view l) const override { return about("fluent", l); }
  std::optional<double> shipped(std::string_view l) const override { return about("shipped", l); }
  std::optional<double> team_languages() const override { return find(facts, "team_languages"); }
  std::optional<double> fleet_share(std::string_view l) const override {
    return about("fleet_share", l);
  }
  std::optional<double> age() const override { return find(facts, "age"); }
  std::optional<double> support_left() const override { return find(facts, "support_left"); }
};

inline Condition parsed(std::string_view text) {
  auto condition = Condition::parse(text, test_signals());
  if (!condition) {
    throw std::runtime_error(std::string(text) + ": " + condition.error().message);
  }
  return *condition;
}

inline std::string meaning(std::string_view text) { return parsed(text).meaning(); }

// "OFFSET: message", or "fine".
inline std::string mistake(std::string_view text) {
  const auto condition = Condition::parse(text, test_signals());
  if (condition) return "fine";
  return std::to_string(condition.error().offset) + ": " + condition.error().message;
}

inline const char* word(Truth truth) {
  switch (truth) {
    case Truth::no:
      return "no";
    case Truth::yes:
      return "yes";
    case Truth::unknown:
      return "unknown";
  }
  return "";
}

inline void PrintTo(Truth truth, std::ostream* out) { *out << word(truth); }

}  // namespace revisitd::rules
