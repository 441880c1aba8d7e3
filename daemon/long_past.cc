#include "daemon/long_past.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "daemon/fetched_rows.h"

namespace revisitd::daemon {
namespace {

using boost::asio::awaitable;
using Kind = LongPastNote::Kind;

// How soon a server that is busy is looked at again, and how long a rest may be.
constexpr Duration kBusy = std::chrono::seconds(1);
constexpr Duration kLongestRest = std::chrono::minutes(1);

}  // namespace

void LongPast::keep_rows() {
  storage::Batch batch = plan_.take_rows();
  if (!batch.empty()) environment_.keep(std::move(batch));
}

std::set<std::string> LongPast::idle_servers() const {
  std::set<std::string> idle;
  const std::set<std::string> all = plan_.servers();
  std::set_difference(all.begin(), all.end(), draining_.begin(), draining_.end(),
                      std::inserter(idle, idle.end()));
  return idle;
}

awaitable<void> LongPast::drain(std::string server) {
  draining_.insert(server);
  environment_.note({.kind = Kind::started,
                     .server = server,
                     .count = plan_.slots_left()[server],
                     .message = ""});
  while (!environment_.called_off()) {
    const TimePoint now = environment_.now();
    const auto wake = plan_.wake(server, now);
    if (!wake) break;
    Duration pause = std::max<Duration>(*wake - now, {});
    if (environment_.busy(server)) {
      pause = std::max(pause, kBusy);
    } else if (const auto chunk = plan_.next(server, now, most_slots(environment_.services()))) {
      const Duration begun = environment_.monotonic();
      co_await fetch(*chunk);
      pause = std::min((environment_.monotonic() - begun) * kRest, kLongestRest);
    }
    const bool slept = co_await environment_.sleep(pause);
    if (!slept) break;
  }
  draining_.erase(server);
  if (!plan_.wake(server, environment_.now()))
    environment_.note({.kind = Kind::finished, .server = server, .message = ""});
}

awaitable<void> LongPast::fetch(BackfillChunk chunk) {
  const auto source = environment_.source(chunk.question.from);
  if (!source) {
    fail(chunk, {collectors::PromqlFailure::unavailable,
                 "no server is called \"" + chunk.question.from + "\""});
    co_return;
  }
  ++counters_.queries;
  const Duration begun = environment_.monotonic();
  const auto answer = co_await source->fetch_range(spec_of(chunk.question), chunk.question.length,
                                                   chunk.range.first, chunk.range.last);
  if (!answer) {
    fail(chunk, answer.error());
    co_return;
  }
  const Duration took = environment_.monotonic() - begun;
  troubled_.erase(chunk.question.from);
  std::vector<storage::SlotRow> rows = fetched_rows(chunk, plan_.series(chunk), *answer);
  const std::size_t values = rows.size();
  co_await store_in_parts(std::move(rows), environment_.store);
  counters_.values += values;
  plan_.fetched(chunk, took);
  keep_rows();
  environment_.note({.kind = Kind::chunk,
                     .server = chunk.question.from,
                     .count = static_cast<std::int64_t>(values),
                     .from = slot_start(chunk.range.first, chunk.question.length),
                     .to = slot_start(chunk.range.last, chunk.question.length),
                     .message = ""});
}

void LongPast::fail(const BackfillChunk& chunk, const collectors::PromqlError& error) {
  ++counters_.failures;
  plan_.failed(chunk, error, environment_.now());
  if (!troubled_.insert(chunk.question.from).second) return;
  environment_.note({.kind = Kind::failed,
                     .server = chunk.question.from,
                     .from = slot_start(chunk.range.first, chunk.question.length),
                     .to = slot_start(chunk.range.last, chunk.question.length),
                     .message = error.message});
}

}  // namespace revisitd::daemon
