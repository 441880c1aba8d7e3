#include <benchmark/benchmark.h>

#include <string>

#include "rules/replay_log.h"

// 90 days of ten-minute slots for 500 triggers, as `revisitd backtest` replays them once the values
// are read. Two signals a trigger, one in a hundred values missing, a bad week in each month.
namespace revisitd::rules {
namespace {

constexpr Duration kSlot = std::chrono::minutes(10);
constexpr int kTriggers = 500;

SignalTable signals() {
  SignalTable table;
  table["latency_p99"].name = "latency_p99";
  table["latency_p99"].unit = Unit::seconds;
  table["rps"].name = "rps";
  return table;
}

ReplayScript make_script(int days) {
  const std::int64_t slots = days * 144;
  ReplayScript script;
  script.start = *parse_time("2026-03-02");
  script.end = script.start + kSlot * slots;
  const std::int64_t first = slot_index(script.start, kSlot);
  for (int n = 0; n < kTriggers; ++n) {
    Decision decision;
    decision.service = "service-" + std::to_string(1000 + n);
    decision.team = "team";
    decision.language = "python";
    decision.signals = signals();
    decision.triggers.push_back({.name = "tail-latency",
                                 .when = *Condition::parse("latency_p99 > 100ms", decision.signals),
                                 .provided = *Condition::parse("rps >= 100", decision.signals),
                                 .window = std::chrono::hours(24 * 7),
                                 .trip = {19, 20},
                                 .favours = "",
                                 .why = "",
                                 .place = {}});
    auto& latency = script.values.values[{decision.service, "latency_p99", kSlot}];
    auto& rps = script.values.values[{decision.service, "rps", kSlot}];
    for (std::int64_t i = 0; i < slots; ++i) {
      if ((i + n) % 100 == 0) continue;
      const bool bad = (i / 144 + n) % 30 < 8;
      latency.emplace_back(first + i, SlotValue::exact(bad ? 0.13 : 0.08));
      rps.emplace_back(first + i, SlotValue::exact(2000));
    }
    script.decisions.push_back(std::make_shared<Decision>(std::move(decision)));
  }
  return script;
}

// Argument: days.
void Replay(benchmark::State& state) {
  const auto days = static_cast<int>(state.range(0));
  const ReplayScript script = make_script(days);
  std::size_t events = 0;
  for (auto _ : state) {
    ReplayLog log;
    replay(script, log);
    events = log.events().size();
  }
  state.counters["slots/s"] =
      benchmark::Counter(144.0 * days * kTriggers, benchmark::Counter::kIsIterationInvariantRate);
  state.counters["events"] = static_cast<double>(events);
}
void DaysReplay(benchmark::State& state) { Replay(state); }
BENCHMARK(Replay)->Arg(1)->Unit(benchmark::kMillisecond);
BENCHMARK(DaysReplay)->Arg(90)->Unit(benchmark::kMillisecond)->Iterations(1)->Repetitions(3);

}  // namespace
}  // namespace revisitd::rules
