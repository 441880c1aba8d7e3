#pragma once

#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "collectors/async_semaphore.h"
#include "collectors/end_of_life.h"
#include "collectors/promql_source.h"
#include "collectors/scraper.h"
#include "collectors/slot_collector.h"
#include "daemon/absences.h"
#include "daemon/app.h"
#include "daemon/backfill.h"
#include "daemon/backfill_gap.h"
#include "daemon/basic_auth.h"
#include "daemon/clock_watch.h"
#include "daemon/config.h"
#include "daemon/discovery.h"
#include "daemon/engine_options.h"
#include "daemon/http_server.h"
#include "daemon/inputs.h"
#include "daemon/journal.h"
#include "daemon/long_past.h"
#include "daemon/loops.h"
#include "daemon/metrics.h"
#include "daemon/notices.h"
#include "daemon/notify/outbox.h"
#include "daemon/recorder.h"
#include "daemon/request_guard.h"
#include "daemon/running.h"
#include "daemon/slot_schedule.h"
#include "daemon/store_thread.h"
#include "daemon/target_news.h"
#include "daemon/web_config.h"
#include "rules/engine.h"

namespace revisitd::daemon {

struct Remembering;

// What App is made of; private to its source files, which divide it by subject: app_core.cc (life),
// app_start.cc (opening), app_inputs.cc (records, rosters), app_git.cc (fluency from git),
// app_runtime.cc (what runs, and for how long it is supported), app_reload.cc (the configuration
// anew), app_slots.cc (judging), app_gaps.cc, app_backfill.cc and app_long_past.cc (the past),
// app_view.cc (what the API sees and does), app_figures.cc (metrics).
class AppCore final : public AppView {
 public:
  AppCore(boost::asio::any_io_executor executor, AppOptions options, Log& log, const Clock& clock);

  // life
  boost::asio::awaitable<int> run();
  void stop();
  void request_reload();
  [[nodiscard]] std::string address() const { return server_ ? server_->address() : ""; }

  // AppView
  TimePoint now() const override { return clock_.now(); }
  const rules::Engine& engine() const override { return engine_; }
  Readiness readiness() const override;
  std::optional<std::string> stuck() const override;
  std::vector<TargetStatus> targets() const override;
  std::vector<RecordStatusRow> records() const override;
  std::vector<std::string> record_files() const override;
  std::string record_text(const std::string& path) const override;
  const rules::SignalTable& declared_signals() const override { return config_.signals; }
  RosterStatus roster_status() const override;
  FluencyStatus fluency() const override;
  RuntimeFacts runtime_facts() const override;
  std::optional<rules::Absence> absence(const std::string& service, const std::string& signal,
                                        Duration length, std::int64_t index) const override {
    return absences_.find(service, signal, length, index);
  }
  bool show_roster_names() const override { return config_.roster.show_names; }
  BuildInfo build() const override;
  RuntimeInfo runtime() const override;
  std::string config_yaml() const override { return config_.yaml; }
  std::map<std::string, std::string> flags() const override { return options_.flags; }
  std::string external_url() const override { return external_url_; }
  bool lifecycle_enabled() const override { return options_.enable_lifecycle; }
  std::string metrics() const override;
  std::map<std::string, HygieneKept, std::less<>>& hygiene_kept() override { return hygiene_kept_; }
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
  std::vector<std::string> confirm_roster(const std::string& by) override;
  boost::asio::awaitable<Result<Ok, rules::ActionFailure>> requeue(
      std::string delivery_id) override;
  boost::asio::awaitable<Result<std::string>> backup() override;
  BackfillStatus backfill() const override;
  std::optional<PastStanding> long_past(const std::string& service) const override;

 private:
  using Decisions = std::vector<std::shared_ptr<const rules::Decision>>;

  // start: each gives an exit code when it cannot go on
  // Where a large database is: what can be done before the configuration is known.
  void prepare_for_fleet();
  std::optional<int> load_config_file();
  boost::asio::awaitable<std::optional<int>> open_store();
  // Nothing when the file named on the command line cannot be used; that is reported.
  std::optional<WebConfig> load_web_config();
  // What needs the configuration only: targets and servers, and what asks them.
  void make_peers();
  void make_inputs(collectors::RecordsAhead ahead);
  boost::asio::awaitable<std::optional<int>> restore();
  boost::asio::awaitable<void> load_inputs();
  std::optional<int> start_server();
  void make_entry();
  void begin();
  boost::asio::awaitable<void> stop_peers();
  boost::asio::awaitable<void> put_down();
  void fail(int code, const std::string& what);

  // inputs
  boost::asio::awaitable<void> watch_records();
  boost::asio::awaitable<void> watch_hints();
  boost::asio::awaitable<void> watch_rosters();
  boost::asio::awaitable<void> ask_for_rosters();
  boost::asio::awaitable<void> look_at_records(
      collectors::RecordFiles::Look look = collectors::RecordFiles::Look::everywhere);
  void look_at_roster();
  void take_roster(const Inputs::RosterChange& change, storage::Batch& batch);
  void look_at_support();
  void apply_support();
  [[nodiscard]] ServiceRuntime runtime_of(const rules::Decision& decision) const;
  boost::asio::awaitable<void> watch_git();
  void make_git_reader();
  void tell_of_git();
  [[nodiscard]] std::vector<rules::GitRepository> git_readings() const;
  [[nodiscard]] std::shared_ptr<const rules::Roster> with_git(
      std::shared_ptr<const rules::Roster> roster) const;
  boost::asio::awaitable<void> decide(Decisions decisions);
  void keep_records(collectors::RecordScan& scan);
  void report(const std::vector<Diagnostic>& problems);
  void want_signals();
  void apply_peers();
  void told_of_discovery(const std::string& job, const std::string& where, const std::string& why);
  void make_outbox(std::vector<storage::DeliveryRow> pending);
  boost::asio::awaitable<void> watch_reloads();
  boost::asio::awaitable<Status> reload_once();
  Status refuse_reload(const std::string& why);

  // slots and time
  void watch_slots(Duration length);
  boost::asio::awaitable<void> close_slots(Duration length);
  boost::asio::awaitable<void> judge(Duration length, std::int64_t index);
  boost::asio::awaitable<void> keep_time();
  void tell_of_targets();
  boost::asio::awaitable<void> maintain();
  void look_at_clock();
  void absorb(const rules::StepResult& step);
  void save_progress();
  // The same a few parts at a time, so that a fleet's do not hold up the loop.
  boost::asio::awaitable<void> save_progress_in_parts();
  void save_roster_read(storage::Batch& batch) const;
  void save_parts(std::size_t first, std::size_t last, storage::Batch& batch);
  void log_event(const rules::Event& event);

  // the past
  using KnownTriggers = std::map<std::pair<std::string, std::string>,  // service, trigger
                                 std::pair<rules::Interned<std::string>, Duration>>;
  KnownTriggers known_triggers() const;
  void plan_backfill(const KnownTriggers& before, const rules::SlotHistory& stored);
  void resume_backfill();
  void start_backfill();
  boost::asio::awaitable<void> drain_backfill(std::string server);
  BackfillEnvironment backfill_environment();
  void plan_long_past();
  void plan_missed_past(Duration length, SlotRange gap);
  void start_long_past();
  boost::asio::awaitable<void> drain_long_past(std::string server);
  LongPastEnvironment long_past_environment();
  GapEnvironment gap_environment();
  std::vector<GapSignal> gap_signals(Duration length) const;
  std::map<Duration, std::int64_t> longest_needs() const;
  bool open_gaps(std::optional<std::pair<Duration, std::int64_t>> waiting);
  boost::asio::awaitable<void> fill_gaps();
  boost::asio::awaitable<void> judge_in_order(std::vector<rules::SlotReading> readings);
  boost::asio::awaitable<void> store_fetched(std::vector<storage::SlotRow> rows);
  boost::asio::awaitable<void> rejudge(std::vector<BackfillPlan::Ready> ready);
  boost::asio::awaitable<bool> doze(Duration time);
  std::shared_ptr<collectors::PromqlSource> source_named(const std::string& server) const;
  BackfillFigures backfill_figures() const;
  void note_backfill(const BackfillNote& note);
  void note_long_past(const LongPastNote& note);
  void note_gap(const GapNote& note);

  // serving
  [[nodiscard]] std::optional<rules::ActionFailure> takes_no_writes() const;
  [[nodiscard]] rules::ActionFailure not_on_disk_yet() const;
  boost::asio::awaitable<HttpResponse> answer(HttpRequest request);
  StateFigures state_figures() const;
  ScrapeFigures scrape_figures() const;
  QueryFigures query_figures() const;
  void note(const notify::OutboxNote& note);
  // Tells it, if there is something, and keeps what was told.
  void tell_notice(const std::optional<notify::Notice>& notice);
  void keep_notices();
  void note_start();
  void note_end();

  boost::asio::any_io_executor executor_;
  AppOptions options_;
  Log& log_;
  const Clock& clock_;
  Metrics metrics_;
  Config config_;
  std::string external_url_;
  std::string instance_;
  WebConfig web_config_;

  rules::Engine engine_;  // outlives the store's thread, which puts what it remembers into it
  StoreThread store_;
  Recorder recorder_{engine_};
  std::optional<Journal> journal_;
  collectors::AsyncSemaphore gate_;         // one at a time: judging a slot, taking decisions over
  collectors::AsyncSemaphore reload_gate_;  // one reload at a time
  ClockWatch clock_watch_;
  std::unique_ptr<collectors::RepeatingClient> http_;
  std::unique_ptr<collectors::RepeatingClient> pages_;  // and control groups: for the scraper
  std::unique_ptr<collectors::SlotCollector> collector_;
  std::unique_ptr<collectors::Scraper> scraper_;
  std::vector<std::shared_ptr<collectors::PromqlSource>> sources_;
  std::shared_ptr<Discovery> discovery_;
  collectors::FileWatch watch_;
  std::optional<Inputs> inputs_;
  RunningServices running_;
  AbsenceLog absences_;
  std::map<std::string, HygieneKept, std::less<>> hygiene_kept_;
  std::optional<collectors::EndOfLifeFiles> end_of_life_;
  std::unique_ptr<collectors::GitReader> git_;  // null: no repository is configured
  TargetNews target_news_;
  std::string told_of_;                          // how targets and servers stood at the last look
  std::map<std::string, std::string> git_told_;  // problems of repositories that the log has had
  std::shared_ptr<Remembering> remembered_;      // from open_store() to restore()
  storage::Batch tidying_;   // of rows about records: to be written once the journal is there
  storage::Batch readings_;  // of records, at a start: nobody waits for them to be written
  std::optional<collectors::RecordScan> first_scan_;  // made with inputs_, until it is decided on
  Backfill backfill_;
  LongPast long_past_;
  GapFiller gaps_;
  std::map<Duration, std::int64_t> filled_to_;  // slots of a length from here on are not missed yet
  std::vector<storage::StateRow> saved_backfill_;
  std::unique_ptr<notify::Outbox> outbox_;
  Notices notices_;
  HttpHandler handler_;  // answers
  HttpHandler entry_;    // asks for passwords first
  std::unique_ptr<HttpServer> server_;
  Loops loops_;
  boost::asio::steady_timer stopping_;
  boost::asio::steady_timer hint_;         // wakes watch_records()
  boost::asio::steady_timer reload_wish_;  // wakes watch_reloads()

  bool stop_asked_ = false;
  bool reload_asked_ = false;
  bool records_settle_ = false;  // something was written a moment ago
  bool serving_ = false;         // all that answers need is there
  bool loaded_ = false;
  int exit_code_ = 0;
  RuntimeInfo runtime_;
  std::vector<Diagnostic> reported_;  // problems of records that the log has had
  std::vector<std::string> signal_problems_;
  std::set<Duration> lengths_;     // of slots that are judged
  std::set<Duration> slot_loops_;  // lengths of which close_slots() runs
  Duration last_beat_{};           // monotonic time of the last round of keep_time()
  Duration support_due_{};         // monotonic time from which apply_support() is wanted again
  // From restore() to load_inputs(); the store's thread puts it there.
  std::shared_ptr<collectors::SlotCollector::SavedProgress> saved_progress_;
  std::set<std::size_t> saved_parts_;  // that the store has
  TimePoint quiet_until_{};            // nothing comes due before
  QueryFigures past_queries_;          // of servers before the last reload
  storage::StoreStats stats_;          // as of the last maintenance
};

}  // namespace revisitd::daemon
