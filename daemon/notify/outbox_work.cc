#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>

#include "daemon/notify/outbox_core.h"

namespace revisitd::daemon::notify {

namespace asio = boost::asio;
using storage::DeliveryRow;
using storage::DeliveryState;

namespace {

constexpr Duration kLongestSleep = std::chrono::seconds(30);
constexpr Duration kCommitAgain = std::chrono::seconds(1);

// Tries until the batch is durable; false when the daemon stops first.
asio::awaitable<bool> commit(Core core, Post worker, std::vector<DeliveryRow> rows) {
  for (;;) {
    storage::Batch batch;
    batch.deliveries = rows;
    std::string trouble;
    try {
      co_await core->environment.commit(std::move(batch));
      co_return true;
    } catch (const std::exception& error) {
      trouble = error.what();
    }
    ++worker->counters.commits_failed;
    core->note(OutboxNote::Kind::not_committed, *worker, rows.front(), trouble);
    if (core->stopping) co_return false;
    co_await sleep(worker->timer, kCommitAgain);
    if (core->stopping) co_return false;
  }
}

void count(ReceiverCounters& counters, const Judgement& judgement,
           const std::vector<DeliveryRow>& rows, TimePoint now) {
  ++counters.attempts;
  counters.last_error = judgement.reason;
  for (const DeliveryRow& row : rows) {
    if (row.state == DeliveryState::dead) ++counters.dead;
    if (row.state == DeliveryState::delivered) ++counters.delivered;
  }
  switch (judgement.verdict) {
    case AttemptVerdict::accepted:
      counters.last_accepted = now;
      return;
    case AttemptVerdict::retry:
      ++counters.failed;
      return;
    case AttemptVerdict::rate_limited:
      ++counters.rate_limited;
      return;
    case AttemptVerdict::rejected:
      return;
  }
}

void tell(const OutboxCore& core, const Worker& worker, const std::vector<DeliveryRow>& rows,
          const Judgement& judgement) {
  for (const DeliveryRow& row : rows) {
    if (row.state == DeliveryState::dead) {
      core.note(OutboxNote::Kind::dead, worker, row, row.last_error);
    } else if (row.state == DeliveryState::delivered) {
      core.note(OutboxNote::Kind::delivered, worker, row, "");
    } else {
      core.note(judgement.verdict == AttemptVerdict::rate_limited ? OutboxNote::Kind::rate_limited
                                                                  : OutboxNote::Kind::failed,
                worker, row, row.last_error);
    }
  }
}

void tell_secret_problem(const OutboxCore& core, Worker& worker) {
  const std::string problem = worker.courier.problem();
  if (problem == worker.told_problem) return;
  worker.told_problem = problem;
  if (!problem.empty()) core.note(OutboxNote::Kind::secret, worker, {}, problem);
}

asio::awaitable<void> deliver(Core core, Post worker, DeliveryRow row) {
  const TimePoint started = core->environment.clock();
  const Judgement judgement = co_await dispatch(core->flights, *core->environment.http,
                                                worker->courier, row.id, row.body, started);
  if (core->flights->abandoned() && judgement.verdict != AttemptVerdict::accepted) {
    worker->queue.give_back();
    co_return;
  }
  tell_secret_problem(*core, *worker);
  const TimePoint now = core->environment.clock();
  const std::vector<DeliveryRow> rows = worker->queue.outcome(judgement, now, core->draw());
  worker->queue.decide(rows);
  const bool durable = co_await commit(core, worker, rows);
  if (!durable) {
    worker->queue.give_back();
    co_return;
  }
  worker->queue.apply(rows, judgement, now);
  count(worker->counters, judgement, rows, now);
  tell(*core, *worker, rows, judgement);
}

}  // namespace

asio::awaitable<void> work_round(Core core, Post worker) {
  worker->queue.give_back();  // of a round that threw
  const TimePoint now = core->environment.clock();
  auto row = worker->queue.take(now);
  if (row) {
    co_await deliver(core, worker, std::move(*row));
    co_return;
  }
  const auto due = worker->queue.due(now);
  co_await sleep(worker->timer, due ? *due - now : kLongestSleep);
}

asio::awaitable<void> sleep(asio::steady_timer& timer, Duration wait) {
  timer.expires_after(std::clamp(wait, Duration{}, kLongestSleep));
  co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
}

}  // namespace revisitd::daemon::notify
