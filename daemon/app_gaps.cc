#include <algorithm>
#include <boost/asio/use_awaitable.hpp>

#include "daemon/app_core.h"
#include "daemon/slot_schedule.h"
#include "daemon/stored_slots.h"
#include "daemon/wanted_signals.h"

// Slots that nobody judged in their time, and judging in order.
namespace revisitd::daemon {
namespace {

namespace asio = boost::asio;

// Rows on their way to the disk before more of a gap is judged; the journal holds a good deal more.
constexpr std::size_t kMostWaiting = 50'000;

}  // namespace

GapEnvironment AppCore::gap_environment() {
  GapEnvironment environment;
  environment.executor = executor_;
  environment.now = [this] { return clock_.now(); };
  environment.sleep = [this](Duration time) { return doze(time); };
  environment.source = [this](const std::string& server) { return source_named(server); };
  environment.wanted = [this](Duration length) { return gap_signals(length); };
  environment.judge = [this](std::vector<rules::SlotReading> readings) {
    return judge_in_order(std::move(readings));
  };
  environment.note = [this](const GapNote& note) { note_gap(note); };
  return environment;
}

std::vector<GapSignal> AppCore::gap_signals(Duration length) const {
  std::vector<collectors::WantedSignal> wanted;
  for (const auto& [service, state] : engine_.decisions()) {
    if (state.decision) add_wanted_signals(*state.decision, config_.global.slots, wanted);
  }
  std::vector<GapSignal> signals;
  for (const collectors::WantedSignal& w : wanted) {
    if (w.spec->reduction != rules::Reduction::query || !w.lengths.contains(length)) continue;
    signals.push_back({w.service, w.spec->name, question_of(*w.spec, length)});
  }
  return signals;
}

// Slots between the last one judged and now, or the reading of a length and index that waits, which
// servers may know of; true when there are any. No more of them than the longest window and what
// functions look back at.
bool AppCore::open_gaps(std::optional<std::pair<Duration, std::int64_t>> waiting) {
  const TimePoint now = clock_.now();
  if (clock_watch_.behind(now)) return false;
  if (waiting) {
    const auto [length, index] = *waiting;
    const auto last = engine_.last_slot(length);
    const std::int64_t next = std::max(last ? *last + 1 : index, filled_to_[length]);
    if (next >= index) {
      filled_to_[length] = std::max(filled_to_[length], index + 1);
      return false;
    }
  }
  std::vector<GapFiller::Stretch> gaps;
  const bool asks = !config_.prometheus.empty();  // or else no server knows of any
  for (const auto& [length, slots] : asks ? longest_needs() : std::map<Duration, std::int64_t>()) {
    // While running, the newest slot has its own reading, or will have it in a moment.
    std::int64_t end =
        slot_index(now - SlotSchedule::default_grace(length), length) - (waiting ? 1 : 0);
    if (waiting && waiting->first == length) end = waiting->second;
    // Where nothing was ever judged, the history went up to the slot before the newest.
    const std::int64_t unjudged = waiting ? end : end - 1;
    const auto last = engine_.last_slot(length);
    const std::int64_t first =
        std::max({last ? *last + 1 : unjudged, filled_to_[length], end - slots});
    if (first >= end || gap_signals(length).empty()) continue;
    if (last && *last + 1 < first) plan_missed_past(length, {*last + 1, first});
    gaps.push_back({length, {first, end}});
    filled_to_[length] = end;
  }
  if (waiting) filled_to_[waiting->first] = waiting->second + 1;
  if (gaps_.open(gaps)) loops_.spawn("gaps", fill_gaps());
  return gaps_.is_open();
}

std::map<Duration, std::int64_t> AppCore::longest_needs() const {
  std::map<Duration, std::int64_t> longest;
  for (const auto& [service, state] : engine_.decisions()) {
    for (const auto& [name, trigger] : state.triggers) {
      for (const rules::HistoryNeed& need : engine_.needs(clock_.now(), service, name)) {
        std::int64_t& slots = longest[trigger.length];
        slots = std::max(slots, need.last - need.first);
      }
    }
  }
  return longest;
}

asio::awaitable<void> AppCore::fill_gaps() {
  co_await gaps_.run();
  if (!loops_.cancelled()) start_backfill();
}

asio::awaitable<void> AppCore::judge_in_order(std::vector<rules::SlotReading> readings) {
  {
    const collectors::AsyncSemaphore::Permit permit = co_await gate_.acquire();
    rules::StepResult all;
    std::vector<storage::SlotRow> rows;
    for (const rules::SlotReading& reading : readings) {
      add_rows(reading, rows);
      absences_.note(reading);
      all.append(engine_.judge(reading));
      metrics_.slots_judged(reading.services.size());
      clock_watch_.record(reading.start + reading.length);
    }
    std::vector<rules::SlotReading>().swap(readings);
    journal_->add_slots(std::move(rows));
    absorb(all);
  }
  if (journal_->waiting() > kMostWaiting && journal_->writable()) co_await journal_->durable();
}

void AppCore::note_gap(const GapNote& note) {
  using Kind = GapNote::Kind;
  const std::string count = std::to_string(note.count);
  switch (note.kind) {
    case Kind::opened:
      return log_.info("slots were missed and are being fetched", {{"slots", count}});
    case Kind::failed:
      return log_.warn("missed slots cannot be had",
                       {{"server", note.server}, {"why", note.message}});
    case Kind::gave_up:
      return log_.warn("missed slots stay blind: the server does not answer",
                       {{"server", note.server}, {"why", note.message}});
    case Kind::filled:
      return log_.info("missed slots are judged", {{"slots", count}});
  }
}

}  // namespace revisitd::daemon
