#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cmath>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "collectors/promql_source.h"
#include "daemon/backfill_plan.h"

// Servers that hold made-up history, and a clock that only sleeps move.
namespace revisitd::daemon {

constexpr Duration kMinute = std::chrono::minutes(1);
const TimePoint kNoon = from_millis(1'777'032'000'000);  // a whole hour

// The value every server has of a slot: different for each, and none for some.
inline std::optional<double> value_at(const std::string& service, std::int64_t index) {
  if (index % 11 == 5) return std::nullopt;
  return static_cast<double>(index % 1000) + static_cast<double>(service.size());
}

class FakeSource final : public collectors::PromqlSource {
 public:
  FakeSource(std::string name, TimePoint& now) : now_(now) { spec_.name = std::move(name); }

  const collectors::PromqlServerSpec& spec() const override { return spec_; }
  collectors::TargetStatus status() const override { return {}; }
  const collectors::PromqlCounters& counters() const override { return counters_; }
  boost::asio::awaitable<Result<collectors::PromqlVector, collectors::PromqlError>> query(
      rules::SignalSpec, Duration, TimePoint) override {
    co_return collectors::PromqlError{collectors::PromqlFailure::refused, "not asked for"};
  }
  boost::asio::awaitable<Result<collectors::SlotHistoryAnswer, collectors::PromqlError>>
  fetch_range(rules::SignalSpec signal, Duration length, std::int64_t first,
              std::int64_t last) override {
    asked.push_back({signal.query, length, {first, last}});
    ripe = ripe && slot_start(last, length) <= now_;
    now_ += takes;
    if (before_answer) before_answer();
    if (fails && (*fails)(asked.back())) co_return *(*fails)(asked.back());
    collectors::SlotHistoryAnswer answer;
    for (const std::string& service : services) {
      for (std::int64_t i = first; i < last; ++i) {
        const auto value = value_at(service, i);
        if (value) answer[service][i] = {value, rules::Absence::no_data};
      }
    }
    co_return answer;
  }

  struct Asked {
    std::string query;
    Duration length{};
    SlotRange slots;
  };
  using Failure = std::function<std::optional<collectors::PromqlError>(const Asked&)>;

  std::vector<std::string> services;
  std::vector<Asked> asked;
  std::optional<Failure> fails;
  std::function<void()> before_answer;
  Duration takes{};
  bool ripe = true;  // nothing was asked for before it had ended
  // Slots asked for, "-30..0 -60..-30", counted from `origin`.
  std::string log(std::int64_t origin) const {
    std::string text;
    for (const Asked& a : asked) {
      text += (text.empty() ? "" : " ") + std::to_string(a.slots.first - origin) + ".." +
              std::to_string(a.slots.last - origin);
    }
    return text;
  }
  void fail_always(collectors::PromqlFailure failure, const std::string& why) {
    fails = [=](const Asked&) { return collectors::PromqlError{failure, why}; };
  }

 private:
  TimePoint& now_;
  collectors::PromqlServerSpec spec_;
  collectors::PromqlCounters counters_;
};

// Decisions with one condition each, in an engine.
class BackfillWorld {
 public:
  BackfillWorld() : engine(rules::default_engine_options()) {
    for (const auto& [name, from] :
         {std::pair{"rps", "main"}, {"errors", "main"}, {"cost", "other"}}) {
      rules::SignalSpec& spec = signals[name];
      spec.name = name;
      spec.reduction = rules::Reduction::query;
      spec.from = from;
      spec.query = std::string("sum by (service) (") + name + ")";
    }
    signals["heap"].name = "heap";  // scraped
  }

  void record(const std::string& service, const std::string& when, Duration window,
              const std::string& trigger = "load") {
    auto decision = decisions.contains(service) ? *decisions.at(service) : rules::Decision{};
    decision.service = service;
    decision.team = "payments";
    decision.language = "python";
    decision.id = "0001-" + service;
    decision.date = kNoon - std::chrono::hours(24 * 400);
    decision.signals = signals;
    std::erase_if(decision.triggers, [&](const rules::Trigger& t) { return t.name == trigger; });
    decision.triggers.push_back({.name = trigger,
                                 .when = *rules::Condition::parse(when, signals),
                                 .provided = {},
                                 .window = window,
                                 .favours = "go",
                                 .why = "",
                                 .place = {}});
    decisions[service] = std::make_shared<rules::Decision>(decision);
  }
  rules::StepResult decide() {
    std::vector<std::shared_ptr<const rules::Decision>> all;
    for (const auto& [service, decision] : decisions) all.push_back(decision);
    return engine.decide(now, all, stored(engine.needs(now, all)));
  }
  rules::SlotHistory stored(const std::vector<rules::HistoryNeed>& needs) const {
    rules::SlotHistory some;
    for (const rules::HistoryNeed& need : needs) {
      const auto series = store.find(need.key);
      if (series == store.end()) continue;
      for (const auto& [index, value] : series->second) {
        if (index >= need.first && index < need.last)
          some.values[need.key].emplace_back(index, value);
      }
    }
    return some;
  }
  const rules::Trigger& trigger(const std::string& service, const std::string& name = "load") {
    for (const rules::Trigger& t : decisions.at(service)->triggers) {
      if (t.name == name) return t;
    }
    throw std::out_of_range(name);
  }
  const rules::TriggerState& standing(const std::string& service,
                                      const std::string& name = "load") {
    return engine.decisions().at(service).triggers.at(name);
  }

  TimePoint now = kNoon;
  rules::SignalTable signals;
  rules::Engine engine;
  std::map<std::string, std::shared_ptr<const rules::Decision>> decisions;
  std::map<rules::SlotHistory::Key, std::map<std::int64_t, rules::SlotValue>> store;
};

}  // namespace revisitd::daemon
