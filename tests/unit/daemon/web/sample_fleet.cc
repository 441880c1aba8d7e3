#include "tests/unit/daemon/web/sample_fleet.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <tuple>

#include "rules/record.h"

namespace revisitd::daemon::web {
namespace {

using rules::SlotValue;
using std::chrono::hours;
using std::chrono::minutes;

constexpr Duration kDay = hours(24);
constexpr double kMebi = 1024.0 * 1024.0;

rules::SignalTable sample_signals() {
  rules::SignalTable table;
  const auto add = [&](const char* name, Unit unit) {
    table[name].name = name;
    table[name].unit = unit;
  };
  add("latency_p99", Unit::seconds);
  add("rps", Unit::number);
  add("memory", Unit::bytes);
  add("error_ratio", Unit::ratio);
  add("containers_per_node", Unit::number);
  return table;
}

const char* const kCheckout = R"(# Use Python for checkout
* Status: accepted
* Date: 2026-05-04

```yaml revisit
service: checkout
team: payments
language: python
alternatives: [go, java]
workload: network-service
envelope: {latency_p99: 100ms, rps: 2000, memory: 256MiB}
review_by: 2027-05-04
triggers:
  tail-latency:
    when: latency_p99 > 100ms
    provided: rps >= 1200
    window: 7d
    trip: 60%
    clear: 30%
    coverage: 40%
    favours: go
    why: Python was chosen while the tail fitted the envelope.
  memory:
    when: memory > 256MiB
    window: 7d
    trip: 90%
    favours: go
  density:
    when: containers_per_node < 20
    window: 30d
    favours: go
    why: Cost per node was assumed at 20 containers and above.
  fluency:
    when: fluent("python") < 2
    window: 14d
    hard: true
    favours: go
```
)";

const char* const kReports = R"(# Python for the nightly reports
* Status: accepted
* Date: 2026-02-11

```yaml revisit
service: reports
team: insights
language: python
workload: data-pipeline
review_by: 2026-11-01
triggers:
  slow-under-load: {when: latency_p99 > 30s, provided: rps >= 50, window: 7d}
```
)";

const char* const kIngest = R"(# Go for ingest
* Status: accepted
* Date: 2025-12-02

```yaml revisit
service: ingest
team: platform
language: go
workload: network-service
envelope: {memory: 64MiB}
triggers:
  errors: {when: error_ratio > 1%, window: 2d}
  footprint: {when: memory > 64MiB, window: 7d, why: The node pool has no room above this.}
```
)";

const char* const kSearch = R"(# Go for search
* Status: accepted
* Date: 2026-08-20

```yaml revisit
service: search
team: discovery
language: go
alternatives: [python]
workload: network-service
triggers:
  tail-latency: {when: latency_p99 > 80ms, window: 7d}
  machine-learning: {when: rps < 10, window: 30d, favours: python}
```
)";

std::string clear_record(int number) {
  const std::array teams = {"payments", "platform", "discovery", "insights"};
  const std::array names = {"billing", "catalog", "ledger",   "mailer",
                            "orders",  "pricing", "shipping", "users"};
  const auto n = static_cast<std::size_t>(number);
  const std::string service = std::string(names[n % names.size()]) +
                              (n < names.size() ? "" : "-" + std::to_string(n / names.size()));
  const std::string language = n % 3 == 0 ? "python" : "go";
  return "# Use " + language + " for " + service + "\n* Status: accepted\n* Date: 2026-03-0" +
         std::to_string(1 + n % 9) + "\n\n```yaml revisit\nservice: " + service +
         "\nteam: " + teams[n % 4] + "\nlanguage: " + language +
         "\nreview_every: 365d\ntriggers:\n  tail-latency: {when: latency_p99 > 250ms, window: "
         "7d}\n"
         "  memory: {when: memory > 512MiB, window: 7d}\n```\n";
}

std::shared_ptr<const rules::Decision> decision_of(const std::string& record) {
  const std::size_t name = record.find("service: ") + 9;
  const std::string service = record.substr(name, record.find('\n', name) - name);
  const rules::RecordReading reading =
      rules::read_record({"records/" + service + ".md", record, "", ""}, sample_signals());
  if (reading.decisions.size() != 1) {
    throw std::runtime_error(
        reading.diagnostics.empty() ? "no decision" : format_diagnostic(reading.diagnostics[0]));
  }
  return std::make_shared<const rules::Decision>(reading.decisions[0]);
}

// Repeatable noise in [-1, 1].
double noise(std::int64_t index, unsigned salt) {
  auto x = static_cast<std::uint64_t>(index) * 0x9E3779B97F4A7C15ull + salt * 0xBF58476D1CE4E5B9ull;
  x ^= x >> 29;
  x *= 0x94D049BB133111EBull;
  x ^= x >> 32;
  return static_cast<double>(x % 20001) / 10000.0 - 1;
}

// 0 at night, 1 at noon.
double daylight(TimePoint at) {
  const double hour = static_cast<double>((at.time_since_epoch() % kDay).count()) / 3.6e6;
  return 0.5 - 0.5 * std::cos(hour / 24 * 2 * 3.14159265358979);
}

// To whole steps, so that every machine gets the same digits.
double rounded(double value, double step) { return std::round(value / step) * step; }

// The bucket a latency lies in, as a classic histogram would say.
SlotValue bucketed(double exact) {
  const double value = rounded(exact, 1e-4);
  double low = 0;
  for (const double bound : {0.025, 0.05, 0.1, 0.15, 0.25, 0.5}) {
    if (value <= bound) return {value, low, bound};
    low = bound;
  }
  return {value, low, std::numeric_limits<double>::infinity()};
}

// One service's value at a time; nothing where it is missing.
std::optional<SlotValue> value_of(const std::string& service, const std::string& signal,
                                  TimePoint at, std::int64_t index) {
  const double day = daylight(at);
  const bool late = at > sample_now() - 6 * kDay;
  if (service == "checkout") {
    if (at > sample_now() - 3 * kDay && at < sample_now() - 3 * kDay + hours(5))
      return std::nullopt;
    if (signal == "latency_p99") {
      return bucketed((late ? 0.118 : 0.072) + 0.022 * day + 0.006 * noise(index, 1) +
                      (index % 97 == 0 ? 0.06 : 0));
    }
    if (signal == "rps")
      return SlotValue::exact(std::round(700 + 1500 * day + 60 * noise(index, 2)));
    if (signal == "memory")
      return SlotValue::exact(std::round(188 + 36 * day + 4 * noise(index, 3)) * kMebi);
    if (signal == "containers_per_node") return SlotValue::exact(24 + std::round(noise(index, 4)));
  }
  if (service == "reports") {
    if (signal == "latency_p99") return SlotValue::exact(rounded(12 + noise(index, 5), 0.125));
    if (signal == "rps") return SlotValue::exact(rounded(3 + noise(index, 6), 0.125));
  }
  if (service == "ingest") {
    if (signal == "memory" && at < sample_now() - 2 * kDay) {
      return SlotValue::exact(std::round(47 + 3 * noise(index, 7)) * kMebi);
    }
    return std::nullopt;
  }
  if (signal == "latency_p99")
    return SlotValue::exact(rounded(0.031 + 0.012 * day + 0.003 * noise(index, 8), 1e-4));
  if (signal == "rps") return SlotValue::exact(std::round(400 + 200 * day));
  if (signal == "memory") return SlotValue::exact(std::round(96 + 8 * noise(index, 9)) * kMebi);
  return std::nullopt;
}

void judge_slot(FakeApp& app, Duration length, std::int64_t index) {
  rules::SlotReading reading;
  reading.length = length;
  reading.start = slot_start(index, length);
  for (const auto& [service, state] : app.core.decisions()) {
    rules::ServiceReading row{service, {}};
    const bool before = reading.start < sample_now() - 6 * kDay;
    if (service == "checkout") row.version = before ? "1.4.1" : "1.4.2";
    for (const char* signal :
         {"latency_p99", "rps", "memory", "error_ratio", "containers_per_node"}) {
      const auto value = value_of(service, signal, reading.start, index);
      row.signals.push_back({signal, value, rules::Absence::no_data});
      if (value) app.slot_values[{service, signal, length}].push_back({index, *value});
    }
    reading.services.push_back(std::move(row));
  }
  app.keep(app.core.judge(reading));
}

std::shared_ptr<const rules::Roster> sample_roster() {
  using rules::Fluency;
  rules::Roster roster;
  roster.source = "roster.yaml";
  roster.read_at = sample_now() - 40 * kDay;
  roster.validity = 400 * kDay;
  roster.teams["payments"] = {
      "payments",
      {{"ana", {{"python", Fluency::fluent}, {"go", Fluency::shipped}}, {}, {}},
       {"bo", {{"python", Fluency::fluent}, {"go", Fluency::fluent}}, {}, {}},
       {"cy", {{"go", Fluency::fluent}, {"python", Fluency::learning}}, {}, {}}}};
  roster.teams["platform"] = {"platform",
                              {{"di", {{"go", Fluency::fluent}}, {}, sample_now() + 11 * kDay}}};
  return std::make_shared<const rules::Roster>(roster);
}

void add_surroundings(FakeApp& app) {
  const TimePoint now = app.clock;
  app.run.started = now - 41 * kDay;
  app.run.config_loaded = now - 2 * kDay;
  app.roster_state = {"roster.yaml, skills.csv",
                      now - hours(2),
                      true,
                      "",
                      {{"roster.yaml", "file", "good", now - hours(2), true, 4, ""},
                       {"skills.csv", "csv", "quarantined", now - hours(9), true, 12,
                        "lists 2 people where 12 were"}},
                      2};
  app.target_rows = {{"scrape",
                      "app",
                      "http://10.0.3.14:8080/metrics",
                      "checkout",
                      {{"pod", "checkout-7d9f-abcde"}},
                      "up",
                      "",
                      now - std::chrono::seconds(9),
                      Duration(23),
                      412,
                      std::chrono::seconds(15)},
                     {"scrape",
                      "app",
                      "http://10.0.3.77:8080/metrics",
                      "ingest",
                      {{"pod", "ingest-0"}},
                      "down",
                      "connect to 10.0.3.77:8080: connection refused",
                      now - std::chrono::seconds(4),
                      Duration(2),
                      0,
                      std::chrono::seconds(15)},
                     {"prometheus",
                      "main",
                      "http://127.0.0.1:9090",
                      "",
                      {},
                      "up",
                      "",
                      now - std::chrono::seconds(31),
                      Duration(140),
                      1204,
                      minutes(10)}};
  app.record_rows = {{"records/checkout.md", "checkout", "accepted", true, false, {}},
                     {"records/mobile.md",
                      "mobile",
                      "accepted",
                      true,
                      true,
                      {{"records/mobile.md",
                        {17, 11},
                        "unknown unit: 100m is no duration; expected for instance 100ms or 1m",
                        "    when: latency_p99 > 100m",
                        Severity::error}}},
                     {"records/0003-old-cart.md", "cart", "superseded", false, false, {}}};
  app.delivery_rows = {
      {"d-1", "payments-slack", "revisit.opened", "checkout", "r", "{}",
       storage::DeliveryState::delivered, 1, now - 4 * kDay, now, now - 4 * kDay, ""},
      {"d-2", "platform-hook", "trigger.blind", "ingest", "", "{}", storage::DeliveryState::dead,
       14, now - 2 * kDay, now, now - hours(3), "410 Gone"},
      {"d-3",
       "alertmanager",
       "revisit.reminder",
       "checkout",
       "r",
       "{}",
       storage::DeliveryState::pending,
       3,
       now - hours(1),
       now + minutes(4),
       {},
       "connection refused"}};
}

}  // namespace

TimePoint sample_now() { return *parse_time("2026-11-23T12:00:00Z"); }

std::unique_ptr<FakeApp> fleet_of(const std::string& record, const std::vector<Duration>& ladder) {
  rules::EngineOptions options = rules::default_engine_options();
  if (!ladder.empty()) options.ladder = ladder;
  auto app = std::make_unique<FakeApp>(std::move(options), sample_now());
  app->keep(app->core.decide(sample_now() - 40 * kDay, {decision_of(record)}, {}));
  return app;
}

std::unique_ptr<FakeApp> sample_fleet(int clear_services) {
  auto app = std::make_unique<FakeApp>(rules::default_engine_options(), sample_now());
  app->declared = sample_signals();
  app->core.roster(sample_roster());
  std::vector<std::shared_ptr<const rules::Decision>> decisions;
  for (const char* record : {kCheckout, kReports, kIngest, kSearch})
    decisions.push_back(decision_of(record));
  for (int i = 0; i < clear_services; ++i) decisions.push_back(decision_of(clear_record(i)));
  app->keep(app->core.decide(sample_now() - 40 * kDay, decisions, {}));
  for (const auto& [length, span] : {std::pair<Duration, Duration>(minutes(10), 11 * kDay),
                                     {hours(1), 31 * kDay},
                                     {minutes(1), hours(3)}}) {
    const std::int64_t last = slot_index(sample_now(), length);
    for (std::int64_t i = last - span / length; i < last; ++i) judge_slot(*app, length, i);
  }
  std::sort(app->trail_rows.begin(), app->trail_rows.end(), [](const auto& a, const auto& b) {
    return std::tie(a.at, a.sequence) < std::tie(b.at, b.sequence);
  });
  add_surroundings(*app);
  return app;
}

}  // namespace revisitd::daemon::web
