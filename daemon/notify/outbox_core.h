#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "daemon/notify/dispatch.h"
#include "daemon/notify/outbox.h"

// What the outbox's coroutines share. They hold it, so that it outlives an outbox that was not
// stopped.
namespace revisitd::daemon::notify {

// One receiver's queue and coroutine. Touched by the outbox's thread only.
struct Worker {
  Worker(const boost::asio::any_io_executor& executor, Receiver receiver, QueueLimits limits)
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
  boost::asio::steady_timer timer, keep_timer;
  ReceiverCounters counters;
  std::string told_problem;  // of a secret file
  std::string keep_problem;  // of the last keep-alive
  std::optional<TimePoint> last_keep;
};

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

  void note(OutboxNote::Kind kind, const Worker& worker, const storage::DeliveryRow& row,
            const std::string& message) const {
    if (!environment.note) return;
    environment.note(
        {kind, worker.counters.receiver, row.id, row.type, row.service, row.revisit, message});
  }

  // Until the plan that has the rows is accepted or dropped.
  void hold(const std::vector<storage::DeliveryRow>& rows) {
    for (const storage::DeliveryRow& row : rows) {
      if (Worker* worker = worker_of(row.receiver)) worker->queue.hold(row.id);
    }
  }

  double draw() { return std::uniform_real_distribution<double>(0.0, 1.0)(jitter); }

  void wake() {
    for (const auto& worker : workers) {
      worker->timer.cancel();
      worker->keep_timer.cancel();
    }
  }

  // Runs a coroutine of the outbox; stop() waits for it.
  void spawn(boost::asio::awaitable<void> coroutine);

  OutboxOptions options;
  OutboxEnvironment environment;
  std::vector<std::shared_ptr<Worker>> workers;
  std::vector<Settling> settling;             // see PlanInput
  std::vector<storage::DeliveryRow> orphans;  // rows of receivers that are not configured any more
  std::minstd_rand jitter;
  const std::shared_ptr<Flights> flights = std::make_shared<Flights>();
  boost::asio::steady_timer idle;
  std::size_t running = 0;
  bool stopping = false;
};

using Core = std::shared_ptr<OutboxCore>;
using Post = std::shared_ptr<Worker>;

// Until the wait is over or the timer is cancelled; at most 30 s, then the clock is to be read
// anew.
boost::asio::awaitable<void> sleep(boost::asio::steady_timer& timer, Duration wait);
// One attempt, or a wait until the next one is due.
boost::asio::awaitable<void> work_round(Core core, Post worker);
// One post of what stands, or a wait until the next one is due.
boost::asio::awaitable<void> keep_round(Core core, Post worker);

}  // namespace revisitd::daemon::notify
