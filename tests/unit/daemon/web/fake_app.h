#pragma once

#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "daemon/app_view.h"

// A running daemon as far as the API and the pages can see: a real engine, everything else held in
// members that a test fills.
namespace revisitd::daemon::web {

class FakeApp : public AppView {
 public:
  using Series = std::tuple<std::string, std::string, Duration>;  // service, signal, slot length

  FakeApp(rules::EngineOptions options, TimePoint at) : clock(at), core(std::move(options)) {}

  TimePoint clock;
  rules::Engine core;
  Readiness ready_state{true, {}};
  std::optional<std::string> stuck_why;
  std::vector<TargetStatus> target_rows;
  std::vector<RecordStatusRow> record_rows;
  std::map<std::string, std::string> record_texts;  // by path
  rules::SignalTable declared;
  RosterStatus roster_state;
  bool names_shown = false;
  RuntimeInfo run;
  std::string url = "http://127.0.0.1:9750";
  bool lifecycle = false;
  BackfillStatus past;
  std::optional<PastStanding> standing;
  Status reload_result = Ok{};
  int reloads = 0;
  std::vector<storage::TrailRow> trail_rows;  // oldest first
  std::vector<storage::DeliveryRow> delivery_rows;
  std::map<Series, std::vector<storage::IndexedValue>> slot_values;
  std::vector<rules::Revisit> finished;
  std::map<std::string, rules::Absence> absences;  // by signal
  std::map<std::string, HygieneKept, std::less<>> kept;
  std::vector<std::string> waiting_sources;

  // How often it was asked something, and the question that throws instead of being answered.
  mutable std::size_t asked = 0;
  std::optional<std::size_t> throws_at;

  // Keeps a step's events as trail rows.
  void keep(const rules::StepResult& step);

  TimePoint now() const override {
    ask();
    return clock;
  }
  const rules::Engine& engine() const override {
    ask();
    return core;
  }
  Readiness readiness() const override {
    ask();
    return ready_state;
  }
  std::optional<std::string> stuck() const override {
    ask();
    return stuck_why;
  }
  std::vector<TargetStatus> targets() const override {
    ask();
    return target_rows;
  }
  std::vector<RecordStatusRow> records() const override {
    ask();
    return record_rows;
  }
  std::string record_text(const std::string& path) const override {
    ask();
    const auto found = record_texts.find(path);
    return found == record_texts.end() ? "" : found->second;
  }
  const rules::SignalTable& declared_signals() const override {
    ask();
    return declared;
  }
  RosterStatus roster_status() const override {
    ask();
    return roster_state;
  }
  std::optional<rules::Absence> absence(const std::string&, const std::string& signal, Duration,
                                        std::int64_t) const override {
    ask();
    const auto found = absences.find(signal);
    return found == absences.end() ? std::nullopt : std::optional(found->second);
  }
  std::map<std::string, HygieneKept, std::less<>>& hygiene_kept() override {
    ask();
    return kept;
  }
  std::vector<std::string> confirm_roster(const std::string&) override {
    ask();
    return waiting_sources;
  }
  bool show_roster_names() const override {
    ask();
    return names_shown;
  }
  BuildInfo build() const override {
    ask();
    return {"0.1.0", "0123abc", "clang 19", "Debug"};
  }
  RuntimeInfo runtime() const override {
    ask();
    return run;
  }
  std::string config_yaml() const override {
    ask();
    return "receivers:\n  - slack: {api_url: <secret>}\n";
  }
  std::map<std::string, std::string> flags() const override {
    ask();
    return {{"config.file", "revisitd.yml"}};
  }
  std::string external_url() const override {
    ask();
    return url;
  }
  bool lifecycle_enabled() const override {
    ask();
    return lifecycle;
  }
  BackfillStatus backfill() const override {
    ask();
    return past;
  }
  std::optional<PastStanding> long_past(const std::string&) const override {
    ask();
    return standing;
  }
  std::string metrics() const override {
    ask();
    return "revisitd_ready 1\n";
  }

  boost::asio::awaitable<std::vector<storage::TrailRow>> trail(storage::TrailQuery query) override;
  boost::asio::awaitable<std::vector<storage::DeliveryRow>> deliveries(
      storage::DeliveryQuery query) override;
  boost::asio::awaitable<rules::SlotHistory> history(
      std::vector<rules::HistoryNeed> needs) override;
  boost::asio::awaitable<std::vector<storage::IndexedValue>> slots(std::string service,
                                                                   std::string signal,
                                                                   Duration length,
                                                                   std::int64_t first,
                                                                   std::int64_t last) override;
  boost::asio::awaitable<std::vector<rules::Revisit>> revisits(std::string state) override;
  boost::asio::awaitable<Result<rules::Revisit, rules::ActionFailure>> act(
      rules::Action action) override;
  boost::asio::awaitable<Status> reload() override;
  boost::asio::awaitable<storage::StoreStats> store_stats() override;
  boost::asio::awaitable<Result<Ok, rules::ActionFailure>> requeue(
      std::string delivery_id) override;
  boost::asio::awaitable<Result<std::string>> backup() override;

 private:
  void ask() const;
};

}  // namespace revisitd::daemon::web
