#include <algorithm>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <set>

#include "daemon/app_core.h"
#include "daemon/notify/alert.h"
#include "daemon/peers.h"
#include "daemon/recorder.h"
#include "daemon/roster_json.h"
#include "daemon/sd_notify.h"

// What people write: records, rosters, the configuration.
namespace revisitd::daemon {
namespace {

namespace asio = boost::asio;

constexpr Duration kSoon = std::chrono::milliseconds(300);

rules::SlotHistory read_history(storage::Store& store, const std::vector<rules::HistoryNeed>& needs) {
  rules::SlotHistory history;
  for (const rules::HistoryNeed& need : needs) {
    auto& values = history.values[need.key];
    for (const storage::IndexedValue& v :
         store.read_slots(need.key.service, need.key.signal, need.key.length, need.first, need.last)) {
      values.emplace_back(v.index, v.value);
    }
  }
  return history;
}

// Signals that a decision looks at: in conditions, at the slot length of their trigger; in the envelope, which
// has no window, at the lengths its triggers use, or the shortest.
void collect_wanted(const rules::Decision& decision, const std::vector<Duration>& ladder,
                    std::vector<collectors::WantedSignal>& wanted) {
  std::map<std::string, std::set<Duration>> lengths;
  std::set<Duration> used;
  for (const rules::Trigger& trigger : decision.triggers) {
    const Duration length = rules::slot_length(trigger.window, ladder);
    used.insert(length);
    for (const rules::Condition* c : {&trigger.when, trigger.provided ? &*trigger.provided : nullptr}) {
      if (c == nullptr) continue;
      for (const std::string& signal : c->signals()) lengths[signal].insert(length);
      for (const std::string& signal : c->baselines()) lengths[signal].insert(length);
    }
  }
  if (used.empty()) used.insert(ladder.front());
  for (const auto& [signal, budget] : decision.envelope) {
    if (!lengths.contains(signal)) lengths[signal] = used;
  }
  for (auto& [signal, at] : lengths) {
    const auto spec = decision.signals.find(signal);
    if (spec != decision.signals.end()) wanted.push_back({decision.service, spec->second, std::move(at)});
  }
}

}  // namespace

void AppCore::report(const std::vector<Diagnostic>& problems) {
  for (const Diagnostic& d : problems) {
    if (std::find(reported_.begin(), reported_.end(), d) != reported_.end()) continue;
    const std::string place = std::to_string(d.place.line) + ":" + std::to_string(d.place.column);
    const LogLevel level = d.severity == Severity::error ? LogLevel::error : LogLevel::warn;
    log_.write(level, d.message, {{"file", d.file}, {"place", place}, {"line", d.source}});
  }
}

asio::awaitable<void> AppCore::look_at_records() {
  const collectors::RecordScan scan = inputs_->look_at_records(clock_.now());
  report(scan.diagnostics);
  reported_ = scan.diagnostics;
  if (scan.settling) hint_.expires_after(std::chrono::seconds(1));
  if (!scan.changed && loaded_) co_return;
  co_await decide(with_kept(scan));
}

AppCore::Decisions AppCore::with_kept(const collectors::RecordScan& scan) const {
  Decisions decisions = scan.decisions;
  std::set<std::string> services, bad;
  for (const auto& d : decisions) services.insert(d->service);
  for (const Diagnostic& d : scan.diagnostics) {
    if (d.severity == Severity::error) bad.insert(d.file);
  }
  // A reload that reads the records anew must not drop a decision whose file has just been broken.
  for (const auto& [service, state] : engine_.decisions()) {
    if (state.decision && !services.contains(service) && bad.contains(state.decision->path)) {
      decisions.push_back(state.decision);
    }
  }
  return decisions;
}

asio::awaitable<void> AppCore::decide(Decisions decisions) {
  const collectors::AsyncSemaphore::Permit permit = co_await gate_.acquire();
  auto needs = engine_.needs(clock_.now(), decisions);
  rules::SlotHistory history;
  if (!needs.empty()) {
    // What was judged a moment ago must be there to be read; a disk that takes nothing is not waited for.
    if (journal_->writable()) co_await journal_->durable();
    try {
      auto read = [&needs](storage::Store& store) { return read_history(store, needs); };
      history = co_await store_.ask(std::move(read));
    } catch (const storage::StoreError& error) {
      log_.error("stored slots cannot be read", {{"why", error.what()}});
    }
  }
  absorb(engine_.decide(clock_.now(), decisions, history));
  if (loaded_) want_signals();
}

void AppCore::want_signals() {
  std::vector<collectors::WantedSignal> wanted;
  for (const auto& [service, state] : engine_.decisions()) {
    if (state.decision) collect_wanted(*state.decision, config_.global.slots, wanted);
  }
  runtime_.signals = wanted.size();
  std::vector<std::string> problems = collector_->want(std::move(wanted));
  for (const std::string& problem : problems) {
    if (std::find(signal_problems_.begin(), signal_problems_.end(), problem) == signal_problems_.end()) {
      log_.error("a signal can never have a value", {{"why", problem}});
    }
  }
  signal_problems_ = std::move(problems);
}

void AppCore::apply_peers() {
  sources_.clear();
  for (const PrometheusServer& server : config_.prometheus) {
    sources_.push_back(
        collectors::make_promql_source(executor_, *http_, promql_spec(server), [this] { return clock_.now(); }));
  }
  collector_->set_sources(sources_);
  scraper_->apply(scrape_targets(config_));
}

void AppCore::look_at_roster() {
  if (!inputs_->has_roster()) return;
  const Inputs::RosterChange change = inputs_->look_at_rosters(clock_.now());
  report(change.problems);
  if (!change.roster) return;
  absorb(engine_.roster(change.roster));
  if (change.changed) {
    journal_->add({.puts = {{kMetaKind, "roster", roster_to_json(*change.roster)}}});
  }
}

asio::awaitable<void> AppCore::watch_records() {
  while (!loops_.cancelled()) {
    hint_.expires_after(config_.records.poll_interval);
    boost::system::error_code ignored;
    co_await hint_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    if (loops_.cancelled()) co_return;
    co_await look_at_records();
    look_at_roster();
  }
}

asio::awaitable<void> AppCore::watch_hints() {
  if (inputs_->watch().fd() < 0) co_return;
  asio::posix::stream_descriptor hints(executor_, inputs_->watch().fd());
  while (!loops_.cancelled()) {
    boost::system::error_code error;
    co_await hints.async_wait(asio::posix::stream_descriptor::wait_read,
                              asio::redirect_error(asio::use_awaitable, error));
    if (error || loops_.cancelled()) break;
    // Editors and ConfigMaps change several things at once; one look a moment later sees them all.
    if (inputs_->watch().drain()) hint_.expires_after(kSoon);
    if (!co_await sleep_for(kSoon)) break;
    hint_.cancel();
  }
  hints.release();
}

asio::awaitable<void> AppCore::watch_rosters() {
  while (!loops_.cancelled()) {
    if (!co_await sleep_for(config_.roster.poll_interval)) co_return;
    look_at_roster();
  }
}

void AppCore::make_outbox(std::vector<storage::DeliveryRow> pending) {
  notify::OutboxOptions options;
  options.plan.instance = instance_;
  options.plan.settle = config_.global.settle;
  options.plan.digest_over = config_.global.digest_above;
  options.plan.links = {.external_url = external_url_, .record_url = config_.records.url};
  options.recipients = {config_.receivers, config_.routes};
  options.resend = config_.global.resend;
  options.seed = static_cast<std::uint32_t>(to_millis(clock_.now()));
  notify::OutboxEnvironment environment;
  environment.executor = executor_;
  environment.http = http_.get();
  environment.clock = [this] { return clock_.now(); };
  environment.commit = [this](storage::Batch batch) -> asio::awaitable<void> {
    journal_->add(std::move(batch));
    return journal_->durable();
  };
  environment.active = [this](TimePoint at) { return notify::active_events(engine_.decisions(), at); };
  environment.revisit = [this](const std::string& service) -> const rules::Revisit* {
    const auto state = engine_.decisions().find(service);
    return state == engine_.decisions().end() || !state->second.revisit ? nullptr : &*state->second.revisit;
  };
  environment.note = [this](const notify::OutboxNote& said) { note(said); };
  for (const notify::Receiver& receiver : config_.receivers) metrics_.add_receiver(receiver.name);
  outbox_ = std::make_unique<notify::Outbox>(std::move(options), std::move(environment));
  outbox_->load(std::move(pending));
}

void AppCore::request_reload() { reload_wish_.cancel(); }

asio::awaitable<void> AppCore::watch_reloads() {
  while (!loops_.cancelled()) {
    boost::system::error_code ignored;
    co_await reload_wish_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    if (loops_.cancelled()) co_return;
    static_cast<void>(co_await reload());
  }
}

asio::awaitable<Status> AppCore::reload() {
  sd_notify("RELOADING=1");
  LoadedConfig loaded = load_config(options_.config_file);
  report(loaded.diagnostics);
  runtime_.last_reload_ok = loaded.config.has_value();
  metrics_.reloaded(runtime_.last_reload_ok, clock_.now());
  if (!loaded.config) {
    runtime_.last_reload_error =
        loaded.diagnostics.empty() ? "unreadable" : format_location(loaded.diagnostics.front());
    log_.error("the new configuration cannot be used; the old one stays", {{"why", runtime_.last_reload_error}});
    sd_notify("READY=1");
    co_return Error{runtime_.last_reload_error};
  }
  runtime_.last_reload_error.clear();
  runtime_.config_loaded = clock_.now();
  config_ = *std::move(loaded.config);
  {
    const collectors::AsyncSemaphore::Permit permit = co_await gate_.acquire();
    engine_.set_options({.ladder = config_.global.slots,
                         .reminders = {.first = config_.global.reminders, .every = config_.global.reminder_every},
                         .review_grace = config_.global.review_grace,
                         .snooze_notice = config_.global.snooze_notice});
  }
  const std::unique_ptr<notify::Outbox> before = std::move(outbox_);
  co_await before->stop(std::chrono::seconds(1));
  make_outbox(before->pending());
  outbox_->start();
  inputs_.emplace(config_, engine_.rosters().newest());
  look_at_roster();
  apply_peers();
  reported_.clear();
  const collectors::RecordScan scan = inputs_->look_at_records(clock_.now());
  report(scan.diagnostics);
  reported_ = scan.diagnostics;
  co_await decide(with_kept(scan));
  for (const Duration length : config_.global.slots) {
    if (lengths_.insert(length).second) {
      loops_.spawn("slots of " + format_duration(length), close_slots(length));
    }
  }
  log_.info("configuration loaded", {{"file", options_.config_file}});
  sd_notify("READY=1");
  co_return Ok{};
}

}  // namespace revisitd::daemon
