#include <algorithm>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <set>

#include "daemon/app_core.h"
#include "daemon/peers.h"
#include "daemon/record_json.h"
#include "daemon/recorder.h"
#include "daemon/roster_json.h"
#include "daemon/stored_slots.h"
#include "daemon/wanted_signals.h"

// What people write: records and rosters.
namespace revisitd::daemon {
namespace {

namespace asio = boost::asio;

constexpr Duration kBeat = std::chrono::seconds(1);
constexpr Duration kSoon = std::chrono::milliseconds(300);
constexpr Duration kSettled =
    std::chrono::milliseconds(1100);  // when RecordFiles takes a text for finished

}  // namespace

void AppCore::report(const std::vector<Diagnostic>& problems) {
  for (const Diagnostic& d : problems) {
    if (std::find(reported_.begin(), reported_.end(), d) != reported_.end()) continue;
    const LogLevel level = d.severity == Severity::error ? LogLevel::error : LogLevel::warn;
    if (d.place.line == 0) {
      log_.write(level, d.message, {{"file", d.file}});
      continue;
    }
    const std::string place = std::to_string(d.place.line) + ":" + std::to_string(d.place.column);
    log_.write(level, d.message, {{"file", d.file}, {"place", place}, {"line", d.source}});
  }
}

asio::awaitable<void> AppCore::look_at_records(collectors::RecordFiles::Look look) {
  collectors::RecordScan scan = first_scan_ ? *std::exchange(first_scan_, std::nullopt)
                                            : inputs_->look_at_records(clock_.now(), look);
  report(scan.diagnostics);
  reported_ = scan.diagnostics;
  records_settle_ = scan.settling;
  keep_records(scan);
  if (!scan.changed && loaded_) co_return;
  co_await decide(*scan.decisions);
}

void AppCore::keep_records(collectors::RecordScan& scan) {
  using collectors::absolute_path;
  storage::Batch batch;
  for (const std::string& path : scan.renewed) {
    auto source = inputs_->last_good(path);
    if (!source) continue;
    source->path = absolute_path(path);
    if (!source->side_path.empty()) source->side_path = absolute_path(source->side_path);
    batch.puts.push_back({kRecordKind, source->path, record_to_json(*source)});
  }
  storage::Batch& readings = loaded_ ? batch : readings_;
  for (auto& [path, reading] : scan.readings)
    readings.puts.push_back({kReadingKind, absolute_path(path), std::move(reading)});
  for (const std::string& path : scan.removed) {
    batch.erases.emplace_back(kRecordKind, absolute_path(path));
    batch.erases.emplace_back(kReadingKind, absolute_path(path));
  }
  journal_->add(std::move(batch));
}

asio::awaitable<void> AppCore::decide(Decisions decisions) {
  const collectors::AsyncSemaphore::Permit permit = co_await gate_.acquire();
  auto needs = engine_.needs(clock_.now(), decisions);
  rules::SlotHistory history;
  // A store that is new holds no slots, and its first commit need not be waited for.
  const bool none_stored = !loaded_ && stats_.step == 0;
  if (!needs.empty() && !none_stored) {
    // What was judged a moment ago must be there to be read; a disk that takes nothing is not
    // waited for. At the start nothing was judged yet.
    if (loaded_ && journal_->writable()) co_await journal_->durable();
    try {
      auto read = [&needs](storage::Store& store) { return read_history(store, needs); };
      history = co_await store_.ask(std::move(read));
    } catch (const storage::StoreError& error) {
      log_.error("stored slots cannot be read", {{"why", error.what()}});
    }
  }
  // Only servers have a past to ask for.
  const KnownTriggers known = config_.prometheus.empty() ? KnownTriggers() : known_triggers();
  absorb(engine_.decide(clock_.now(), decisions, history));
  plan_backfill(known, history);
  if (loaded_) plan_long_past();
  apply_support();
  if (loaded_) want_signals();
}

void AppCore::want_signals() {
  std::vector<collectors::WantedSignal> wanted;
  std::vector<std::string> services;
  std::size_t own = 0;
  const RunningServices::Signals running = RunningServices::signals(config_.running);
  for (const auto& [service, state] : engine_.decisions()) {
    services.push_back(service);
    if (!state.decision) continue;
    const std::size_t first = wanted.size();
    add_wanted_signals(*state.decision, config_.global.slots, wanted);
    own += wanted.size() - first;
    RunningServices::want(service, running, config_.global.slots.front(), wanted);
    // In the collector's order: sorting all of a fleet's costs several times as much.
    if (!running.empty())
      std::sort(wanted.begin() + static_cast<std::ptrdiff_t>(first), wanted.end(),
                collectors::wanted_before);
  }
  absences_.keep_only(services);
  std::erase_if(hygiene_kept_,
                [this](const auto& kept) { return !engine_.decisions().contains(kept.first); });
  runtime_.signals = own;
  std::vector<std::string> problems = collector_->want(std::move(wanted));
  for (const std::string& problem : problems) {
    if (std::find(signal_problems_.begin(), signal_problems_.end(), problem) ==
        signal_problems_.end()) {
      log_.error("a signal can never have a value", {{"why", problem}});
    }
  }
  signal_problems_ = std::move(problems);
}

void AppCore::apply_peers() {
  past_queries_ = query_figures();
  sources_.clear();
  for (const PrometheusServer& server : config_.prometheus) {
    sources_.push_back(collectors::make_promql_source(executor_, *http_, promql_spec(server),
                                                      [this] { return clock_.now(); }));
  }
  collector_->set_sources(sources_);
  DiscoveryEnvironment environment;
  environment.executor = executor_;
  environment.now = [this] { return clock_.now(); };
  environment.changed = [this] { scraper_->apply(discovery_->targets()); };
  environment.told = [this](const std::string& job, const std::string& where,
                            const std::string& why) { told_of_discovery(job, where, why); };
  auto next = std::make_shared<Discovery>(
      std::move(environment), target_jobs(config_, options_.features, executor_, *http_));
  next->start(discovery_.get());
  if (discovery_) discovery_->stop();
  discovery_ = std::move(next);
  scraper_->apply(discovery_->targets());
}

void AppCore::told_of_discovery(const std::string& job, const std::string& where,
                                const std::string& why) {
  if (why.empty()) {
    log_.info("targets are found again", {{"job", job}, {"where", where}});
  } else {
    log_.warn("targets cannot be found; those known stay",
              {{"job", job}, {"where", where}, {"why", why}});
  }
}

asio::awaitable<void> AppCore::ask_for_rosters() {
  while (!loops_.cancelled()) {
    bool asked = false;
    // Copies: a reload may put other sources there meanwhile.
    const auto served = inputs_->served_rosters();
    for (const auto& source : served) {
      if (loops_.cancelled()) co_return;
      if (!source->due(clock_.now())) continue;
      co_await source->refresh(clock_.now());
      asked = true;
    }
    if (loops_.cancelled()) co_return;
    if (asked) look_at_roster();
    if (!co_await sleep_for(kBeat)) co_return;
  }
}

void AppCore::look_at_roster() {
  if (!inputs_->has_roster()) return;
  const Inputs::RosterChange change = inputs_->look_at_rosters(clock_.now());
  report(change.problems);
  storage::Batch batch;
  if (change.readings_changed) {
    batch.puts.push_back(
        {kMetaKind, "roster-sources", readings_to_json(inputs_->roster_readings())});
  }
  if (change.roster) take_roster(change, batch);
  if (batch.empty()) return;
  save_roster_read(batch);
  journal_->add(std::move(batch));
}

void AppCore::take_roster(const Inputs::RosterChange& change, storage::Batch& batch) {
  const auto roster = with_git(change.roster);
  const auto before = engine_.rosters().newest();
  const bool other = change.changed || !before || before->teams != roster->teams;
  absorb(engine_.roster(roster));
  if (other) batch.puts.push_back({kMetaKind, "roster", roster_to_json(*roster)});
}

std::vector<std::string> AppCore::confirm_roster(const std::string& by) {
  std::vector<std::string> sources = inputs_->confirm_rosters();
  for (const std::string& source : sources)
    log_.info("a roster is believed because somebody says so", {{"source", source}, {"by", by}});
  if (!sources.empty()) look_at_roster();
  return sources;
}

asio::awaitable<void> AppCore::watch_records() {
  while (!loops_.cancelled()) {
    hint_.expires_after(records_settle_ ? std::min(kSettled, config_.records.poll_interval)
                                        : config_.records.poll_interval);
    boost::system::error_code hinted;
    co_await hint_.async_wait(asio::redirect_error(asio::use_awaitable, hinted));
    if (loops_.cancelled()) co_return;
    using Look = collectors::RecordFiles::Look;
    co_await look_at_records(hinted || watch_.fd() < 0 ? Look::everywhere : Look::in_turn);
    look_at_roster();
    look_at_support();
  }
}

asio::awaitable<void> AppCore::watch_hints() {
  if (watch_.fd() < 0) co_return;
  asio::posix::stream_descriptor hints(executor_, watch_.fd());
  while (!loops_.cancelled()) {
    boost::system::error_code error;
    co_await hints.async_wait(asio::posix::stream_descriptor::wait_read,
                              asio::redirect_error(asio::use_awaitable, error));
    if (error || loops_.cancelled()) break;
    // Editors and ConfigMaps change several things at once; one look a moment later sees them all.
    const bool any = watch_.drain();
    if (!co_await sleep_for(kSoon)) break;
    if (any) hint_.cancel();
  }
  hints.release();
}

asio::awaitable<void> AppCore::watch_rosters() {
  while (!loops_.cancelled()) {
    if (!co_await sleep_for(config_.roster.poll_interval)) co_return;
    look_at_roster();
  }
}

}  // namespace revisitd::daemon
