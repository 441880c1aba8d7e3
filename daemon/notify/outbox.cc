#include "daemon/notify/outbox.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <utility>

#include "daemon/notify/outbox_core.h"

namespace revisitd::daemon::notify {

namespace asio = boost::asio;
using storage::DeliveryRow;
using storage::DeliveryState;

namespace {

constexpr Duration kAfterTrouble = std::chrono::seconds(1);
constexpr Duration kAfterAbandoning = std::chrono::seconds(1);

// the next begins.
asio::awaitable<void> repeat(Core core, Post worker, asio::awaitable<void> (*round)(Core, Post),
                             asio::steady_timer& timer) {
  while (!core->stopping) {
    std::string trouble;
    try {
      co_await round(core, worker);
      continue;
    } catch (const std::exception& error) {
      trouble = error.what();
    }
    core->note(OutboxNote::Kind::broken, *worker, {}, trouble);
    co_await sleep(timer, kAfterTrouble);
  }
}

// Rows that nobody can be asked to take any more are shown as dead letters, not forgotten.
asio::awaitable<void> bury(Core core, std::vector<DeliveryRow> orphans) {
  const TimePoint now = core->environment.clock();
  for (DeliveryRow& row : orphans) {
    row.state = DeliveryState::dead;
    row.finished = now;
    row.last_error = "receiver " + row.receiver + " is no longer configured";
  }
  storage::Batch batch;
  batch.deliveries = orphans;
  co_await core->environment.commit(std::move(batch));
  if (core->environment.note) {
    for (const DeliveryRow& row : orphans) {
      core->environment.note({OutboxNote::Kind::dead, row.receiver, row.id, row.type, row.service,
                              row.revisit, row.last_error});
    }
  }
}

asio::awaitable<void> wait_idle(Core core, Duration most) {
  if (core->running == 0) co_return;
  core->idle.expires_after(most);
  co_await core->idle.async_wait(asio::as_tuple(asio::use_awaitable));
}

}  // namespace

void OutboxCore::spawn(asio::awaitable<void> coroutine) {
  ++running;
  asio::co_spawn(environment.executor, std::move(coroutine),
                 [self = shared_from_this()](const std::exception_ptr&) {
                   if (--self->running == 0) self->idle.cancel();
                 });
}

Outbox::Outbox(OutboxOptions options, OutboxEnvironment environment)
    : core_(std::make_shared<OutboxCore>(std::move(options), std::move(environment))) {}

Outbox::~Outbox() {
  core_->stopping = true;
  core_->flights->abandon();
  core_->wake();
}

void Outbox::load(std::vector<DeliveryRow> rows) {
  for (DeliveryRow& row : rows) {
    if (Worker* worker = core_->worker_of(row.receiver)) {
      worker->queue.put(std::move(row));
    } else if (row.state == DeliveryState::pending) {
      core_->orphans.push_back(std::move(row));
    }
  }
}

void Outbox::take_over(const Outbox& stopped) {
  load(stopped.pending());
  for (const auto& before : stopped.core_->workers) {
    Worker* worker = core_->worker_of(before->counters.receiver);
    for (const std::string& id : before->queue.held()) {
      if (worker != nullptr) worker->queue.hold(id);
    }
  }
}

void Outbox::start() {
  for (const auto& worker : core_->workers) {
    core_->spawn(repeat(core_, worker, work_round, worker->timer));
    if (worker->counters.kind == ReceiverKind::alertmanager && core_->environment.active) {
      core_->spawn(repeat(core_, worker, keep_round, worker->keep_timer));
    }
  }
  if (!core_->orphans.empty()) core_->spawn(bury(core_, std::exchange(core_->orphans, {})));
}

asio::awaitable<void> Outbox::stop(Duration grace) {
  const Core core = core_;
  core->stopping = true;
  core->wake();
  co_await wait_idle(core, grace);
  if (core->running == 0) co_return;
  core->flights->abandon();
  co_await wait_idle(core, kAfterAbandoning);
}

std::vector<DeliveryRow> Outbox::plan(const std::vector<rules::Event>& events) {
  PlanInput input;
  input.now = core_->environment.clock();
  input.revisit = core_->environment.revisit;
  input.settling = &core_->settling;
  for (const auto& worker : core_->workers) {
    const auto pending = worker->queue.pending();
    input.pending.insert(input.pending.end(), pending.begin(), pending.end());
  }
  std::vector<DeliveryRow> rows =
      notify::plan(core_->options.plan, core_->options.recipients, input, events);
  core_->hold(rows);
  return rows;
}

std::vector<DeliveryRow> Outbox::plan(const Notice& notice) {
  std::vector<DeliveryRow> rows = plan_notice(core_->options.plan, core_->options.recipients,
                                              core_->environment.clock(), notice);
  core_->hold(rows);
  return rows;
}

void Outbox::accept(const std::vector<DeliveryRow>& committed) {
  std::vector<DeliveryRow> orphans;  // of a receiver that a reload took away meanwhile
  for (const DeliveryRow& row : committed) {
    if (Worker* worker = core_->worker_of(row.receiver)) {
      worker->queue.put(row);
    } else if (row.state == DeliveryState::pending) {
      orphans.push_back(row);
    }
  }
  if (!orphans.empty()) core_->spawn(bury(core_, std::move(orphans)));
  wake();
}

void Outbox::drop(const std::vector<DeliveryRow>& planned) {
  for (const DeliveryRow& row : planned) {
    if (Worker* worker = core_->worker_of(row.receiver)) worker->queue.release(row.id);
  }
  wake();
}

void Outbox::wake() { core_->wake(); }

std::vector<DeliveryRow> Outbox::pending() const {
  std::vector<DeliveryRow> rows = core_->orphans;
  for (const auto& worker : core_->workers) {
    const auto own = worker->queue.all();
    rows.insert(rows.end(), own.begin(), own.end());
  }
  return rows;
}

std::vector<ReceiverCounters> Outbox::counters() const {
  std::vector<ReceiverCounters> result;
  for (const auto& worker : core_->workers) {
    result.push_back(worker->counters);
    result.back().pending = worker->queue.size();
    result.back().failing = worker->queue.failing();
  }
  return result;
}

}  // namespace revisitd::daemon::notify
