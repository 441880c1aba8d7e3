#include <benchmark/benchmark.h>
#include <stdlib.h>

#include <cmath>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "storage/store.h"

// What a fleet's slots and states cost the database: a round at a time, and over a day.
namespace revisitd::storage {
namespace {

constexpr Duration kMinute = std::chrono::minutes(1);
constexpr std::int64_t kFirst = 29'000'000;  // of the one-minute slots, some time in 2025
constexpr int kDay = 24 * 60;

class Folder {
 public:
  Folder() {
    if (::mkdtemp(path_.data()) == nullptr) throw std::runtime_error("no temporary folder");
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { std::filesystem::remove_all(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_ = (std::filesystem::temp_directory_path() / "storage-bench-XXXXXX").string();
};

// Four signals as they come: a quantile with its bucket, a rate, bytes, and a ratio that is mostly
// zero.
class Fleet {
 public:
  explicit Fleet(int services) {
    for (int i = 0; i < services; ++i) names_.push_back("svc-" + std::to_string(i));
  }

  std::vector<SlotRow> round(std::int64_t slot) {
    std::vector<SlotRow> rows;
    const double noon = std::sin(static_cast<double>(slot) / kDay * 6.28);
    for (const std::string& service : names_) {
      const double load = 500 + 300 * noon + noise_(random_) * 20;
      const double p99 = 0.080 + 0.02 * noon + std::abs(noise_(random_)) * 0.004;
      const double bytes = 4096 * std::floor(50'000 + noise_(random_) * 300);
      const double errors = noise_(random_) > 2 ? std::floor(load / 50) / (load * 60) : 0;
      const double low = p99 < 0.1 ? 0.05 : 0.1;
      add(rows, service, "latency_p99", slot, {p99, low, low < 0.1 ? 0.1 : 0.25});
      add(rows, service, "rps", slot, rules::SlotValue::exact(std::floor(load * 60) / 60));
      add(rows, service, "memory", slot, rules::SlotValue::exact(bytes));
      add(rows, service, "error_ratio", slot, rules::SlotValue::exact(errors));
    }
    return rows;
  }

  const std::vector<std::string>& names() const { return names_; }

 private:
  static void add(std::vector<SlotRow>& rows, const std::string& service, const char* signal,
                  std::int64_t slot, const rules::SlotValue& value) {
    rows.push_back({service, signal, kMinute, slot, value});
  }

  std::vector<std::string> names_;
  std::mt19937 random_{7};
  std::normal_distribution<double> noise_;
};

void AppendRound(benchmark::State& state) {
  const Folder folder;
  const auto store = open_store({.directory = folder.path()});
  Fleet fleet(static_cast<int>(state.range(0)));
  std::int64_t slot = kFirst;
  for (auto _ : state) {
    state.PauseTiming();
    const auto rows = fleet.round(slot++);
    state.ResumeTiming();
    store->append_slots(rows);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0) * 4);
}

// All decisions of a fleet saved in one step, as after a slot that changed every ledger.
void CommitStates(benchmark::State& state) {
  const Folder folder;
  const auto store = open_store({.directory = folder.path()});
  const Fleet fleet(static_cast<int>(state.range(0)));
  std::string value(static_cast<std::size_t>(state.range(1)), 'x');
  for (auto _ : state) {
    Batch batch;
    for (const std::string& service : fleet.names())
      batch.puts.push_back({"decision", service, value});
    benchmark::DoNotOptimize(store->commit(batch));
    value.front() = static_cast<char>(value.front() ^ 1);
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

// Bytes on disk that a day of a fleet takes, and what they cost; the first hours fill what every
// store needs.
void Day(benchmark::State& state) {
  double grown = 0;
  for (auto _ : state) {
    const Folder folder;
    const auto store = open_store({.directory = folder.path()});
    Fleet fleet(static_cast<int>(state.range(0)));
    std::int64_t slot = kFirst;
    for (int i = 0; i < kDay; ++i) store->append_slots(fleet.round(slot++));
    store->checkpoint();
    const std::int64_t before = store->stats().database_bytes;
    for (int i = 0; i < kDay; ++i) store->append_slots(fleet.round(slot++));
    store->checkpoint();
    grown += static_cast<double>(store->stats().database_bytes - before);
  }
  const double slots =
      static_cast<double>(state.iterations()) * kDay * static_cast<double>(state.range(0)) * 4;
  state.counters["bytes_per_slot"] = grown / slots;
  state.counters["MiB_a_day_of_1000_services"] = grown / slots * kDay * 4000 / (1 << 20);
}

BENCHMARK(AppendRound)->Arg(1000)->Unit(benchmark::kMillisecond);
BENCHMARK(CommitStates)->Args({1000, 250})->Args({1000, 1000})->Unit(benchmark::kMillisecond);
BENCHMARK(Day)->Arg(10)->Unit(benchmark::kSecond)->Iterations(1);

}  // namespace
}  // namespace revisitd::storage
