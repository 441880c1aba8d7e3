#include <malloc.h>

#include <algorithm>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <iterator>
#include <string>
#include <utility>

#include "daemon/app_core.h"
#include "daemon/recorder.h"
#include "daemon/roster_json.h"
#include "daemon/sd_notify.h"
#include "daemon/slot_schedule.h"
#include "rules/next_tick.h"

// Time: slots that end, clocks that jump, things that come due, the store's upkeep.
namespace revisitd::daemon {
namespace {

namespace asio = boost::asio;

constexpr Duration kTargetLook = std::chrono::seconds(5);
constexpr Duration kBeat = std::chrono::seconds(1);
constexpr Duration kUpkeep = std::chrono::minutes(1);
constexpr Duration kUpkeepAfter = std::chrono::seconds(10);   // behind each full minute
constexpr Duration kUpkeepSpread = std::chrono::seconds(10);  // over which daemons are spread
constexpr int kUpkeepsPerSweep = 60;          // old slots are looked for once an hour
constexpr std::size_t kServicesAtOnce = 250;  // whose slots in progress are saved in one go
constexpr Duration kPause = std::chrono::milliseconds(100);
constexpr Duration kKeepDeliveries = std::chrono::hours(24 * 90);

}  // namespace

void AppCore::watch_slots(Duration length) {
  if (!slot_loops_.insert(length).second) return;
  loops_.spawn("slots of " + format_duration(length), close_slots(length));
}

asio::awaitable<void> AppCore::close_slots(Duration length) {
  SlotSchedule schedule(length, SlotSchedule::default_grace(length));
  while (!loops_.cancelled() && lengths_.contains(length)) {
    const TimePoint at = clock_.now();
    if (!clock_watch_.behind(at)) {
      if (const auto due = schedule.due(at)) {
        if (due->skipped > 0) metrics_.slots_skipped(static_cast<std::size_t>(due->skipped));
        co_await judge(length, due->index);
        continue;
      }
    }
    // Short sleeps, so that a clock that is set does not leave us asleep until what used to be the
    // next slot.
    const Duration wait =
        std::clamp<Duration>(schedule.next(at) - at, std::chrono::milliseconds(10), kBeat);
    if (!co_await sleep_for(wait)) co_return;
  }
  slot_loops_.erase(length);  // no longer configured
}

asio::awaitable<void> AppCore::judge(Duration length, std::int64_t index) {
  rules::SlotReading reading = co_await collector_->close(length, slot_start(index, length));
  if (loops_.cancelled()) co_return;
  if (running_.take(reading)) apply_support();
  // What came before is judged first; a reading that has to wait for that is kept in order.
  if (gaps_.is_open() || open_gaps(std::pair(length, index))) {
    gaps_.hold(std::move(reading));
    co_return;
  }
  std::vector<rules::SlotReading> one;
  one.push_back(std::move(reading));
  co_await judge_in_order(std::move(one));
}

void AppCore::absorb(const rules::StepResult& step) {
  quiet_until_ = {};
  storage::Batch batch = recorder_.record(step);
  for (const rules::Event& event : step.events) log_event(event);
  const std::vector<storage::DeliveryRow> planned =
      outbox_ ? outbox_->plan(step.events) : std::vector<storage::DeliveryRow>{};
  batch.deliveries = planned;
  std::function<void()> durable;
  if (!planned.empty()) {
    durable = [this, planned] {
      if (outbox_) outbox_->accept(planned);
    };
  }
  journal_->add(std::move(batch), std::move(durable));
  recorder_.taken();
}

void AppCore::log_event(const rules::Event& event) {
  if (event.type == rules::EventType::roster_changed) {
    log_.info("roster changed", {{"source", event.why}});
    return;
  }
  std::string verdict = event.verdict ? std::string(rules::verdict_name(*event.verdict)) : "";
  log_.info(rules::event_type_name(event.type), {{"service", event.service},
                                                 {"trigger", event.trigger},
                                                 {"verdict", std::move(verdict)},
                                                 {"why", event.why},
                                                 {"by", event.by}});
}

void AppCore::look_at_clock() {
  const bool was_behind = clock_watch_.behind(clock_.now() - kBeat);
  if (const auto jump = clock_watch_.look(clock_.now(), clock_.monotonic())) {
    metrics_.clock_jumped();
    log_.warn("the clock jumped", {{"by", format_duration(*jump)}});
    storage::TrailRow row;
    row.at = clock_.now();
    row.type = "clock.jumped";
    row.by = "revisitd";
    row.body = R"({"time":")" + format_time(row.at) +
               R"(","type":"clock.jumped","by":"revisitd","why":"by )" + format_duration(*jump) +
               R"("})";
    journal_->add({.trail = {row}});
    outbox_->wake();
  }
  if (!was_behind && clock_watch_.behind(clock_.now())) {
    log_.warn("the clock stands before what is recorded: judging waits",
              {{"recorded", format_time(*clock_watch_.recorded())}});
  }
}

asio::awaitable<void> AppCore::keep_time() {
  const auto watchdog = watchdog_interval();
  Duration fed{}, looked = clock_.monotonic();  // at the start there is nothing to tell of targets
  while (!loops_.cancelled()) {
    look_at_clock();
    // What comes due while a gap is being filled comes due after it.
    if (!clock_watch_.behind(clock_.now()) && !gaps_.is_open()) {
      const collectors::AsyncSemaphore::Permit permit = co_await gate_.acquire();
      if (clock_.now() >= quiet_until_) {
        absorb(engine_.tick(clock_.now()));
        quiet_until_ = rules::next_tick(engine_, clock_.now());
      }
    }
    last_beat_ = clock_.monotonic();
    if (last_beat_ - looked >= kTargetLook) {
      looked = last_beat_;
      tell_of_targets();
    }
    // A database thread that hangs is for the supervisor to end; what is committed is read anew.
    if (watchdog && last_beat_ - fed >= *watchdog / 2 && !stuck()) {
      sd_notify("WATCHDOG=1");
      fed = last_beat_;
    }
    if (!co_await sleep_for(kBeat)) co_return;
  }
}

void AppCore::tell_of_targets() {
  std::vector<collectors::TargetStatus> servers;
  for (const auto& source : sources_) servers.push_back(source->status());
  std::string standing = std::to_string(scraper_->turns());
  for (const collectors::TargetStatus& server : servers) standing += ' ' + server.health;
  // Of a large fleet it costs more to ask for all than to scrape some.
  if (standing == std::exchange(told_of_, standing)) return;
  std::vector<collectors::TargetStatus> all = scraper_->status();
  all.insert(all.end(), std::make_move_iterator(servers.begin()),
             std::make_move_iterator(servers.end()));
  const TargetNews::News news = target_news_.look(all);
  for (const collectors::TargetStatus& target : news.failing.named) {
    log_.warn("a target cannot be read", {{"job", target.job},
                                          {"url", target.url},
                                          {"service", target.service},
                                          {"why", target.last_error}});
  }
  if (news.failing.more > 0) {
    log_.warn("more targets cannot be read", {{"count", std::to_string(news.failing.more)}});
  }
  for (const collectors::TargetStatus& target : news.back.named) {
    log_.info("a target is read again",
              {{"job", target.job}, {"url", target.url}, {"service", target.service}});
  }
  if (news.back.more > 0) {
    log_.info("more targets are read again", {{"count", std::to_string(news.back.more)}});
  }
}

void AppCore::save_progress() {
  if (!serving_) return;  // what the store has was not taken over yet
  storage::Batch batch;
  save_parts(0, collectors::SlotCollector::kParts, batch);
  save_roster_read(batch);
  journal_->add(std::move(batch));
}

void AppCore::save_roster_read(storage::Batch& batch) const {
  RosterReadTimes times;
  if (const auto roster = engine_.rosters().newest()) {
    times.read_at = roster->read_at;
    times.valid_until = roster->read_at + roster->validity;
  }
  for (const collectors::LastReading& reading : inputs_->roster_readings())
    times.sources[reading.roster->source] = reading.roster->read_at;
  if (times.valid_until || !times.sources.empty())
    batch.puts.push_back({kMetaKind, "roster-read", read_times_to_json(times)});
}

void AppCore::save_parts(std::size_t first, std::size_t last, storage::Batch& batch) {
  for (std::size_t part = first; part < last; ++part) {
    const std::string key = kProgressKey + std::to_string(part);
    std::string text = collector_->save_part(part);
    if (!text.empty()) {
      saved_parts_.insert(part);
      batch.puts.push_back({kMetaKind, key, std::move(text)});
    } else if (saved_parts_.erase(part) > 0) {
      batch.erases.emplace_back(kMetaKind, key);
    }
  }
}

asio::awaitable<void> AppCore::save_progress_in_parts() {
  constexpr std::size_t kParts = collectors::SlotCollector::kParts;
  const std::size_t times =
      std::clamp<std::size_t>(engine_.decisions().size() / kServicesAtOnce, 1, kParts);
  for (std::size_t i = 0; i < times; ++i) {
    storage::Batch batch;
    if (i == 0) save_roster_read(batch);
    save_parts(kParts * i / times, kParts * (i + 1) / times, batch);
    journal_->add(std::move(batch));
    if (i + 1 < times && !co_await sleep_for(kPause)) co_return;
  }
}

// Most slots end with a minute. What judging and writing them took of the memory is given back
// soon, and not only after it has lain about for most of the next minute; but not by all the
// daemons of a machine at the same moment.
asio::awaitable<void> AppCore::maintain() {
  const auto spread = static_cast<std::size_t>(kUpkeepSpread.count());
  const Duration after = kUpkeepAfter + Duration(std::hash<std::string>()(instance_) % spread);
  for (int round = 1; !loops_.cancelled(); ++round) {
    const Duration past = (clock_.now() - after).time_since_epoch() % kUpkeep;
    if (!co_await sleep_for(kUpkeep - past)) co_return;
    co_await save_progress_in_parts();
    if (loops_.cancelled()) co_return;
    const bool sweep = round % kUpkeepsPerSweep == 0;
    const storage::Retention retention{options_.retention_time, kKeepDeliveries,
                                       options_.retention_bytes};
    const TimePoint at = clock_.now();
    auto upkeep = [sweep, retention, at](storage::Store& store) {
      store.verify_in_place();
      if (sweep) store.enforce(retention, at);
      store.checkpoint();
      return store.stats();
    };
    ::malloc_trim(0);
    try {
      stats_ = co_await store_.ask(std::move(upkeep), StoreThread::Haste::whenever);
    } catch (const storage::StoreError& error) {
      if (error.trouble() == storage::StoreTrouble::full) {
        log_.warn("upkeep of the database has to wait", {{"why", error.what()}});
      } else {
        fail(74, std::string("the database failed: ") + error.what());
      }
    }
  }
}

}  // namespace revisitd::daemon
