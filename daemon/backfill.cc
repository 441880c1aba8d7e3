#include "daemon/backfill.h"

#include <algorithm>
#include <iterator>

#include "daemon/fetched_rows.h"

namespace revisitd::daemon {
namespace {

using boost::asio::awaitable;
using Kind = BackfillNote::Kind;

// Triggers judged anew at once.
constexpr std::size_t kMostTriggers = 16;

}  // namespace

void Backfill::keep_rows() {
  storage::Batch batch = plan_.take_rows();
  if (!batch.empty()) environment_.keep(std::move(batch));
}

std::set<std::string> Backfill::idle_servers() const {
  std::set<std::string> idle;
  const std::set<std::string> all = plan_.servers();
  std::set_difference(all.begin(), all.end(), draining_.begin(), draining_.end(),
                      std::inserter(idle, idle.end()));
  return idle;
}

awaitable<void> Backfill::drain(std::string server) {
  draining_.insert(server);
  environment_.note(
      {.kind = Kind::started, .server = server, .count = plan_.triggers(), .message = ""});
  while (!environment_.called_off()) {
    const TimePoint now = environment_.now();
    const auto wake = plan_.wake(server, now);
    if (!wake) break;
    const auto chunk = plan_.next(server, now, most_slots(environment_.services()));
    if (chunk) {
      co_await fetch(*chunk);
      continue;
    }
    const bool slept = co_await environment_.sleep(std::max<Duration>(*wake - now, {}));
    if (!slept) break;
  }
  draining_.erase(server);
  if (!plan_.wake(server, environment_.now()))
    environment_.note({.kind = Kind::finished, .server = server, .message = ""});
}

awaitable<void> Backfill::fetch(BackfillPlan::Chunk chunk) {
  const auto source = environment_.source(chunk.question.from);
  if (!source) {
    fail(chunk, {collectors::PromqlFailure::unavailable,
                 "no server is called \"" + chunk.question.from + "\""});
    co_return;
  }
  // What its samples need to arrive is waited for, as for a live slot.
  const TimePoint ripe =
      slot_start(chunk.range.last, chunk.question.length) + source->spec().evaluation_delay;
  const Duration wait = std::min(ripe - environment_.now(), source->spec().evaluation_delay);
  if (wait > Duration{}) {
    const bool slept = co_await environment_.sleep(wait);
    if (!slept) co_return;
  }
  ++counters_.queries;
  const auto answer = co_await source->fetch_range(spec_of(chunk.question), chunk.question.length,
                                                   chunk.range.first, chunk.range.last);
  if (!answer) {
    fail(chunk, answer.error());
    keep_rows();
    co_await judge_ready();
    co_return;
  }
  troubled_.erase(chunk.question.from);
  std::vector<storage::SlotRow> rows = fetched_rows(chunk, plan_.series(chunk), *answer);
  const std::size_t values = rows.size();
  co_await store_in_parts(std::move(rows), environment_.store);
  counters_.values += values;
  plan_.fetched(chunk);
  keep_rows();
  environment_.note({.kind = Kind::chunk,
                     .server = chunk.question.from,
                     .count = values,
                     .from = slot_start(chunk.range.first, chunk.question.length),
                     .to = slot_start(chunk.range.last, chunk.question.length),
                     .message = ""});
  co_await judge_ready();
}

void Backfill::fail(const BackfillPlan::Chunk& chunk, const collectors::PromqlError& error) {
  ++counters_.failures;
  plan_.failed(chunk, error, environment_.now());
  if (!troubled_.insert(chunk.question.from).second) return;
  environment_.note(
      {.kind = Kind::failed, .server = chunk.question.from, .count = 0, .message = error.message});
}

awaitable<void> Backfill::judge_ready() {
  std::vector<BackfillPlan::Ready> ready = plan_.take_ready();
  if (ready.empty()) co_return;
  std::size_t finished = 0;
  for (std::size_t at = 0; at < ready.size(); at += kMostTriggers) {
    const auto begin = ready.begin() + static_cast<std::ptrdiff_t>(at);
    const auto end =
        ready.begin() + static_cast<std::ptrdiff_t>(std::min(at + kMostTriggers, ready.size()));
    finished += static_cast<std::size_t>(
        std::count_if(begin, end, [](const BackfillPlan::Ready& r) { return r.finished; }));
    std::vector<BackfillPlan::Ready> some(begin, end);
    co_await environment_.rejudge(std::move(some));
  }
  plan_.judged(ready);
  counters_.triggers += finished;
  environment_.note({.kind = Kind::judged, .server = "", .count = ready.size(), .message = ""});
  keep_rows();
}

}  // namespace revisitd::daemon
