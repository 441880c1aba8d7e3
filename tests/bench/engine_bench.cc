#include <benchmark/benchmark.h>

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "rules/engine.h"

// A fleet judged slot by slot: services with eight signals and four triggers each, as a person
// would write them: a tail under load, an error ratio, memory against a window of its own, people.
namespace revisitd::rules {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr Duration kSlot = minutes(10);
constexpr std::int64_t kFirst = 2'960'000;
constexpr const char* kSignals[] = {"latency_p99", "rps",        "memory",     "error_ratio",
                                    "cpu",         "cold_start", "containers", "queue"};

SignalTable signals() {
  SignalTable table;
  for (const char* name : kSignals) table[name].name = name;
  table["latency_p99"].unit = Unit::seconds;
  table["memory"].unit = Unit::bytes;
  table["error_ratio"].unit = Unit::ratio;
  return table;
}

Trigger trigger(const char* name, const char* when, Duration window,
                const char* provided = nullptr) {
  static const SignalTable kTable = signals();
  Trigger t{
      .name = name, .when = *Condition::parse(when, kTable), .provided = {}, .window = window};
  if (provided != nullptr) t.provided = *Condition::parse(provided, kTable);
  return t;
}

class Fleet {
 public:
  explicit Fleet(int services) : engine_(default_engine_options()), random_(7) {
    auto roster = std::make_shared<Roster>();
    roster->read_at = slot_start(kFirst - 1, kSlot);
    roster->validity = hours(24 * 3650);
    for (int t = 0; t < 100; ++t) {
      Team& team = roster->teams["team-" + std::to_string(t)];
      for (int m = 0; m < 8; ++m) {
        team.members.push_back({"person-" + std::to_string(m), {{"go", Fluency::fluent}}, {}, {}});
      }
    }
    engine_.roster(roster);
    std::vector<std::shared_ptr<const Decision>> decisions;
    for (int i = 0; i < services; ++i) {
      Decision d;
      d.service = "service-with-a-usual-name-" + std::to_string(100'000 + i);
      d.team = "team-" + std::to_string(i % 100);
      d.language = i % 3 == 0 ? "go" : "python";
      d.id = "0001-" + d.service;
      d.signals = signals();
      d.triggers = {
          trigger("tail", "latency_p99 > 100ms", hours(7 * 24), "rps >= 1600"),
          trigger("errors", "error_ratio > 5% and rps > 10", hours(3 * 24)),
          trigger("memory", "memory > 256MiB or avg(memory, 7d) > 200MiB", hours(14 * 24)),
          trigger("people", "fluent(\"go\") < 2", hours(14 * 24))};
      decisions.push_back(std::make_shared<Decision>(d));
      names_.push_back(d.service);
    }
    engine_.decide(slot_start(kFirst, kSlot), decisions, {});
    for (const std::string& name : names_) {
      ServiceReading& service = next_.services.emplace_back();
      service.service = name;
      for (const char* signal : kSignals) service.signals.push_back({signal, SlotValue::exact(1)});
    }
    next_.length = kSlot;
  }

  // The next slot of all services, with values of which some cross their thresholds.
  const SlotReading& reading() {
    next_.start = slot_start(index_++, kSlot);
    for (ServiceReading& service : next_.services) {
      service.signals[0].value = SlotValue::exact(random_() % 8 == 0 ? 0.13 : 0.08);
      service.signals[1].value = SlotValue::exact(1500 + static_cast<double>(random_() % 1000));
      service.signals[2].value = SlotValue::exact(static_cast<double>(random_() % 300) * 1048576);
      service.signals[3].value = SlotValue::exact(0.01);
    }
    return next_;
  }
  Engine& engine() { return engine_; }
  const std::vector<std::string>& names() const { return names_; }

 private:
  Engine engine_;
  std::mt19937_64 random_;
  std::vector<std::string> names_;
  SlotReading next_;
  std::int64_t index_ = kFirst;
};

void figure(benchmark::State& state, const char* name, std::int64_t each) {
  state.counters[name] =
      benchmark::Counter(static_cast<double>(each * state.iterations()),
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

// One slot of the whole fleet.
void JudgeRound(benchmark::State& state) {
  Fleet fleet(static_cast<int>(state.range(0)));
  for (int i = 0; i < 40; ++i) fleet.engine().judge(fleet.reading());
  for (auto _ : state) {
    state.PauseTiming();
    const SlotReading& reading = fleet.reading();
    state.ResumeTiming();
    benchmark::DoNotOptimize(fleet.engine().judge(reading));
  }
  figure(state, "per_trigger", state.range(0) * 4);
}
BENCHMARK(JudgeRound)->Arg(1000)->Arg(10'000)->Unit(benchmark::kMillisecond);

// What the store is handed after such a round: the state of every service as text.
void SaveRound(benchmark::State& state) {
  Fleet fleet(static_cast<int>(state.range(0)));
  for (int i = 0; i < 200; ++i) fleet.engine().judge(fleet.reading());
  std::size_t bytes = 0;
  for (auto _ : state) {
    bytes = 0;
    for (const std::string& name : fleet.names()) bytes += fleet.engine().save(name).size();
  }
  state.counters["bytes_per_service"] =
      static_cast<double>(bytes) / static_cast<double>(state.range(0));
}
BENCHMARK(SaveRound)->Arg(1000)->Unit(benchmark::kMillisecond);

// One slot into a full window, at the worst of ledgers: no two slots alike.
void LedgerRecord(benchmark::State& state) {
  SlotLedger ledger(static_cast<int>(state.range(0)));
  std::int64_t index = 0;
  for (auto _ : state) {
    ++index;
    ledger.record(index, index % 2 == 0 ? SlotState::ok : SlotState::breach);
    benchmark::DoNotOptimize(ledger.counts());
  }
  state.counters["bytes"] = static_cast<double>(ledger.bytes());
  state.counters["text_bytes"] = static_cast<double>(ledger.encode().size());
}
BENCHMARK(LedgerRecord)->Arg(1008)->Arg(2016)->Arg(SlotLedger::kMaxSlots);

// avg over a window of this many slots.
void WindowAverage(benchmark::State& state) {
  ServiceHistory history;
  const WindowUse use{WindowFunction::avg, "memory", kSlot * state.range(0)};
  history.keep(use, kSlot, 1);
  std::int64_t index = 0;
  for (; index < 3000; ++index) history.add("memory", kSlot, index, SlotValue::exact(1.5));
  for (auto _ : state) {
    history.add("memory", kSlot, ++index, SlotValue::exact(2.5));
    benchmark::DoNotOptimize(history.evaluate(use, kSlot, index));
  }
}
BENCHMARK(WindowAverage)->Arg(6)->Arg(1008)->Arg(2016);

// forecast at the end of each slot, over sixty days.
void Forecast(benchmark::State& state) {
  ServiceHistory history;
  const WindowUse use{WindowFunction::forecast, "memory", hours(90 * 24)};
  history.keep(use, kSlot, 1);
  std::int64_t index = 0;
  for (; index < 144 * 70; ++index) history.add("memory", kSlot, index, SlotValue::exact(1.5));
  for (auto _ : state) {
    history.add("memory", kSlot, ++index, SlotValue::exact(2.5));
    benchmark::DoNotOptimize(history.evaluate(use, kSlot, index));
  }
}
BENCHMARK(Forecast);

}  // namespace
}  // namespace revisitd::rules
