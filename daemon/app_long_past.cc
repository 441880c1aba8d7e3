#include <algorithm>
#include <boost/asio/use_awaitable.hpp>
#include <map>

#include "daemon/app_core.h"
#include "rules/hygiene.h"

// The half year that hygiene looks back at, as far as servers have it.
namespace revisitd::daemon {
namespace {

namespace asio = boost::asio;

// Of one series, in slots: half a year in slots of a minute, and some. Shorter slots are not kept
// for people who look back that far.
constexpr std::int64_t kMostPast = 300'000;

}  // namespace

void AppCore::plan_long_past() {
  std::map<std::string, Duration, std::less<>> look_back;  // by server
  for (const PrometheusServer& server : config_.prometheus) {
    Duration most = server.look_back;
    if (options_.retention_time > Duration{}) most = std::min(most, options_.retention_time);
    if (most > Duration{}) look_back[server.name] = most;
  }
  const TimePoint now = clock_.now();
  std::vector<LongPastWish> wishes;
  for (const auto& [service, state] : engine_.decisions()) {
    if (!state.decision || look_back.empty()) continue;
    // What verdicts are judged by is not touched: Backfill fetches it, or it stays blind.
    std::map<rules::SlotHistory::Key, std::int64_t> judged_from;
    for (const rules::Trigger& trigger : state.decision->triggers) {
      for (const rules::HistoryNeed& need : engine_.needs(now, service, trigger.name)) {
        std::int64_t& first = judged_from.try_emplace(need.key, need.first).first->second;
        first = std::min(first, need.first);
      }
    }
    for (const rules::HistoryNeed& need : rules::hygiene_needs(state, now, {})) {
      const auto spec = state.decision->signals.find(need.key.signal);
      if (spec == state.decision->signals.end()) continue;
      if (spec->second.reduction != rules::Reduction::query) continue;
      const auto server = look_back.find(spec->second.from);
      if (server == look_back.end()) continue;
      const Duration length = need.key.length;
      // What functions look back at from the first slot on comes with it, unless less is wanted.
      const std::int64_t wanted = server->second < rules::HygieneOptions{}.look_back
                                      ? server->second / length
                                      : need.last - need.first;
      const std::int64_t first = need.last - std::min(wanted, kMostPast);
      const auto judged = judged_from.find(need.key);
      const std::int64_t last = judged == judged_from.end() ? need.last : judged->second;
      if (first < last)
        wishes.push_back({need.key, question_of(spec->second, length), {first, last}});
    }
  }
  long_past_.plan().want(wishes);
  long_past_.keep_rows();
  if (loaded_) start_long_past();
}

// Of a gap, what lies before all that verdicts are judged by.
void AppCore::plan_missed_past(Duration length, SlotRange gap) {
  long_past_.plan().missed(length, gap);
  long_past_.keep_rows();
  if (loaded_) start_long_past();
}

void AppCore::start_long_past() {
  for (const std::string& server : long_past_.idle_servers())
    loops_.spawn("past from " + server, drain_long_past(server));
}

asio::awaitable<void> AppCore::drain_long_past(std::string server) {
  co_await long_past_.drain(std::move(server));
}

LongPastEnvironment AppCore::long_past_environment() {
  LongPastEnvironment environment;
  environment.now = [this] { return clock_.now(); };
  environment.monotonic = [this] { return clock_.monotonic(); };
  environment.sleep = [this](Duration time) { return doze(time); };
  environment.called_off = [this] { return loops_.cancelled(); };
  environment.busy = [this](const std::string& server) {
    return gaps_.is_open() || backfill_.plan().servers().contains(server);
  };
  environment.source = [this](const std::string& server) { return source_named(server); };
  environment.store = [this](std::vector<storage::SlotRow> rows) {
    return store_fetched(std::move(rows));
  };
  environment.keep = [this](storage::Batch batch) { journal_->add(std::move(batch)); };
  environment.services = [this] { return engine_.decisions().size(); };
  environment.note = [this](const LongPastNote& note) { note_long_past(note); };
  return environment;
}

std::optional<PastStanding> AppCore::long_past(const std::string& service) const {
  const auto standing = long_past_.plan().standing(service);
  if (!standing) return std::nullopt;
  return PastStanding{standing->asked, standing->problem};
}

void AppCore::note_long_past(const LongPastNote& note) {
  using Kind = LongPastNote::Kind;
  const std::string count = std::to_string(note.count);
  switch (note.kind) {
    case Kind::started:
      return log_.info("the past that hygiene looks back at is fetched when its server has time",
                       {{"server", note.server}, {"slots_left", count}});
    case Kind::chunk:
      return log_.debug("a piece of the past is there", {{"server", note.server},
                                                         {"from", format_time(note.from)},
                                                         {"to", format_time(note.to)},
                                                         {"values", count}});
    case Kind::failed:
      return log_.warn("a piece of the past cannot be had now", {{"server", note.server},
                                                                 {"from", format_time(note.from)},
                                                                 {"to", format_time(note.to)},
                                                                 {"why", note.message}});
    case Kind::finished:
      // What was looked at before had less to see.
      hygiene_kept_.clear();
      return log_.info("the past that hygiene looks back at is there", {{"server", note.server}});
  }
}

}  // namespace revisitd::daemon
