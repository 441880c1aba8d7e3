#include "daemon/notify/outbox.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <random>

#include "daemon/notify/alert.h"
#include "daemon/notify/dispatch.h"

namespace revisitd::daemon::notify {

namespace asio = boost::asio;
using storage::DeliveryRow;
using storage::DeliveryState;

namespace {

constexpr Duration kLongestSleep = std::chrono::seconds(30);  // then the clock is read anew
constexpr Duration kCommitAgain = std::chrono::seconds(1);
constexpr Duration kAfterAbandoning = std::chrono::seconds(1);
constexpr std::size_t kAlertsPerPost = 1000;
constexpr int kResendsUntilGone = 4;

// One receiver's queue and coroutine. Touched by the outbox's thread only.
struct Worker {
  Worker(const asio::any_io_executor& executor, Receiver receiver, QueueLimits limits)
      : courier(receiver),
        keeper(std::move(receiver)),
        queue(limits),
        timer(executor),
        keep_timer(executor) {
    counters.receiver = courier.receiver().name;
    counters.kind = courier.receiver().kind;
  }

  Courier courier;
  Courier keeper;  // of the keep-alive, which runs beside the deliveries
  ReceiverQueue queue;
  asio::steady_timer timer, keep_timer;
  ReceiverCounters counters;
  std::string told_problem;  // of a secret file
  std::string keep_problem;  // of the last keep-alive
  std::optional<TimePoint> last_keep;
};

}  // namespace

class OutboxCore : public std::enable_shared_from_this<OutboxCore> {
 public:
  OutboxCore(OutboxOptions o, OutboxEnvironment e)
      : options(std::move(o)),
        environment(std::move(e)),
        jitter(options.seed),
        idle(environment.executor) {
    for (const Receiver& receiver : options.recipients.receivers) {
      workers.push_back(std::make_shared<Worker>(environment.executor, receiver, options.limits));
    }
  }

  Worker* worker_of(const std::string& receiver) {
    for (const auto& worker : workers) {
      if (worker->counters.receiver == receiver) return worker.get();
    }
    return nullptr;
  }

  void note(OutboxNote::Kind kind, const Worker& worker, const DeliveryRow& row,
            const std::string& message) const {
    if (!environment.note) return;
    environment.note(
        {kind, worker.counters.receiver, row.id, row.type, row.service, row.revisit, message});
  }

  double draw() { return std::uniform_real_distribution<double>(0.0, 1.0)(jitter); }

  void wake() {
    for (const auto& worker : workers) {
      worker->timer.cancel();
      worker->keep_timer.cancel();
    }
  }

  void spawn(asio::awaitable<void> coroutine) {
    ++running;
    asio::co_spawn(environment.executor, std::move(coroutine),
                   [self = shared_from_this()](const std::exception_ptr&) {
                     if (--self->running == 0) self->idle.cancel();
                   });
  }

  OutboxOptions options;
  OutboxEnvironment environment;
  std::vector<std::shared_ptr<Worker>> workers;
  std::vector<DeliveryRow> orphans;  // rows of receivers that are not configured any more
  std::minstd_rand jitter;
  const std::shared_ptr<Flights> flights = std::make_shared<Flights>();
  asio::steady_timer idle;
  std::size_t running = 0;
  bool stopping = false;
};

namespace {

using Core = std::shared_ptr<OutboxCore>;
using Post = std::shared_ptr<Worker>;

asio::awaitable<void> sleep(asio::steady_timer& timer, Duration wait) {
  timer.expires_after(std::clamp(wait, Duration{}, kLongestSleep));
  co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
}

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
  const bool durable = co_await commit(core, worker, rows);
  if (!durable) {
    worker->queue.give_back();
    co_return;
  }
  worker->queue.apply(rows, judgement, now);
  count(worker->counters, judgement, rows, now);
  tell(*core, *worker, rows, judgement);
}

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

// What stands, as far as this receiver is routed to it, in posts of bounded size.
std::vector<std::string> standing_posts(const OutboxCore& core, const Worker& worker,
                                        TimePoint now) {
  const OutboxOptions& options = core.options;
  std::vector<std::string> posts;
  std::vector<Alert> alerts;
  for (const rules::Event& event : core.environment.active(now)) {
    const auto told = receivers_of(event, options.recipients.receivers, options.recipients.routes);
    const bool mine = std::any_of(told.begin(), told.end(), [&](const Receiver* receiver) {
      return receiver->name == worker.counters.receiver;
    });
    if (!mine) continue;
    alerts.push_back(
        kept_alive(event, options.plan.links, now + options.resend * kResendsUntilGone));
    if (alerts.size() < kAlertsPerPost) continue;
    posts.push_back(alertmanager_body(alerts));
    alerts.clear();
  }
  if (!alerts.empty()) posts.push_back(alertmanager_body(alerts));
  return posts;
}

asio::awaitable<void> post_standing(Core core, Post worker, TimePoint now) {
  const std::vector<std::string> posts = standing_posts(*core, *worker, now);
  for (const std::string& post : posts) {
    const Judgement judgement =
        co_await dispatch(core->flights, *core->environment.http, worker->keeper, "", post, now);
    if (core->flights->abandoned()) co_return;
    ++worker->counters.keepalives;
    if (judgement.verdict != AttemptVerdict::accepted) ++worker->counters.keepalives_failed;
    if (judgement.reason == worker->keep_problem) continue;
    worker->keep_problem = judgement.reason;
    if (!judgement.reason.empty()) {
      core->note(OutboxNote::Kind::keepalive, *worker, {}, judgement.reason);
    }
  }
}

asio::awaitable<void> keep_round(Core core, Post worker) {
  const TimePoint now = core->environment.clock();
  const auto& last = worker->last_keep;
  if (last && *last <= now && now < *last + core->options.resend) {
    co_await sleep(worker->keep_timer, *last + core->options.resend - now);
    co_return;
  }
  worker->last_keep = now;
  co_await post_standing(core, worker, now);
}

// One round after another until the daemon stops; a round that throws is noted and a second later
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
    co_await sleep(timer, kCommitAgain);
  }
}

// Rows that nobody can be asked to take any more are shown as dead letters, not forgotten.
asio::awaitable<void> bury_orphans(Core core) {
  const TimePoint now = core->environment.clock();
  for (DeliveryRow& row : core->orphans) {
    row.state = DeliveryState::dead;
    row.finished = now;
    row.last_error = "receiver " + row.receiver + " is no longer configured";
  }
  storage::Batch batch;
  batch.deliveries = core->orphans;
  co_await core->environment.commit(std::move(batch));
  if (core->environment.note) {
    for (const DeliveryRow& row : core->orphans) {
      core->environment.note({OutboxNote::Kind::dead, row.receiver, row.id, row.type, row.service,
                              row.revisit, row.last_error});
    }
  }
  core->orphans.clear();
}

asio::awaitable<void> wait_idle(Core core, Duration most) {
  if (core->running == 0) co_return;
  core->idle.expires_after(most);
  co_await core->idle.async_wait(asio::as_tuple(asio::use_awaitable));
}

}  // namespace

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

void Outbox::start() {
  for (const auto& worker : core_->workers) {
    core_->spawn(repeat(core_, worker, work_round, worker->timer));
    if (worker->counters.kind == ReceiverKind::alertmanager && core_->environment.active) {
      core_->spawn(repeat(core_, worker, keep_round, worker->keep_timer));
    }
  }
  if (!core_->orphans.empty()) core_->spawn(bury_orphans(core_));
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
  input.assessment = core_->environment.assessment;
  for (const auto& worker : core_->workers) {
    const auto pending = worker->queue.pending();
    input.pending.insert(input.pending.end(), pending.begin(), pending.end());
  }
  std::vector<DeliveryRow> rows =
      notify::plan(core_->options.plan, core_->options.recipients, input, events);
  for (const DeliveryRow& row : rows) {
    if (Worker* worker = core_->worker_of(row.receiver)) worker->queue.hold(row.id);
  }
  return rows;
}

void Outbox::accept(const std::vector<DeliveryRow>& committed) {
  for (const DeliveryRow& row : committed) {
    Worker* worker = core_->worker_of(row.receiver);
    if (worker == nullptr) continue;
    worker->queue.put(row);
  }
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
